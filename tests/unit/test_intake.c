/* test_intake.c - batches from Telegram's JSON to the spool, with the real spool in a private
 * directory; pools and sightings are stand-ins that record their calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "ingress/intake/intake.h"
#include "ingress/metrics.h"

/* --- stand-ins -------------------------------------------------------------------------------- */

static struct {
	int64_t ids[64];
	size_t count, sightings, joins, durable, callbacks;
} told;

void pools_add(struct pools *pools, const struct spool_update *update)
{
	(void)pools;
	told.ids[told.count++] = update->update_id;
}

void pools_join_chats(struct pools *pools, int64_t from, int64_t to)
{
	(void)pools;
	assert_int_equal(from, -5);
	assert_int_equal(to, -1005);
	told.joins++;
}

bool pools_has_migrated(const struct pools *pools, int64_t chat_id)
{
	(void)pools;
	return chat_id == -6;
}

void sightings_add(struct sightings *sightings, const struct sighting *sighting)
{
	(void)sightings;
	assert_true(sighting->seen_at > 1600000000);
	told.sightings++;
}

void sightings_durable(struct sightings *sightings)
{
	(void)sightings;
	told.durable++;
}

static void on_stored(void *owner)
{
	(void)owner;
	told.callbacks++;
}

/* --- set-up ----------------------------------------------------------------------------------- */

static char directory[64];
static struct loop *loop;
static struct spool *spool;
static struct intake *intake;

static void on_update(void *owner, const struct spool_update *update)
{
	(void)owner;
	intake_restore_update(intake, update);
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	(void)owner;
	(void)sighting;
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	(void)owner;
	intake_restore_meta(intake, key, value, size);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	(void)offset;
	(void)bytes;
	fail_msg("damage in %s: %s", segment, what);
}

static void start(void)
{
	struct spool_options options = { .directory = directory,
					 .bot_id = 1,
					 .max_bytes = 64 << 20 };
	struct spool_replay replay = { NULL, on_update, on_sighting, on_meta, on_damage };
	struct why why;

	loop = loop_create();
	intake = intake_create();
	spool = spool_open(&options, &replay, &why);
	assert_non_null(spool);
	spool_attach(spool, loop);
	intake_open(intake, &(struct intake_options) { .loop = loop, .spool = spool });
	memset(&told, 0, sizeof(told));
}

static void stop(void)
{
	intake_destroy(intake);
	spool_close(spool);
	loop_destroy(loop);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test-intake.XXXXXX");
	assert_non_null(mkdtemp(directory));
	start();
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	stop();
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static struct intake_batch take(const char *result)
{
	char *answer = xasprintf("{\"ok\":true,\"result\":[%s]}", result);
	struct intake_batch batch;
	struct why why;

	assert_true(intake_take_answer(intake,
				       &(struct intake_answer) { answer, strlen(answer), false },
				       &batch, on_stored, NULL, &why));
	assert_int_equal(told.callbacks, 0); /* never before the call returns */
	free(answer);
	return batch;
}

#define MESSAGE(id)                                                        \
	"{\"update_id\":" #id ",\"message\":{\"message_id\":1,\"date\":1," \
	"\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Ann\"},"     \
	"\"chat\":{\"id\":7,\"type\":\"private\",\"first_name\":\"Ann\"},\"text\":\"hi\"}}"

/* --- tests ------------------------------------------------------------------------------------ */

static void nobody_is_told_before_it_is_durable(void **state)
{
	(void)state;
	struct intake_batch batch = take(MESSAGE(10) "," MESSAGE(11));
	assert_int_equal(batch.elements, 2);
	assert_int_equal(batch.fresh, 2);
	assert_int_equal(batch.last_id, 11);
	assert_int_equal(told.count, 0);
	assert_true(told.sightings >= 1);
	assert_int_equal(told.durable, 0);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.count, 2);
	assert_int_equal(told.ids[0], 10);
	assert_int_equal(told.durable, 1);
	assert_int_equal(told.callbacks, 1);
}

static void an_empty_answer_is_told_of_by_its_count(void **state)
{
	(void)state;
	assert_int_equal(take("").elements, 0);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.callbacks, 0);
	assert_int_equal(told.durable, 0); /* no batch was made from it */
}

static void what_comes_again_is_passed_over(void **state)
{
	(void)state;
	take(MESSAGE(10));
	assert_true(spool_flush(spool, 5000));
	memset(&told, 0, sizeof(told));
	struct intake_batch batch = take(MESSAGE(10) "," MESSAGE(12));
	assert_int_equal(batch.elements, 2);
	assert_int_equal(batch.fresh, 1);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.count, 1);
	assert_int_equal(told.ids[0], 12);
	/* Only known ids: the offset still advances and the caller is told. */
	memset(&told, 0, sizeof(told));
	batch = take(MESSAGE(12));
	assert_int_equal(batch.fresh, 0);
	assert_true(batch.has_last);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.callbacks, 1);
}

static void ids_may_restart_lower(void **state)
{
	(void)state;
	take(MESSAGE(900000000));
	assert_true(spool_flush(spool, 5000));
	memset(&told, 0, sizeof(told));
	struct intake_batch batch = take(MESSAGE(30));
	assert_int_equal(batch.fresh, 1);
	assert_int_equal(batch.last_id, 30);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.ids[0], 30);
}

static void a_restart_knows_what_was_done_too(void **state)
{
	uint64_t first = 1;

	(void)state;
	take(MESSAGE(10) "," MESSAGE(11));
	assert_true(spool_flush(spool, 5000));
	/* 10 is done and gone from the spool; its id remains. */
	spool_append_done(spool, &first, 1);
	spool_commit(spool, true, NULL, NULL);
	stop();
	start();
	assert_int_equal(take(MESSAGE(10) "," MESSAGE(11) "," MESSAGE(13)).fresh, 1);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.ids[0], 13);
}

static void a_malformed_update_loses_only_itself(void **state)
{
	int64_t before = metric_get(&metric_malformed);

	(void)state;
	struct intake_batch batch = take(
		MESSAGE(10) ",{\"update_id\":11,\"message\":{\"x\":1e999}}," MESSAGE(12));
	assert_int_equal(batch.elements, 3);
	assert_int_equal(batch.fresh, 2);
	assert_int_equal(metric_get(&metric_malformed), before + 1);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.count, 2);
	assert_int_equal(told.ids[1], 12);
	/* At the end of a batch its id is the one to continue from; the second time it is known. */
	memset(&told, 0, sizeof(told));
	batch = take("{\"update_id\":11,\"message\":{\"x\":1e999}}");
	assert_true(batch.has_last);
	assert_int_equal(batch.last_id, 11);
	assert_int_equal(metric_get(&metric_malformed), before + 1);
	assert_true(spool_flush(spool, 5000));
}

/* An offset behind it would overflow, or confirm whatever is to come. */
static void an_id_that_no_offset_can_follow_is_none(void **state)
{
	static const char *const ids[] = { "9223372036854775807",  "9223372036854775806",
					   "4294967296",           "-1",
					   "-9223372036854775808", "99999999999999999999" };
	int64_t before = metric_get(&metric_malformed);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		char *odd = xasprintf("{\"update_id\":%s,\"message\":{\"message_id\":1}}", ids[i]);
		char *both = xasprintf(MESSAGE(4294967295) ",%s", odd);
		struct intake_batch batch = take(odd);

		assert_false(batch.has_last);
		assert_int_equal(batch.fresh, 0);
		assert_true(spool_flush(spool, 5000));
		memset(&told, 0, sizeof(told));
		batch = take(both);
		assert_true(batch.has_last);
		assert_int_equal(batch.last_id, 4294967295);
		assert_true(spool_flush(spool, 5000));
		memset(&told, 0, sizeof(told));
		free(both);
		free(odd);
	}
	assert_int_equal(metric_get(&metric_malformed), before + 2 * (int64_t)COUNT_OF(ids));
}

static void a_migration_joins_the_lanes(void **state)
{
	(void)state;
	take("{\"update_id\":10,\"message\":{\"message_id\":1,\"date\":1,"
	     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Ann\"},"
	     "\"chat\":{\"id\":-5,\"type\":\"group\",\"title\":\"G\"},"
	     "\"migrate_to_chat_id\":-1005}}");
	assert_int_equal(told.joins, 1);
	assert_true(spool_flush(spool, 5000));
}

static void a_pool_tells_of_a_migration(void **state)
{
	(void)state;
	intake_migrated(intake, -5, -1005);
	assert_int_equal(told.joins, 1);
	assert_int_equal(told.sightings, 1);
	intake_migrated(intake, -6, -1006); /* known */
	assert_int_equal(told.joins, 1);
	assert_true(spool_flush(spool, 5000));
}

static void a_migrated_group_is_not_seen_again(void **state)
{
	(void)state;
	take("{\"update_id\":10,\"message\":{\"message_id\":1,\"date\":1,"
	     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Ann\"},"
	     "\"chat\":{\"id\":-6,\"type\":\"group\",\"title\":\"G\"},\"text\":\"hi\"}}");
	assert_int_equal(told.sightings, 1); /* only Ann */
	assert_true(spool_flush(spool, 5000));
}

static void what_is_no_answer_changes_nothing(void **state)
{
	struct intake_batch batch;
	struct why why;

	(void)state;
	assert_false(intake_take_answer(intake, &(struct intake_answer) { "<html>", 6, true },
					&batch, on_stored, NULL, &why));
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.callbacks, 0);
	assert_int_equal(told.durable, 0);
}

static void a_pushed_update_is_taken_alone(void **state)
{
	struct json_slice update = { MESSAGE(10), strlen(MESSAGE(10)) };

	(void)state;
	intake_take_update(intake, update, on_stored, NULL);
	intake_take_update(intake, update, on_stored, NULL); /* pushed again meanwhile */
	assert_int_equal(told.callbacks, 0);
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(told.callbacks, 2);
	assert_int_equal(told.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nobody_is_told_before_it_is_durable),
		TEST(an_empty_answer_is_told_of_by_its_count),
		TEST(what_comes_again_is_passed_over),
		TEST(ids_may_restart_lower),
		TEST(a_restart_knows_what_was_done_too),
		TEST(a_malformed_update_loses_only_itself),
		TEST(an_id_that_no_offset_can_follow_is_none),
		TEST(a_migration_joins_the_lanes),
		TEST(a_pool_tells_of_a_migration),
		TEST(a_migrated_group_is_not_seen_again),
		TEST(what_is_no_answer_changes_nothing),
		TEST(a_pushed_update_is_taken_alone),
	};

	ingress_metrics_register();
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
