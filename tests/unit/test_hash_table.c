/* test_hash_table.c - the hash table and the two ready-made ones, each against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/id_map.h"
#include "common/position_map.h"
#include "common/xalloc.h"

#define KEYS 600

/* --- shapes ----------------------------------------------------------------------------------- */

/* A whole entry in the cell. */
struct pair {
	uint64_t key;
	uint64_t value; /* 0: free */
	char more[24];
};

static const void *pair_key(const void *cell, const void *owner)
{
	const struct pair *pair = cell;

	(void)owner;
	return pair->value ? &pair->key : NULL;
}

static bool same_number(const void *key, const void *other)
{
	return *(const uint64_t *)key == *(const uint64_t *)other;
}

static uint64_t even_hash(const void *key, const void *owner)
{
	(void)owner;
	return hash_number(*(const uint64_t *)key);
}

/* Five homes, the last cell among them: long runs that go over the end of the table. */
static uint64_t crowded_hash(const void *key, const void *owner)
{
	(void)owner;
	return (UINT64_MAX - *(const uint64_t *)key % 5) << 32;
}

static const struct hash_shape even = { sizeof(struct pair), pair_key, even_hash, same_number };
static const struct hash_shape crowded = { sizeof(struct pair), pair_key, crowded_hash,
					   same_number };

/* --- the table -------------------------------------------------------------------------------- */

static void check_all(const struct hash_table *table, const struct hash_shape *shape,
		      const uint64_t *expected)
{
	size_t at = 0, walked = 0;
	const struct pair *pair;

	for (uint64_t key = 0; key < KEYS; key++) {
		pair = hash_table_find(table, shape, &key, NULL);
		assert_int_equal(pair ? pair->value : 0, expected[key]);
		if (pair)
			assert_int_equal(pair->more[7], (char)key);
	}
	while ((pair = hash_table_next(table, shape, &at, NULL))) {
		assert_int_equal(pair->value, expected[pair->key]);
		walked++;
	}
	assert_int_equal(walked, table->count);
}

static void compare_with_an_array(const struct hash_shape *shape, int steps)
{
	static uint64_t expected[KEYS];
	struct hash_table table = { 0 };
	size_t count = 0;

	memset(expected, 0, sizeof(expected));
	srand(5);
	for (int step = 1; step <= steps; step++) {
		uint64_t key = (uint64_t)rand() % KEYS;
		/* Half of the time more is added, half of the time more removed. */
		bool add = rand() % 100 < (step / 5000 % 2 ? 30 : 70);
		struct pair *pair;

		if (add) {
			pair = hash_table_require(&table, shape, &key, NULL);
			assert_int_equal(pair->value, expected[key]);
			*pair = (struct pair) { key, (uint64_t)step, { [7] = (char)key } };
			count += !expected[key];
			expected[key] = (uint64_t)step;
		} else if ((pair = hash_table_find(&table, shape, &key, NULL))) {
			hash_table_remove(&table, shape, pair, NULL);
			count--;
			expected[key] = 0;
		}
		assert_int_equal(table.count, count);
		assert_true(4 * table.count <= 3 * table.capacity);
		if (step % 500 == 0)
			check_all(&table, shape, expected);
	}
	hash_table_finish(&table);
	check_all(&table, shape, (const uint64_t[KEYS]) { 0 });
}

static void it_agrees_with_an_array(void **state)
{
	(void)state;
	compare_with_an_array(&even, 100000);
}

static void it_agrees_with_an_array_when_keys_collide(void **state)
{
	(void)state;
	compare_with_an_array(&crowded, 50000);
}

/* What was removed leaves nothing behind: neither does the table grow, nor do runs. */
static void it_does_not_wear_out(void **state)
{
	struct hash_table table = { 0 };
	size_t capacity = hash_table_capacity(100);

	(void)state;
	for (uint64_t key = 0; key < 300000; key++) {
		struct pair *pair = hash_table_require(&table, &even, &key, NULL);

		*pair = (struct pair) { key, key + 1, { 0 } };
		if (key < 99)
			continue;
		uint64_t old = key - 99;
		pair = hash_table_find(&table, &even, &old, NULL);
		assert_non_null(pair);
		hash_table_remove(&table, &even, pair, NULL);
	}
	assert_int_equal(table.count, 99);
	assert_int_equal(table.capacity, capacity);
	for (size_t i = 0; i < capacity; i++) {
		const struct pair *pair = (const struct pair *)table.cells + i, zeros = { 0 };

		assert_true(pair->value || !memcmp(pair, &zeros, sizeof(zeros)));
	}
	hash_table_finish(&table);
}

static void an_empty_one_has_nothing(void **state)
{
	struct hash_table table = { 0 };
	uint64_t key = 0;
	size_t at = 0;

	(void)state;
	assert_null(hash_table_find(&table, &even, &key, NULL));
	assert_null(hash_table_next(&table, &even, &at, NULL));
	hash_table_finish(&table);
}

static void room_that_was_reserved_lasts(void **state)
{
	struct hash_table table = { 0 };
	const unsigned char *cells;

	(void)state;
	hash_table_reserve(&table, &even, 1000, NULL);
	cells = table.cells;
	for (uint64_t key = 0; key < 1000; key++) {
		struct pair *pair = hash_table_require(&table, &even, &key, NULL);

		*pair = (struct pair) { key, key + 1, { 0 } };
	}
	assert_ptr_equal(table.cells, cells);
	hash_table_reserve(&table, &even, 10, NULL);
	assert_ptr_equal(table.cells, cells);
	hash_table_reserve(&table, &even, 5000, NULL);
	assert_true(table.capacity > 5000);
	for (uint64_t key = 0; key < 1000; key++)
		assert_non_null(hash_table_find(&table, &even, &key, NULL));
	hash_table_finish(&table);
}

static void capacities_keep_a_quarter_free(void **state)
{
	(void)state;
	assert_int_equal(hash_table_capacity(0), 16);
	assert_int_equal(hash_table_capacity(12), 16);
	assert_int_equal(hash_table_capacity(13), 32);
	assert_int_equal(hash_table_capacity(24), 32);
	assert_int_equal(hash_table_capacity(25), 64);
	assert_int_equal(hash_table_capacity(3 << 20), 4 << 20);
	assert_int_equal(hash_table_capacity((3 << 20) + 1), 8 << 20);
}

/* Cells that are positions in an array of names, which only the owner knows. */
static const void *name_at(const void *cell, const void *owner)
{
	const char *const *names = owner;
	uint32_t number = *(const uint32_t *)cell;

	return number ? names[number - 1] : NULL;
}

static uint64_t hash_name(const void *key, const void *owner)
{
	(void)owner;
	return hash_bytes(key, strlen(key), 7);
}

static bool same_name(const void *key, const void *other)
{
	return strcmp(key, other) == 0;
}

static void keys_may_be_elsewhere(void **state)
{
	static const struct hash_shape shape = { sizeof(uint32_t), name_at, hash_name, same_name };
	const char *names[1000];
	struct hash_table table = { 0 };

	(void)state;
	for (uint32_t i = 0; i < COUNT_OF(names); i++) {
		names[i] = xasprintf("name %u", i);
		uint32_t *cell = hash_table_require(&table, &shape, names[i], names);
		assert_int_equal(*cell, 0);
		*cell = i + 1;
	}
	for (uint32_t i = 0; i < COUNT_OF(names); i += 2)
		hash_table_remove(&table, &shape, hash_table_find(&table, &shape, names[i], names),
				  names);
	for (uint32_t i = 0; i < COUNT_OF(names); i++) {
		const uint32_t *cell = hash_table_find(&table, &shape, names[i], names);

		assert_int_equal(cell ? *cell : 0, i % 2 ? i + 1 : 0);
	}
	hash_table_finish(&table);
	for (uint32_t i = 0; i < COUNT_OF(names); i++)
		free((char *)names[i]);
}

/* --- hashes ----------------------------------------------------------------------------------- */

static void hashes_of_bytes_see_all_of_them(void **state)
{
	uint8_t bytes[40] = { 0 };

	(void)state;
	for (size_t size = 0; size < sizeof(bytes); size++) {
		uint64_t hash = hash_bytes(bytes, size, 1);

		assert_int_equal(hash_bytes(bytes, size, 1), hash);
		assert_int_not_equal(hash_bytes(bytes, size, 2), hash);
		assert_int_not_equal(hash_bytes(bytes, size + 1, 1), hash);
		for (size_t i = 0; i < size; i++) {
			bytes[i] = 1;
			assert_int_not_equal(hash_bytes(bytes, size, 1), hash);
			bytes[i] = 0;
		}
	}
}

/* --- the ready-made ones ---------------------------------------------------------------------- */

static void an_id_map_agrees_with_an_array(void **state)
{
	struct id_map map = { 0 };
	static char present[KEYS];
	size_t count = 0, at = 0, walked = 0;
	uint64_t id;
	char *value;

	(void)state;
	memset(present, 0, sizeof(present));
	srand(1);
	for (int step = 0; step < 200000; step++) {
		id = (uint64_t)rand() % KEYS;
		if (present[id])
			assert_ptr_equal(id_map_remove(&map, id), &present[id]);
		else
			id_map_add(&map, id, &present[id]);
		count += present[id] ? (size_t)-1 : 1;
		present[id] = !present[id];
		assert_int_equal(map.table.count, count);
		id = (uint64_t)rand() % KEYS;
		assert_ptr_equal(id_map_find(&map, id), present[id] ? &present[id] : NULL);
	}
	while ((value = id_map_next(&map, &at, &id))) {
		assert_ptr_equal(value, &present[id]);
		walked++;
	}
	assert_int_equal(walked, count);
	assert_null(id_map_remove(&map, KEYS + 1));
	id_map_finish(&map);
	assert_null(id_map_find(&map, 1));
}

static void an_id_map_replaces(void **state)
{
	struct id_map map = { 0 };
	char first, second;

	(void)state;
	id_map_set(&map, UINT64_MAX, &first);
	id_map_set(&map, 0, &first);
	id_map_set(&map, UINT64_MAX, &second);
	assert_int_equal(map.table.count, 2);
	assert_ptr_equal(id_map_find(&map, 0), &first);
	assert_ptr_equal(id_map_find(&map, UINT64_MAX), &second);
	id_map_finish(&map);
}

static void a_position_map_agrees_with_an_array(void **state)
{
	enum { POSITIONS = 3000 };
	static uint32_t expected[POSITIONS];
	struct position_map map = { 0 };
	unsigned random = 1;
	size_t count = 0, at = 0, walked = 0;

	(void)state;
	memset(expected, 0xff, sizeof(expected));
	assert_int_equal(position_map_find(&map, 5), POSITION_NONE);
	position_map_remove(&map, 5);
	for (uint32_t step = 0; step < 200000; step++) {
		random = random * 1103515245 + 12345;
		uint64_t key = (random >> 8) % POSITIONS;
		if (random >> 31) {
			count += expected[key] == POSITION_NONE;
			expected[key] = step;
			position_map_set(&map, key, step);
		} else {
			count -= expected[key] != POSITION_NONE;
			expected[key] = POSITION_NONE;
			position_map_remove(&map, key);
		}
		assert_int_equal(map.table.count, count);
	}
	for (uint64_t key = 0; key < POSITIONS; key++)
		assert_int_equal(position_map_find(&map, key), expected[key]);
	for (uint32_t position; (position = position_map_next(&map, &at)) != POSITION_NONE;
	     walked++)
		assert_true(position < 200000);
	assert_int_equal(walked, count);
	position_map_finish(&map);
}

static void positions_have_their_full_range(void **state)
{
	struct position_map map = { 0 };

	(void)state;
	position_map_set(&map, UINT64_MAX, 0);
	position_map_set(&map, 0, UINT32_MAX - 1);
	assert_int_equal(position_map_find(&map, UINT64_MAX), 0);
	assert_int_equal(position_map_find(&map, 0), UINT32_MAX - 1);
	assert_int_equal(map.table.count, 2);
	position_map_finish(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_agrees_with_an_array),
		cmocka_unit_test(it_agrees_with_an_array_when_keys_collide),
		cmocka_unit_test(it_does_not_wear_out),
		cmocka_unit_test(an_empty_one_has_nothing),
		cmocka_unit_test(room_that_was_reserved_lasts),
		cmocka_unit_test(capacities_keep_a_quarter_free),
		cmocka_unit_test(keys_may_be_elsewhere),
		cmocka_unit_test(hashes_of_bytes_see_all_of_them),
		cmocka_unit_test(an_id_map_agrees_with_an_array),
		cmocka_unit_test(an_id_map_replaces),
		cmocka_unit_test(a_position_map_agrees_with_an_array),
		cmocka_unit_test(positions_have_their_full_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
