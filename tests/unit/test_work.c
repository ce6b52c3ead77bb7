/* test_work.c - the way of an update through a pool: what ingress learns of it, when and in which
 * order; what is sent, put off, given back; room, cooldowns, the token; the drain. */
#include "tests/unit/parent_world.h"

#include "workers/parent/outbox.h"
#include "workers/parent/unsent.h"

static struct process *sender;

/* A child that is at this update. */
static struct process *at_work(uint64_t seq, uint64_t lane, struct wire_item *item)
{
	struct process *child;

	give(seq, lane);
	child = busy_child();
	*item = begin_item(child, seq);
	return child;
}

/* One that is through with it, and left so many replies. */
static void handle(uint64_t seq, uint64_t lane, unsigned calls)
{
	struct wire_item item;
	struct process *child = at_work(seq, lane, &item);

	finish_item(child, &item, calls);
}

/* --- verdicts --------------------------------------------------------------------------------- */

static void without_replies_an_update_is_done_at_once(void)
{
	start_pool();
	handle(1, 7, 0);
	hear_verdict(1, VERDICT_DONE);
	no_verdict();
}

static void with_replies_it_is_done_when_all_are_over(void)
{
	uint64_t first, second;

	sender = start_pool();
	handle(1, 7, 2);
	hear_verdict(1, VERDICT_HANDLED);
	first = hear_call(sender, WIRE_CALL_MAY_WAIT);
	second = hear_call(sender, WIRE_CALL_MAY_WAIT);
	say_sent(sender, second, OUTCOME_OK, true);
	say_sent(sender, first, OUTCOME_NETWORK, false); /* it tries again */
	no_verdict();
	say_sent(sender, first, OUTCOME_BLOCKED, true);
	hear_verdict(1, VERDICT_DONE);
	no_verdict();
}

static void a_lane_goes_on_while_replies_are_sent(void)
{
	struct wire_item first, second;
	struct process *child;

	sender = start_pool();
	child = at_work(1, 7, &first);
	give(2, 7);
	finish_item(child, &first, 1);
	hear_verdict(1, VERDICT_HANDLED);
	child = busy_child();
	second = begin_item(child, 2);
	finish_item(child, &second, 0);
	hear_verdict(2, VERDICT_DONE);
	no_verdict();
}

/* The lane went on when it was released: ingress has heard it. */
static void what_released_its_lane_is_handled_once(void)
{
	struct wire_item item;
	struct process *child;

	sender = start_pool();
	child = at_work(1, 7, &item);
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	hear_verdict(1, VERDICT_HANDLED);
	give(2, 7);
	assert_ptr_not_equal(busy_child(), child);
	finish_item(child, &item, 1);
	no_verdict();
	say_sent(sender, hear_call(sender, WIRE_CALL_MAY_WAIT), OUTCOME_OK, true);
	hear_verdict(1, VERDICT_DONE);
}

static void say_verdict(struct process *child, struct wire_verdict *verdict,
			const struct wire_item *item, const void *tail, size_t size)
{
	verdict->seq = item->seq;
	verdict->ordinal = item->ordinal;
	say_two(child, WIRE_VERDICT, verdict, sizeof(*verdict), tail, size);
	turn();
}

/* Forget chat 1: common/orders.h. */
#define ORDER "\x92\x03\x01"
#define ORDER_SIZE 3

static void orders_go_to_ingress(void)
{
	struct wire_verdict verdict = { .orders_size = ORDER_SIZE };
	struct wire_item item;
	struct process *child;

	start_pool();
	child = at_work(1, 7, &item);
	say_verdict(child, &verdict, &item, ORDER, ORDER_SIZE);
	assert_true(text_is(hear_verdict(1, VERDICT_DONE).orders, ORDER));
	no_verdict();
}

static void name_another(uint64_t seq)
{
	struct wire_verdict verdict = { .names_another = true };
	struct process *child;
	struct wire_item item;

	child = at_work(seq, seq, &item);
	say_verdict(child, &verdict, &item, "", 0);
	while (is_verdict_left()) /* again, after a minute in which none was stored */
		verdicts_taken++;
}

static void a_name_that_nobody_has_is_asked_for_once_a_minute(void)
{
	const struct bot renamed = { .id = 42, .username = "renamed" };
	struct frame frame;
	struct bot bot;

	sender = start_pool();
	name_another(1);
	hear(sender, WIRE_WHO);
	name_another(2);
	hear_nothing(sender);
	say(sender, WIRE_BOT_IS, &renamed, sizeof(renamed));
	turn();
	for (size_t i = 1; i <= (size_t)settings.pool_min; i++) {
		frame = hear(&processes[i], WIRE_BOT);
		assert_true(frame_head(&frame, &bot, sizeof(bot)));
		assert_string_equal(bot.username, "renamed");
	}
	/* The same again is nothing new to them. */
	say(sender, WIRE_BOT_IS, &renamed, sizeof(renamed));
	turn();
	hear_nothing(&processes[1]);
	pass_answered(60000);
	name_another(3);
	hear(sender, WIRE_WHO);
}

static void a_handler_that_failed_is_reported_and_its_update_is_done(void)
{
	struct wire_verdict verdict = { .failed = true };
	struct buffer failure = { 0 };
	const struct capture *capture;
	struct wire_item item;
	struct process *child;

	start_pool();
	child = at_work(1, 7, &item);
	pack_array(&failure, 6);
	pack_text(&failure, "module");
	pack_text(&failure, "handler");
	pack_text(&failure, "file.c");
	pack_text(&failure, "function");
	pack_uint(&failure, 12);
	pack_text(&failure, "because");
	verdict.failure_size = (uint32_t)buffer_unread_size(&failure);
	say_verdict(child, &verdict, &item, buffer_unread(&failure), buffer_unread_size(&failure));
	buffer_finish(&failure);
	capture = the_capture();
	assert_int_equal(capture->kind, CAPTURE_ERROR);
	assert_true(text_is(capture->module, "module"));
	assert_true(text_is(capture->message, "because"));
	assert_int_equal(capture->line, 12);
	assert_int_equal(capture->update_id, 7001);
	hear_verdict(1, VERDICT_DONE);
	assert_int_equal(processes[1].signals + processes[2].signals, 0);
}

/* Other pools have had it since. */
static void after_silence_a_verdict_counts_for_nothing(void)
{
	struct wire_item first, second;
	struct process *child, *other;

	sender = start_pool();
	child = at_work(1, 7, &first);
	other = at_work(2, 8, &second);
	assert_ptr_not_equal(child, other);
	put_clock_forward(BEAT_UNANSWERED_MS);
	finish_item(child, &first, 1);
	assert_int_equal(hear_pool_hello().in_hand_count, 0);
	stop_listening();
	hear_nothing(sender);
	assert_int_equal(child->signals, 0); /* it has nothing in hand any more */
	assert_int_equal(other->signo, SIGKILL);
	finish_item(other, &second, 1);
	hear_nothing(sender);
	hear_no_message();
}

/* --- what comes back -------------------------------------------------------------------------- */

static void replies_that_cannot_be_sent_go_to_ingress_when_the_last_is_decided(void)
{
	struct wire_verdict verdict = { .calls = 2, .orders_size = ORDER_SIZE };
	const struct wire_call head = { .size = 4, .flags = WIRE_CALL_AT_MOST_ONCE };
	struct message_verdict unsent;
	struct buffer tail = { 0 };
	struct wire_item item;
	struct process *child;
	struct buffer orders = { 0 };
	uint64_t first, second;
	size_t count;
	struct why why;

	sender = start_pool();
	child = at_work(1, 7, &item);
	for (int i = 0; i < 2; i++) {
		buffer_append(&tail, &head, sizeof(head));
		buffer_append_text(&tail, "call");
	}
	buffer_append_text(&tail, ORDER);
	say_verdict(child, &verdict, &item, buffer_unread(&tail), buffer_unread_size(&tail));
	buffer_finish(&tail);
	/* Before the replies are made: none of them can delay it. */
	assert_true(text_is(hear_verdict(1, VERDICT_HANDLED).orders, ORDER));
	first = hear_call(sender, WIRE_CALL_MAY_WAIT | WIRE_CALL_AT_MOST_ONCE);
	second = hear_call(sender, WIRE_CALL_MAY_WAIT | WIRE_CALL_AT_MOST_ONCE);
	say_back(sender, first, 9000);
	no_verdict();
	say_sent(sender, second, OUTCOME_OK, true);
	unsent = hear_verdict(1, VERDICT_UNSENT);
	assert_int_equal(unsent.due_ms, 9000);
	assert_true(unsent_decode(unsent.body, NULL, NULL, &count, &orders, &why));
	assert_int_equal(count, 1);
	assert_int_equal(buffer_unread_size(&orders), 0);
	no_verdict();
}

static void give_replies(uint64_t seq, const struct buffer *body)
{
	const struct message_item item = {
		.seq = seq,
		.lane = 7,
		.kind = KIND_MESSAGE,
		.flags = ITEM_REPLIES,
		.attempt = 1,
		.body = { (const char *)buffer_unread(body), buffer_unread_size(body) },
	};

	give_item(&item);
}

static void waiting_replies_are_sent_without_a_child(void)
{
	struct unsent unsent = { 0 };
	struct buffer body = { 0 };
	uint64_t first, second;

	sender = start_pool();
	unsent_add(&unsent, 0, "call", 4, 0);
	unsent_add(&unsent, WIRE_CALL_AT_MOST_ONCE, "call", 4, 0);
	unsent_encode(&unsent, (struct text) { NULL, 0 }, &body);
	give_replies(1, &body);
	unsent_finish(&unsent);
	buffer_finish(&body);
	hear_nothing(&processes[1]);
	hear_nothing(&processes[2]);
	assert_null(hear_verdict(1, VERDICT_HANDLED).orders.data);
	first = hear_call(sender, WIRE_CALL_MAY_WAIT);
	second = hear_call(sender, WIRE_CALL_MAY_WAIT | WIRE_CALL_AT_MOST_ONCE);
	say_sent(sender, first, OUTCOME_OK, true);
	say_sent(sender, second, OUTCOME_OK, true);
	hear_verdict(1, VERDICT_DONE);
}

/* As the former version put them away: with work that was put off. */
static void replies_from_before_bring_their_work(void)
{
	struct buffer body = { 0 };
	struct text orders;
	struct order order;

	sender = start_pool();
	pack_array(&body, 4);
	pack_uint(&body, 1);
	pack_array(&body, 2);
	pack_uint(&body, 0);
	pack_bytes(&body, "call", 4);
	pack_uint(&body, 900);
	pack_bytes(&body, "later", 5);
	give_replies(1, &body);
	buffer_finish(&body);
	assert_null(hear_verdict(1, VERDICT_HANDLED).orders.data);
	say_sent(sender, hear_call(sender, WIRE_CALL_MAY_WAIT), OUTCOME_OK, true);
	orders = hear_verdict(1, VERDICT_DONE).orders;
	assert_true(orders_next(&orders, &order));
	assert_int_equal(order.kind, ORDER_PUT);
	assert_int_equal(order.after_ms, 900);
	assert_true(text_is(order.body, "later"));
}

/* The next step of a job begins once the calls of this one were made, also if they wait. */
static void orders_that_wait_go_with_the_last_call(void)
{
	struct wire_verdict verdict = { .calls = 1,
					.orders_size = ORDER_SIZE,
					.orders_wait = true };
	const struct wire_call head = { .size = 4 };
	struct message_verdict unsent;
	struct buffer tail = { 0 }, body = { 0 };
	struct wire_item item;
	struct process *child;

	sender = start_pool();
	child = at_work(1, 7, &item);
	buffer_append(&tail, &head, sizeof(head));
	buffer_append_text(&tail, "call" ORDER);
	say_verdict(child, &verdict, &item, buffer_unread(&tail), buffer_unread_size(&tail));
	buffer_finish(&tail);
	assert_null(hear_verdict(1, VERDICT_HANDLED).orders.data);
	say_back(sender, hear_call(sender, WIRE_CALL_MAY_WAIT), 9000);
	unsent = hear_verdict(1, VERDICT_UNSENT);
	buffer_append(&body, unsent.body.data, unsent.body.length);
	give_replies(2, &body);
	buffer_finish(&body);
	assert_null(hear_verdict(2, VERDICT_HANDLED).orders.data);
	say_sent(sender, hear_call(sender, WIRE_CALL_MAY_WAIT), OUTCOME_OK, true);
	assert_true(text_is(hear_verdict(2, VERDICT_DONE).orders, ORDER));
}

static void replies_that_cannot_be_read_are_not_kept_for_ever(void)
{
	struct unsent unsent = { 0 };
	struct buffer body = { 0 };

	sender = start_pool();
	unsent_add(&unsent, 0, "call", 4, 0);
	unsent_encode(&unsent, (struct text) { NULL, 0 }, &body);
	unsent_finish(&unsent);
	body.size--;
	give_replies(1, &body);
	buffer_finish(&body);
	hear_verdict(1, VERDICT_DONE);
	hear_nothing(sender);
}

/* More than ingress takes. */
static void large_replies_wait_in_the_sender(void)
{
	const struct wire_call head = { .size = 600u << 10 };
	struct wire_verdict verdict = { .calls = 1 };
	struct buffer tail = { 0 };
	struct wire_item item;
	struct process *child;
	struct frame frame;
	struct wire_send send;

	sender = start_pool();
	child = at_work(1, 7, &item);
	buffer_append(&tail, &head, sizeof(head));
	memset(buffer_reserve(&tail, head.size), 'x', head.size);
	buffer_commit(&tail, head.size);
	verdict.seq = item.seq;
	verdict.ordinal = item.ordinal;
	/* In parts, for it is more than the socket holds. */
	struct buffer out = { 0 };
	frame_append(&out, WIRE_VERDICT, &verdict, sizeof(verdict), buffer_unread(&tail),
		     buffer_unread_size(&tail));
	while (frame_flush(child->socket, &out, NULL) == FRAME_IO_AGAIN)
		turn();
	turn();
	while (!next_frame(sender, &frame))
		turn();
	assert_int_equal(frame.type, WIRE_SEND);
	assert_true(frame_head(&frame, &send, sizeof(send)));
	assert_int_equal(send.flags, 0);
	buffer_finish(&tail);
	buffer_finish(&out);
}

/* --- calls that a handler waits for ----------------------------------------------------------- */

static uint64_t ask(struct process *child, uint8_t flags)
{
	const struct wire_call head = { .chat_id = 5, .size = 4, .flags = flags };

	say_two(child, WIRE_CALL, &head, sizeof(head), "call", 4);
	turn();
	return hear_call(sender, flags & WIRE_CALL_AT_MOST_ONCE);
}

static void a_handler_gets_the_result_that_it_waits_for(void)
{
	struct wire_item item;
	struct process *child;
	struct frame frame;
	uint64_t call;

	sender = start_pool();
	child = at_work(1, 7, &item);
	/* A child cannot make a call doubtful, or send it back. */
	call = ask(child, WIRE_CALL_AT_MOST_ONCE | WIRE_CALL_IN_DOUBT | WIRE_CALL_MAY_WAIT);
	say_sent(sender, call, OUTCOME_NETWORK, false);
	hear_nothing(child);
	say_sent(sender, call, OUTCOME_OK, true);
	frame = hear(child, WIRE_RESULT);
	assert_int_equal(frame.size, 6);
	assert_memory_equal(frame.data, "result", 6);
	no_verdict();
	finish_item(child, &item, 0);
	hear_verdict(1, VERDICT_DONE);
}

static void a_sender_that_died_at_most_once_fails_the_call(void)
{
	struct wire_item item;
	struct process *child;
	struct call_result result;
	struct cursor cursor;
	struct frame frame;
	uint64_t call;

	sender = start_pool();
	child = at_work(1, 7, &item);
	call = ask(child, WIRE_CALL_AT_MOST_ONCE);
	sender->scoreboard->calls[3] = call;
	dies(sender, BY_SIGNAL(SIGSEGV));
	frame = hear(child, WIRE_RESULT);
	cursor = cursor_make(frame.data, frame.size);
	assert_true(call_result_decode(&cursor, &result));
	assert_int_equal(result.status, CALL_IN_DOUBT);
}

static void replies_that_may_have_been_sent_end_their_update(void)
{
	const struct wire_call head = { .size = 4, .flags = WIRE_CALL_AT_MOST_ONCE };
	struct wire_verdict verdict = { .calls = 1 };
	struct buffer tail = { 0 };
	struct wire_item item;
	struct process *child;

	sender = start_pool();
	child = at_work(1, 7, &item);
	buffer_append(&tail, &head, sizeof(head));
	buffer_append_text(&tail, "call");
	say_verdict(child, &verdict, &item, buffer_unread(&tail), buffer_unread_size(&tail));
	buffer_finish(&tail);
	hear_verdict(1, VERDICT_HANDLED);
	sender->scoreboard->calls[3] = hear_call(sender,
						 WIRE_CALL_MAY_WAIT | WIRE_CALL_AT_MOST_ONCE);
	dies(sender, BY_SIGNAL(SIGSEGV));
	hear_verdict(1, VERDICT_DONE);
}

/* --- what is not taken ------------------------------------------------------------------------ */

static void an_update_that_is_in_hand_is_not_taken_again(void)
{
	struct wire_item item;
	struct process *child;

	start_pool();
	child = at_work(1, 7, &item);
	give(1, 7);
	finish_item(child, &item, 0);
	hear_verdict(1, VERDICT_DONE);
	no_verdict();
	hear_nothing(&processes[1]);
	hear_nothing(&processes[2]);
}

static uint64_t room(void)
{
	uint64_t credit;

	stop_listening();
	pass_answered(BEAT_MS);
	credit = hear_pool_beat().credit_limit;
	return credit;
}

static void there_is_room_only_with_a_child(void)
{
	turn();
	nursery_is_ready(nurseries[0], NULL);
	session = hear_pool_hello().session;
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	assert_int_equal(hear_pool_beat().credit_limit, 0);
	sender_starts(&processes[0]);
	say_bot(&processes[0], 42);
	hear_no_message();
	child_starts(&processes[1]);
	assert_int_equal(hear_pool_beat().credit_limit, 512); /* at once */
	for (uint64_t seq = 1; seq <= 40; seq++)
		give(seq, 7);
	assert_int_equal(room(), 512);
}

/* Waiting for Telegram costs no child, but it is not without end. */
static void replies_that_wait_take_room_of_their_own(void)
{
	struct wire_item item;
	struct process *child;

	settings.send_inflight = 1; /* four unsent beside the 512 */
	start_pool();
	for (uint64_t seq = 1; seq <= 6; seq++) {
		child = at_work(seq, seq, &item);
		finish_item(child, &item, 1);
	}
	assert_int_equal(room(), 6 + 512 + 4 - 6);
}

/* Nor are few replies that are large: the rest stays at ingress. */
static void while_replies_are_too_large_nothing_is_taken(void)
{
	static char large[3u << 20];
	struct unsent unsent = { 0 };
	struct buffer body = { 0 };

	start_pool();
	unsent_add(&unsent, 0, large, sizeof(large), 0);
	unsent_encode(&unsent, (struct text) { NULL, 0 }, &body);
	for (uint64_t seq = 1; seq <= OUTBOX_BYTES_MAX / sizeof(large) + 1; seq++)
		give_replies(seq, &body);
	unsent_finish(&unsent);
	buffer_finish(&body);
	give(100, 9);
	hear_nothing(&processes[1]);
	assert_int_equal(room(), OUTBOX_BYTES_MAX / sizeof(large) + 2);
}

static void a_child_leaves_after_so_many_updates(void)
{
	struct message_item items[2] = {
		{ .seq = 1, .lane = 7, .kind = KIND_MESSAGE, .attempt = 1 },
		{ .seq = 2, .lane = 8, .kind = KIND_MESSAGE, .attempt = 1 }
	};
	struct wire_item item;
	struct process *child;

	settings.child_max_updates = 1;
	start_pool();
	say_updates(session, items, 2);
	turn();
	child = busy_child();
	item = begin_item(child, 1);
	finish_item(child, &item, 0);
	/* It has one more in hand, which it may do. */
	item = begin_item(child, 2);
	assert_false(was_told_to_leave(child));
	finish_item(child, &item, 0);
	assert_true(was_told_to_leave(child));
	dies(child, BY_EXIT(0));
	no_capture();
	pass(250);
	assert_int_equal(status_number("crashed"), 0);
}

/* Each child has those of its own start; a kernel without them runs the bot all the same. */
static void missing_walls_are_shown(void)
{
	struct process *child;

	start_pool();
	pass(250);
	assert_true(dependency_of("walls")->ready);
	assert_string_equal(dependency_of("walls")->state, "files, calls");
	assert_non_null(strstr(status_text, "\"walls\":{\"files\":true,\"calls\":true}"));
	child = latest();
	dies(child, BY_SIGNAL(SIGKILL));
	child = latest();
	is_forked(child);
	say_ready(child, 1u << WALL_CALLS);
	turn();
	pass(250);
	assert_false(dependency_of("walls")->ready);
	assert_string_equal(dependency_of("walls")->state, "missing: files");
	assert_non_null(strstr(status_text, "\"walls\":{\"files\":false,\"calls\":true}"));
}

static void children_leave_when_files_were_replaced(void)
{
	struct message_item items[2] = {
		{ .seq = 1, .lane = 7, .kind = KIND_MESSAGE, .attempt = 1 },
		{ .seq = 2, .lane = 8, .kind = KIND_MESSAGE, .attempt = 1 }
	};
	struct wire_item item;
	struct process *child;

	start_pool();
	say_updates(session, items, 2);
	turn();
	child = busy_child();
	item = begin_item(child, 1);
	files_change();
	finish_item(child, &item, 0);
	item = begin_item(child, 2);
	assert_false(was_told_to_leave(child));
	finish_item(child, &item, 0);
	assert_true(was_told_to_leave(child));
	dies(child, BY_EXIT(0));
	no_capture();
	pass(250);
	assert_int_equal(status_number("crashed"), 0);
	/* One that has nothing in hand, at once. */
	child = latest();
	child_starts(child);
	files_change();
	assert_true(was_told_to_leave(child));
}

/* --- what others must know -------------------------------------------------------------------- */

static void silence_is_told_to_other_pools_and_by_them(void)
{
	const struct wire_cooldown cooldown = { 5, 9000 };
	const struct wire_migrated migrated = { -1, -100 };
	struct wire_cooldown told;
	struct frame frame;

	sender = start_pool();
	say(sender, WIRE_COOLDOWN, &cooldown, sizeof(cooldown));
	say(sender, WIRE_MIGRATED, &migrated, sizeof(migrated));
	turn();
	assert_int_equal(hear_cooldowns().cooldowns[0].chat_id, 5);
	assert_int_equal(hear_migrated().to, -100);
	say_cooldown(6, 3000);
	turn();
	frame = hear(sender, WIRE_COOLDOWN);
	assert_true(frame_head(&frame, &told, sizeof(told)));
	assert_int_equal(told.chat_id, 6);
	hear_no_message(); /* they know */
}

static void calls_of_the_start_are_made_once(void)
{
	struct buffer calls = { 0 };

	turn();
	pack_array(&calls, 1);
	pack_bytes(&calls, "call", 4);
	nursery_is_ready(nurseries[0], &calls);
	sender = sender_starts(&processes[0]);
	say_sent(sender, hear_call(sender, 0), OUTCOME_OK, true);
	/* The same program again has no others. */
	nursery_is_gone(nurseries[0]);
	pass(1000);
	nursery_is_ready(nurseries[0], &calls);
	hear_nothing(sender_starts(&processes[1]));
	buffer_finish(&calls);
}

/* --- the token -------------------------------------------------------------------------------- */

static void children_wait_until_the_bot_is_known(void)
{
	turn();
	nursery_is_ready(nurseries[0], NULL);
	sender_starts(&processes[0]);
	say(&processes[0], WIRE_TROUBLE, "no network", 10);
	pass(500);
	assert_int_equal(processes_count, 1);
	assert_false(dependency_of("telegram")->ready);
	assert_string_equal(dependency_of("telegram")->state, "no network");
	say_bot(&processes[0], 42);
	assert_int_equal(processes_count, 1 + CHILDREN);
	assert_true(dependency_of("telegram")->ready);
}

static void while_the_token_is_checked_the_pool_is_not_ready(void)
{
	sender = start_pool();
	pass(250);
	assert_non_null(strstr(status_text, "\"ready\":true"));
	say(sender, WIRE_CHECKING, "checking", 8);
	turn();
	pass(250);
	assert_false(dependency_of("telegram")->ready);
	assert_non_null(strstr(status_text, "\"ready\":false"));
	assert_non_null(strstr(status_text, "\"token_refused\":true"));
	say_bot(sender, 42);
	pass(250);
	assert_true(dependency_of("telegram")->ready);
	assert_non_null(strstr(status_text, "\"ready\":true"));
}

static void a_token_that_is_refused_for_good_ends_the_pool(void)
{
	sender = start_pool();
	say(sender, WIRE_REFUSED, "refused", 7);
	turn();
}

static void the_token_of_another_bot_ends_the_pool(void)
{
	sender = start_pool();
	say_bot(sender, 43);
}

/* --- the drain -------------------------------------------------------------------------------- */

static void drain(void)
{
	assert_int_equal(raise(SIGTERM), 0);
	turn();
}

static void it_stops_after(uint64_t ms)
{
	uint64_t began_ms = clock_boot_ms();

	pass(60000);
	assert_int_equal(clock_boot_ms(), began_ms + ms);
}

static void a_drain_gives_back_what_waits_and_finishes_what_is_begun(void)
{
	struct wire_item item;
	struct process *child;
	uint64_t call;

	sender = start_pool();
	child = at_work(1, 7, &item);
	give(2, 7); /* behind it */
	drain();
	hear_verdict(2, VERDICT_RETURNED);
	give(3, 8); /* on its way */
	hear_verdict(3, VERDICT_RETURNED);
	hear(sender, WIRE_CLOSE);
	finish_item(child, &item, 1);
	hear_verdict(1, VERDICT_HANDLED);
	call = hear_call(sender, WIRE_CALL_MAY_WAIT);
	say_stored(session, 3);
	turn();
	no_verdict();
	say_sent(sender, call, OUTCOME_OK, true);
	hear_verdict(1, VERDICT_DONE);
	/* Not before ingress has it all. */
	hear_no_message();
	say_stored(session, 4);
	turn();
	assert_int_equal(hear_bye().session, session);
	it_stops_after(50); /* for the last message to leave */
}

static void who_drains_takes_nothing_more(void)
{
	struct wire_item item;

	start_pool();
	at_work(1, 7, &item);
	stop_listening();
	drain();
	assert_int_equal(hear_pool_beat().credit_limit, 1); /* what it had */
}

static void replies_that_take_long_go_to_ingress(void)
{
	uint64_t call;

	sender = start_pool();
	handle(1, 7, 1);
	hear_verdict(1, VERDICT_HANDLED);
	call = hear_call(sender, WIRE_CALL_MAY_WAIT);
	drain();
	hear(sender, WIRE_CLOSE);
	pass(999);
	hear_nothing(sender);
	pass(251);
	hear(sender, WIRE_RETIRE);
	say_back(sender, call, 3000);
	hear_verdict(1, VERDICT_UNSENT);
	say_stored(session, 2);
	turn();
	hear_bye();
}

static void a_drain_has_an_end(void)
{
	struct wire_item item;

	start_pool();
	at_work(1, 7, &item);
	drain();
	pass_answered(5000 + 4999);
	hear_no_more_than_beats();
	pass(1);
	hear_pool_beat();
	hear_bye();
}

static void without_ingress_a_drain_waits_for_nobody(void)
{
	turn();
	nursery_is_ready(nurseries[0], NULL);
	hear_pool_hello();
	drain();
	hear_no_message();
	it_stops_after(50);
}

int main(void)
{
	static const struct scene scenes[] = {
		{ SCENE(without_replies_an_update_is_done_at_once) },
		{ SCENE(with_replies_it_is_done_when_all_are_over) },
		{ SCENE(a_lane_goes_on_while_replies_are_sent) },
		{ SCENE(what_released_its_lane_is_handled_once) },
		{ SCENE(orders_go_to_ingress) },
		{ SCENE(a_name_that_nobody_has_is_asked_for_once_a_minute) },
		{ SCENE(a_handler_that_failed_is_reported_and_its_update_is_done) },
		{ SCENE(after_silence_a_verdict_counts_for_nothing) },
		{ SCENE(replies_that_cannot_be_sent_go_to_ingress_when_the_last_is_decided) },
		{ SCENE(waiting_replies_are_sent_without_a_child) },
		{ SCENE(replies_from_before_bring_their_work) },
		{ SCENE(orders_that_wait_go_with_the_last_call) },
		{ SCENE(replies_that_cannot_be_read_are_not_kept_for_ever) },
		{ SCENE(large_replies_wait_in_the_sender) },
		{ SCENE(a_handler_gets_the_result_that_it_waits_for) },
		{ SCENE(a_sender_that_died_at_most_once_fails_the_call) },
		{ SCENE(replies_that_may_have_been_sent_end_their_update) },
		{ SCENE(an_update_that_is_in_hand_is_not_taken_again) },
		{ SCENE(there_is_room_only_with_a_child) },
		{ SCENE(replies_that_wait_take_room_of_their_own) },
		{ SCENE(while_replies_are_too_large_nothing_is_taken) },
		{ SCENE(a_child_leaves_after_so_many_updates) },
		{ SCENE(missing_walls_are_shown) },
		{ SCENE(children_leave_when_files_were_replaced) },
		{ SCENE(silence_is_told_to_other_pools_and_by_them) },
		{ SCENE(calls_of_the_start_are_made_once) },
		{ SCENE(children_wait_until_the_bot_is_known) },
		{ SCENE(while_the_token_is_checked_the_pool_is_not_ready) },
		{ SCENE(a_token_that_is_refused_for_good_ends_the_pool),
		  .ends_with = EX_UNAVAILABLE },
		{ SCENE(the_token_of_another_bot_ends_the_pool), .ends_with = EX_CONFIG },
		{ SCENE(a_drain_gives_back_what_waits_and_finishes_what_is_begun) },
		{ SCENE(who_drains_takes_nothing_more) },
		{ SCENE(replies_that_take_long_go_to_ingress) },
		{ SCENE(a_drain_has_an_end) },
		{ SCENE(without_ingress_a_drain_waits_for_nobody) },
	};

	return run_scenes(scenes, COUNT_OF(scenes));
}
