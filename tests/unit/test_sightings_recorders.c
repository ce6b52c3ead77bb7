/* test_sightings_recorders.c - who may be a recorder, what credit and leases mean, what the status
 * tells, and what comes of nonsense. */
#include "tests/unit/sightings_world.h"

#include <sys/mman.h>
#include <unistd.h>

#include "common/strikes.h"
#include "tests/unit/moved_clock.h"

/* --- who may be a recorder -------------------------------------------------------------------- */

static void say_hello_as(struct world *world, struct message_recorder_hello hello)
{
	struct buffer frame = { 0 };

	message_encode_recorder_hello(&hello, &frame);
	send_frame(world, &frame);
}

static const char *status_of(struct world *world, struct buffer *out)
{
	struct json json = json_start(out);

	buffer_clear(out);
	sightings_status(world->sightings, &json);
	return buffer_text(out);
}

static size_t count_in(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		count++;
		text++;
	}
	return count;
}

static void who_speaks_another_protocol_is_told_so(void **state)
{
	struct world *world = *state;
	struct buffer out = { 0 };
	const struct message_recorder_hello strangers[] = {
		{ .oldest = PROTOCOL_VERSION + 1, .newest = PROTOCOL_VERSION + 2, .session = 5 },
		{ .oldest = PROTOCOL_OLDEST - 1, .newest = PROTOCOL_OLDEST - 1, .session = 5 },
	};

	for (size_t i = 0; i < COUNT_OF(strangers); i++) {
		world->welcomes = 0;
		say_hello_as(world, strangers[i]);
		TURN_UNTIL(world, world->welcomes > 0);
		assert_int_equal(world->result, WELCOME_REFUSED_VERSION);
		assert_non_null(strstr(world->reason, "version"));
		assert_string_equal(status_of(world, &out), "[]");
	}
	/* newer, but it also speaks ours */
	say_hello_as(world, (struct message_recorder_hello) { .oldest = PROTOCOL_VERSION,
							      .newest = PROTOCOL_VERSION + 9,
							      .session = 5 });
	TURN_UNTIL(world, world->welcomes > 1);
	assert_int_equal(world->result, WELCOME_ACCEPTED);
	buffer_finish(&out);
}

static void there_is_room_for_16_recorders(void **state)
{
	struct world *world = *state;
	struct buffer out = { 0 };

	for (uint64_t session = 1; session <= 16; session++)
		say_hello(world, session);
	TURN_UNTIL(world, world->welcomes == 16);
	assert_int_equal(world->refusals, 0);
	assert_int_equal(count_in(status_of(world, &out), "\"pid\":7"), 16);
	say_hello(world, 17);
	TURN_UNTIL(world, world->refusals > 0);
	assert_int_equal(world->result, WELCOME_REFUSED_FULL);
	assert_string_equal(world->reason, "too many recorders");
	say_hello(world, 3); /* again: it is known */
	TURN_UNTIL(world, world->welcomes == 18);
	assert_int_equal(world->result, WELCOME_ACCEPTED);
	say_bye(world, 16);
	say_hello(world, 17);
	TURN_UNTIL(world, world->welcomes == 19);
	assert_int_equal(world->result, WELCOME_ACCEPTED);
	assert_int_equal(count_in(status_of(world, &out), "\"pid\":7"), 16);
	buffer_finish(&out);
}

static void a_session_that_nobody_opened_is_over(void **state)
{
	static const uint64_t unknown[] = { 4, 6 };
	struct world *world = *state;

	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes == 1);
	for (size_t i = 0; i < COUNT_OF(unknown); i++) {
		beat(world, unknown[i], 10);
		TURN_UNTIL(world, world->refusals == i + 1);
		assert_int_equal(world->result, WELCOME_REFUSED_SESSION);
		assert_string_equal(world->reason, "the session is over");
		say_bye(world, unknown[i]); /* of no session either */
	}
	beat(world, 5, 10);
	TURN_UNTIL(world, world->beats == 1);
	assert_int_equal(world->refusals, COUNT_OF(unknown));
}

/* --- credit ----------------------------------------------------------------------------------- */

static void credit_is_what_goes_out(void **state)
{
	struct world *world = *state;

	for (int64_t id = 1; id <= 2500; id++) {
		struct sighting sighting = person(id, "P", NOW);

		sightings_add(world->sightings, &sighting);
	}
	spool_commit(world->spool, true, on_durable, world->sightings);
	say_hello(world, 5);
	beat(world, 5, 2200);
	TURN_UNTIL(world, world->stored_count >= 2200);
	assert_int_equal(world->stored_count, 2200);
	assert_int_equal(world->sightings_frames, 3);
	assert_int_equal(world->largest, 1000);
	beat(world, 5, 2200);
	TURN_UNTIL(world, world->beats == 2);
	assert_int_equal(world->stored_count, 2200); /* the limit counts from the beginning */
	acknowledge(world, 5, 2300);
	TURN_UNTIL(world, world->stored_count >= 100);
	assert_int_equal(world->stored_count, 100);
	assert_int_equal(sightings_pending(world->sightings), 300);
}

static void another_recorder_takes_over_what_the_first_had(void **state)
{
	struct world *world = *state;

	see(world, 1, "Anna");
	say_hello(world, 5);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count == 1);
	say_hello(world, 6);
	beat(world, 6, 10);
	TURN_UNTIL(world, world->beats == 2);
	assert_int_equal(world->stored_count, 1); /* it is out already */
	say_bye(world, 5);
	TURN_UNTIL(world, world->stored_count == 2);
	assert_int_equal(world->stored_count, 2);
	assert_true(world->session_of_sightings == 6);
}

static void a_new_session_may_have_another_database(void **state)
{
	struct world *world = *state;

	see(world, 1, "Anna");
	say_hello(world, 5);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count == 1);
	acknowledge(world, 5, 20);
	TURN_UNTIL(world, sightings_pending(world->sightings) == 0);
	see(world, 1, "Anna");
	assert_int_equal(sightings_pending(world->sightings), 0); /* no news */
	say_hello(world, 5);                                      /* the same one */
	TURN_UNTIL(world, world->welcomes == 2);
	see(world, 1, "Anna");
	assert_int_equal(sightings_pending(world->sightings), 0);
	say_hello(world, 6);
	TURN_UNTIL(world, world->welcomes == 3);
	see(world, 1, "Anna");
	assert_int_equal(sightings_pending(world->sightings), 1);
}

/* --- time ------------------------------------------------------------------------------------- */

/* So that no tick finds that this process stood still. */
static void pass(struct world *world, uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += 500) {
		put_clock_forward(500);
		turn(world, 5);
	}
}

static void a_silent_recorder_loses_its_session(void **state)
{
	struct world *world = *state;
	struct buffer out = { 0 };

	see(world, 1, "Anna");
	say_hello(world, 5);
	beat(world, 5, 10);
	TURN_UNTIL(world, world->stored_count == 1);
	pass(world, LEASE_MS - 2000);
	beat(world, 5, 10); /* renews it */
	TURN_UNTIL(world, world->beats == 2);
	pass(world, LEASE_MS - 2000);
	assert_int_equal(count_in(status_of(world, &out), "\"pid\""), 1);
	pass(world, 3000);
	assert_string_equal(status_of(world, &out), "[]");
	beat(world, 5, 10);
	TURN_UNTIL(world, world->refusals == 1);
	say_hello(world, 6);
	beat(world, 6, 10);
	TURN_UNTIL(world, world->stored_count == 2);
	assert_int_equal(world->stored_count, 2);
	buffer_finish(&out);
}

static void a_standstill_of_ours_ends_no_session(void **state)
{
	struct world *world = *state;
	struct buffer out = { 0 };

	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes == 1);
	put_clock_forward(10 * LEASE_MS);
	turn(world, 20);
	assert_int_equal(count_in(status_of(world, &out), "\"pid\""), 1);
	pass(world, LEASE_MS + 2000); /* and from then on it counts again */
	assert_string_equal(status_of(world, &out), "[]");
	buffer_finish(&out);
}

static int64_t number_in(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	assert_non_null(at);
	return strtoll(at + strlen(key), NULL, 10);
}

static void status_tells_what_the_recorder_said(void **state)
{
	struct world *world = *state;
	struct message_recorder_beat message = { .session = 5,
						 .active = true,
						 .credit_limit = 3,
						 .postgres = text("no route to host"),
						 .redis = text("away"),
						 .sightings = 12,
						 .written = 11 };
	struct buffer out = { 0 }, frame = { 0 };
	char host[200];
	const char *status;

	memset(host, 'h', sizeof(host));
	say_hello_as(world, (struct message_recorder_hello) { .oldest = PROTOCOL_OLDEST,
							      .newest = PROTOCOL_VERSION,
							      .session = 5,
							      .host = { host, sizeof(host) },
							      .version = text("1.2.3") });
	TURN_UNTIL(world, world->welcomes == 1);
	put_clock_forward(1000);
	turn(world, 5);
	status = status_of(world, &out);
	assert_non_null(strstr(status, "\"state\":\"standby\""));
	assert_non_null(strstr(status, "\"version\":\"1.2.3\""));
	assert_int_equal(strspn(strstr(status, "\"host\":\"") + 8, "h"), 127); /* cut */
	assert_in_range(number_in(status, "\"since_ms\":"), 1000, 60000);
	message_encode_recorder_beat(&message, &frame);
	send_frame(world, &frame);
	TURN_UNTIL(world, world->beats == 1);
	status = status_of(world, &out);
	assert_non_null(strstr(status, "\"state\":\"active\""));
	assert_in_range(number_in(status, "\"since_ms\":"), 0, 999); /* since it is active */
	assert_non_null(strstr(status, "\"postgres\":\"no route to host\",\"redis\":\"away\","
				       "\"sightings\":12,\"written\":11"));
	buffer_finish(&out);
}

/* --- nonsense --------------------------------------------------------------------------------- */

static void a_message_for_others_is_an_error(void **state)
{
	int64_t before = metric_get(&metric_bad_frames);
	struct world *world = *state;
	struct buffer frame = { 0 }, out = { 0 };

	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes == 1);
	message_encode_beat_answer(&(struct message_beat_answer) { 5, 1 }, &frame);
	send_frame(world, &frame);
	TURN_UNTIL(world, metric_get(&metric_bad_frames) > before);
	assert_int_equal(metric_get(&metric_bad_frames) - before, 1);
	assert_string_equal(status_of(world, &out), "[]");
	buffer_finish(&out);
}

/* Another recorder is not to blame. */
static void nonsense_ends_the_sessions_of_its_own_connection_only(void **state)
{
	struct world *world = *state;
	struct zlink *first = world->recorder;
	struct zlink_options options = { .receive_max = 1 << 20,
					 .endpoint = world->settings.sightings_endpoint };
	int64_t before = metric_get(&metric_bad_frames);
	struct buffer frame = { 0 }, out = { 0 };
	struct why why;

	say_hello(world, 5);
	TURN_UNTIL(world, world->welcomes == 1);
	world->recorder = zlink_connect(world->context, &options, &why);
	assert_non_null(world->recorder);
	zlink_attach(world->recorder, world->loop, on_message, world);
	say_hello(world, 6);
	TURN_UNTIL(world, world->welcomes == 2);
	buffer_append_text(&frame, "nonsense");
	send_frame(world, &frame);
	TURN_UNTIL(world, metric_get(&metric_bad_frames) > before);
	assert_int_equal(count_in(status_of(world, &out), "\"pid\""), 1);
	beat(world, 6, 1);
	TURN_UNTIL(world, world->refusals == 1);
	zlink_close(world->recorder);
	world->recorder = first;
	beat(world, 5, 1);
	TURN_UNTIL(world, world->beats == 1);
	assert_int_equal(world->beats, 1);
	assert_int_equal(world->refusals, 1);
	buffer_finish(&out);
}

static void the_last_of_many_errors_says_that_nothing_more_is_heard(void **state)
{
	static char log[1 << 16];
	int64_t before = metric_get(&metric_bad_frames);
	struct world *world = *state;
	struct buffer frame = { 0 };
	int stderr_before = dup(STDERR_FILENO), file = memfd_create("log", MFD_CLOEXEC);
	ssize_t size;

	dup2(file, STDERR_FILENO);
	for (unsigned i = 0; i < STRIKES_MAX + 3; i++) {
		buffer_append_text(&frame, "nonsense");
		send_frame(world, &frame);
	}
	TURN_UNTIL(world, metric_get(&metric_bad_frames) - before >= STRIKES_MAX);
	turn(world, 50);
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	size = pread(file, log, sizeof(log) - 1, 0);
	close(file);
	log[size] = '\0';
	assert_int_equal(metric_get(&metric_bad_frames) - before, STRIKES_MAX);
	assert_int_equal(count_in(log, "protocol error on the sightings endpoint"), STRIKES_MAX);
	assert_int_equal(count_in(log, "disconnecting the peer"), 1);
	assert_null(strstr(strstr(log, "disconnecting the peer"), "protocol error"));
}

int main(void)
{
#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		LINK_TEST(who_speaks_another_protocol_is_told_so),
		LINK_TEST(there_is_room_for_16_recorders),
		LINK_TEST(a_session_that_nobody_opened_is_over),
		LINK_TEST(credit_is_what_goes_out),
		LINK_TEST(another_recorder_takes_over_what_the_first_had),
		LINK_TEST(a_new_session_may_have_another_database),
		LINK_TEST(a_silent_recorder_loses_its_session),
		LINK_TEST(a_standstill_of_ours_ends_no_session),
		LINK_TEST(status_tells_what_the_recorder_said),
		LINK_TEST(a_message_for_others_is_an_error),
		LINK_TEST(nonsense_ends_the_sessions_of_its_own_connection_only),
		LINK_TEST(the_last_of_many_errors_says_that_nothing_more_is_heard),
	};

	ingress_metrics_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
