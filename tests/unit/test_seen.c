/* test_seen.c - the ids of the last 24 hours: membership, merging, expiry, encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/pack.h"
#include "ingress/intake/seen.h"
#include "ingress/update/transcode.h"

#define NOW 1700000000
#define HOUR 3600

static void an_id_is_new_once(void **state)
{
	struct seen *seen = seen_create();

	(void)state;
	assert_true(seen_add(seen, 100, NOW));
	assert_false(seen_add(seen, 100, NOW));
	assert_false(seen_add(seen, 100, NOW + 5 * HOUR));
	assert_true(seen_has(seen, 100));
	assert_false(seen_has(seen, 99));
	assert_false(seen_has(seen, 101));
	seen_destroy(seen);
	seen_destroy(NULL);
}

static void lower_ids_are_new(void **state)
{
	struct seen *seen = seen_create();

	(void)state;
	assert_true(seen_add(seen, 1000000, NOW));
	assert_true(seen_add(seen, 7, NOW));
	assert_true(seen_add(seen, 8, NOW));
	assert_true(seen_add(seen, 999999, NOW));
	assert_true(seen_has(seen, 1000000));
	assert_true(seen_has(seen, 7));
	assert_false(seen_has(seen, 9));
	seen_destroy(seen);
}

/* Compared with a plain array, in an order that creates, joins and splits ranges. */
static void agrees_with_a_bitmap(void **state)
{
	struct seen *seen = seen_create();
	bool bitmap[512] = { false };
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		uint32_t id;

		random = random * 1664525u + 1013904223u;
		id = (random >> 16) % 512;
		assert_int_equal(seen_add(seen, id, NOW + i * 10), !bitmap[id]);
		bitmap[id] = true;
	}
	for (int id = 0; id < 512; id++)
		assert_int_equal(seen_has(seen, id), bitmap[id]);
	seen_destroy(seen);
}

static void expires_after_a_day(void **state)
{
	struct seen *seen = seen_create();

	(void)state;
	for (int i = 0; i < 40; i++)
		seen_add(seen, i, NOW + i * HOUR);
	seen_expire(seen, NOW + 39 * HOUR);
	assert_false(seen_has(seen, 14));
	assert_true(seen_has(seen, 15)); /* exactly 24 h old */
	assert_true(seen_has(seen, 39));
	seen_expire(seen, NOW + 100 * HOUR);
	assert_false(seen_has(seen, 39));
	seen_destroy(seen);
}

static void survives_clocks_that_jump(void **state)
{
	struct seen *seen = seen_create();

	(void)state;
	seen_add(seen, 1, NOW + 1000 * HOUR);
	seen_add(seen, 2, NOW);
	assert_true(seen_has(seen, 1));
	assert_true(seen_has(seen, 2));
	seen_expire(seen, NOW);
	assert_false(seen_has(seen, 1));
	assert_true(seen_has(seen, 2));
	seen_destroy(seen);
}

static void comes_back_from_its_encoding(void **state)
{
	struct seen *seen = seen_create(), *copy = seen_create();
	struct buffer out = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		seen_add(seen, i < 500 ? i : 3 * i, NOW + i * 30);
	seen_encode(seen, &out);
	seen_add(copy, 700, NOW); /* adds to what is there */
	seen_decode(copy, out.data, out.size);
	for (int id = 0; id < 3100; id++)
		assert_int_equal(seen_has(copy, id), seen_has(seen, id) || id == 700);
	seen_expire(copy, NOW + 40 * HOUR);
	assert_false(seen_has(copy, 3 * 999));
	buffer_finish(&out);
	seen_destroy(seen);
	seen_destroy(copy);
}

static void is_small_when_ids_are_dense(void **state)
{
	struct seen *seen = seen_create();
	struct buffer out = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		seen_add(seen, 5000000 + i, NOW + i % 3);
	seen_encode(seen, &out);
	assert_true(out.size < 32);
	buffer_finish(&out);
	seen_destroy(seen);
}

static void damaged_input_adds_what_is_whole(void **state)
{
	struct seen *seen = seen_create();
	struct buffer out = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		seen_add(seen, 10 * i, NOW);
	seen_encode(seen, &out);
	for (size_t size = 0; size < out.size; size++) {
		struct seen *part = seen_create();
		int found = 0;

		seen_decode(part, out.data, size);
		for (int id = 0; id < 500; id++) {
			found += seen_has(part, id);
			assert_true(!seen_has(part, id) || id % 10 == 0);
		}
		assert_in_range(found, 0, 49);
		seen_destroy(part);
	}
	for (size_t at = 0; at < out.size; at++) {
		struct seen *part = seen_create();

		out.data[at] ^= 0xff;
		seen_decode(part, out.data, out.size);
		out.data[at] ^= 0xff;
		seen_destroy(part);
	}
	buffer_finish(&out);
	seen_destroy(seen);
}

/* What the encoding is made of, as another run may have written it: overlapping, adjacent, equal.
 */
static void ranges_of_any_kind_are_joined(void **state)
{
	uint32_t random = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct seen *seen = seen_create();
		struct buffer in = { 0 }, out = { 0 };
		bool bitmap[64] = { false };
		size_t runs = 0;

		for (int i = 0; i < 6; i++) {
			unsigned first, more;

			random = random * 1664525u + 1013904223u;
			first = (random >> 16) % 50;
			more = (random >> 24) % 10;
			pack_int(&in, NOW / HOUR);
			pack_int(&in, first);
			pack_uint(&in, more);
			for (unsigned id = first; id <= first + more; id++)
				bitmap[id] = true;
		}
		seen_decode(seen, in.data, in.size);
		for (int id = 0; id < 64; id++) {
			assert_int_equal(seen_has(seen, id), bitmap[id]);
			runs += bitmap[id] && (id == 0 || !bitmap[id - 1]);
		}
		/* As few ranges as there can be: three integers each, 5 + 1 + 1 bytes. */
		seen_encode(seen, &out);
		assert_int_equal(out.size, runs * 7);
		buffer_finish(&in);
		buffer_finish(&out);
		seen_destroy(seen);
	}
}

static void what_is_no_range_of_update_ids_is_passed_over(void **state)
{
	static const struct {
		int64_t hour, first;
		uint64_t more;
		bool counts;
	} rows[] = {
		{ 0, 0, 0, true },
		{ -1, 5, 0, false },
		{ 1, -1, 0, false },
		{ 1, UPDATE_ID_MAX, 0, true },
		{ 1, UPDATE_ID_MAX, 1, false },
		{ 1, UPDATE_ID_MAX + 1, 0, false },
		{ 1, UPDATE_ID_MAX - 5, 5, true },
		{ 1, UPDATE_ID_MAX - 5, 6, false },
		{ 1, 0, UPDATE_ID_MAX, true },
		{ 1, 0, UINT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen *seen = seen_create();
		struct buffer in = { 0 };

		pack_int(&in, rows[i].hour);
		pack_int(&in, rows[i].first);
		pack_uint(&in, rows[i].more);
		pack_int(&in, 1); /* what follows is read all the same */
		pack_int(&in, 77);
		pack_uint(&in, 0);
		seen_decode(seen, in.data, in.size);
		if (rows[i].counts != seen_has(seen, rows[i].first))
			fail_msg("row %zu", i);
		assert_true(seen_has(seen, 77));
		buffer_finish(&in);
		seen_destroy(seen);
	}
}

/* Each id lives by the hour in which it was seen, in whatever order hours come. */
static void each_hour_expires_on_its_own(void **state)
{
	static const int order[] = { 3, 1, 4, 0, 2, 3, 0 };
	struct seen *seen = seen_create();

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_true(seen_add(seen, 100 * i, NOW + order[i] * HOUR));
	for (int passed = 0; passed < 6; passed++) {
		for (int i = 0; i < 7; i++)
			assert_int_equal(seen_has(seen, 100 * i), order[i] >= passed);
		seen_expire(seen, NOW + (passed + 25) * HOUR);
	}
	seen_destroy(seen);
}

/* More hours than there is room for: the oldest go, and what is older still joins the oldest. */
static void there_is_room_for_26_hours(void **state)
{
	struct seen *seen = seen_create();

	(void)state;
	for (int i = 0; i < 26; i++)
		assert_true(seen_add(seen, i * 10, NOW + i * HOUR));
	for (int i = 0; i < 26; i++)
		assert_true(seen_has(seen, i * 10));
	assert_true(seen_add(seen, 1000, NOW - 5 * HOUR)); /* with the oldest */
	assert_true(seen_has(seen, 0));
	assert_true(seen_add(seen, 2000, NOW + 26 * HOUR));
	assert_false(seen_has(seen, 0));
	assert_false(seen_has(seen, 1000));
	assert_true(seen_has(seen, 10));
	assert_true(seen_has(seen, 2000));
	/* An hour between others takes the place of the oldest, too. */
	seen_expire(seen, NOW + 24 * HOUR);
	seen_destroy(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_new_once),
		cmocka_unit_test(lower_ids_are_new),
		cmocka_unit_test(agrees_with_a_bitmap),
		cmocka_unit_test(expires_after_a_day),
		cmocka_unit_test(survives_clocks_that_jump),
		cmocka_unit_test(comes_back_from_its_encoding),
		cmocka_unit_test(is_small_when_ids_are_dense),
		cmocka_unit_test(damaged_input_adds_what_is_whole),
		cmocka_unit_test(ranges_of_any_kind_are_joined),
		cmocka_unit_test(what_is_no_range_of_update_ids_is_passed_over),
		cmocka_unit_test(each_hour_expires_on_its_own),
		cmocka_unit_test(there_is_room_for_26_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
