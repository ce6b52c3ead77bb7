/* fuzz_orders.c - orders, heads of pieces, and replies that wait: what is taken can be read and is
 * written as the same again. The first byte says which. */
#include <string.h>

#include "common/orders.h"
#include "common/piece.h"
#include "tests/fuzz/fuzz.h"
#include "workers/parent/unsent.h"

static struct text text_in(const struct buffer *buffer)
{
	return (struct text) { (const char *)buffer_unread(buffer), buffer_unread_size(buffer) };
}

/* Numbers may have been written with more bytes than they need, so it is the second time that is
 * compared. */
static void check_orders(struct text bytes)
{
	struct buffer once = { 0 }, twice = { 0 };
	struct text rest = bytes;
	struct order order;
	size_t count = 0;

	if (!orders_check(bytes, NULL))
		return;
	for (; orders_next(&rest, &order); count++) {
		PROMISE(order.body.length <= ORDER_BODY_MAX);
		order_write(&order, &once);
	}
	PROMISE(rest.length == 0 && count <= ORDERS_MAX);
	rest = text_in(&once);
	while (orders_next(&rest, &order))
		order_write(&order, &twice);
	PROMISE(buffer_unread_size(&once) == buffer_unread_size(&twice));
	PROMISE(!count || !memcmp(buffer_unread(&once), buffer_unread(&twice), twice.size));
	buffer_finish(&once);
	buffer_finish(&twice);
}

static void check_piece(struct text body)
{
	struct buffer out = { 0 };
	struct piece piece, again;

	if (!piece_read(body, &piece)) {
		PROMISE(piece_rest(body).length == body.length);
		return;
	}
	piece_write(&piece, &out);
	PROMISE(piece_read(text_in(&out), &again));
	PROMISE(piece.key == again.key && piece.chat_id == again.chat_id &&
		piece.person_id == again.person_id && piece.flags == again.flags);
	PROMISE(piece_rest(body).length + PIECE_HEAD_SIZE == body.length);
	buffer_finish(&out);
}

static void check_unsent(struct text body)
{
	struct buffer orders = { 0 };
	size_t count;

	if (unsent_decode(body, NULL, NULL, &count, &orders, NULL)) {
		PROMISE(count <= WIRE_CALLS_MAX);
		PROMISE(orders_check(text_in(&orders), NULL));
	}
	buffer_finish(&orders);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data + 1, size ? size - 1 : 0 };

	if (!size)
		return 0;
	if (data[0] % 3 == 0)
		check_orders(bytes);
	else if (data[0] % 3 == 1)
		check_piece(bytes);
	else
		check_unsent(bytes);
	return 0;
}
