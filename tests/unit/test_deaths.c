/* test_deaths.c - what a death does to the update that a child was at and to those that it had not
 * begun; who is reported to crashd, and as what. */
#include "tests/unit/parent_world.h"

static struct process *at_work(uint64_t seq, uint64_t lane)
{
	struct process *child = give_batch(seq, &lane, 1);

	begin_item(child, seq);
	return child;
}

/* --- a child and its updates ------------------------------------------------------------------ */

static void the_update_that_it_was_at_is_an_attempt(void)
{
	const struct capture *capture;
	struct process *child;

	start_pool();
	child = give_lanes(1, 3);
	begin_item(child, 1);
	strcpy(child->scoreboard->slot.module, "module");
	dies(child, BY_SIGNAL(SIGSEGV));
	assert_int_equal(hear_verdict(1, VERDICT_ENDED).reason, ENDED_CRASH);
	no_verdict();
	capture = the_capture();
	assert_int_equal(capture->kind, CAPTURE_SIGNAL);
	assert_int_equal(capture->signo, SIGSEGV);
	assert_int_equal(capture->pid, child->pid);
	assert_int_equal(capture->update_id, 7001);
	assert_int_equal(capture->attempt, 1);
	assert_true(text_is(capture->process, "child"));
	assert_true(text_is(capture->module, "module"));
	assert_true(text_is(capture->update, "body"));
	pass(250);
	assert_int_equal(status_number("crashed"), 1);
}

static void assert_from_here(const struct capture *capture, const char *build_id)
{
	char host[256] = "";

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	assert_true(text_is(capture->host, host));
	assert_true(text_is(capture->pool, host));
	assert_true(text_is(capture->version, KORONE_VERSION));
	assert_true(text_is(capture->build_id, build_id));
	assert_true(capture->ended_ns > 0);
}

/* After a replacement: of the program that it runs, not of the one that is installed now. */
static void a_report_says_of_which_host_and_build_it_is(void)
{
	struct process *old, *fresh;

	start_pool();
	old = at_work(1, 7);
	assert_int_equal(raise(SIGHUP), 0);
	turn();
	nursery_is_ready(nurseries[1], NULL);
	fresh = child_starts(&processes[1 + CHILDREN]);
	dies(old, BY_SIGNAL(SIGSEGV));
	assert_from_here(the_capture(), "first");
	dies(fresh, BY_SIGNAL(SIGSEGV));
	assert_from_here(the_capture(), "next");
}

static void what_it_had_not_begun_goes_to_another(void)
{
	const uint64_t lanes[] = { 1, 7, 7, 7 };
	struct process *child, *other;

	start_pool();
	child = give_batch(1, lanes, COUNT_OF(lanes));
	begin_item(child, 1);
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_ENDED);
	other = busy_child();
	assert_ptr_not_equal(other, child);
	for (uint64_t seq = 2; seq <= 4; seq++) {
		const struct wire_item item = hear_item(other);

		assert_int_equal(item.seq, seq);
		assert_int_equal(item.attempt, 1);
		/* What the dead child says of what it began is not believed. */
		assert_int_equal(item.flags, ITEM_REPEAT);
	}
	no_verdict();
}

static void what_follows_in_the_lane_goes_back_until_ingress_knows(void)
{
	const uint64_t lanes[] = { 7, 7, 8 };
	struct process *child;
	uint64_t number;

	start_pool();
	child = give_batch(1, lanes, COUNT_OF(lanes));
	begin_item(child, 1);
	give(4, 7);
	dies(child, BY_SIGNAL(SIGSEGV));
	number = hear_verdict(1, VERDICT_ENDED).number;
	hear_verdict(2, VERDICT_RETURNED);
	hear_verdict(4, VERDICT_RETURNED);
	assert_int_equal(hear_item(busy_child()).seq, 3);
	/* Those were on their way. */
	give(5, 7);
	hear_verdict(5, VERDICT_RETURNED);
	say_stored(session, number - 1);
	give(6, 7);
	hear_verdict(6, VERDICT_RETURNED);
	say_stored(session, number);
	give(7, 7);
	no_verdict();
	assert_int_equal(hear_item(busy_child()).seq, 7);
}

static void nothing_is_blamed_that_was_not_begun(void)
{
	static const struct trace_id none;
	const struct capture *capture;
	struct process *child;

	start_pool();
	child = give_lanes(1, 2);
	dies(child, BY_SIGNAL(SIGKILL));
	no_verdict();
	capture = the_capture();
	assert_null(capture->update.data);
	assert_int_equal(capture->update_id, 0);
	/* It has a name all the same. */
	assert_memory_not_equal(&capture->trace, &none, sizeof(none));
	child = busy_child();
	begin_item(child, 2);
	begin_item(child, 1);
}

static void what_it_said_before_it_died_counts(void)
{
	struct wire_verdict verdict = { 0 };
	struct wire_item item;
	struct process *child;

	start_pool();
	child = give_lanes(1, 2);
	item = begin_item(child, 1);
	verdict.seq = item.seq;
	verdict.ordinal = item.ordinal;
	say(child, WIRE_VERDICT, &verdict, sizeof(verdict));
	begin_item(child, 2);
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_DONE);
	hear_verdict(2, VERDICT_ENDED);
	no_verdict();
}

static void who_had_released_its_lane_stops_nobody_that_went_on(void)
{
	struct process *child, *other;
	struct wire_item item;

	start_pool();
	child = at_work(1, 7);
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	hear_verdict(1, VERDICT_HANDLED);
	give(2, 7);
	other = busy_child();
	item = begin_item(other, 2);
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_ENDED);
	no_verdict();
	finish_item(other, &item, 0);
	hear_verdict(2, VERDICT_DONE);
}

static void each_end_has_its_reason(void)
{
	static const struct {
		int status;
		enum ended_reason reason;
		enum capture_kind kind;
		uint32_t max_rss_kib;
	} cases[] = {
		{ BY_SIGNAL(SIGBUS), ENDED_CRASH, CAPTURE_SIGNAL, 0 },
		{ BY_SIGNAL(SIGKILL), ENDED_KILLED, CAPTURE_KILLED, 0 },
		{ BY_EXIT(3), ENDED_EXIT, CAPTURE_EXIT, 0 },
		{ BY_EXIT(0), ENDED_EXIT, CAPTURE_EXIT, 0 },
		{ BY_EXIT(EX_OSERR), ENDED_MEMORY, CAPTURE_MEMORY, 0 },
		{ BY_SIGNAL(SIGKILL), ENDED_MEMORY, CAPTURE_MEMORY, 60u << 10 },
	};

	settings.child_memory_max = 64 << 20;
	start_pool();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const uint64_t seq = i + 1;
		struct process *child = at_work(seq, seq);

		ends(child, cases[i].status, cases[i].max_rss_kib);
		child_starts(latest());
		assert_int_equal(hear_verdict(seq, VERDICT_ENDED).reason, cases[i].reason);
		assert_int_equal(the_capture()->kind, cases[i].kind);
	}
}

static void a_hang_is_told_from_a_crash(void)
{
	struct process *child;

	start_pool();
	child = at_work(1, 7);
	pass_answered(5250);
	assert_int_equal(child->signo, SIGABRT);
	stop_listening();
	dies(child, BY_SIGNAL(SIGABRT));
	assert_int_equal(hear_verdict(1, VERDICT_ENDED).reason, ENDED_HANG);
	assert_int_equal(the_capture()->kind, CAPTURE_HANG);
}

static void who_wrote_nonsense_was_killed_for_it(void)
{
	struct process *child;

	settings.child_memory_max = 64 << 20;
	start_pool();
	child = at_work(1, 7);
	say(child, WIRE_ITEM, NULL, 0);
	turn();
	assert_int_equal(child->signo, SIGKILL);
	/* Not for its memory. */
	ends(child, BY_SIGNAL(SIGKILL), 60u << 10);
	assert_int_equal(hear_verdict(1, VERDICT_ENDED).reason, ENDED_KILLED);
	assert_int_equal(the_capture()->kind, CAPTURE_KILLED);
}

/* --- what crashd may know --------------------------------------------------------------------- */

static void an_update_is_reported_only_if_that_is_wanted(void)
{
	const struct capture *capture;

	settings.crash_update = CRASH_UPDATE_NONE;
	start_pool();
	dies(at_work(1, 7), BY_SIGNAL(SIGSEGV));
	capture = the_capture();
	assert_int_equal(capture->update_id, 7001);
	assert_null(capture->update.data);
	assert_int_equal(capture->update_mode, CRASH_UPDATE_NONE);
}

/* The body of an incident is ingress' own. */
static void an_incident_is_not_reported_as_an_update(void)
{
	const struct message_item incident = { .seq = 1,
					       .lane = 7,
					       .kind = KIND_MESSAGE,
					       .flags = ITEM_INCIDENT,
					       .attempt = 1,
					       .body = { "body", 4 } };
	struct process *child;

	start_pool();
	give_item(&incident);
	child = busy_child();
	begin_item(child, 1);
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_ENDED);
	assert_null(the_capture()->update.data);
}

/* --- ends that are no news -------------------------------------------------------------------- */

/* The session was lost: others have its update, and it was killed for that. */
static void who_is_killed_for_a_lost_session_is_not_reported(void)
{
	struct process *child;

	start_pool();
	child = at_work(1, 7);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	assert_int_equal(child->signo, SIGKILL);
	stop_listening();
	dies(child, BY_SIGNAL(SIGKILL));
	no_capture();
	hear_no_message();
	pass(250);
	assert_int_equal(status_number("crashed"), 0);
}

/* Of three children one idles too long, and dies when it should leave. */
static void who_dies_instead_of_leaving_is_reported(void)
{
	struct process *child;
	struct wire_item item;

	settings.child_max_updates = 1;
	start_pool();
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 0);
	assert_true(was_told_to_leave(child));
	dies(child, BY_EXIT(1));
	assert_int_equal(the_capture()->kind, CAPTURE_EXIT);
}

int main(void)
{
	static const struct scene scenes[] = {
		{ SCENE(the_update_that_it_was_at_is_an_attempt) },
		{ SCENE(a_report_says_of_which_host_and_build_it_is) },
		{ SCENE(what_it_had_not_begun_goes_to_another) },
		{ SCENE(what_follows_in_the_lane_goes_back_until_ingress_knows) },
		{ SCENE(nothing_is_blamed_that_was_not_begun) },
		{ SCENE(what_it_said_before_it_died_counts) },
		{ SCENE(who_had_released_its_lane_stops_nobody_that_went_on) },
		{ SCENE(each_end_has_its_reason) },
		{ SCENE(a_hang_is_told_from_a_crash) },
		{ SCENE(who_wrote_nonsense_was_killed_for_it) },
		{ SCENE(an_update_is_reported_only_if_that_is_wanted) },
		{ SCENE(an_incident_is_not_reported_as_an_update) },
		{ SCENE(who_is_killed_for_a_lost_session_is_not_reported) },
		{ SCENE(who_dies_instead_of_leaving_is_reported) },
	};

	return run_scenes(scenes, COUNT_OF(scenes));
}
