/* test_known.c - who is certainly not stored, learned from tables of the test's own: its postgres_*
 * take the place of the real ones because the linker finds them first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "common/xalloc.h"
#include "recorder/known.h"

#define PART 10000
#define STRANGER 1000000000

static struct {
	int64_t users, groups, objections; /* ids 1, 2, …; of groups -1, -2, … */
	int fails_after;                   /* queries; 0: none does */
	int queries;
} tables;

struct postgres_result {
	int rows;
	char (*fields)[2][64];
};

static struct hash_keys *keys;

/* --- Postgres --------------------------------------------------------------------------------- */

static void hex_of(const uint8_t *hash, char *out)
{
	for (int i = 0; i < ID_HASH_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* Objections are in the order of their hashes: the first byte is made to be the number. */
static void objection(int64_t number, uint8_t out[ID_HASH_SIZE])
{
	memset(out, 0, ID_HASH_SIZE);
	out[0] = (uint8_t)number;
	out[8] = (uint8_t)(3 * number);
	out[12] = 77;
}

static void fill(struct postgres_result *result, const char *sql, const char *after, int limit)
{
	int64_t last = strtoll(after, NULL, 10), id;
	uint8_t hash[ID_HASH_SIZE];
	char(*row)[64];

	if (strstr(sql, "objections")) {
		last = after[0] ? strtol((char[]) { after[0], after[1], '\0' }, NULL, 16) : 0;
		for (id = last + 1; id <= tables.objections && result->rows < limit; id++) {
			objection(id, hash);
			hex_of(hash, result->fields[result->rows++][0]);
		}
		return;
	}
	for (id = strstr(sql, "groups") ? -tables.groups : 1;
	     id <= (strstr(sql, "groups") ? -1 : tables.users) && result->rows < limit; id++) {
		if (id <= last)
			continue;
		row = result->fields[result->rows++];
		snprintf(row[0], sizeof(row[0]), "%lld", (long long)id);
		snprintf(row[1], sizeof(row[1]), "name%lld", (long long)id);
		if (id % 2)
			row[1][0] = '\0'; /* has no name */
	}
}

struct postgres_result *postgres_query(struct postgres *postgres, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct postgres_error *error)
{
	struct postgres_result *result = xmalloc(sizeof(*result));
	int limit = atoi(values[1].data);

	(void)postgres;
	(void)error;
	assert_int_equal(values_count, 2);
	assert_int_equal(limit, PART);
	if (++tables.queries == tables.fails_after) {
		free(result);
		return NULL;
	}
	result->fields = xcalloc((size_t)limit, sizeof(*result->fields));
	fill(result, sql, values[0].data, limit);
	return result;
}

int postgres_rows(const struct postgres_result *result)
{
	return result->rows;
}

const char *postgres_field(const struct postgres_result *result, int row, int column)
{
	assert_in_range(row, 0, result->rows - 1);
	return result->fields[row][column][0] ? result->fields[row][column] : NULL;
}

void postgres_result_free(struct postgres_result *result)
{
	free(result->fields);
	free(result);
}

/* --- the tests -------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	memset(&tables, 0, sizeof(tables));
	*state = known_create();
	return 0;
}

static int tear_down(void **state)
{
	known_destroy(*state);
	return 0;
}

static bool may_have_id(const struct known *known, int64_t id)
{
	uint8_t hash[ID_HASH_SIZE];

	hash_id(keys, id, hash);
	return known_may_have(known, hash);
}

static bool may_have_name(const struct known *known, const char *name)
{
	uint8_t hash[ID_HASH_SIZE];

	hash_name(keys, text_of(name), hash);
	return known_may_have(known, hash);
}

static bool learn(struct known *known)
{
	struct postgres_error error;

	return known_learn(known, NULL, keys, &error);
}

static size_t count_strangers_taken_for_known(const struct known *known)
{
	size_t count = 0;

	for (int64_t id = STRANGER; id < STRANGER + 1000; id++)
		count += may_have_id(known, id);
	return count;
}

static void everybody_may_be_known_until_all_is_read(void **state)
{
	struct known *known = *state;

	assert_int_equal(count_strangers_taken_for_known(known), 1000);
	tables.users = 3;
	assert_true(learn(known));
	assert_int_equal(tables.queries, 3);
	assert_int_equal(count_strangers_taken_for_known(known), 0);
	known_clear(known);
	assert_int_equal(count_strangers_taken_for_known(known), 1000);
	tables.users = 0;
	assert_true(learn(known));
	assert_false(may_have_id(known, 2)); /* it was forgotten */
}

static void all_in_the_tables_are_known(void **state)
{
	struct known *known = *state;
	uint8_t hash[ID_HASH_SIZE];

	tables.users = 300;
	tables.groups = 200;
	tables.objections = 100;
	assert_true(learn(known));
	for (int64_t id = 1; id <= 300; id++)
		assert_true(may_have_id(known, id));
	for (int64_t id = -200; id < 0; id++)
		assert_true(may_have_id(known, id));
	for (int64_t number = 1; number <= 100; number++) {
		objection(number, hash);
		assert_true(known_may_have(known, hash));
	}
	assert_true(may_have_name(known, "name2"));
	assert_true(may_have_name(known, "NAME300"));
	assert_true(may_have_name(known, "name-200"));
	assert_false(may_have_name(known, "name3"));
	assert_false(may_have_name(known, "name302"));
	assert_int_equal(count_strangers_taken_for_known(known), 0);
}

static void who_is_added_is_known(void **state)
{
	struct known *known = *state;
	uint8_t hash[ID_HASH_SIZE];

	assert_true(learn(known));
	for (int64_t id = 1; id <= 1000; id++) {
		hash_id(keys, id, hash);
		known_add(known, hash);
		assert_true(known_may_have(known, hash));
	}
	assert_in_range(count_strangers_taken_for_known(known), 0, 2);
}

/* Keys that differ in any part of their hash differ, whichever bits they have in common. */
static void the_whole_hash_counts(void **state)
{
	struct known *known = *state;
	uint8_t hash[ID_HASH_SIZE] = { 0 }, other[ID_HASH_SIZE];

	assert_true(learn(known));
	for (int i = 8; i < ID_HASH_SIZE; i += 2)
		hash[i] = (uint8_t)(100 + i);
	known_add(known, hash);
	for (int i = 0; i < ID_HASH_SIZE; i += i < 8 ? 8 : 2) { /* the line, and each bit */
		memcpy(other, hash, sizeof(other));
		other[i] ^= 0x81;
		assert_false(known_may_have(known, other));
	}
}

static void large_tables_are_read_part_by_part(void **state)
{
	struct known *known = *state;

	tables.users = 2 * PART;
	tables.groups = 3;
	assert_true(learn(known));
	assert_int_equal(tables.queries, 1);
	assert_int_equal(count_strangers_taken_for_known(known), 1000);
	assert_true(learn(known));
	assert_int_equal(tables.queries, 2);
	assert_true(learn(known)); /* no more users, then the others */
	assert_int_equal(tables.queries, 5);
	for (int64_t id = 1; id <= 2 * PART; id++)
		assert_true(may_have_id(known, id));
	assert_true(may_have_id(known, -3));
	assert_in_range(count_strangers_taken_for_known(known), 0, 50);
}

static void a_failure_is_made_up_for(void **state)
{
	struct known *known = *state;

	tables.users = PART + 5;
	tables.fails_after = 2;
	assert_true(learn(known));
	assert_false(learn(known));
	assert_int_equal(count_strangers_taken_for_known(known), 1000);
	assert_true(learn(known));
	assert_true(may_have_id(known, 1));
	assert_true(may_have_id(known, PART + 5));
	assert_in_range(count_strangers_taken_for_known(known), 0, 50);
}

static void with_too_many_everybody_may_be_known(void **state)
{
	struct known *known = *state;
	uint8_t hash[ID_HASH_SIZE];

	assert_true(learn(known));
	for (uint64_t i = 0; i < KNOWN_KEYS_MAX / 2; i++) {
		random_bytes(hash, sizeof(hash));
		known_add(known, hash);
	}
	assert_in_range(count_strangers_taken_for_known(known), 0, 100);
	for (uint64_t i = 0; i < KNOWN_KEYS_MAX; i++) {
		random_bytes(hash, sizeof(hash));
		known_add(known, hash);
	}
	assert_int_equal(count_strangers_taken_for_known(known), 1000);
	tables.queries = 0;
	assert_true(learn(known)); /* nothing is read any more */
	assert_int_equal(tables.queries, 0);
}

static void add_random(struct known *known, uint8_t (*hashes)[ID_HASH_SIZE], size_t count)
{
	random_bytes(hashes, count * sizeof(*hashes));
	for (size_t i = 0; i < count; i++)
		known_add(known, hashes[i]);
}

/* It doubles several times on the way: nobody is forgotten, and strangers stay strangers. */
static void it_grows_with_its_keys(void **state)
{
	static uint8_t hashes[1 << 17][ID_HASH_SIZE];
	struct known *known = *state;
	size_t had = 0;

	assert_true(learn(known));
	for (size_t all = 100; all <= 1 << 17; all += all / 3) {
		add_random(known, hashes + had, all - had);
		had = all;
		for (size_t i = 0; i < had; i++)
			assert_true(known_may_have(known, hashes[i]));
		assert_in_range(count_strangers_taken_for_known(known), 0, 3);
	}
	assert_true(had > 90000);
	known_clear(known);
	assert_true(learn(known));
	assert_int_equal(count_strangers_taken_for_known(known), 0);
	assert_false(known_may_have(known, hashes[0]));
}

/* What was copied while it grew costs nearly nothing of what known.h promises when it is full. */
static void a_full_one_takes_three_in_a_hundred(void **state)
{
	struct known *known = *state;
	uint8_t hash[ID_HASH_SIZE];

	assert_true(learn(known));
	for (uint64_t i = 0; i < KNOWN_KEYS_MAX * 98 / 100; i++) {
		random_bytes(hash, sizeof(hash));
		known_add(known, hash);
	}
	assert_in_range(count_strangers_taken_for_known(known), 5, 50);
}

static int make_keys(void **state)
{
	(void)state;
	keys = hash_keys_create("0123456789abcdef0123456789abcdef");
	return 0;
}

static int destroy_keys(void **state)
{
	(void)state;
	hash_keys_destroy(keys);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(everybody_may_be_known_until_all_is_read),
		TEST(all_in_the_tables_are_known),
		TEST(who_is_added_is_known),
		TEST(the_whole_hash_counts),
		TEST(large_tables_are_read_part_by_part),
		TEST(a_failure_is_made_up_for),
		TEST(with_too_many_everybody_may_be_known),
		TEST(it_grows_with_its_keys),
		TEST(a_full_one_takes_three_in_a_hundred),
	};

	return cmocka_run_group_tests(tests, make_keys, destroy_keys);
}
