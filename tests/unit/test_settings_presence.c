/* test_settings_presence.c - what the processes of a pool share of who has settings at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "tests/unit/moved_clock.h"
#include "workers/storage/settings_presence.h"

struct pool {
	struct settings_cache *settings_cache;
	struct settings_presence *settings_presence;
};

static int set_up(void **state)
{
	struct pool *pool = xmalloc(sizeof(*pool));

	pool->settings_cache = settings_cache_create();
	pool->settings_presence = settings_presence_create(PRESENCE_WORDS);
	settings_cache_note_followed(pool->settings_cache);
	*state = pool;
	return 0;
}

static int tear_down(void **state)
{
	struct pool *pool = *state;

	settings_presence_destroy(pool->settings_presence);
	settings_cache_destroy(pool->settings_cache);
	free(pool);
	return 0;
}

static bool is_due(struct pool *pool, struct settings_presence_build *build)
{
	return settings_presence_is_due(pool->settings_presence, pool->settings_cache, build);
}

static bool may_have(struct pool *pool, int64_t id)
{
	return settings_presence_may_have(pool->settings_presence, pool->settings_cache, id);
}

static size_t count_taken(struct pool *pool, int64_t first, size_t count)
{
	size_t taken = 0;

	for (size_t i = 0; i < count; i++)
		taken += may_have(pool, first + (int64_t)i);
	return taken;
}

/* A build of ids that fit into one part. */
static void build_of(struct pool *pool, const int64_t *ids, size_t count)
{
	struct settings_presence_build build = { 0 };

	assert_true(is_due(pool, &build));
	assert_true(build.after == INT64_MIN);
	settings_presence_add(pool->settings_presence, &build, ids, count);
	assert_int_equal(build.number, 0);
}

static void before_a_build_everybody_may_have_settings(void **state)
{
	assert_int_equal(count_taken(*state, -500, 1000), 1000);
}

static void strangers_have_none(void **state)
{
	static const int64_t ids[] = { -1001, 5, 6, 7000000000 };

	build_of(*state, ids, COUNT_OF(ids));
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		assert_true(may_have(*state, ids[i]));
	assert_true(count_taken(*state, 1000000, 100000) < 100);
	/* Nobody reads again so soon. */
	assert_false(is_due(*state, &(struct settings_presence_build) { 0 }));
	put_clock_forward(PRESENCE_PART_MS + 10);
	assert_false(is_due(*state, &(struct settings_presence_build) { 0 }));
}

static void nobody_chose_anything(void **state)
{
	build_of(*state, NULL, 0);
	assert_int_equal(count_taken(*state, -500, 1000), 0);
}

static void a_change_makes_its_bucket_unknown(void **state)
{
	struct pool *pool = *state;
	size_t taken;

	build_of(pool, NULL, 0);
	settings_cache_change(pool->settings_cache, settings_cache_bucket(42));
	assert_true(may_have(pool, 42));
	taken = count_taken(pool, 0, 100000);
	assert_true(taken > 0 && taken < 1000);
	for (int64_t id = 0; id < 1000; id++)
		assert_int_equal(may_have(pool, id),
				 settings_cache_bucket(id) == settings_cache_bucket(42));
}

static void a_change_during_the_build_counts(void **state)
{
	struct settings_presence_build build = { 0 };
	struct pool *pool = *state;

	assert_true(is_due(pool, &build));
	settings_cache_change(pool->settings_cache, settings_cache_bucket(42));
	settings_presence_add(pool->settings_presence, &build, NULL, 0);
	assert_true(may_have(pool, 42));
	assert_false(may_have(pool, 43));
}

/* What changed must be known again soon; while nothing does, the database is left alone. */
static void it_is_built_again_after_a_change(void **state)
{
	struct settings_presence_build build = { 0 };
	struct pool *pool = *state;

	build_of(pool, NULL, 0);
	put_clock_forward(PRESENCE_REBUILD_MS + 1);
	settings_cache_note_followed(pool->settings_cache);
	assert_false(is_due(pool, &build));
	settings_cache_change(pool->settings_cache, settings_cache_bucket(42));
	put_clock_forward(PRESENCE_PART_MS);
	assert_true(is_due(pool, &build));
}

static void many_come_in_parts(void **state)
{
	static int64_t ids[PRESENCE_PART];
	struct settings_presence_build build = { 0 };
	struct pool *pool = *state;

	assert_true(is_due(pool, &build));
	for (size_t i = 0; i < PRESENCE_PART; i++)
		ids[i] = (int64_t)i;
	settings_presence_add(pool->settings_presence, &build, ids, PRESENCE_PART);
	assert_true(may_have(pool, 1 << 30));
	assert_int_equal(build.after, PRESENCE_PART - 1);
	/* Not at once, and by nobody else. */
	assert_false(is_due(pool, &build));
	assert_false(is_due(pool, &(struct settings_presence_build) { 0 }));
	put_clock_forward(PRESENCE_PART_MS + 10);
	assert_false(is_due(pool, &(struct settings_presence_build) { 0 }));
	assert_true(is_due(pool, &build));
	ids[0] = PRESENCE_PART;
	settings_presence_add(pool->settings_presence, &build, ids, 1);
	assert_int_equal(count_taken(pool, 0, PRESENCE_PART + 1), PRESENCE_PART + 1);
	assert_true(count_taken(pool, 1000000, 100000) < 1000);
}

static void another_process_goes_on_for_one_that_died(void **state)
{
	static const int64_t old[] = { 1, 2, 3 }, new[] = { 3, 4 };
	struct settings_presence_build dead = { 0 }, build = { 0 };
	struct pool *pool = *state;
	int status;
	pid_t child;

	assert_true(is_due(pool, &dead));
	assert_false(is_due(pool, &build));
	put_clock_forward(PRESENCE_PATIENCE_MS + 10);
	assert_true(is_due(pool, &build));
	/* It was only slow: what it brings now is no part of what the other has begun. */
	settings_presence_add(pool->settings_presence, &dead, old, COUNT_OF(old));
	assert_true(may_have(pool, 1000));
	child = fork();
	if (child == 0) {
		settings_presence_add(pool->settings_presence, &build, new, COUNT_OF(new));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(may_have(pool, 1000));
	assert_false(may_have(pool, 1));
	assert_true(may_have(pool, 3) && may_have(pool, 4));
	settings_presence_add(pool->settings_presence, &dead, old, COUNT_OF(old));
	assert_false(may_have(pool, 1));
	assert_true(may_have(pool, 3) && may_have(pool, 4));
}

/* Else everybody would be asked for while it is made again. */
static void the_last_build_counts_during_the_next(void **state)
{
	static const int64_t old[] = { 1, 2 }, new[] = { 2, 3 };
	struct settings_presence_build dead = { 0 }, build = { 0 };
	struct pool *pool = *state;

	build_of(pool, old, COUNT_OF(old));
	settings_cache_change(pool->settings_cache, settings_cache_bucket(3));
	put_clock_forward(PRESENCE_REBUILD_MS + 1);
	settings_cache_note_followed(pool->settings_cache);
	assert_true(is_due(pool, &dead));
	put_clock_forward(PRESENCE_PATIENCE_MS + 10);
	assert_true(is_due(pool, &build));
	assert_true(may_have(pool, 1) && may_have(pool, 2) && may_have(pool, 3));
	assert_true(count_taken(pool, 1000000, 10000) < 100);
	settings_presence_add(pool->settings_presence, &dead, old, COUNT_OF(old));
	settings_presence_add(pool->settings_presence, &build, new, COUNT_OF(new));
	assert_false(may_have(pool, 1));
	assert_true(may_have(pool, 2) && may_have(pool, 3));
	assert_true(count_taken(pool, 1000000, 10000) < 100);
}

/* A handler that writes where it should not: 64 KiB of one byte, wherever they fall. */
static void what_is_scribbled_over_is_not_known(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x41, 0xff };
	struct pool *pool = *state;
	int64_t ids[1000];

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		ids[i] = (int64_t)i;
	build_of(pool, ids, COUNT_OF(ids));
	for (size_t i = 0; i < COUNT_OF(bytes); i++) {
		memset((char *)settings_presence_memory(pool->settings_presence) + i * 8192,
		       bytes[i], 8192);
		assert_int_equal(count_taken(pool, 0, COUNT_OF(ids)), COUNT_OF(ids));
	}
	assert_true(count_taken(pool, 1000000, 100000) > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(before_a_build_everybody_may_have_settings, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(strangers_have_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_chose_anything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_change_makes_its_bucket_unknown, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_change_during_the_build_counts, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(it_is_built_again_after_a_change, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(many_come_in_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_process_goes_on_for_one_that_died, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_last_build_counts_during_the_next, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_scribbled_over_is_not_known, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
