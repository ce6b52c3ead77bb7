/* fuzz_chat_message.c - any value as a message: what handlers get is whole, and its entities lie in
 * its text. The input is JSON, or msgpack if it is not JSON. */
#include <string.h>

#include "ingress/update/transcode.h"
#include "tests/fuzz/fuzz.h"
#include "workers/host/chat_message.h"
#include "workers/host/entities.h"

static void check_message(const struct message *message)
{
	size_t size = strlen(message->text);

	PROMISE(message->album && message->quote);
	PROMISE(message->entities_count <= ENTITIES_READ_MAX);
	PROMISE(message->links_count <= MESSAGE_LINKS_MAX);
	for (size_t i = 0; i < message->entities_count; i++) {
		const struct message_entity *entity = &message->entities[i];

		PROMISE(entity->type[0] && entity->value && entity->size > 0);
		PROMISE(entity->start < size && entity->size <= size - entity->start);
	}
	for (size_t i = 0; i < message->links_count; i++)
		PROMISE(message->links[i].label && message->links[i].url);
	if (message->media)
		PROMISE(message->media->kind && message->media->file_id && message->media->name);
	if (message->forward)
		PROMISE(message->forward->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct message *message;
	struct buffer packed = { 0 };
	struct arena arena = { 0 };
	struct why why;

	if (transcode((const char *)data, size, &packed, &why))
		message = message_read(
			cursor_make(buffer_unread(&packed), buffer_unread_size(&packed)), &arena);
	else
		message = message_read(cursor_make(data, size), &arena);
	if (message)
		check_message(message);
	if (message && message->reply)
		check_message(message->reply);
	if (message && message->reply_elsewhere)
		check_message(message->reply_elsewhere);
	arena_finish(&arena);
	buffer_finish(&packed);
	return 0;
}
