/* test_sightings.c - newest fields, earliest time, one version in flight at a time; and the link to
 * a recorder played by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/metrics.h"
#include "ingress/sightings/sightings.h"
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

/* --- the link --------------------------------------------------------------------------------- */

struct world {
	char directory[64];
	struct loop *loop;
	struct zcontext *context;
	struct spool *spool;
	struct settings settings;
	struct sightings *sightings;
	struct zlink *recorder;
	/* what the recorder got */
	size_t frames, beats, welcomes, refusals;
	enum message_number last;
	uint64_t epoch;
	struct sighting_stored stored[64];
	uint64_t session_of_sightings;
	size_t stored_count;
	char first_name[32];
};

static size_t restored;

static void on_restored(void *owner, const struct sighting *sighting)
{
	(void)owner;
	(void)sighting;
	restored++;
}

static void on_message(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct world *world = owner;
	struct arena arena = { 0 };
	struct message_sightings sightings;
	struct message_welcome welcome;

	(void)from;
	world->frames++;
	assert_true(message_number(data, size, &world->last, NULL));
	if (world->last == MESSAGE_WELCOME) {
		assert_true(message_decode_welcome(data, size, &arena, &welcome, NULL));
		world->epoch = welcome.epoch;
		world->welcomes++;
		world->refusals += welcome.result != WELCOME_ACCEPTED;
	} else if (world->last == MESSAGE_BEAT_ANSWER) {
		world->beats++;
	} else if (world->last == MESSAGE_SIGHTINGS) {
		assert_true(message_decode_sightings(data, size, &arena, &sightings, NULL));
		world->session_of_sightings = sightings.session;
		for (size_t i = 0; i < sightings.count; i++) {
			const struct sighting *one = &sightings.sightings[i];

			world->stored[world->stored_count++] = (struct sighting_stored) {
				one->scope, one->id, one->version
			};
			snprintf(world->first_name, sizeof(world->first_name), "%.*s",
				 (int)one->first_name.length, one->first_name.data);
		}
	}
	arena_finish(&arena);
}

static void stop(void *owner)
{
	loop_stop(owner);
}

/* Lets both sides work for a while. */
static void turn(struct world *world, uint64_t ms)
{
	struct loop_timer timer = { .fn = stop, .owner = world->loop };

	loop_timer_set(world->loop, &timer, ms);
	loop_run(world->loop);
	loop_timer_clear(world->loop, &timer);
}

/* Runs until the condition holds; the caller asserts the results. */
#define TURN_UNTIL(world, condition)                           \
	do {                                                   \
		for (int i = 0; i < 1000 && !(condition); i++) \
			turn(world, 2);                        \
	} while (0)

static void open_ingress(struct world *world)
{
	struct spool_options options = { .directory = world->directory,
					 .bot_id = 1,
					 .max_bytes = 1 << 20 };
	struct spool_replay replay = { .sighting = on_restored };
	struct why why = { "" };

	restored = 0;
	world->spool = spool_open(&options, &replay, &why);
	assert_non_null(world->spool);
	spool_attach(world->spool, world->loop);
	world->sightings = sightings_create();
	if (!sightings_open(world->sightings, world->context, world->loop, world->spool,
			    &world->settings, &why))
		fail_msg("%s", why.text);
}

static void close_ingress(struct world *world)
{
	sightings_destroy(world->sightings);
	spool_close(world->spool);
	world->sightings = NULL;
	world->spool = NULL;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct zlink_options options = { .receive_max = 1 << 20 };
	struct why why = { "" };

	strcpy(world->directory, "/tmp/korone-sight-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->loop = loop_create();
	world->context = zcontext_create(1);
	world->settings.sightings_endpoint = xasprintf("ipc://%s/s", world->directory);
	world->settings.curve_dir = "";
	open_ingress(world);
	options.endpoint = world->settings.sightings_endpoint;
	world->recorder = zlink_connect(world->context, &options, &why);
	if (!world->recorder)
		fail_msg("%s", why.text);
	zlink_attach(world->recorder, world->loop, on_message, world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char *command = xasprintf("rm -rf %s", world->directory);

	zlink_close(world->recorder);
	close_ingress(world);
	zcontext_destroy(world->context);
	loop_destroy(world->loop);
	free((char *)world->settings.sightings_endpoint);
	assert_int_equal(system(command), 0);
	free(command);
	free(world);
	return 0;
}

/* A DEALER is full until it is connected. */
static void send_frame(struct world *world, struct buffer *frame)
{
	enum zlink_sent sent = zlink_send(world->recorder, NULL, frame->data, frame->size);

	for (int i = 0; i < 1000 && sent != ZLINK_SENT; i++) {
		turn(world, 2);
		sent = zlink_send(world->recorder, NULL, frame->data, frame->size);
	}
	assert_int_equal(sent, ZLINK_SENT);
	buffer_finish(frame);
}

static void say_hello(struct world *world, uint64_t session)
{
	struct message_recorder_hello hello = { .oldest = PROTOCOL_OLDEST,
						.newest = PROTOCOL_VERSION,
						.session = session,
						.host = text("here"),
						.version = text("1"),
						.pid = 7 };
	struct buffer frame = { 0 };

	message_encode_recorder_hello(&hello, &frame);
	send_frame(world, &frame);
}

static void beat(struct world *world, uint64_t session, uint64_t credit_limit)
{
	struct message_recorder_beat message = { .session = session,
						 .credit_limit = credit_limit,
						 .active = credit_limit > 0,
						 .postgres = text("ready"),
						 .redis = text("ready") };
	struct buffer frame = { 0 };

	message_encode_recorder_beat(&message, &frame);
	send_frame(world, &frame);
}

static void acknowledge(struct world *world, uint64_t session, uint64_t credit_limit)
{
	struct message_sightings_stored message = { .session = session,
						    .credit_limit = credit_limit,
						    .stored = world->stored,
						    .count = world->stored_count };
	struct buffer frame = { 0 };

	message_encode_sightings_stored(&message, &frame);
	send_frame(world, &frame);
	world->stored_count = 0;
}

static void say_bye(struct world *world, uint64_t session)
{
	struct buffer frame = { 0 };

	message_encode_bye(&(struct message_bye) { .session = session }, &frame);
	send_frame(world, &frame);
}

static void on_durable(void *owner)
{
	sightings_durable(owner);
}

static void see(struct world *world, int64_t id, const char *name)
{
	struct sighting sighting = person(id, name, NOW);

	sightings_add(world->sightings, &sighting);
	spool_commit(world->spool, true, on_durable, world->sightings);
}

static void a_sighting_reaches_the_recorder(void **state)
{
	struct world *world = *state;

	see(world, 1, "Anna");
	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes > 0);
	assert_int_equal(world->last, MESSAGE_WELCOME);
	assert_true(world->epoch != 0);
	beat(world, 5, 0); /* standby */
	TURN_UNTIL(world, world->beats > 0);
	turn(world, 100);
	assert_int_equal(world->beats, 1);
	assert_int_equal(world->stored_count, 0);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count > 0);
	assert_int_equal(world->stored_count, 1);
	assert_string_equal(world->first_name, "Anna");
	assert_int_equal(sightings_pending(world->sightings), 1);
	acknowledge(world, 5, 11);
	TURN_UNTIL(world, sightings_pending(world->sightings) == 0);
	assert_int_equal(sightings_pending(world->sightings), 0);
	close_ingress(world);
	open_ingress(world);
	assert_int_equal(restored, 0);
}

static void what_is_not_stored_survives_a_restart(void **state)
{
	struct world *world = *state;

	see(world, 1, "Anna");
	see(world, 2, "Bob");
	say_hello(world, 5);
	beat(world, 5, 1);
	TURN_UNTIL(world, world->stored_count > 0);
	turn(world, 100);
	assert_int_equal(world->stored_count, 1); /* that is all the credit */
	close_ingress(world);
	open_ingress(world);
	assert_int_equal(restored, 2);
}

static void a_session_that_ends_gives_back_what_it_had(void **state)
{
	struct world *world = *state;
	struct sighting_stored first;

	see(world, 1, "Anna");
	say_hello(world, 5);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count > 0);
	assert_int_equal(world->stored_count, 1);
	first = world->stored[0];
	say_bye(world, 5);
	acknowledge(world, 5, 10); /* too late */
	TURN_UNTIL(world, world->refusals > 0);
	assert_int_equal(sightings_pending(world->sightings), 1);
	assert_int_equal(world->refusals, 1);
	say_hello(world, 6);
	beat(world, 6, 10);
	TURN_UNTIL(world, world->stored_count > 0);
	assert_int_equal(world->stored_count, 1);
	assert_true(world->session_of_sightings == 6);
	assert_true(world->stored[0].version == first.version);
}

/* Frames may be lost with a connection, and what was in them would never be stored. */
static void who_comes_over_another_connection_begins_anew(void **state)
{
	struct world *world = *state;
	struct zlink_options options = { .receive_max = 1 << 20,
					 .endpoint = world->settings.sightings_endpoint };
	struct why why = { "" };

	see(world, 1, "Anna");
	say_hello(world, 5);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count > 0);
	zlink_close(world->recorder);
	world->recorder = zlink_connect(world->context, &options, &why);
	assert_non_null(world->recorder);
	zlink_attach(world->recorder, world->loop, on_message, world);
	world->beats = world->stored_count = 0;
	beat(world, 5, 10);
	TURN_UNTIL(world, world->refusals > 0);
	assert_int_equal(world->refusals, 1);
	assert_int_equal(world->beats, 0);
	say_hello(world, 6);
	beat(world, 6, 10);
	TURN_UNTIL(world, world->stored_count > 0);
	assert_int_equal(world->stored_count, 1);
}

static void nonsense_ends_the_session(void **state)
{
	struct world *world = *state;
	struct buffer frame = { 0 };

	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes > 0);
	buffer_append_text(&frame, "nonsense");
	send_frame(world, &frame);
	beat(world, 5, 1);
	TURN_UNTIL(world, world->refusals > 0);
	assert_int_equal(world->refusals, 1);
}

static void who_sends_only_nonsense_is_not_heard(void **state)
{
	int64_t before = metric_get(&metric_bad_frames);
	struct world *world = *state;
	struct buffer frame = { 0 };

	for (int i = 0; i < 20; i++) {
		buffer_append_text(&frame, "nonsense");
		send_frame(world, &frame);
		turn(world, 20);
	}
	assert_in_range(metric_get(&metric_bad_frames) - before, 1, 19);
	say_hello(world, 5);
	turn(world, 100);
	assert_int_equal(world->welcomes, 0);
}

static void status_names_the_recorders(void **state)
{
	struct world *world = *state;
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	say_hello(world, 5);
	beat(world, 5, 1);
	TURN_UNTIL(world, world->beats > 0);
	sightings_status(world->sightings, &json);
	assert_non_null(strstr(buffer_text(&out), "\"host\":\"here\",\"pid\":7"));
	assert_non_null(strstr(buffer_text(&out), "\"state\":\"active\""));
	buffer_finish(&out);
}

int main(void)
{
#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
		LINK_TEST(a_sighting_reaches_the_recorder),
		LINK_TEST(what_is_not_stored_survives_a_restart),
		LINK_TEST(a_session_that_ends_gives_back_what_it_had),
		LINK_TEST(who_comes_over_another_connection_begins_anew),
		LINK_TEST(nonsense_ends_the_session),
		LINK_TEST(who_sends_only_nonsense_is_not_heard),
		LINK_TEST(status_names_the_recorders),
	};

	ingress_metrics_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
