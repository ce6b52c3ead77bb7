/* test_spawn.c - who is started again after a death, and when not at once; what goes on after that
 * of a sender or of a nursery; replacements, and deaths in a drain. */
#include "tests/unit/parent_world.h"

#include <errno.h>

static struct process *sender;

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

/* Eight in two seconds, but each has handled something. */
static void children_that_handled_something_are_replaced_at_once(void)
{
	struct wire_item items[8];
	struct process *child;

	start_pool();
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		child = give_lanes(i + 1, 1);
		items[child - &processes[1]] = begin_item(child, i + 1);
	}
	for (size_t i = 0; i < COUNT_OF(items); i++)
		finish_item(&processes[1 + i], &items[i], 0);
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		const size_t count = processes_count;

		dies(&processes[1 + i], BY_SIGNAL(SIGSEGV));
		assert_int_equal(processes_count, count + 1);
		child_starts(latest());
		pass_answered(300);
	}
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
	say_ready(child, WALLS_ALL);
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
	/* Nothing can be asked of the new one before it is ready. */
	pass(1000);
	assert_int_equal(processes_count, 1 + CHILDREN);
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

static void modules_that_are_wrong_end_the_pool(void)
{
	turn();
	nurseries[0]->events.failed(nurseries[0]->events.owner, nurseries[0], "wrong");
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

static void a_replacement_that_died_changes_nothing(void)
{
	start_pool();
	hang_up();
	nursery_is_gone(nurseries[1]);
	pass(250);
	assert_int_equal(processes_count, 1 + CHILDREN);
	hang_up(); /* another one can be tried */
	assert_int_equal(nurseries_count, 3);
}

static void the_end_of_the_old_nursery_takes_only_its_own(void)
{
	struct process *fresh;

	sender = start_pool();
	begin_item(give_lanes(1, 1), 1);
	hang_up();
	nursery_is_ready(nurseries[1], NULL);
	fresh = child_starts(&processes[1 + CHILDREN]);
	nursery_is_gone(nurseries[0]);
	assert_ptr_equal(busy_child(), fresh);
	begin_item(fresh, 1);
	assert_false(was_told_to_leave(fresh));
	no_verdict();
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

/* --- a nursery that is stuck ------------------------------------------------------------------ */

/* Its children can finish; then it is killed, with whatever is left. */
static void a_stuck_nursery_is_replaced(void)
{
	struct process *old, *fresh;
	struct wire_item item;

	sender = start_pool();
	old = give_lanes(1, 1);
	item = begin_item(old, 1);
	nurseries[0]->is_still = true;
	pass(250);
	assert_int_equal(nurseries_count, 2);
	assert_int_equal(nurseries[0]->starts, 1);
	pass(250); /* one is enough */
	assert_int_equal(nurseries_count, 2);
	nursery_is_ready(nurseries[1], NULL);
	fresh = child_starts(&processes[1 + CHILDREN]);
	assert_ptr_equal(fresh->nursery, nurseries[1]);
	pass(250);
	no_verdict();
	finish_item(old, &item, 0);
	hear_verdict(1, VERDICT_DONE);
	close_socket(sender);
	pass(250);
	pass(250);
	assert_int_equal(status_number("nursery_pid"), nurseries[1]->pid);
	assert_int_equal(nurseries_count, 2);
	sender_starts(latest());
	hang_up(); /* the replacement is over */
	assert_int_equal(nurseries_count, 3);
}

static void one_that_is_stuck_before_it_is_ready_is_killed(void)
{
	turn();
	nurseries[0]->is_still = true;
	pass(250);
	assert_int_equal(nurseries_count, 1);
	assert_int_equal(nurseries[0]->starts, 2);
	nurseries[0]->is_still = false;
	pass(250);
	assert_int_equal(nurseries[0]->starts, 2);
}

static void a_replacement_that_is_stuck_changes_nothing(void)
{
	start_pool();
	hang_up();
	nurseries[1]->is_still = true;
	pass(250);
	pass(250);
	assert_int_equal(processes_count, 1 + CHILDREN);
	assert_int_equal(nurseries[0]->starts, 1);
	hang_up();
	assert_int_equal(nurseries_count, 3);
}

/* The one that is on its way will do. */
static void a_stuck_nursery_waits_for_the_replacement_in_progress(void)
{
	start_pool();
	hang_up();
	nurseries[0]->is_still = true;
	pass(250);
	assert_int_equal(nurseries_count, 2);
	assert_int_equal(nurseries[0]->starts, 1);
	assert_int_equal(nurseries[1]->starts, 1);
}

static void what_is_asked_for_in_a_replacement_follows_it(void)
{
	sender = start_pool();
	hang_up();
	hang_up();
	assert_int_equal(nurseries_count, 2);
	nursery_is_ready(nurseries[1], NULL);
	hang_up();
	pass(250);
	assert_int_equal(nurseries_count, 2); /* old children are there yet */
	child_starts(&processes[1 + CHILDREN]);
	dies(sender, BY_EXIT(0));
	for (size_t i = 1; i <= CHILDREN; i++)
		dies(&processes[i], BY_EXIT(0));
	pass(250);
	assert_int_equal(nurseries_count, 3);
	pass(250);
	assert_int_equal(nurseries_count, 3);
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
	child = child_starts(&processes[2]);
	turn();
	begin_item(child, 2);
	no_verdict();
	/* But nobody is started for nothing. */
	dies(child, BY_SIGNAL(SIGSEGV));
	hear_verdict(2, VERDICT_ENDED);
	pass(1000);
	assert_int_equal(processes_count, 3);
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
		{ SCENE(a_child_that_died_is_replaced_at_once) },
		{ SCENE(children_that_never_handle_anything_are_held_back) },
		{ SCENE(deaths_between_successes_hold_nobody_back) },
		{ SCENE(children_that_handled_something_are_replaced_at_once), .children = 8 },
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
		{ SCENE(modules_that_are_wrong_end_the_pool), .ends_with = EX_CONFIG },
		{ SCENE(a_replacement_that_is_wrong_changes_nothing) },
		{ SCENE(a_replacement_that_died_changes_nothing) },
		{ SCENE(the_end_of_the_old_nursery_takes_only_its_own) },
		{ SCENE(a_replacement_goes_on_with_all_that_there_is) },
		{ SCENE(a_stuck_nursery_is_replaced) },
		{ SCENE(one_that_is_stuck_before_it_is_ready_is_killed) },
		{ SCENE(a_replacement_that_is_stuck_changes_nothing) },
		{ SCENE(a_stuck_nursery_waits_for_the_replacement_in_progress) },
		{ SCENE(what_is_asked_for_in_a_replacement_follows_it) },
		{ SCENE(what_a_dead_child_leaves_in_a_drain_is_handled_yet), .children = 1 },
		{ SCENE(what_a_dead_nursery_leaves_in_a_drain_goes_back) },
		{ SCENE(who_has_said_farewell_does_not_greet_again) },
	};

	return run_scenes(scenes, COUNT_OF(scenes));
}
