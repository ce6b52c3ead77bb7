/* unsent.c - encodes and decodes the body of VERDICT_UNSENT. */
#include "workers/parent/unsent.h"

#define UNSENT_VERSION 2u
/* In which work that was put off came along. */
#define UNSENT_FORMER 1u

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

void unsent_encode(const struct unsent *unsent, struct text orders, struct buffer *out)
{
	pack_array(out, 3);
	pack_uint(out, UNSENT_VERSION);
	pack_array(out, 2 * unsent->count);
	pack_raw(out, buffer_unread(&unsent->calls), buffer_unread_size(&unsent->calls));
	if (orders.data)
		pack_bytes(out, orders.data, orders.length);
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

static void read_orders(struct cursor *cursor, struct buffer *out)
{
	struct text orders = cursor_bytes(cursor);

	if (!orders_check(orders, NULL))
		cursor_fail(cursor, "malformed orders");
	else
		buffer_append(out, orders.data, orders.length);
}

static void read_former_work(struct cursor *cursor, struct buffer *out)
{
	const uint64_t longest_ms = (uint64_t)ORDER_AFTER_MAX_S * 1000;
	struct order order = { .kind = ORDER_PUT, .after_ms = cursor_uint(cursor) };

	order.body = cursor_bytes(cursor);
	if (order.after_ms > longest_ms)
		order.after_ms = longest_ms;
	if (order.body.length)
		order_write(&order, out);
}

bool unsent_decode(struct text body, unsent_call_fn *fn, void *owner, size_t *count,
		   struct buffer *orders, struct why *why)
{
	struct cursor start = cursor_make(body.data, body.length), cursor;
	size_t fields = cursor_array(&start);
	uint64_t version = cursor_uint(&start);

	if (version != UNSENT_VERSION && version != UNSENT_FORMER)
		cursor_fail(&start, "another version of waiting replies");
	if (fields != (version == UNSENT_FORMER ? 4 : 3))
		cursor_fail(&start, "the wrong number of fields");
	cursor = start;
	read_calls(&cursor, NULL, NULL, count);
	if (version == UNSENT_FORMER)
		read_former_work(&cursor, orders);
	else
		read_orders(&cursor, orders);
	if (!cursor_end(&cursor, why))
		return false;
	read_calls(&start, fn, owner, count);
	return true;
}
