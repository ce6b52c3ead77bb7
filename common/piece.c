/* piece.c - a head of a fixed size, little-endian: what no msgpack begins with, a version, flags,
 * zeros up to 8 bytes, then key, chat and person. */
#include "common/piece.h"

#include <string.h>

#define NEVER_MSGPACK 0xc1u
#define PIECE_VERSION 1u

struct head {
	uint8_t mark, version, flags, zeros[5];
	uint64_t key;
	int64_t chat_id, person_id;
};

_Static_assert(sizeof(struct head) == PIECE_HEAD_SIZE, "the head is what lies on disk");

void piece_write(const struct piece *piece, struct buffer *out)
{
	const struct head head = { .mark = NEVER_MSGPACK,
				   .version = PIECE_VERSION,
				   .flags = piece->flags,
				   .key = piece->key,
				   .chat_id = piece->chat_id,
				   .person_id = piece->person_id };

	buffer_append(out, &head, sizeof(head));
}

bool piece_read(struct text body, struct piece *out)
{
	struct head head;

	*out = (struct piece) { 0 };
	if (body.length < sizeof(head))
		return false;
	memcpy(&head, body.data, sizeof(head));
	if (head.mark != NEVER_MSGPACK || head.version != PIECE_VERSION)
		return false;
	*out = (struct piece) { .key = head.key,
				.chat_id = head.chat_id,
				.person_id = head.person_id,
				.flags = head.flags };
	return true;
}

struct text piece_rest(struct text body)
{
	struct piece piece;

	if (!piece_read(body, &piece))
		return body;
	return (struct text) { body.data + PIECE_HEAD_SIZE, body.length - PIECE_HEAD_SIZE };
}
