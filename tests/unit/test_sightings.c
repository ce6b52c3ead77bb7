/* test_sightings.c - newest fields, earliest time, one version in flight at a time. The link to
 * recorders is in test_sightings_link.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ingress/sightings/table.h"

#define NOW 1700000000

/* --- the table -------------------------------------------------------------------------------- */

static struct text text(const char *data)
{
	return (struct text) { data, data ? strlen(data) : 0 };
}

static struct sighting person(int64_t id, const char *name, int64_t seen_at)
{
	return (struct sighting) {
		.scope = SIGHTING_USER, .id = id, .first_name = text(name), .seen_at = seen_at
	};
}

static struct sighting group(int64_t id, const char *title)
{
	return (struct sighting) { .scope = SIGHTING_GROUP,
				   .id = id,
				   .title = text(title),
				   .type = text("group"),
				   .seen_at = NOW };
}

static const struct sighting *add(struct sightings_table *table, struct sighting sighting)
{
	return sightings_table_add(table, &sighting, NOW);
}

static struct sighting take_one(struct sightings_table *table)
{
	struct sighting out[2];

	sightings_table_durable(table);
	assert_int_equal(sightings_table_take(table, 1, 2, out), 1);
	return out[0];
}

static bool store(struct sightings_table *table, const struct sighting *sighting, int64_t now_s)
{
	struct sighting_stored stored = { sighting->scope, sighting->id, sighting->version };

	return sightings_table_stored(table, 1, &stored, now_s);
}

static void newest_fields_and_earliest_time(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting out[4];
	uint64_t version = add(table, person(1, "Anna", NOW))->version;

	(void)state;
	assert_null(add(table, person(1, "Anna", NOW + 5)));
	assert_true(add(table, person(1, "Anne", NOW + 6))->version > version);
	assert_int_equal(add(table, person(1, "Anne", NOW - 9))->seen_at, NOW - 9);
	assert_int_equal(sightings_table_count(table), 1);
	assert_int_equal(sightings_table_take(table, 1, 4, out), 0); /* not durable */
	sightings_table_durable(table);
	assert_int_equal(sightings_table_take(table, 1, 4, out), 1);
	assert_int_equal(out[0].seen_at, NOW - 9);
	assert_int_equal(out[0].first_name.length, 4);
	assert_memory_equal(out[0].first_name.data, "Anne", 4);
	assert_null(out[0].username.data);
	sightings_table_destroy(table);
	sightings_table_destroy(NULL);
}

static void one_version_is_out_at_a_time(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting first, second, out[2];

	(void)state;
	add(table, person(1, "A", NOW));
	first = take_one(table);
	add(table, person(1, "B", NOW + 1));
	sightings_table_durable(table);
	assert_int_equal(sightings_table_take(table, 1, 2, out), 0);
	assert_true(store(table, &first, NOW));
	assert_int_equal(sightings_table_count(table), 1);
	second = take_one(table);
	assert_true(second.version > first.version);
	assert_memory_equal(second.first_name.data, "B", 1);
	assert_int_equal(second.seen_at, NOW);
	assert_false(store(table, &first, NOW)); /* that one is not in flight any more */
	assert_true(store(table, &second, NOW));
	assert_int_equal(sightings_table_count(table), 0);
	sightings_table_destroy(table);
}

static void what_was_out_at_a_lost_session_goes_out_again(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting first;

	(void)state;
	add(table, person(1, "A", NOW));
	first = take_one(table);
	sightings_table_lost(table, 2);
	sightings_table_lost(table, 1);
	assert_false(store(table, &first, NOW));
	assert_true(take_one(table).version == first.version);
	assert_true(store(table, &first, NOW));
	sightings_table_destroy(table);
}

static void what_was_stored_lately_is_no_news(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting out;

	(void)state;
	add(table, person(1, "A", NOW));
	out = take_one(table);
	store(table, &out, NOW);
	assert_null(add(table, person(1, "A", NOW + 1)));
	/* to other fields and back: both are news */
	assert_non_null(add(table, person(1, "B", NOW + 2)));
	assert_non_null(add(table, person(1, "A", NOW + 3)));
	out = take_one(table);
	store(table, &out, NOW);
	assert_non_null(add(table, person(1, "B", NOW + 2)));
	out = take_one(table);
	store(table, &out, NOW);
	assert_non_null(add(table, person(1, "A", NOW + 3)));
	out = take_one(table);
	store(table, &out, NOW);
	/* other people, other scopes */
	assert_non_null(add(table, person(2, "A", NOW)));
	assert_non_null(add(table, group(1, "A")));
	/* only for a while, and not with a new recorder */
	struct sighting again = person(1, "A", NOW);
	assert_null(sightings_table_add(table, &again, NOW + 59));
	assert_non_null(sightings_table_add(table, &again, NOW + 61));
	sightings_table_destroy(table);
}

static void a_new_recorder_is_told_all(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting out;

	(void)state;
	add(table, person(1, "A", NOW));
	out = take_one(table);
	store(table, &out, NOW);
	sightings_table_forget_stored(table);
	assert_non_null(add(table, person(1, "A", NOW)));
	sightings_table_destroy(table);
}

static void fields_that_differ_only_in_their_place_differ(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting sighting = person(1, "A", NOW), out;

	(void)state;
	sighting.last_name = text("B");
	add(table, sighting);
	out = take_one(table);
	store(table, &out, NOW);
	sighting.last_name = text("");
	assert_non_null(add(table, sighting)); /* empty is not absent */
	sighting.last_name = text(NULL);
	assert_non_null(add(table, sighting));
	sighting.username = text("B");
	assert_non_null(add(table, sighting));
	sightings_table_destroy(table);
}

static void a_migration_goes_after_the_old_group(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting migration = { .scope = SIGHTING_MIGRATION, .id = -5, .new_id = -100 };
	struct sighting old, moved;

	(void)state;
	add(table, group(-5, "G"));
	assert_non_null(add(table, migration));
	old = take_one(table);
	assert_int_equal(old.scope, SIGHTING_GROUP);
	assert_true(store(table, &old, NOW));
	moved = take_one(table);
	assert_int_equal(moved.scope, SIGHTING_MIGRATION);
	assert_true(moved.new_id == -100);
	assert_true(store(table, &moved, NOW));
	assert_non_null(add(table, group(-100, "G3")));
	sightings_table_destroy(table);
}

static void versions_go_on_after_a_restart(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting restored = person(1, "A", NOW), out;

	(void)state;
	restored.version = UINT64_C(1) << 60;
	sightings_table_restore(table, &restored);
	assert_int_equal(sightings_table_count(table), 1);
	out = take_one(table); /* it is durable */
	assert_true(out.version == restored.version);
	assert_true(add(table, person(1, "B", NOW))->version > restored.version);
	sightings_table_destroy(table);
}

static void thousands_come_and_go(void **state)
{
	struct sightings_table *table = sightings_table_create();
	struct sighting *out = calloc(5000, sizeof(*out));
	char name[32];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int64_t id = 1; id <= 5000; id++) {
			snprintf(name, sizeof(name), "%d of %d", round, (int)id);
			assert_non_null(add(table, person(id, name, NOW)));
		}
		sightings_table_durable(table);
		assert_int_equal(sightings_table_take(table, 1, 5000, out), 5000);
		for (int i = 0; i < 5000; i++)
			assert_true(store(table, &out[i], NOW));
		assert_int_equal(sightings_table_count(table), 0);
	}
	free(out);
	sightings_table_destroy(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_fields_and_earliest_time),
		cmocka_unit_test(one_version_is_out_at_a_time),
		cmocka_unit_test(what_was_out_at_a_lost_session_goes_out_again),
		cmocka_unit_test(what_was_stored_lately_is_no_news),
		cmocka_unit_test(a_new_recorder_is_told_all),
		cmocka_unit_test(fields_that_differ_only_in_their_place_differ),
		cmocka_unit_test(a_migration_goes_after_the_old_group),
		cmocka_unit_test(versions_go_on_after_a_restart),
		cmocka_unit_test(thousands_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
