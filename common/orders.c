/* orders.c - writes and reads orders. */
#include "common/orders.h"

void order_write(const struct order *order, struct buffer *out)
{
	pack_array(out, order->kind == ORDER_PUT || order->kind == ORDER_CANCEL ? 3 : 2);
	pack_uint(out, order->kind);
	switch (order->kind) {
	case ORDER_PUT:
		pack_uint(out, order->after_ms);
		pack_bytes(out, order->body.data, order->body.length);
		return;
	case ORDER_CANCEL:
		pack_int(out, order->id);
		pack_uint(out, order->key);
		return;
	case ORDER_FORGET_PERSON:
	case ORDER_FORGET_CHAT:
	case ORDER_HASTEN:
		pack_int(out, order->id);
		return;
	}
}

static void read_put(struct cursor *cursor, struct order *out)
{
	out->after_ms = cursor_uint(cursor);
	out->body = cursor_bytes(cursor);
	if (out->after_ms > (uint64_t)ORDER_AFTER_MAX_S * 1000)
		cursor_fail(cursor, "work is put off for too long");
	if (!out->body.length || out->body.length > ORDER_BODY_MAX)
		cursor_fail(cursor, "the body of work has a wrong size");
}

static void read_order(struct cursor *cursor, struct order *out)
{
	size_t fields = cursor_array(cursor);
	uint64_t kind = cursor_uint(cursor);

	*out = (struct order) { 0 };
	if (kind > ORDER_HASTEN) {
		cursor_fail(cursor, "an unknown order");
		return;
	}
	out->kind = (enum order_kind)kind;
	if (fields != (kind == ORDER_PUT || kind == ORDER_CANCEL ? 3 : 2))
		cursor_fail(cursor, "an order has the wrong number of fields");
	if (out->kind == ORDER_PUT) {
		read_put(cursor, out);
		return;
	}
	out->id = cursor_int(cursor);
	if (out->kind == ORDER_CANCEL)
		out->key = cursor_uint(cursor);
}

static bool is_over(const struct cursor *cursor)
{
	return !cursor_ok(cursor) || cursor_type(cursor) == PACK_NONE;
}

bool orders_check(struct text orders, struct why *why)
{
	struct cursor cursor = cursor_make(orders.data, orders.length);
	struct order order;
	size_t count = 0;

	if (orders.length > ORDERS_BYTES_MAX)
		return why_set(why, "%zu bytes of orders; at most %u are taken", orders.length,
			       ORDERS_BYTES_MAX);
	while (!is_over(&cursor) && count++ < ORDERS_MAX)
		read_order(&cursor, &order);
	return cursor_end(&cursor, why);
}

bool orders_next(struct text *rest, struct order *out)
{
	struct cursor cursor = cursor_make(rest->data, rest->length);
	size_t left;

	if (is_over(&cursor))
		return false;
	read_order(&cursor, out);
	left = (size_t)(cursor.end - cursor.at);
	*rest = (struct text) { rest->data + (rest->length - left), left };
	return cursor_ok(&cursor);
}
