/* test_sender_link.c - senders as their parent sees them: what a new one is told and takes over,
 * what is in doubt after a death, what of its reports is malformed, one that stands still, the end
 * of a session, and one that is told to leave. */
#include "tests/unit/nursery_world.h"
#include "tests/unit/turned_loop.h"

#include <signal.h>
#include <stdio.h>

#include "workers/parent/items.h"
#include "workers/parent/sender_link.h"
#include "workers/wire/answer.h"

static struct loop *loop;
static struct channels channels;
static struct nursery_link *nursery;
static struct sender_link sender_link;

/* What the link told its owner. */
static struct {
	unsigned bots, sent, abandoned, doubtful, back, cooldowns, migrations;
	struct bot bot;
	struct wire_sent last_sent;
	size_t why_size;
	size_t result_size;
	uint64_t abandoned_id, back_id, back_ms;
	char trouble[32], checking[32], refused[32];
} told;

static void on_bot_is(void *owner, const struct bot *bot)
{
	(void)owner;
	told.bots++;
	told.bot = *bot;
}

static void on_trouble(void *owner, const char *reason)
{
	(void)owner;
	snprintf(told.trouble, sizeof(told.trouble), "%s", reason);
}

static void on_checking(void *owner, const char *state)
{
	(void)owner;
	snprintf(told.checking, sizeof(told.checking), "%s", state);
}

static void on_refused(void *owner, const char *reason)
{
	(void)owner;
	snprintf(told.refused, sizeof(told.refused), "%s", reason);
}

static void on_sent(void *owner, struct outgoing *outgoing, const struct wire_sent *sent,
		    struct text why, const void *result, size_t size)
{
	(void)owner;
	(void)result;
	told.why_size = why.length;
	assert_int_equal(outgoing->id, sent->id);
	told.sent++;
	told.last_sent = *sent;
	told.result_size = size;
}

static void on_abandoned(void *owner, struct outgoing *outgoing)
{
	(void)owner;
	told.abandoned++;
	told.abandoned_id = outgoing->id;
}

static void on_doubtful(void *owner, const struct outgoing *outgoing)
{
	(void)owner;
	(void)outgoing;
	told.doubtful++;
}

static void on_back(void *owner, struct outgoing *outgoing, uint64_t after_ms)
{
	(void)owner;
	told.back++;
	told.back_id = outgoing->id;
	told.back_ms = after_ms;
}

static void on_cooldown(void *owner, const struct wire_cooldown *cooldown)
{
	(void)owner;
	(void)cooldown;
	told.cooldowns++;
}

static void on_migrated(void *owner, const struct wire_migrated *migrated)
{
	(void)owner;
	assert_int_equal(migrated->to, -100);
	told.migrations++;
}

static int set_up(void **state)
{
	static const struct settings settings = { .bot_token = "42:token",
						  .api_url = "https://api",
						  .send_inflight = 7 };
	const struct sender_link_events events = { .bot_is = on_bot_is,
						   .trouble = on_trouble,
						   .checking = on_checking,
						   .refused = on_refused,
						   .sent = on_sent,
						   .abandoned = on_abandoned,
						   .doubtful = on_doubtful,
						   .back = on_back,
						   .cooldown = on_cooldown,
						   .migrated = on_migrated };

	(void)state;
	memset(&told, 0, sizeof(told));
	loop = loop_create();
	channels = (struct channels) { .loop = loop };
	nursery = nursery_link_create(loop, &settings, -1, NULL);
	sender_link_init(&sender_link, &settings, nursery, &channels, &events);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sender_link_finish(&sender_link);
	forget_processes();
	nursery_link_destroy(nursery);
	loop_destroy(loop);
	return 0;
}

static void turn(void)
{
	turn_loop(loop, 0);
	channels_flush(&channels);
}

/* One that has been told who it is. */
static struct process *start_sender(void)
{
	struct process *sender = &processes[processes_count];
	struct why why;

	assert_true(sender_link_start(&sender_link, processes_count + 1, &why));
	assert_int_equal(sender->role, NURSERY_SENDER);
	sender_link_forked(&sender_link, sender->pid);
	turn();
	hear(sender, WIRE_SENDER);
	return sender;
}

static struct item an_item; /* the link only asks whether there is one */

static void add_call(uint8_t flags, struct item *item, uint64_t waiter)
{
	const struct wire_call head = { .size = 4, .flags = flags };

	outbox_add(&sender_link.outbox, item, waiter, &head, "call", NULL);
	turn();
}

static uint8_t hear_call(struct process *sender, uint64_t id)
{
	struct frame frame = hear(sender, WIRE_SEND);
	struct wire_send head;

	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.id, id);
	assert_memory_equal(frame.data, "call", 4);
	return head.flags;
}

static struct wire_cooldown hear_cooldown(struct process *sender)
{
	struct frame frame = hear(sender, WIRE_COOLDOWN);
	struct wire_cooldown cooldown;

	assert_true(frame_head(&frame, &cooldown, sizeof(cooldown)));
	return cooldown;
}

static void report(struct process *sender, uint64_t id, bool final)
{
	const struct wire_sent sent = { .id = id, .outcome = OUTCOME_OK, .final = final };

	say(sender, WIRE_SENT, &sent, sizeof(sent));
}

static void report_back(struct process *sender, uint64_t id)
{
	const struct wire_back back = { .id = id, .after_ms = 900 };

	say(sender, WIRE_BACK, &back, sizeof(back));
	turn();
}

/* As deaths.c does it. */
static void die(struct process *sender)
{
	close_socket(sender);
	sender_link_died(&sender_link);
	sender_link_clear(&sender_link);
}

/* --- a new one -------------------------------------------------------------------------------- */

static void a_sender_is_told_the_token_first(void **state)
{
	struct process *sender = &processes[0];
	struct frame frame;
	struct cursor cursor;
	struct why why;

	(void)state;
	add_call(0, NULL, 0);
	sender_link_cool(&sender_link, 5, 1000);
	assert_true(sender_link_start(&sender_link, 1, &why));
	turn();
	frame = hear(sender, WIRE_SENDER);
	cursor = cursor_make(frame.data, frame.size);
	cursor_expect_array(&cursor, 3);
	assert_true(text_is(cursor_text(&cursor), "42:token"));
	assert_true(text_is(cursor_text(&cursor), "https://api"));
	assert_int_equal(cursor_uint(&cursor), 7);
	assert_true(cursor_end(&cursor, &why));
	/* Where silence is asked for, and only then what there is to say. */
	assert_int_equal(hear_cooldown(sender).chat_id, 5);
	hear_call(sender, 1);
	hear_nothing(sender);
}

static void calls_are_taken_over_in_their_order_until_they_are_over(void **state)
{
	struct process *first = start_sender(), *second;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		add_call(0, NULL, 0);
	for (uint64_t id = 1; id <= 4; id++)
		hear_call(first, id);
	report(first, 2, true);
	report(first, 3, false); /* it will try again */
	turn();
	assert_int_equal(told.sent, 2);
	die(first);
	assert_int_equal(told.doubtful + told.abandoned, 0);
	second = start_sender();
	assert_int_equal(hear_call(second, 1), 0);
	assert_int_equal(hear_call(second, 3), 0);
	assert_int_equal(hear_call(second, 4), 0);
	hear_nothing(second);
}

static void calls_wait_for_a_sender(void **state)
{
	struct process *first = start_sender(), *second;

	(void)state;
	die(first);
	assert_int_equal(sender_link.serial, 0); /* there is one to be started */
	add_call(0, NULL, 0);
	second = start_sender();
	hear_call(second, 1);
}

static void what_the_dead_one_had_said_counts(void **state)
{
	struct process *first = start_sender(), *second;

	(void)state;
	add_call(0, NULL, 0);
	hear_call(first, 1);
	first->scoreboard->calls[3] = 1;
	report(first, 1, true);
	die(first);
	assert_int_equal(told.sent, 1);
	assert_int_equal(told.doubtful, 0);
	second = start_sender();
	hear_nothing(second);
}

static void what_it_had_begun_is_repeated_once_and_marked(void **state)
{
	struct process *sender;

	(void)state;
	add_call(0, NULL, 0);
	add_call(0, NULL, 0);
	sender = start_sender();
	sender->scoreboard->calls[3] = 2;
	die(sender);
	assert_int_equal(told.doubtful, 1);
	assert_int_equal(told.abandoned, 0);
	sender = start_sender();
	assert_int_equal(hear_call(sender, 1), 0);
	assert_int_equal(hear_call(sender, 2), WIRE_CALL_IN_DOUBT);
	sender->scoreboard->calls[0] = 2;
	die(sender);
	assert_int_equal(told.doubtful, 2);
	assert_int_equal(told.abandoned_id, 2);
	sender = start_sender();
	hear_call(sender, 1);
	hear_nothing(sender);
}

static void at_most_once_is_not_repeated(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	add_call(WIRE_CALL_AT_MOST_ONCE, NULL, 0);
	add_call(WIRE_CALL_AT_MOST_ONCE, NULL, 0);
	assert_int_equal(hear_call(sender, 1), WIRE_CALL_AT_MOST_ONCE);
	sender->scoreboard->calls[0] = 1;
	die(sender);
	assert_int_equal(told.abandoned, 1);
	assert_int_equal(told.abandoned_id, 1);
	sender = start_sender();
	assert_int_equal(hear_call(sender, 2), WIRE_CALL_AT_MOST_ONCE); /* it was not begun */
	hear_nothing(sender);
}

static void a_new_sender_learns_of_cooldowns_that_are_not_over(void **state)
{
	const struct wire_cooldown long_one = { 5, 9000 }, short_one = { 6, 1000 };
	struct process *sender = start_sender();
	struct wire_cooldown cooldown;

	(void)state;
	say(sender, WIRE_COOLDOWN, &long_one, sizeof(long_one));
	say(sender, WIRE_COOLDOWN, &short_one, sizeof(short_one));
	turn();
	assert_int_equal(told.cooldowns, 2);
	sender_link_cool(&sender_link, 0, 4000); /* another pool's */
	turn();
	cooldown = hear_cooldown(sender);
	assert_int_equal(cooldown.chat_id, 0);
	assert_int_equal(cooldown.remaining_ms, 4000);
	assert_int_equal(told.cooldowns, 2);
	put_clock_forward(1000);
	die(sender);
	sender = start_sender();
	cooldown = hear_cooldown(sender);
	assert_int_equal(cooldown.chat_id, 5);
	assert_int_equal(cooldown.remaining_ms, 8000);
	cooldown = hear_cooldown(sender);
	assert_int_equal(cooldown.chat_id, 0);
	assert_int_equal(cooldown.remaining_ms, 3000);
	hear_nothing(sender);
}

static void nothing_is_left_of_a_sender_that_no_nursery_takes(void **state)
{
	struct process *sender;
	struct why why;

	(void)state;
	add_call(0, NULL, 0);
	nursery->is_deaf = true;
	assert_false(sender_link_start(&sender_link, 9, &why));
	assert_string_equal(why.text, "the nursery does not take requests");
	assert_int_equal(sender_link.serial, 0);
	assert_false(sender_link_has_left(&sender_link));
	add_call(0, NULL, 0);
	nursery->is_deaf = false;
	sender = start_sender();
	hear_call(sender, 1);
	hear_call(sender, 2);
}

/* --- reports ---------------------------------------------------------------------------------- */

static void reports_are_passed_on(void **state)
{
	const struct wire_migrated migrated = { -1, -100 };
	struct process *sender = start_sender();
	struct bot bot = { .id = 42 };

	(void)state;
	memset(bot.username, 'x', sizeof(bot.username));
	say(sender, WIRE_BOT_IS, &bot, sizeof(bot));
	say(sender, WIRE_TROUBLE, "trouble", 7);
	say(sender, WIRE_CHECKING, "checking", 8);
	say(sender, WIRE_REFUSED, "refused", 7);
	say(sender, WIRE_MIGRATED, &migrated, sizeof(migrated));
	turn();
	assert_int_equal(told.bot.id, 42);
	assert_int_equal(strlen(told.bot.username), sizeof(bot.username) - 1);
	assert_string_equal(told.trouble, "trouble");
	assert_string_equal(told.checking, "checking");
	assert_string_equal(told.refused, "refused");
	assert_int_equal(told.migrations, 1);
	assert_int_equal(sender->signals, 0);
}

static void a_call_comes_back_if_it_may_wait(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	add_call(WIRE_CALL_MAY_WAIT, &an_item, 0);
	report_back(sender, 1);
	assert_int_equal(told.back, 1);
	assert_int_equal(told.back_id, 1);
	assert_int_equal(told.back_ms, 900);
	assert_int_equal(outbox_count(&sender_link.outbox), 0);
}

static void it_was_killed_for_what_it_wrote(struct process *sender)
{
	assert_int_equal(sender->signo, SIGKILL);
	assert_true(sender_link.protocol_error);
	assert_int_equal(told.back + told.sent + told.bots, 0);
	die(sender);
}

static void a_call_that_may_not_wait_cannot_come_back(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	add_call(0, &an_item, 0);
	report_back(sender, 1);
	it_was_killed_for_what_it_wrote(sender);
	assert_int_equal(outbox_count(&sender_link.outbox), 1);
}

static void reports_must_be_about_calls_that_there_are(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	report(sender, 1, true);
	turn();
	it_was_killed_for_what_it_wrote(sender);
	sender = start_sender();
	assert_false(sender_link.protocol_error);
	report_back(sender, 1);
	it_was_killed_for_what_it_wrote(sender);
}

static void frames_that_no_sender_writes_are_malformed(void **state)
{
	static const enum wire_type types[] = { WIRE_SEND, WIRE_VERDICT,  WIRE_BOT_IS,   WIRE_SENT,
						WIRE_BACK, WIRE_COOLDOWN, WIRE_MIGRATED, 0,
						99 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct process *sender = start_sender();

		say(sender, types[i], "short", 5);
		turn();
		it_was_killed_for_what_it_wrote(sender);
	}
}

/* The text is longer than the frame. */
static void a_reason_that_is_not_there_is_malformed(void **state)
{
	struct process *sender = start_sender();
	const struct wire_sent sent = { .id = 1, .why_size = 7 };

	(void)state;
	say_two(sender, WIRE_SENT, &sent, sizeof(sent), "reason", 6);
	turn();
	it_was_killed_for_what_it_wrote(sender);
}

/* --- one that hangs or goes ------------------------------------------------------------------- */

static void check(unsigned times)
{
	while (times--) {
		put_clock_forward(250);
		sender_link_check(&sender_link, 1, __wrap_clock_boot_ms());
	}
}

static void a_sender_whose_loop_stands_is_aborted_and_then_killed(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	sender->scoreboard->turned_ms = 1;
	check(40); /* the first saw it turn */
	assert_int_equal(sender->signals, 0);
	check(1);
	assert_int_equal(sender->signals, 1);
	assert_int_equal(sender->signo, SIGABRT);
	assert_int_equal(sender->scoreboard->slot.hang, 1);
	check(3);
	assert_int_equal(sender->signals, 1);
	check(1);
	assert_int_equal(sender->signo, SIGKILL);
	/* Its successor has its own time. */
	die(sender);
	sender = start_sender();
	check(39);
	assert_int_equal(sender->signals, 0);
}

static void a_sender_that_turns_is_let_be(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	for (uint64_t turned_ms = 1; turned_ms < 8; turned_ms++) {
		sender->scoreboard->turned_ms = turned_ms;
		check(39);
	}
	assert_int_equal(sender->signals, 0);
}

/* A parent that stood still finds its sender's clock old, and blames nobody. */
static void time_alone_makes_no_sender_stuck(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	check(2);
	put_clock_forward(3600000);
	check(2);
	assert_int_equal(sender->signals, 0);
}

static void a_sender_without_a_socket_is_killed(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	assert_false(sender_link_has_left(&sender_link));
	close_socket(sender);
	turn();
	assert_int_equal(sender->signo, SIGKILL);
	assert_false(sender_link.protocol_error);
	assert_true(sender_link_has_left(&sender_link));
}

static void who_is_told_to_leave_goes_in_its_own_time(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	sender_link_leave(&sender_link);
	sender_link_leave(&sender_link);
	turn();
	hear(sender, WIRE_LEAVE);
	hear_nothing(sender);
	close_socket(sender);
	turn();
	assert_int_equal(sender->signals, 0);
}

static void replies_are_asked_back_of_a_sender_that_there_is(void **state)
{
	struct process *sender;

	(void)state;
	sender_link_retire(&sender_link);
	sender = start_sender();
	hear_nothing(sender);
	sender_link_retire(&sender_link);
	turn();
	hear(sender, WIRE_RETIRE);
}

/* --- the end of a session --------------------------------------------------------------------- */

static void the_end_of_a_session_kills_a_sender_that_may_be_at_its_replies(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	add_call(0, NULL, 0);
	add_call(0, &an_item, 0);
	add_call(0, NULL, 17);
	sender_link_note_answered(&sender_link, 500);
	assert_int_equal(sender->scoreboard->answered_ms, 500);
	sender_link_forget(&sender_link);
	assert_int_equal(sender->signo, SIGKILL);
	/* It must not take heart from the next session, nor be heard any more. */
	sender_link_note_answered(&sender_link, 9000);
	assert_int_equal(sender->scoreboard->answered_ms, 500);
	report(sender, 2, true);
	sender_link_retire(&sender_link);
	sender_link_cool(&sender_link, 5, 1000);
	turn();
	assert_int_equal(told.sent, 0);
	assert_false(sender_link.protocol_error);
	for (uint64_t id = 1; id <= 3; id++)
		hear_call(sender, id);
	hear_nothing(sender);
	/* The calls of the start are of no session. */
	die(sender);
	sender = start_sender();
	assert_int_equal(hear_cooldown(sender).chat_id, 5);
	hear_call(sender, 1);
	hear_nothing(sender);
	sender_link_note_answered(&sender_link, 9000);
	assert_int_equal(sender->scoreboard->answered_ms, 9000);
}

static void a_sender_without_replies_outlives_the_session(void **state)
{
	struct process *sender = start_sender();

	(void)state;
	add_call(0, NULL, 0);
	sender_link_forget(&sender_link);
	assert_int_equal(sender->signals, 0);
	report(sender, 1, true);
	turn();
	assert_int_equal(told.sent, 1);
}

/* Before its nursery said its pid, and after. */
static void a_sender_that_was_never_forked_has_left(void **state)
{
	struct why why;

	(void)state;
	assert_true(sender_link_start(&sender_link, 1, &why));
	assert_true(sender_link_has_left(&sender_link));
	sender_link_forked(&sender_link, processes[0].pid);
	assert_false(sender_link_has_left(&sender_link));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_sender_is_told_the_token_first),
		TEST(calls_are_taken_over_in_their_order_until_they_are_over),
		TEST(calls_wait_for_a_sender),
		TEST(what_the_dead_one_had_said_counts),
		TEST(what_it_had_begun_is_repeated_once_and_marked),
		TEST(at_most_once_is_not_repeated),
		TEST(a_new_sender_learns_of_cooldowns_that_are_not_over),
		TEST(nothing_is_left_of_a_sender_that_no_nursery_takes),
		TEST(reports_are_passed_on),
		TEST(a_call_comes_back_if_it_may_wait),
		TEST(a_call_that_may_not_wait_cannot_come_back),
		TEST(reports_must_be_about_calls_that_there_are),
		TEST(frames_that_no_sender_writes_are_malformed),
		TEST(a_reason_that_is_not_there_is_malformed),
		TEST(a_sender_whose_loop_stands_is_aborted_and_then_killed),
		TEST(a_sender_that_turns_is_let_be),
		TEST(time_alone_makes_no_sender_stuck),
		TEST(a_sender_without_a_socket_is_killed),
		TEST(who_is_told_to_leave_goes_in_its_own_time),
		TEST(replies_are_asked_back_of_a_sender_that_there_is),
		TEST(the_end_of_a_session_kills_a_sender_that_may_be_at_its_replies),
		TEST(a_sender_without_replies_outlives_the_session),
		TEST(a_sender_that_was_never_forked_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
