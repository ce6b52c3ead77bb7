/* test_pack.c - the writer compared with msgpack-c's unpacker, the cursor with the writer, and both
 * given malformed bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <msgpack.h>

#include "common/pack.h"
#include "common/xalloc.h"

static struct cursor cursor_of(const struct buffer *buffer)
{
	return cursor_make(buffer_unread(buffer), buffer_unread_size(buffer));
}

/* What msgpack-c itself reads from one value. */
static msgpack_object oracle(msgpack_unpacked *unpacked, const struct buffer *buffer)
{
	size_t offset = 0;

	msgpack_unpacked_init(unpacked);
	assert_int_equal(msgpack_unpack_next(unpacked, (const char *)buffer_unread(buffer),
					     buffer_unread_size(buffer), &offset),
			 MSGPACK_UNPACK_SUCCESS);
	assert_int_equal(offset, buffer_unread_size(buffer));
	return unpacked->data;
}

static const int64_t edges[] = {
	0,
	1,
	-1,
	31,
	-31,
	-32,
	-33,
	127,
	128,
	-127,
	-128,
	-129,
	255,
	256,
	32767,
	32768,
	-32768,
	-32769,
	65535,
	65536,
	INT32_MAX,
	INT32_MIN,
	(int64_t)INT32_MAX + 1,
	(int64_t)INT32_MIN - 1,
	UINT32_MAX,
	(int64_t)UINT32_MAX + 1,
	INT64_C(1) << 52,
	-1002147483648001,
	INT64_MAX,
	INT64_MIN,
};

static void integers_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(edges); i++) {
		struct buffer out = { 0 };
		msgpack_unpacked unpacked;
		msgpack_object object;
		struct cursor cursor;

		pack_int(&out, edges[i]);
		object = oracle(&unpacked, &out);
		assert_true(object.via.i64 == edges[i]);
		msgpack_unpacked_destroy(&unpacked);
		cursor = cursor_of(&out);
		assert_int_equal(cursor_type(&cursor), PACK_INT);
		assert_true(cursor_int(&cursor) == edges[i]);
		assert_true(cursor_end(&cursor, NULL));
		cursor = cursor_of(&out);
		if (edges[i] >= 0)
			assert_true(cursor_uint(&cursor) == (uint64_t)edges[i]);
		else
			assert_int_equal(cursor_uint(&cursor), 0);
		assert_int_equal(cursor_ok(&cursor), edges[i] >= 0);
		buffer_finish(&out);
	}
}

static void big_unsigned_is_not_an_int(void **state)
{
	struct buffer out = { 0 };
	struct cursor cursor;

	(void)state;
	pack_uint(&out, UINT64_MAX);
	cursor = cursor_of(&out);
	assert_int_equal(cursor_type(&cursor), PACK_UINT);
	assert_true(cursor_uint(&cursor) == UINT64_MAX);
	assert_true(cursor_end(&cursor, NULL));
	cursor = cursor_of(&out);
	assert_int_equal(cursor_int(&cursor), 0);
	assert_false(cursor_ok(&cursor));
	cursor = cursor_of(&out);
	assert_true(cursor_double(&cursor) == 18446744073709551615.0);
	buffer_finish(&out);
}

/* Every width that another writer may choose for a small number. */
static void wide_integers_are_read(void **state)
{
	static const struct {
		uint8_t bytes[9];
		size_t size;
		int64_t value;
	} cases[] = {
		{ { 0xcc, 7 }, 2, 7 },
		{ { 0xcd, 0, 7 }, 3, 7 },
		{ { 0xce, 0, 0, 0, 7 }, 5, 7 },
		{ { 0xcf, 0, 0, 0, 0, 0, 0, 0, 7 }, 9, 7 },
		{ { 0xd0, 0xf9 }, 2, -7 },
		{ { 0xd1, 0xff, 0xf9 }, 3, -7 },
		{ { 0xd2, 0xff, 0xff, 0xff, 0xf9 }, 5, -7 },
		{ { 0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf9 }, 9, -7 },
		{ { 0xd0, 0x07 }, 2, 7 },
		{ { 0xf9 }, 1, -7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct cursor cursor = cursor_make(cases[i].bytes, cases[i].size);

		assert_int_equal(cursor_int(&cursor), cases[i].value);
		assert_true(cursor_end(&cursor, NULL));
		for (size_t cut = 0; cut < cases[i].size; cut++) {
			cursor = cursor_make(cases[i].bytes, cut);
			assert_int_equal(cursor_type(&cursor), PACK_NONE);
			assert_int_equal(cursor_int(&cursor), 0);
			assert_false(cursor_ok(&cursor));
		}
	}
}

static void scalars_round_trip(void **state)
{
	struct buffer out = { 0 };
	msgpack_unpacked unpacked;
	msgpack_object object;
	struct cursor cursor;
	const uint8_t narrow[] = { 0xca, 0x3f, 0xc0, 0, 0 };
	const uint8_t wide[] = { 0xcb, 0xbf, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a };

	(void)state;
	pack_array(&out, 6);
	pack_nil(&out);
	pack_bool(&out, true);
	pack_bool(&out, false);
	pack_raw(&out, wide, sizeof(wide));
	pack_text(&out, NULL);
	pack_raw(&out, narrow, sizeof(narrow));
	object = oracle(&unpacked, &out);
	assert_int_equal(object.via.array.size, 6);
	assert_true(object.via.array.ptr[3].via.f64 == -0.1);
	assert_true(object.via.array.ptr[5].via.f64 == 1.5);
	msgpack_unpacked_destroy(&unpacked);

	cursor = cursor_of(&out);
	cursor_expect_array(&cursor, 6);
	assert_null(cursor_text(&cursor).data);
	assert_true(cursor_bool(&cursor));
	assert_false(cursor_bool(&cursor));
	assert_true(cursor_double(&cursor) == -0.1);
	assert_int_equal(cursor_type(&cursor), PACK_NIL);
	assert_null(cursor_bytes(&cursor).data);
	assert_true(cursor_double(&cursor) == 1.5);
	assert_true(cursor_end(&cursor, NULL));
	assert_int_equal(cursor_type(&cursor), PACK_NONE);
	buffer_finish(&out);
}

/* Lengths around every change in the head's format. */
static void texts_and_bytes_round_trip(void **state)
{
	static const size_t lengths[] = { 0, 1, 31, 32, 255, 256, 65535, 65536 };
	char *bytes = xmalloc(65536);

	(void)state;
	memset(bytes, 'x', 65536);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct buffer out = { 0 };
		msgpack_unpacked unpacked;
		msgpack_object object;
		struct cursor cursor;
		struct text text;

		pack_array(&out, 2);
		pack_text_n(&out, bytes, lengths[i]);
		pack_bytes(&out, bytes, lengths[i]);
		object = oracle(&unpacked, &out);
		assert_int_equal(object.via.array.ptr[0].via.str.size, lengths[i]);
		assert_int_equal(object.via.array.ptr[1].via.bin.size, lengths[i]);
		msgpack_unpacked_destroy(&unpacked);

		cursor = cursor_of(&out);
		cursor_expect_array(&cursor, 2);
		text = cursor_text(&cursor);
		assert_non_null(text.data);
		assert_int_equal(text.length, lengths[i]);
		text = cursor_bytes(&cursor);
		assert_non_null(text.data);
		assert_int_equal(text.length, lengths[i]);
		assert_memory_equal(text.data, bytes, text.length);
		assert_true(cursor_end(&cursor, NULL));
		/* one byte short */
		cursor = cursor_make(buffer_unread(&out), buffer_unread_size(&out) - 1);
		cursor_expect_array(&cursor, 2);
		cursor_text(&cursor);
		assert_true(cursor_ok(&cursor));
		assert_null(cursor_bytes(&cursor).data);
		assert_false(cursor_ok(&cursor));
		buffer_finish(&out);
	}
	free(bytes);
}

static void containers_round_trip(void **state)
{
	static const size_t counts[] = { 0, 15, 16, 65535, 65536 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		struct buffer out = { 0 };
		msgpack_unpacked unpacked;
		struct cursor cursor;

		pack_map(&out, counts[i]);
		for (size_t n = 0; n < 2 * counts[i]; n++)
			pack_int(&out, 1);
		assert_int_equal(oracle(&unpacked, &out).via.map.size, counts[i]);
		msgpack_unpacked_destroy(&unpacked);
		cursor = cursor_of(&out);
		assert_int_equal(cursor_map(&cursor), counts[i]);
		cursor = cursor_of(&out);
		assert_int_equal(cursor_skip(&cursor).length, buffer_unread_size(&out));
		assert_true(cursor_end(&cursor, NULL));
		cursor = cursor_make(buffer_unread(&out), buffer_unread_size(&out) - 1);
		assert_int_equal(cursor_map(&cursor), 0);
		assert_false(cursor_ok(&cursor));
		buffer_finish(&out);
	}
}

/* Five bytes that ask for 4 G elements (msgpack-c #985). */
static void counts_past_the_end_are_refused(void **state)
{
	static const uint8_t bombs[][5] = {
		{ 0xdd, 0xff, 0xff, 0xff, 0xff }, { 0xdf, 0xff, 0xff, 0xff, 0xff },
		{ 0xdb, 0xff, 0xff, 0xff, 0xff }, { 0xc6, 0xff, 0xff, 0xff, 0xff },
		{ 0xc9, 0xff, 0xff, 0xff, 0xff },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bombs); i++) {
		struct cursor cursor = cursor_make(bombs[i], sizeof(bombs[i]));

		assert_null(cursor_skip(&cursor).data);
		assert_false(cursor_ok(&cursor));
	}
}

static void first_fault_sticks(void **state)
{
	const uint8_t bytes[] = { 0x01, 0xa1, 'x', 0x02 };
	struct cursor cursor = cursor_make(bytes, sizeof(bytes));
	struct why why;
	const char *fault;

	(void)state;
	assert_null(cursor_text(&cursor).data);
	assert_false(cursor_ok(&cursor));
	fault = cursor.fault;
	assert_int_equal(cursor_int(&cursor), 0);
	assert_int_equal(cursor_array(&cursor), 0);
	assert_int_equal(cursor_map(&cursor), 0);
	assert_false(cursor_bool(&cursor));
	assert_true(cursor_double(&cursor) == 0);
	cursor_fail(&cursor, "another");
	assert_ptr_equal(cursor.fault, fault);
	assert_int_equal(cursor_type(&cursor), PACK_NONE);
	assert_false(cursor_end(&cursor, &why));
	assert_string_equal(why.text, "a value has the wrong type");
}

static void wrong_types_are_refused(void **state)
{
	const uint8_t ints[] = { 1 }, text[] = { 0xa1, 'x' }, none[] = { 0xc1 };
	struct cursor cursor;
	uint8_t fixed[4] = { 1, 2, 3, 4 };

	(void)state;
	cursor = cursor_make(ints, sizeof(ints));
	assert_null(cursor_bytes(&cursor).data);
	assert_false(cursor_ok(&cursor));
	cursor = cursor_make(text, sizeof(text));
	assert_int_equal(cursor_int(&cursor), 0);
	assert_false(cursor_ok(&cursor));
	cursor = cursor_make(text, sizeof(text));
	cursor_fixed(&cursor, fixed, sizeof(fixed));
	assert_false(cursor_ok(&cursor));
	assert_int_equal(fixed[0], 0);
	cursor = cursor_make(none, sizeof(none));
	assert_int_equal(cursor_type(&cursor), PACK_NONE);
	assert_null(cursor_skip(&cursor).data);
	assert_false(cursor_ok(&cursor));
	cursor = cursor_make(NULL, 0);
	assert_int_equal(cursor_type(&cursor), PACK_NONE);
	assert_true(cursor_end(&cursor, NULL));
}

static void fixed_bytes_have_their_size(void **state)
{
	struct buffer out = { 0 };
	struct cursor cursor;
	uint8_t fixed[4], shorter[3];

	(void)state;
	pack_bytes(&out, "abcd", 4);
	cursor = cursor_of(&out);
	cursor_fixed(&cursor, fixed, sizeof(fixed));
	assert_true(cursor_end(&cursor, NULL));
	assert_memory_equal(fixed, "abcd", 4);
	cursor = cursor_of(&out);
	cursor_fixed(&cursor, shorter, sizeof(shorter));
	assert_false(cursor_ok(&cursor));
	buffer_clear(&out);
	pack_nil(&out);
	cursor = cursor_of(&out);
	cursor_fixed(&cursor, fixed, 0);
	assert_false(cursor_ok(&cursor));
	buffer_finish(&out);
}

static void leftovers_are_named(void **state)
{
	const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor cursor = cursor_make(bytes, sizeof(bytes));
	struct why why;

	(void)state;
	assert_int_equal(cursor_int(&cursor), 1);
	assert_false(cursor_end(&cursor, &why));
	assert_string_equal(why.text, "2 bytes left over");
}

static void skip_knows_every_form(void **state)
{
	static const uint8_t exts[][18] = {
		{ 0xd4, 5, 1 },
		{ 0xd5, 5, 1, 2 },
		{ 0xd6, 5, 1, 2, 3, 4 },
		{ 0xd7, 5, 1, 2, 3, 4, 5, 6, 7, 8 },
		{ 0xd8, 5 },
		{ 0xc7, 2, 5, 1, 2 },
		{ 0xc8, 0, 2, 5, 1, 2 },
		{ 0xc9, 0, 0, 0, 2, 5, 1, 2 },
	};
	static const size_t sizes[] = { 3, 4, 6, 10, 18, 5, 6, 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(exts); i++) {
		struct cursor cursor = cursor_make(exts[i], sizes[i]);

		assert_int_equal(cursor_type(&cursor), PACK_EXT);
		assert_int_equal(cursor_skip(&cursor).length, sizes[i]);
		assert_true(cursor_end(&cursor, NULL));
		for (size_t cut = 0; cut < sizes[i]; cut++) {
			cursor = cursor_make(exts[i], cut);
			cursor_skip(&cursor);
			assert_false(cursor_ok(&cursor));
		}
	}
}

static struct text skip_nested(struct buffer *out, size_t depth)
{
	struct cursor cursor;

	buffer_clear(out);
	for (size_t i = 0; i < depth; i++) {
		pack_array(out, 2);
		pack_int(out, 7);
	}
	pack_nil(out);
	cursor = cursor_of(out);
	return cursor_skip(&cursor);
}

static void depth_is_limited(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(skip_nested(&out, 33).length, 33 * 2 + 1);
	assert_int_equal(skip_nested(&out, PACK_DEPTH_MAX).length, PACK_DEPTH_MAX * 2 + 1);
	assert_null(skip_nested(&out, PACK_DEPTH_MAX + 1).data);
	assert_null(skip_nested(&out, 100000).data);
	buffer_finish(&out);
}

static void find_reads_without_a_tree(void **state)
{
	struct buffer out = { 0 };
	struct cursor map, value;

	(void)state;
	pack_map(&out, 5);
	pack_int(&out, 9); /* a key that is not a text */
	pack_text(&out, "chat");
	pack_text(&out, "cha");
	pack_int(&out, 1);
	pack_text(&out, "chat");
	pack_map(&out, 1);
	pack_text(&out, "id");
	pack_int(&out, -100);
	pack_text(&out, "chat");
	pack_int(&out, 2);
	pack_text(&out, "empty");
	pack_nil(&out);
	map = cursor_of(&out);

	value = cursor_find(cursor_find(map, "chat"), "id");
	assert_int_equal(cursor_int(&value), -100);
	value = cursor_find(map, "empty");
	assert_int_equal(cursor_type(&value), PACK_NIL);
	value = cursor_find(map, "chats");
	assert_int_equal(cursor_type(&value), PACK_NONE);
	value = cursor_find(cursor_find(map, "cha"), "id");
	assert_int_equal(cursor_type(&value), PACK_NONE);
	value = cursor_find(cursor_find(map, "nowhere"), "id");
	assert_int_equal(cursor_type(&value), PACK_NONE);
	assert_int_equal(cursor_int(&value), 0);
	/* a map that is truncated before the key */
	value = cursor_find(cursor_make(buffer_unread(&out), 8), "empty");
	assert_int_equal(cursor_type(&value), PACK_NONE);
	buffer_finish(&out);
}

/* Random bytes: our skip and msgpack-c agree on what is one complete value, as far as msgpack-c can
 * (it supports 32 levels, and takes an invalid count for "more is needed"). */
static void agrees_with_msgpack_c(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[24];
		struct cursor cursor;
		msgpack_unpacked unpacked;
		size_t offset = 0, size = (size_t)rand_r(&seed) % sizeof(bytes) + 1;
		bool whole;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(rand_r(&seed) >> 4);
		cursor = cursor_make(bytes, size);
		cursor_skip(&cursor);
		whole = cursor_ok(&cursor);
		if (!whole && (bytes[0] == 0xdd || bytes[0] == 0xdf))
			continue; /* msgpack-c would allocate gigabytes */
		if (!whole && memchr(bytes, 0xdd, size))
			continue;
		if (!whole && memchr(bytes, 0xdf, size))
			continue;
		msgpack_unpacked_init(&unpacked);
		assert_int_equal(msgpack_unpack_next(&unpacked, (const char *)bytes, size,
						     &offset) == MSGPACK_UNPACK_SUCCESS,
				 whole);
		if (whole)
			assert_int_equal(offset, cursor.at - bytes);
		msgpack_unpacked_destroy(&unpacked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_round_trip),
		cmocka_unit_test(big_unsigned_is_not_an_int),
		cmocka_unit_test(wide_integers_are_read),
		cmocka_unit_test(scalars_round_trip),
		cmocka_unit_test(texts_and_bytes_round_trip),
		cmocka_unit_test(containers_round_trip),
		cmocka_unit_test(counts_past_the_end_are_refused),
		cmocka_unit_test(first_fault_sticks),
		cmocka_unit_test(wrong_types_are_refused),
		cmocka_unit_test(fixed_bytes_have_their_size),
		cmocka_unit_test(leftovers_are_named),
		cmocka_unit_test(skip_knows_every_form),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(find_reads_without_a_tree),
		cmocka_unit_test(agrees_with_msgpack_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
