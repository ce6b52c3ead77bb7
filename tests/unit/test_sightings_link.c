/* test_sightings_link.c - sightings on their way to a recorder and back, and sessions that end. */
#include "tests/unit/sightings_world.h"

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
