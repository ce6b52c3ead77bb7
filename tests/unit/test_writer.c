/* test_writer.c - the writer's thread: in which order batches go through the store, what is tried
 * again after a failure, and who is active. */
#include <sys/mman.h>

#include "tests/unit/standing_clock.h"
#include "tests/unit/writer_world.h"

/* --- batches ---------------------------------------------------------------------------------- */

static void a_batch_is_compared_sent_received_and_remembered(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit(w, 1);
	run(w, 1);
	assert_string_equal(w->done, "1 ");
	happened("compare-1 send-1 receive-1 remember-1 ");
}

static void the_next_is_compared_while_postgres_works(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit_three(w);
	assert_true(writer_is_behind(w->writer));
	open_gate();
	run(w, 3);
	assert_string_equal(w->done, "1 2 3 ");
	happened("compare-1 send-1 compare-2 receive-1 send-2 remember-1 "
		 "compare-3 receive-2 send-3 remember-2 receive-3 remember-3 ");
	assert_false(writer_is_behind(w->writer));
}

static void batches_of_other_sessions_come_back_unwritten(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit_of(w, 1, SESSION + 1);
	submit(w, 2);
	submit_of(w, 3, SESSION - 1);
	run(w, 3);
	happened("compare-2 send-2 receive-2 remember-2 ");
}

/* They may have ids in common: the new one waits until the one before is through. */
static void batches_of_two_sessions_are_not_under_way_at_once(void **state)
{
	struct world *w = *state;

	start_active(w);
	close_gate();
	submit(w, 1);
	wait_for_the_gate();
	writer_set_session(w->writer, SESSION + 1);
	submit(w, 2);
	submit_of(w, 3, SESSION + 1);
	open_gate();
	run(w, 3);
	happened("compare-1 send-1 receive-1 remember-1 compare-3 send-3 receive-3 remember-3 ");
}

/* --- failures --------------------------------------------------------------------------------- */

static void what_could_not_be_sent_is_compared_and_sent_again(void **state)
{
	struct world *w = *state;

	start_active(w);
	fail_once("send", POSTGRES_TROUBLE);
	submit(w, 1);
	run(w, 1);
	assert_string_equal(w->done, "1 ");
	happened("compare-1 send-1 compare-1 send-1 receive-1 remember-1 ");
	writer_get_state(w->writer, &w->state);
	assert_int_equal(w->state.postgres_errors, 1);
	assert_int_equal(count_of(&store_now.connects), 1);
}

static void after_a_failed_commit_both_batches_begin_anew_in_their_order(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit_three(w);
	fail_once("receive", POSTGRES_TROUBLE);
	open_gate();
	run(w, 3);
	assert_string_equal(w->done, "1 2 3 ");
	happened("compare-1 send-1 compare-2 receive-1 "
		 "compare-1 send-1 compare-2 receive-1 send-2 remember-1 "
		 "compare-3 receive-2 send-3 remember-2 receive-3 remember-3 ");
	writer_get_state(w->writer, &w->state);
	assert_false(writer_is_behind(w->writer));
	assert_true(w->state.postgres_ready);
	assert_string_equal(w->state.postgres, "ready");
}

/* The one before is committed: it is remembered and given back all the same. */
static void a_batch_that_cannot_be_sent_does_not_hold_up_the_one_before(void **state)
{
	struct world *w = *state;

	start_active(w);
	close_gate();
	submit(w, 1);
	wait_for_the_gate();
	submit(w, 2);
	fail_once("send-2", POSTGRES_TROUBLE);
	open_gate();
	run(w, 2);
	assert_string_equal(w->done, "1 2 ");
	happened("compare-1 send-1 compare-2 receive-1 send-2 remember-1 "
		 "compare-2 send-2 receive-2 remember-2 ");
}

static void a_lost_connection_is_made_again_and_the_lock_taken_again(void **state)
{
	static const enum postgres_fault faults[] = { POSTGRES_LOST, POSTGRES_REFUSED };
	struct world *w = *state;

	start_active(w);
	for (unsigned i = 0; i < COUNT_OF(faults); i++) {
		unsigned before = count_of(&store_now.checks);

		fail_once("receive", faults[i]);
		submit(w, 1);
		run(w, 1);
		assert_int_equal(count_of(&store_now.connects), 2 + i);
		assert_true(count_of(&store_now.checks) > before); /* before anything is written */
		run_until(w, is_active);
	}
	happened("compare-1 send-1 receive-1 compare-1 send-1 receive-1 remember-1 "
		 "compare-1 send-1 receive-1 compare-1 send-1 receive-1 remember-1 ");
}

static void an_error_is_told_until_it_is_over(void **state)
{
	struct world *w = *state;

	fail_times("connect", POSTGRES_REFUSED, 1000000);
	start(w);
	run_until(w, has_error);
	assert_false(w->state.postgres_ready);
	assert_false(w->state.active);
	assert_string_equal(w->state.postgres, "connect failed");
	fail_times(NULL, POSTGRES_REFUSED, 0);
	run_until(w, is_active);
	assert_string_equal(w->state.postgres, "ready");
	assert_true(w->state.postgres_errors >= 1);
	assert_int_equal(w->state.redis_errors, 3);
	assert_true(w->state.redis_ready);
}

static void pauses_grow_to_two_seconds_and_a_success_ends_them(void **state)
{
	static const int longest_ms[] = { 100, 200, 400, 800, 1600, 2000, 2000, 100 };
	struct world *w = *state;

	fail_times("connect", POSTGRES_TROUBLE, 7);
	start(w);
	run_until(w, is_active);
	assert_int_equal(w->state.postgres_errors, 7);
	assert_int_equal(count_of(&store_now.connects), 8);
	fail_once("send", POSTGRES_TROUBLE);
	submit(w, 1);
	run(w, 1);
	assert_int_equal(count_of(&store_now.pauses), COUNT_OF(longest_ms));
	for (size_t i = 0; i < COUNT_OF(longest_ms); i++)
		assert_in_range(store_now.pauses_ms[i], longest_ms[i] / 2, longest_ms[i]);
}

static unsigned said(int log, const char *text)
{
	static char lines[1 << 14];
	ssize_t size = pread(log, lines, sizeof(lines) - 1, 0);
	unsigned count = 0;

	lines[size] = '\0';
	for (const char *at = lines; (at = strstr(at, text)); at++)
		count++;
	return count;
}

static void the_same_error_is_said_once_a_minute(void **state)
{
	struct world *w = *state;
	int log = memfd_create("log", MFD_CLOEXEC), stderr_before = dup(STDERR_FILENO);

	dup2(log, STDERR_FILENO);
	fail_times("connect", POSTGRES_TROUBLE, 1000000);
	start(w);
	wait_for_pauses(5);
	unsigned before = said(log, "waiting for Postgres");
	put_clock_forward(60001);
	wait_for_pauses(5);
	unsigned after = said(log, "waiting for Postgres");
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	close(log);
	assert_int_equal(before, 1);
	assert_int_equal(after, 2);
}

/* --- who is active ---------------------------------------------------------------------------- */

static void on_standby_nothing_is_written(void **state)
{
	struct world *w = *state;

	store_now.standby = true;
	start(w);
	submit(w, 1);
	run_until(w, is_standby);
	assert_true(writer_is_behind(w->writer));
	assert_int_equal(count_of(&store_now.checks), 0);
	wait_for_pauses(3);
	assert_int_equal(store_now.pauses_ms[0], 1000);
	assert_true(count_of(&store_now.probes) >= 3);
	assert_true(writer_is_behind(w->writer));
	happened("");
	/* Until the other one is gone. */
	pthread_mutex_lock(&store_now.mutex);
	store_now.standby = false;
	pthread_mutex_unlock(&store_now.mutex);
	run(w, 1);
	happened("compare-1 send-1 receive-1 remember-1 ");
	assert_true(count_of(&store_now.checks) > 0);
}

static void it_is_checked_once_a_second(void **state)
{
	struct world *w = *state;
	unsigned before;

	start_active(w);
	before = count_of(&store_now.checks);
	submit(w, 1);
	run(w, 1);
	assert_int_equal(count_of(&store_now.checks), before);
	put_clock_forward(1000);
	submit(w, 2);
	run(w, 1);
	assert_true(count_of(&store_now.checks) > before);
}

static void a_check_waits_for_the_batch_that_is_under_way(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit_three(w);
	put_clock_forward(1000);
	fail_once("check", POSTGRES_LOST);
	open_gate();
	run(w, 3);
	assert_string_equal(w->done, "1 2 3 ");
	/* No connection was lost with something in hand. */
	happened("compare-1 send-1 receive-1 remember-1 "
		 "compare-2 send-2 compare-3 receive-2 send-3 remember-2 receive-3 remember-3 ");
	assert_int_equal(count_of(&store_now.connects), 2);
}

static void what_is_for_good_is_told_and_ends_all_tries(void **state)
{
	struct world *w = *state;

	store_now.refusal.exit_code = 78;
	snprintf(store_now.refusal.text, sizeof(store_now.refusal.text), "another key");
	start(w);
	run_until(w, is_active);
	assert_int_equal(w->state.exit_code, 78);
	assert_string_equal(w->state.exit_text, "another key");
	submit(w, 1);
	wait_for_pauses(3);
	assert_true(writer_is_behind(w->writer));
	assert_int_equal(count_of(&store_now.connects), 1);
	happened("");
}

static void a_malformed_setting_starts_nothing(void **state)
{
	static const struct settings settings;
	struct world *w = *state;
	struct why why;

	store_now.malformed = true;
	assert_null(writer_start(&settings, w->loop, on_done, on_changed, w, &why));
	assert_string_equal(why.text, "malformed");
}

/* --- the end ---------------------------------------------------------------------------------- */

static void it_leaves_only_with_nothing_sent(void **state)
{
	struct world *w = *state;

	start_active(w);
	submit(w, 1);
	run(w, 1);
	writer_stop(w->writer);
	w->writer = NULL;
	happened("compare-1 send-1 receive-1 remember-1 leave ");
}

/* What of it will be committed is not known. */
static void it_does_not_leave_while_something_is_sent(void **state)
{
	struct world *w = *state;

	store_now.stops_after_send = true;
	start_active(w);
	submit(w, 1);
	pthread_mutex_lock(&store_now.mutex);
	while (!strstr(store_now.events, "send-1 "))
		pthread_cond_wait(&store_now.changed, &store_now.mutex);
	pthread_mutex_unlock(&store_now.mutex);
	writer_stop(w->writer);
	w->writer = NULL;
	assert_string_equal(w->done, "");
	happened("compare-1 send-1 ");
}

static void what_is_not_written_is_dropped_at_the_end(void **state)
{
	struct world *w = *state;

	store_now.standby = true;
	start(w);
	submit(w, 1);
	submit(w, 2);
	run_until(w, is_standby);
	writer_stop(w->writer);
	w->writer = NULL;
	assert_string_equal(w->done, "");
	happened("leave ");
}

static void a_stop_ends_all_tries(void **state)
{
	struct world *w = *state;

	fail_times("connect", POSTGRES_STOPPED, 1000000);
	start(w);
	pthread_mutex_lock(&store_now.mutex);
	while (store_now.connects < 2)
		pthread_cond_wait(&store_now.changed, &store_now.mutex);
	pthread_mutex_unlock(&store_now.mutex);
	writer_get_state(w->writer, &w->state);
	assert_int_equal(w->state.postgres_errors, 0); /* that is none */
	writer_stop(w->writer);
	w->writer = NULL;
	assert_int_equal(store_now.pauses, 0);
	happened("leave ");
}

int main(void)
{
#define WRITES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WRITES(a_batch_is_compared_sent_received_and_remembered),
		WRITES(the_next_is_compared_while_postgres_works),
		WRITES(batches_of_other_sessions_come_back_unwritten),
		WRITES(batches_of_two_sessions_are_not_under_way_at_once),
		WRITES(what_could_not_be_sent_is_compared_and_sent_again),
		WRITES(after_a_failed_commit_both_batches_begin_anew_in_their_order),
		WRITES(a_batch_that_cannot_be_sent_does_not_hold_up_the_one_before),
		WRITES(a_lost_connection_is_made_again_and_the_lock_taken_again),
		WRITES(an_error_is_told_until_it_is_over),
		WRITES(pauses_grow_to_two_seconds_and_a_success_ends_them),
		WRITES(the_same_error_is_said_once_a_minute),
		WRITES(on_standby_nothing_is_written),
		WRITES(it_is_checked_once_a_second),
		WRITES(a_check_waits_for_the_batch_that_is_under_way),
		WRITES(what_is_for_good_is_told_and_ends_all_tries),
		WRITES(a_malformed_setting_starts_nothing),
		WRITES(it_leaves_only_with_nothing_sent),
		WRITES(it_does_not_leave_while_something_is_sent),
		WRITES(what_is_not_written_is_dropped_at_the_end),
		WRITES(a_stop_ends_all_tries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
