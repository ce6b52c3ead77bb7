/* test_orders.c - orders and the heads of pieces: read as they were written, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/orders.h"
#include "common/piece.h"
#include "common/xalloc.h"

static const struct order samples[] = {
	{ .kind = ORDER_PUT, .after_ms = 5000, .body = { "work", 4 } },
	{ .kind = ORDER_CANCEL, .id = -1002147483648001, .key = UINT64_MAX },
	{ .kind = ORDER_FORGET_PERSON, .id = 7 },
	{ .kind = ORDER_FORGET_CHAT, .id = -5 },
	{ .kind = ORDER_HASTEN, .id = 1 },
};

static struct text text_in(const struct buffer *buffer)
{
	return (struct text) { (const char *)buffer_unread(buffer), buffer_unread_size(buffer) };
}

static void they_come_back_in_order(void **state)
{
	struct buffer out = { 0 };
	struct order order;
	struct text rest;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(samples); i++)
		order_write(&samples[i], &out);
	assert_true(orders_check(text_in(&out), &why));
	rest = text_in(&out);
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		assert_true(orders_next(&rest, &order));
		assert_int_equal(order.kind, samples[i].kind);
		assert_int_equal(order.after_ms, samples[i].after_ms);
		assert_int_equal(order.id, samples[i].id);
		assert_true(order.key == samples[i].key);
		assert_int_equal(order.body.length, samples[i].body.length);
	}
	assert_false(orders_next(&rest, &order));
	rest = (struct text) { NULL, 0 };
	assert_false(orders_next(&rest, &order));
	buffer_finish(&out);
}

static void what_is_cut_or_wrong_is_refused(void **state)
{
	static const char *const wrong[] = {
		"\x92\x05\x01",     /* no such order */
		"\x93\x03\x01\x01", /* a field too many */
		"\x92\x01\x01",     /* one too few */
		"\x93\x00\x01\xc0", /* a piece without a body */
		"\x01",
		"what",
		"\x92\x03\xa1x",
	};
	struct buffer out = { 0 };
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(orders_check(text_of(wrong[i]), &why));
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		buffer_clear(&out);
		order_write(&samples[i], &out);
		for (size_t size = 1; size < buffer_unread_size(&out); size++)
			assert_false(orders_check(
				(struct text) { (const char *)buffer_unread(&out), size }, &why));
	}
	buffer_finish(&out);
}

static void check_put(uint64_t after_ms, size_t size, bool good)
{
	char *body = xcalloc(1, size);
	const struct order put = { .kind = ORDER_PUT,
				   .after_ms = after_ms,
				   .body = { body, size } };
	struct buffer out = { 0 };

	order_write(&put, &out);
	assert_int_equal(orders_check(text_in(&out), NULL), good);
	buffer_finish(&out);
	free(body);
}

static void all_is_limited(void **state)
{
	const uint64_t longest_ms = (uint64_t)ORDER_AFTER_MAX_S * 1000;
	struct buffer out = { 0 };

	(void)state;
	check_put(longest_ms, 1, true);
	check_put(longest_ms + 1, 1, false);
	check_put(0, ORDER_BODY_MAX, true);
	check_put(0, ORDER_BODY_MAX + 1, false);
	for (unsigned i = 0; i < ORDERS_MAX; i++)
		order_write(&samples[2], &out);
	assert_true(orders_check(text_in(&out), NULL));
	order_write(&samples[2], &out);
	assert_false(orders_check(text_in(&out), NULL));
	buffer_finish(&out);
}

static void a_head_is_no_msgpack(void **state)
{
	const struct piece written = {
		.key = 1, .chat_id = -100, .person_id = 7, .flags = PIECE_REPEATS
	};
	struct buffer out = { 0 };
	struct piece piece;

	(void)state;
	piece_write(&written, &out);
	assert_int_equal(buffer_unread_size(&out), PIECE_HEAD_SIZE);
	buffer_append_text(&out, "rest");
	assert_true(piece_read(text_in(&out), &piece));
	assert_true(piece.key == written.key);
	assert_int_equal(piece.chat_id, written.chat_id);
	assert_int_equal(piece.person_id, written.person_id);
	assert_int_equal(piece.flags, written.flags);
	assert_true(text_is(piece_rest(text_in(&out)), "rest"));
	/* Of the former version: six fields. */
	buffer_unread(&out)[0] = 0x96;
	assert_false(piece_read(text_in(&out), &piece));
	assert_int_equal(piece.key, 0);
	assert_int_equal(piece_rest(text_in(&out)).length, PIECE_HEAD_SIZE + 4);
	/* Of a later one. */
	buffer_unread(&out)[0] = 0xc1;
	buffer_unread(&out)[1] = 2;
	assert_false(piece_read(text_in(&out), &piece));
	assert_false(piece_read((struct text) { "\xc1\x01", 2 }, &piece));
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_back_in_order),
		cmocka_unit_test(what_is_cut_or_wrong_is_refused),
		cmocka_unit_test(all_is_limited),
		cmocka_unit_test(a_head_is_no_msgpack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
