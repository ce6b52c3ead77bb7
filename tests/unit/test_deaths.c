/* test_deaths.c - what a death does: to the update that a child was at and to those that it had not
 * begun, to calls of a sender, to all that a nursery forked; who is reported to crashd and as what;
 * who is started again, and when not at once. */
#include "tests/unit/parent_world.h"

#include <errno.h>

static struct process *sender;

/* Items of these lanes, all to one child: they come in one message. */
static struct process *give_batch(uint64_t first, const uint64_t *lanes, size_t count)
{
	struct message_item items[16] = { 0 };

	for (size_t i = 0; i < count; i++)
		items[i] = (struct message_item) { .seq = first + i,
						   .update_id = (int64_t)(first + i) + 7000,
						   .lane = lanes[i],
						   .kind = KIND_MESSAGE,
						   .attempt = 1,
						   .body = { "body", 4 } };
	say_updates(session, items, count);
	turn();
	return busy_child();
}

static struct process *give_lanes(uint64_t first, size_t count)
{
	uint64_t lanes[16];

	for (size_t i = 0; i < count; i++)
		lanes[i] = first + i;
	return give_batch(first, lanes, count);
}

static struct process *at_work(uint64_t seq, uint64_t lane)
{
	struct process *child = give_batch(seq, &lane, 1);

	begin_item(child, seq);
	return child;
}

/* The process that was asked for last. */
static struct process *latest(void)
{
	return &processes[processes_count - 1];
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
	say_stored(session, number - 1 ? number - 1 : 0);
	give(6, 7);
	hear_verdict(6, VERDICT_RETURNED);
	say_stored(session, number);
	give(7, 7);
	no_verdict();
	assert_int_equal(hear_item(busy_child()).seq, 7);
}

static void nothing_is_blamed_that_was_not_begun(void)
{
	const struct capture *capture;
	struct process *child;

	start_pool();
	child = give_lanes(1, 2);
	dies(child, BY_SIGNAL(SIGKILL));
	no_verdict();
	capture = the_capture();
	assert_null(capture->update.data);
	assert_int_equal(capture->update_id, 0);
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
	} ends[] = {
		{ BY_SIGNAL(SIGBUS), ENDED_CRASH, CAPTURE_SIGNAL, 0 },
		{ BY_SIGNAL(SIGKILL), ENDED_KILLED, CAPTURE_KILLED, 0 },
		{ BY_EXIT(3), ENDED_EXIT, CAPTURE_EXIT, 0 },
		{ BY_EXIT(0), ENDED_EXIT, CAPTURE_EXIT, 0 },
		{ BY_EXIT(EX_OSERR), ENDED_MEMORY, CAPTURE_MEMORY, 0 },
		{ BY_SIGNAL(SIGKILL), ENDED_MEMORY, CAPTURE_MEMORY, 60u << 10 },
	};

	settings.child_memory_max = 64 << 20;
	start_pool();
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		const uint64_t seq = i + 1;
		struct process *child = at_work(seq, seq);

		close_socket(child);
		nurseries[0]->events.died(nurseries[0]->events.owner, child->pid, ends[i].status,
					  ends[i].max_rss_kib);
		child_starts(latest());
		assert_int_equal(hear_verdict(seq, VERDICT_ENDED).reason, ends[i].reason);
		assert_int_equal(the_capture()->kind, ends[i].kind);
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

	start_pool();
	child = at_work(1, 7);
	say(child, WIRE_ITEM, NULL, 0);
	turn();
	assert_int_equal(child->signo, SIGKILL);
	dies(child, BY_SIGNAL(SIGKILL));
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

/* --- who is started again --------------------------------------------------------------------- */

static void a_child_that_died_is_replaced_at_once(void)
{
	start_pool();
	dies(&processes[1], BY_SIGNAL(SIGSEGV));
	assert_int_equal(processes_count, 1 + CHILDREN + 1);
	assert_int_equal(latest()->role, NURSERY_CHILD);
}

/* Let them die for two seconds; then there is a pause after each death. */
static void children_that_never_handle_anything_are_held_back(void)
{
	size_t count;

	start_pool();
	for (int i = 0; i < 10; i++) {
		dies(latest(), BY_EXIT(1));
		count = processes_count;
		is_forked(latest());
		pass_answered(200);
		assert_int_equal(processes_count, count);
	}
	count = processes_count;
	dies(latest(), BY_EXIT(1));
	assert_int_equal(processes_count, count);
	pass_answered(250);
	assert_int_equal(processes_count, count + 1);
}

static void deaths_between_successes_hold_nobody_back(void)
{
	start_pool();
	for (uint64_t seq = 1; seq <= 12; seq++) {
		struct process *child = give_lanes(2 * seq, 1);
		const struct wire_item item = begin_item(child, 2 * seq);

		finish_item(child, &item, 0);
		dies(child, BY_SIGNAL(SIGSEGV));
		child_starts(latest());
		pass_answered(250);
	}
	assert_int_equal(processes_count, 1 + CHILDREN + 12);
}

static void what_cannot_be_forked_is_asked_for_again(void)
{
	const struct nursery_events *events;
	struct process *child;

	start_pool();
	events = &nurseries[0]->events;
	dies(&processes[1], BY_SIGNAL(SIGSEGV));
	child = latest();
	events->forked(events->owner, child->serial, 0, EAGAIN);
	pass(250);
	assert_ptr_not_equal(latest(), child);
	child_starts(latest());
}

/* It was quicker than its nursery's report, and had work when the session was lost. */
static void who_could_not_be_killed_yet_is_when_it_can(void)
{
	struct process *child;

	start_pool();
	dies(&processes[1], BY_SIGNAL(SIGSEGV));
	child = latest();
	say(child, WIRE_READY, NULL, 0);
	turn();
	hear(child, WIRE_BOT);
	give(1, 7);
	hear_item(child);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	assert_int_equal(child->signals, 0);
	is_forked(child);
	assert_int_equal(child->signo, SIGKILL);
}

/* --- the sender ------------------------------------------------------------------------------- */

static void a_sender_that_died_is_reported_and_replaced(void)
{
	const struct capture *capture;

	sender = start_pool();
	dies(sender, BY_SIGNAL(SIGSEGV));
	capture = the_capture();
	assert_true(text_is(capture->process, "sender"));
	assert_int_equal(capture->kind, CAPTURE_SIGNAL);
	assert_null(capture->update.data);
	sender_starts(latest());
	pass(250);
	assert_int_equal(status_number("crashed"), 1);
}

static void its_calls_go_on_and_one_that_was_begun_is_doubtful(void)
{
	struct process *child, *next;
	struct wire_item item;
	uint64_t first;

	sender = start_pool();
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 2);
	hear_verdict(1, VERDICT_HANDLED);
	first = hear_call(sender, WIRE_CALL_MAY_WAIT);
	sender->scoreboard->calls[0] = first;
	dies(sender, BY_SIGNAL(SIGSEGV));
	next = sender_starts(latest());
	assert_int_equal(hear_call(next, WIRE_CALL_MAY_WAIT | WIRE_CALL_IN_DOUBT), first);
	assert_int_equal(hear_call(next, WIRE_CALL_MAY_WAIT), first + 1);
	no_verdict();
}

static void senders_that_die_young_are_held_back(void)
{
	size_t count;

	sender = start_pool();
	for (int i = 0; i < 9; i++) {
		dies(sender, BY_SIGNAL(SIGSEGV));
		sender = sender_starts(latest());
	}
	count = processes_count;
	dies(sender, BY_SIGNAL(SIGSEGV));
	pass(999);
	assert_int_equal(processes_count, count);
	pass(251);
	assert_int_equal(processes_count, count + 1);
}

static void a_sender_that_lasted_is_replaced_at_once(void)
{
	sender = start_pool();
	for (int i = 0; i < 12; i++) {
		pass_answered(1000);
		dies(sender, BY_SIGNAL(SIGSEGV));
		assert_ptr_not_equal(latest(), sender);
		sender = sender_starts(latest());
		captures_count = 0;
	}
}

static void a_sender_that_cannot_be_forked_is_asked_for_again(void)
{
	const struct nursery_events *events;

	turn();
	nursery_is_ready(nurseries[0], NULL);
	events = &nurseries[0]->events;
	events->forked(events->owner, processes[0].serial, 0, EAGAIN);
	pass(250);
	assert_int_equal(processes_count, 2);
	sender_starts(latest());
}

static void a_sender_killed_for_a_lost_session_is_not_reported(void)
{
	struct process *child;
	struct wire_item item;

	sender = start_pool();
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 1);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	assert_int_equal(sender->signo, SIGKILL);
	hear_call(sender, WIRE_CALL_MAY_WAIT);
	dies(sender, BY_SIGNAL(SIGKILL));
	no_capture();
	hear_nothing(sender_starts(latest()));
}

/* --- the nursery ------------------------------------------------------------------------------ */

static void what_dies_with_its_nursery_is_not_to_blame(void)
{
	const uint64_t lanes[] = { 7, 7 };
	struct process *child;
	struct wire_item item;

	sender = start_pool();
	child = give_batch(1, lanes, COUNT_OF(lanes));
	item = begin_item(child, 1);
	nursery_is_gone(nurseries[0]);
	assert_int_equal(nurseries[0]->starts, 2);
	no_verdict();
	no_capture();
	nursery_is_ready(nurseries[0], NULL);
	sender_starts(&processes[1 + CHILDREN]);
	child = child_starts(latest());
	turn();
	item = begin_item(child, 1);
	assert_int_equal(item.attempt, 1);
	finish_item(child, &item, 0);
	hear_verdict(1, VERDICT_DONE);
}

static void what_they_had_said_before_counts(void)
{
	struct wire_verdict verdict = { 0 };
	struct process *child;
	struct wire_item item;

	sender = start_pool();
	child = give_lanes(1, 2);
	item = begin_item(child, 1);
	verdict.seq = item.seq;
	verdict.ordinal = item.ordinal;
	verdict.calls = 0;
	say(child, WIRE_VERDICT, &verdict, sizeof(verdict));
	nursery_is_gone(nurseries[0]);
	hear_verdict(1, VERDICT_DONE);
	no_verdict();
}

static void calls_outlive_the_nursery(void)
{
	struct process *child;
	struct wire_item item;
	uint64_t call;

	sender = start_pool();
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 1);
	call = hear_call(sender, WIRE_CALL_MAY_WAIT);
	sender->scoreboard->calls[9] = call;
	nursery_is_gone(nurseries[0]);
	nursery_is_ready(nurseries[0], NULL);
	sender = sender_starts(&processes[1 + CHILDREN]);
	assert_int_equal(hear_call(sender, WIRE_CALL_MAY_WAIT | WIRE_CALL_IN_DOUBT), call);
}

static void nurseries_that_die_young_are_held_back(void)
{
	turn();
	for (unsigned starts = 1; starts < 10; starts++) {
		assert_int_equal(nurseries[0]->starts, starts);
		nursery_is_gone(nurseries[0]);
	}
	nursery_is_gone(nurseries[0]);
	pass(999);
	assert_int_equal(nurseries[0]->starts, 10);
	pass(251);
	assert_int_equal(nurseries[0]->starts, 11);
}

static void a_nursery_opens_the_session_with_its_kinds(void)
{
	turn();
	hear_no_message();
	nursery_is_ready(nurseries[0], NULL);
	assert_int_equal(hear_pool_hello().kinds, KINDS);
}

static void play_modules_that_are_wrong(void)
{
	turn();
	nurseries[0]->events.failed(nurseries[0]->events.owner, nurseries[0], "wrong");
}

static void modules_that_are_wrong_end_the_pool(void)
{
	assert_int_equal(end_of(play_modules_that_are_wrong), EX_CONFIG);
}

static void hang_up(void)
{
	assert_int_equal(raise(SIGHUP), 0);
	turn();
}

static void a_replacement_that_is_wrong_changes_nothing(void)
{
	struct process *child;
	struct wire_item item;

	start_pool();
	hang_up();
	assert_int_equal(nurseries_count, 2);
	nurseries[1]->events.failed(nurseries[1]->events.owner, nurseries[1], "wrong");
	pass(250);
	child = give_lanes(1, 1);
	item = begin_item(child, 1);
	finish_item(child, &item, 0);
	hear_verdict(1, VERDICT_DONE);
	assert_int_equal(processes_count, 1 + CHILDREN);
	assert_int_equal(nurseries[0]->starts, 1);
}

static void a_replacement_goes_on_with_all_that_there_is(void)
{
	struct process *old, *fresh;
	struct wire_item item;

	sender = start_pool();
	old = give_lanes(1, 1);
	item = begin_item(old, 1);
	hang_up();
	nursery_is_ready(nurseries[1], NULL);
	hear(sender, WIRE_LEAVE);
	fresh = child_starts(&processes[1 + CHILDREN]);
	assert_ptr_equal(fresh->nursery, nurseries[1]);
	dies(sender, BY_EXIT(0)); /* as it was told */
	no_capture();
	assert_ptr_equal(latest()->nursery, nurseries[1]);
	sender_starts(latest());
	finish_item(old, &item, 0);
	hear_verdict(1, VERDICT_DONE);
	assert_true(was_told_to_leave(old));
	for (size_t i = 1; i <= CHILDREN; i++)
		dies(&processes[i], BY_EXIT(0));
	no_capture();
	pass(250);
	assert_int_equal(status_number("nursery_pid"), nurseries[1]->pid);
	assert_int_equal(status_number("crashed"), 0);
	no_verdict();
}

/* --- in a drain ------------------------------------------------------------------------------- */

static void drain(void)
{
	assert_int_equal(raise(SIGTERM), 0);
	turn();
}

static void what_a_dead_child_leaves_in_a_drain_is_handled_yet(void)
{
	struct process *child;

	start_pool();
	child = give_lanes(1, 2);
	begin_item(child, 1);
	drain();
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_ENDED);
	child = busy_child();
	begin_item(child, 2);
	no_verdict();
}

/* Nobody here will handle it. */
static void what_a_dead_nursery_leaves_in_a_drain_goes_back(void)
{
	start_pool();
	begin_item(give_lanes(1, 2), 1);
	drain();
	nursery_is_gone(nurseries[0]);
	assert_int_equal(nurseries[0]->starts, 1);
	assert_true(is_verdict_left());
	assert_int_equal(verdicts[verdicts_taken++].step, VERDICT_RETURNED);
	assert_int_equal(verdicts[verdicts_taken++].step, VERDICT_RETURNED);
	no_verdict();
	say_stored(session, 2);
	turn();
	hear_bye();
}

static void who_has_said_farewell_does_not_greet_again(void)
{
	start_pool();
	hang_up();
	drain();
	stop_listening();
	nursery_is_ready(nurseries[1], NULL);
	hear_no_message();
}

int main(void)
{
	static const struct scene scenes[] = {
		{ SCENE(the_update_that_it_was_at_is_an_attempt) },
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
		{ SCENE(a_child_that_died_is_replaced_at_once) },
		{ SCENE(children_that_never_handle_anything_are_held_back) },
		{ SCENE(deaths_between_successes_hold_nobody_back) },
		{ SCENE(what_cannot_be_forked_is_asked_for_again) },
		{ SCENE(who_could_not_be_killed_yet_is_when_it_can) },
		{ SCENE(a_sender_that_died_is_reported_and_replaced) },
		{ SCENE(its_calls_go_on_and_one_that_was_begun_is_doubtful) },
		{ SCENE(senders_that_die_young_are_held_back) },
		{ SCENE(a_sender_that_lasted_is_replaced_at_once) },
		{ SCENE(a_sender_that_cannot_be_forked_is_asked_for_again) },
		{ SCENE(a_sender_killed_for_a_lost_session_is_not_reported) },
		{ SCENE(what_dies_with_its_nursery_is_not_to_blame) },
		{ SCENE(what_they_had_said_before_counts) },
		{ SCENE(calls_outlive_the_nursery) },
		{ SCENE(nurseries_that_die_young_are_held_back) },
		{ SCENE(a_nursery_opens_the_session_with_its_kinds) },
		{ SCENE(modules_that_are_wrong_end_the_pool) },
		{ SCENE(a_replacement_that_is_wrong_changes_nothing) },
		{ SCENE(a_replacement_goes_on_with_all_that_there_is) },
		{ SCENE(what_a_dead_child_leaves_in_a_drain_is_handled_yet) },
		{ SCENE(what_a_dead_nursery_leaves_in_a_drain_goes_back) },
		{ SCENE(who_has_said_farewell_does_not_greet_again) },
	};

	return run_scenes(scenes, COUNT_OF(scenes));
}
