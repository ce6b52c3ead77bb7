/* unsent.c - encodes and decodes the body of VERDICT_UNSENT. */
#include "workers/parent/unsent.h"

#define UNSENT_VERSION 1u
#define UNSENT_FIELDS 4u

void unsent_finish(struct unsent *unsent)
{
	buffer_finish(&unsent->calls);
	*unsent = (struct unsent) { 0 };
}

void unsent_add(struct unsent *unsent, uint8_t flags, const void *call, size_t size,
		uint64_t after_ms)
{
	pack_uint(&unsent->calls, flags & (WIRE_CALL_AT_MOST_ONCE | WIRE_CALL_IN_DOUBT));
	pack_bytes(&unsent->calls, call, size);
	unsent->count++;
	if (after_ms > unsent->after_ms)
		unsent->after_ms = after_ms;
}

void unsent_encode(const struct unsent *unsent, struct text later, uint64_t later_ms,
		   struct buffer *out)
{
	pack_array(out, UNSENT_FIELDS);
	pack_uint(out, UNSENT_VERSION);
	pack_array(out, 2 * unsent->count);
	pack_raw(out, buffer_unread(&unsent->calls), buffer_unread_size(&unsent->calls));
	pack_uint(out, later_ms);
	if (later.data)
		pack_bytes(out, later.data, later.length);
	else
		pack_nil(out);
}

static void read_calls(struct cursor *cursor, unsent_call_fn *fn, void *owner, size_t *count)
{
	*count = cursor_array(cursor) / 2;
	if (*count > WIRE_CALLS_MAX)
		cursor_fail(cursor, "more calls than an update may have");
	for (size_t i = 0; i < *count && cursor_ok(cursor); i++) {
		uint64_t flags = cursor_uint(cursor);
		struct text call = cursor_bytes(cursor);
		struct wire_call head = { .flags = (uint8_t)flags, .size = (uint32_t)call.length };

		if (!call.data)
			cursor_fail(cursor, "a call without bytes");
		else if (fn && cursor_ok(cursor))
			fn(owner, &head, call.data);
	}
}

bool unsent_decode(struct text body, unsent_call_fn *fn, void *owner, size_t *count,
		   struct text *later, uint64_t *later_ms, struct why *why)
{
	struct cursor start = cursor_make(body.data, body.length), cursor;

	cursor_expect_array(&start, UNSENT_FIELDS);
	if (cursor_uint(&start) != UNSENT_VERSION)
		cursor_fail(&start, "another version of waiting replies");
	cursor = start;
	read_calls(&cursor, NULL, NULL, count);
	*later_ms = cursor_uint(&cursor);
	*later = cursor_bytes(&cursor);
	if (!cursor_end(&cursor, why))
		return false;
	read_calls(&start, fn, owner, count);
	return true;
}
