/* test_sightings_table.c - what is news, what may go out to whom, and what a confirmation ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "ingress/sightings/table.h"

#define NOW 1700000000

static struct text text(const char *data)
{
	return (struct text) { data, data ? strlen(data) : 0 };
}

static struct sighting person(int64_t id, const char *name)
{
	return (struct sighting) {
		.scope = SIGHTING_USER, .id = id, .first_name = text(name), .seen_at = NOW
	};
}

static const struct sighting *add(struct sightings_table *table, struct sighting sighting)
{
	return sightings_table_add(table, &sighting, NOW);
}

static size_t take(struct sightings_table *table, uint64_t session, struct sighting *out)
{
	return sightings_table_take(table, session, 8, out);
}

static bool store(struct sightings_table *table, uint64_t session, const struct sighting *sighting)
{
	const struct sighting_stored stored = { sighting->scope, sighting->id, sighting->version };

	return sightings_table_stored(table, session, &stored, NOW);
}

/* All that waits goes out and is stored. */
static void store_all(struct sightings_table *table)
{
	struct sighting out[8];
	size_t count;

	sightings_table_durable(table);
	while ((count = take(table, 1, out)) > 0)
		for (size_t i = 0; i < count; i++)
			assert_true(store(table, 1, &out[i]));
	assert_int_equal(sightings_table_count(table), 0);
}

static int set_up(void **state)
{
	*state = sightings_table_create();
	return 0;
}

static int tear_down(void **state)
{
	sightings_table_destroy(*state);
	return 0;
}

/* --- what is news ----------------------------------------------------------------------------- */

static struct sighting full(void)
{
	return (struct sighting) {
		.scope = SIGHTING_USER,
		.id = 1,
		.username = text("username"),
		.first_name = text("first"),
		.last_name = text("the last name"),
		.language_code = text("pt-br"),
		.title = text("title"),
		.type = text("type"),
		.new_id = 7,
		.seen_at = NOW,
	};
}

static void change(struct sighting *sighting, size_t field)
{
	struct text *const texts[] = { &sighting->username,  &sighting->first_name,
				       &sighting->last_name, &sighting->language_code,
				       &sighting->title,     &sighting->type };

	if (field < COUNT_OF(texts))
		*texts[field] = text("other");
	else
		sighting->new_id++;
}

enum { FIELDS = 7 };

static void a_change_of_any_field_is_news(void **state)
{
	for (size_t field = 0; field < FIELDS; field++) {
		struct sighting before = full(), after = full();

		before.id = after.id = 1 + (int64_t)field;
		change(&after, field);
		assert_non_null(add(*state, before));
		assert_null(add(*state, before));
		assert_non_null(add(*state, after));
		assert_null(add(*state, after));
	}
}

static void a_change_of_any_stored_field_is_news(void **state)
{
	for (size_t field = 0; field < FIELDS; field++) {
		struct sighting before = full(), after = full();

		before.id = after.id = 1 + (int64_t)field;
		change(&after, field);
		add(*state, before);
		store_all(*state);
		assert_null(add(*state, before));
		assert_non_null(add(*state, after));
		store_all(*state);
	}
}

static void the_whole_of_a_long_name_counts(void **state)
{
	struct sighting one = person(1, "12345678 12345678 a");
	struct sighting same_length = person(1, "12345678 12345678 b");
	struct sighting same_start = person(1, "12345678 12345678");

	add(*state, one);
	store_all(*state);
	assert_null(add(*state, one));
	assert_non_null(add(*state, same_length));
	store_all(*state);
	assert_non_null(add(*state, same_start));
}

static void an_empty_text_is_not_an_absent_one(void **state)
{
	struct sighting sighting = person(1, "A");

	add(*state, sighting);
	sighting.last_name = text("");
	assert_non_null(add(*state, sighting));
	assert_null(add(*state, sighting));
	sighting.last_name = text(NULL);
	assert_non_null(add(*state, sighting));
}

static void stored_lately_is_a_minute(void **state)
{
	struct sighting sighting = person(1, "A");

	add(*state, sighting);
	store_all(*state);
	assert_null(sightings_table_add(*state, &sighting, NOW + 59));
	assert_non_null(sightings_table_add(*state, &sighting, NOW + 60));
}

static void a_clock_that_was_put_back_makes_all_news(void **state)
{
	struct sighting sighting = person(1, "A");

	add(*state, sighting);
	store_all(*state);
	assert_null(sightings_table_add(*state, &sighting, NOW));
	assert_non_null(sightings_table_add(*state, &sighting, NOW - 3600));
}

static void texts_are_copied(void **state)
{
	char name[] = "Anna", title[] = "Group";
	struct sighting sighting = { .scope = SIGHTING_GROUP, .id = -1 }, out[8];

	sighting.first_name = text(name);
	sighting.title = text(title);
	sighting.type = text("supergroup");
	add(*state, sighting);
	memset(name, '?', sizeof(name));
	memset(title, '?', sizeof(title));
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, out), 1);
	assert_true(text_is(out[0].first_name, "Anna"));
	assert_true(text_is(out[0].title, "Group"));
	assert_true(text_is(out[0].type, "supergroup"));
	assert_null(out[0].username.data);
}

static void one_number_in_two_scopes_is_two(void **state)
{
	struct sighting group = person(5, "A");

	group.scope = SIGHTING_GROUP;
	assert_non_null(add(*state, person(5, "A")));
	assert_non_null(add(*state, group));
	assert_int_equal(sightings_table_count(*state), 2);
	store_all(*state);
	assert_null(add(*state, person(5, "A")));
}

/* --- versions --------------------------------------------------------------------------------- */

static void versions_are_above_those_of_earlier_runs(void **state)
{
	uint64_t before = clock_utc_ns() / 1000;
	struct sightings_table *table = sightings_table_create();
	uint64_t first = add(table, person(1, "A"))->version;

	(void)state;
	/* A microsecond each: more than there are sightings. */
	assert_true(first >= before);
	assert_int_equal(add(table, person(2, "A"))->version, first + 1);
	sightings_table_destroy(table);
}

static void an_old_version_does_not_set_the_count_back(void **state)
{
	struct sighting old = person(1, "A");
	uint64_t last = add(*state, person(2, "A"))->version;

	old.version = 5;
	sightings_table_restore(*state, &old);
	assert_int_equal(add(*state, person(3, "A"))->version, last + 1);
	old.id = 4;
	old.version = last + 2;
	sightings_table_restore(*state, &old);
	assert_int_equal(add(*state, person(5, "A"))->version, last + 3);
}

static void what_is_there_is_not_restored_over(void **state)
{
	struct sighting out[8];

	add(*state, person(1, "new"));
	struct sighting old = person(1, "old");
	sightings_table_restore(*state, &old);
	assert_int_equal(sightings_table_count(*state), 1);
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, out), 1);
	assert_true(text_is(out[0].first_name, "new"));
}

/* --- out and back ----------------------------------------------------------------------------- */

static void what_waits_goes_out_in_its_order(void **state)
{
	struct sighting out[8];

	for (int64_t id = 1; id <= 5; id++)
		add(*state, person(id, "A"));
	sightings_table_durable(*state);
	assert_int_equal(sightings_table_take(*state, 1, 2, out), 2);
	assert_int_equal(out[0].id, 1);
	assert_int_equal(out[1].id, 2);
	assert_int_equal(take(*state, 1, out), 3);
	assert_int_equal(out[0].id, 3);
	assert_int_equal(out[2].id, 5);
	assert_int_equal(take(*state, 1, out), 0);
}

static void what_changes_before_it_goes_must_be_durable_again(void **state)
{
	struct sighting out[8];

	for (int64_t id = 1; id <= 3; id++)
		add(*state, person(id, "A"));
	sightings_table_durable(*state);
	add(*state, person(2, "B"));
	assert_int_equal(take(*state, 1, out), 2);
	assert_int_equal(out[0].id, 1);
	assert_int_equal(out[1].id, 3);
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, out), 1);
	assert_true(text_is(out[0].first_name, "B"));
}

static void what_changed_while_it_was_out_must_be_durable_as_well(void **state)
{
	struct sighting first[8], out[8];

	add(*state, person(1, "A"));
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, first), 1);
	add(*state, person(1, "B"));
	assert_true(store(*state, 1, &first[0]));
	assert_int_equal(take(*state, 1, out), 0);
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, out), 1);
	assert_true(out[0].version > first[0].version);
}

static void only_what_is_out_there_can_be_stored(void **state)
{
	struct sighting out[8];
	struct sighting stranger = person(9, "A");

	add(*state, person(1, "A"));
	sightings_table_durable(*state);
	assert_false(store(*state, 1, &stranger));
	assert_int_equal(take(*state, 1, out), 1);
	assert_false(store(*state, 2, &out[0]));
	out[0].version++;
	assert_false(store(*state, 1, &out[0]));
	assert_int_equal(sightings_table_count(*state), 1);
	out[0].version--;
	assert_true(store(*state, 1, &out[0]));
	assert_false(store(*state, 1, &out[0]));
}

static void a_lost_session_loses_only_its_own(void **state)
{
	struct sighting first[8], second[8], out[8];

	for (int64_t id = 1; id <= 3; id++)
		add(*state, person(id, "A"));
	sightings_table_durable(*state);
	assert_int_equal(sightings_table_take(*state, 1, 1, first), 1);
	assert_int_equal(sightings_table_take(*state, 2, 1, second), 1);
	assert_int_equal(sightings_table_take(*state, 1, 1, &first[1]), 1);
	sightings_table_lost(*state, 1);
	assert_int_equal(take(*state, 3, out), 2);
	assert_int_equal(out[0].id, 1);
	assert_int_equal(out[1].id, 3);
	assert_true(store(*state, 2, &second[0]));
	assert_true(store(*state, 3, &out[1]));
	assert_true(store(*state, 3, &out[0]));
	assert_int_equal(sightings_table_count(*state), 0);
}

static void others_pass_a_migration_that_waits(void **state)
{
	struct sighting migration = { .scope = SIGHTING_MIGRATION, .id = -5, .new_id = -100 };
	struct sighting group = { .scope = SIGHTING_GROUP, .id = -5, .title = text("G") };
	struct sighting out[8];

	add(*state, migration);
	add(*state, group);
	add(*state, person(1, "A"));
	sightings_table_durable(*state);
	assert_int_equal(take(*state, 1, out), 2);
	assert_int_equal(out[0].scope, SIGHTING_GROUP);
	assert_int_equal(out[1].scope, SIGHTING_USER);
	assert_int_equal(take(*state, 1, &out[2]), 0); /* the group is not stored yet */
	assert_true(store(*state, 1, &out[0]));
	assert_int_equal(take(*state, 1, out), 1);
	assert_int_equal(out[0].new_id, -100);
}

/* Places are used again, and nothing takes another's. */
static void many_come_while_others_go(void **state)
{
	struct sighting out[8];
	char name[16];

	for (int64_t id = 1; id <= 300; id++) {
		snprintf(name, sizeof(name), "%d", (int)id);
		add(*state, person(id, name));
		if (id % 3 != 0)
			continue;
		sightings_table_durable(*state);
		assert_int_equal(sightings_table_take(*state, 1, 1, out), 1);
		assert_true(store(*state, 1, &out[0]));
	}
	assert_int_equal(sightings_table_count(*state), 200);
	for (int64_t id = 101; id <= 300; id++) {
		assert_int_equal(sightings_table_take(*state, 1, 1, out), 1);
		assert_int_equal(out[0].id, id);
		snprintf(name, sizeof(name), "%d", (int)id);
		assert_true(text_is(out[0].first_name, name));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_change_of_any_field_is_news),
		TEST(a_change_of_any_stored_field_is_news),
		TEST(the_whole_of_a_long_name_counts),
		TEST(an_empty_text_is_not_an_absent_one),
		TEST(stored_lately_is_a_minute),
		TEST(a_clock_that_was_put_back_makes_all_news),
		TEST(texts_are_copied),
		TEST(one_number_in_two_scopes_is_two),
		TEST(versions_are_above_those_of_earlier_runs),
		TEST(an_old_version_does_not_set_the_count_back),
		TEST(what_is_there_is_not_restored_over),
		TEST(what_waits_goes_out_in_its_order),
		TEST(what_changes_before_it_goes_must_be_durable_again),
		TEST(what_changed_while_it_was_out_must_be_durable_as_well),
		TEST(only_what_is_out_there_can_be_stored),
		TEST(a_lost_session_loses_only_its_own),
		TEST(others_pass_a_migration_that_waits),
		TEST(many_come_while_others_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
