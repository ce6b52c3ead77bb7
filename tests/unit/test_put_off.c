/* test_put_off.c - what handlers order about work that waits: carried out once, with the verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/orders.h"
#include "common/piece.h"
#include "tests/unit/pools_disk.h"

#define GROUP (-100)
#define SUPERGROUP (-100200)
#define ANNA 7
#define LONG_MS 3600000

static struct buffer orders;
static size_t speaker; /* session 11 is of the first pool, 12 of the second */

static void order_piece(uint64_t key, int64_t chat_id, int64_t person_id, uint8_t flags,
			uint64_t after_ms)
{
	const struct piece piece = {
		.key = key, .chat_id = chat_id, .person_id = person_id, .flags = flags
	};
	struct buffer body = { 0 };
	struct order put = { .kind = ORDER_PUT, .after_ms = after_ms };

	piece_write(&piece, &body);
	buffer_append_text(&body, "work");
	put.body = (struct text) { (const char *)buffer_unread(&body), buffer_unread_size(&body) };
	order_write(&put, &orders);
	buffer_finish(&body);
}

static void order(enum order_kind kind, int64_t id, uint64_t key)
{
	order_write(&(struct order) { .kind = kind, .id = id, .key = key }, &orders);
}

/* Says what was ordered since the last time. */
static void say_orders(uint64_t number, uint64_t seq, enum verdict_step step)
{
	struct message_verdict verdict = {
		.number = number,
		.seq = seq,
		.step = step,
		.orders = { (const char *)buffer_unread(&orders), buffer_unread_size(&orders) },
	};
	const struct message_verdicts verdicts = {
		.session = 11 + speaker, .credit_limit = 100, .verdicts = &verdict, .count = 1
	};

	message_encode_verdicts(&verdicts, &spoken);
	deliver(speaker);
	buffer_clear(&orders);
}

/* What was collected is stored, and what that lets go goes out. */
static void settle(void)
{
	coalesce();
	disk_is_synced();
	turn();
	turn();
}

static uint64_t verdict_number;

/* An update of the group is handled at once, and its handler orders what is collected. */
static uint64_t handle_orders(void)
{
	uint64_t seq = add(lane_of_chat(GROUP));

	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, seq);
	say_orders(++verdict_number, seq, VERDICT_DONE);
	settle();
	assert_int_equal(hear_stored(0), verdict_number);
	return seq;
}

static size_t live_count(void)
{
	size_t count = 0;

	for (size_t seq = 1; seq <= disk.last_seq; seq++)
		count += disk.updates[seq].live;
	return count;
}

static struct piece piece_at(uint64_t seq)
{
	struct piece piece;
	struct text body;

	assert_true(spool_borrow(&disk, seq, &body, NULL));
	assert_true(piece_read(body, &piece));
	return piece;
}

static void begin(void)
{
	verdict_number = 0;
	speaker = 0;
	buffer_clear(&orders);
	join(0, 11, 50);
}

/* After a restart: the pool still has the first update. */
static void come_back_with_the_first(void)
{
	say_hello(0, 11, 0, (uint64_t[]) { 1 }, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
	say_beat(0, 11, 50);
	hear_beat_answer(0);
	turn();
}

static void work_is_an_update_of_its_own_once_it_is_due(void **state)
{
	struct message_updates updates;

	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, ANNA, 0, 0);
	assert_int_equal(handle_orders(), 1);
	assert_int_equal(live_count(), 2);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	updates = hear_updates(0, 1);
	assert_int_equal(updates.items[0].seq, 3);
	assert_int_equal(updates.items[0].flags, ITEM_WORK);
	assert_int_equal(updates.items[0].lane, lane_of_chat(GROUP));
	assert_true(text_is(piece_rest(updates.items[0].body), "work"));
	say_orders(++verdict_number, 3, VERDICT_DONE);
	settle();
	assert_int_equal(live_count(), 1);
}

/* Else a power failure could leave it done, and put off once more. */
static void work_does_not_go_out_before_it_is_stored(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, 0);
	add(lane_of_chat(GROUP));
	turn();
	hear_updates(0, 1);
	say_orders(1, 1, VERDICT_DONE);
	for (int i = 0; i < 5; i++)
		turn();
	hear_nothing();
	settle();
	hear_stored(0);
	hear_updates(0, 1);
}

static void putting_off_again_replaces_what_waits(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	order_piece(1, GROUP, ANNA, 0, 2 * LONG_MS);
	handle_orders();
	assert_int_equal(live_count(), 1);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	/* Of another chat, or another name: beside it. */
	order_piece(1, -101, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	assert_int_equal(live_count(), 3);
	order(ORDER_CANCEL, GROUP, 1);
	order(ORDER_CANCEL, GROUP, 99);
	handle_orders();
	assert_int_equal(live_count(), 2);
	say_bye(0, 11);
}

static void a_restart_knows_the_names(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	stop();
	start();
	begin();
	order(ORDER_CANCEL, GROUP, 1);
	order_piece(2, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	assert_int_equal(live_count(), 1);
}

/* With its replies still being sent, when the pool is killed: it is handled again, and orders
 * nothing. */
static void orders_are_carried_out_once(void **state)
{
	struct message_updates updates;

	(void)state;
	begin();
	add(lane_of_chat(GROUP));
	turn();
	hear_updates(0, 1);
	order_piece(1, GROUP, ANNA, 0, 0);
	say_orders(1, 1, VERDICT_HANDLED);
	settle();
	hear_stored(0);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	say_orders(2, 2, VERDICT_DONE);
	settle();
	hear_stored(0);
	assert_int_equal(live_count(), 1);
	stop();
	start();
	join(1, 12, 50);
	outlive_a_lease(1, 12);
	updates = hear_updates(1, 1);
	assert_int_equal(updates.items[0].seq, 1);
	assert_true(updates.items[0].flags & ITEM_REPEAT);
	speaker = 1;
	order_piece(1, GROUP, ANNA, 0, 0);
	say_orders(1, 1, VERDICT_DONE);
	settle();
	assert_int_equal(live_count(), 0);
}

/* Cancelled, or replaced, while it is being done, it is not done again, and its repetition is not
 * put off: that was said after it had begun. */
static void what_is_cancelled_at_a_pool_does_not_come_back(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, 0, PIECE_REPEATS, 0);
	handle_orders();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	/* Of another lane, as the press of a button. */
	add(5);
	turn();
	hear_updates(0, 1);
	order(ORDER_CANCEL, GROUP, 1);
	say_orders(++verdict_number, 3, VERDICT_DONE);
	settle();
	hear_stored(0);
	order_piece(1, GROUP, 0, PIECE_REPEATS, LONG_MS);
	order_piece(9, GROUP, 0, 0, LONG_MS);
	say_orders(++verdict_number, 2, VERDICT_DONE);
	settle();
	hear_stored(0);
	assert_int_equal(live_count(), 1);
	assert_int_equal(piece_at(disk.last_seq).key, 9);
}

static void nor_when_its_child_ends(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, 0, 0, 0);
	handle_orders();
	hear_updates(0, 1);
	add(5);
	turn();
	hear_updates(0, 1);
	order_piece(1, GROUP, 0, 0, LONG_MS);
	say_orders(++verdict_number, 3, VERDICT_DONE);
	settle();
	hear_stored(0);
	say_verdict(0, 11, ++verdict_number, 2, VERDICT_ENDED, ENDED_CRASH);
	settle();
	settle();
	hear_stored(0);
	hear_nothing();
	assert_int_equal(live_count(), 1);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
}

static void who_is_forgotten_has_nothing_waiting(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, ANNA, ANNA, PIECE_REPEATS, LONG_MS);
	order_piece(3, GROUP, 8, 0, LONG_MS);
	order_piece(4, GROUP, 0, PIECE_REPEATS, LONG_MS);
	handle_orders();
	order(ORDER_FORGET_PERSON, ANNA, 0);
	handle_orders();
	assert_int_equal(live_count(), 2);
	order(ORDER_FORGET_CHAT, GROUP, 0);
	handle_orders();
	assert_int_equal(live_count(), 0);
}

/* A handler that had begun before puts nothing off for them, restarts included; one that begins
 * afterwards may. */
static void who_is_forgotten_stays_forgotten(void **state)
{
	(void)state;
	begin();
	add(5);
	turn();
	hear_updates(0, 1);
	order(ORDER_FORGET_PERSON, ANNA, 0);
	handle_orders();
	stop();
	start();
	come_back_with_the_first();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, 8, 0, LONG_MS);
	say_orders(++verdict_number, 1, VERDICT_DONE);
	settle();
	hear_stored(0);
	assert_int_equal(live_count(), 1);
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	assert_int_equal(live_count(), 2);
	/* And nobody needs to remember the id any more. */
	pass(1000);
	settle();
	assert_int_equal(buffer_unread_size(&disk.forgotten), 0);
}

/* However much is on its way to the disk. */
static void what_an_operator_forgets_is_gone_at_once(void **state)
{
	struct why why;

	(void)state;
	begin();
	add(5);
	turn();
	hear_updates(0, 1);
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, 8, 0, LONG_MS);
	order_piece(3, GROUP, 0, PIECE_REPEATS, LONG_MS);
	handle_orders();
	add(lane_of_chat(GROUP));
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, ++verdict_number, 6, VERDICT_DONE, ENDED_EXIT);
	coalesce(); /* this write is under way */
	assert_true(pools_forget(pools, false, ANNA, &why));
	assert_false(disk.dirty);
	assert_int_equal(live_count(), 3);
	stop();
	start();
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 2);
	/* A handler that had begun before puts nothing off for her. */
	come_back_with_the_first();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	say_orders(++verdict_number, 1, VERDICT_DONE);
	settle();
	assert_int_equal(live_count(), 2);
	assert_true(pools_forget(pools, true, GROUP, &why));
	assert_int_equal(live_count(), 0);
}

/* It is said, and written once there is room. */
static void a_full_disk_does_not_take_what_is_forgotten(void **state)
{
	struct why why;

	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	disk.stuck = true;
	assert_false(pools_forget(pools, false, ANNA, &why));
	assert_non_null(strstr(why.text, "the disk"));
	disk.stuck = false;
	settle();
	assert_int_equal(live_count(), 0);
	assert_true(pools_forget(pools, false, ANNA, &why));
	assert_false(disk.dirty);
}

static void a_migration_moves_what_waits(void **state)
{
	struct piece piece;

	(void)state;
	begin();
	order_piece(1, GROUP, ANNA, 0, LONG_MS);
	order_piece(2, GROUP, 0, PIECE_REPEATS, LONG_MS);
	order_piece(3, -101, 0, 0, LONG_MS);
	handle_orders();
	order_piece(2, SUPERGROUP, 0, PIECE_REPEATS, 2 * LONG_MS);
	handle_orders();
	pools_join_chats(pools, GROUP, SUPERGROUP);
	settle();
	piece = piece_at(2);
	assert_int_equal(piece.chat_id, SUPERGROUP);
	assert_int_equal(piece.key, 1);
	assert_int_equal(disk.updates[2].header.lane, lane_of_chat(SUPERGROUP));
	assert_true(disk.updates[2].header.due_ms > 0);
	assert_int_equal(piece_at(4).chat_id, -101);
	/* What the new group has of its own stays. */
	assert_int_equal(live_count(), 3);
	/* What is put off for the old one waits in the new one. */
	order(ORDER_CANCEL, GROUP, 1);
	order_piece(5, GROUP, ANNA, 0, LONG_MS);
	handle_orders();
	assert_int_equal(piece_at(disk.last_seq).chat_id, SUPERGROUP);
	assert_int_equal(live_count(), 3);
	stop();
	start();
	begin();
	order(ORDER_CANCEL, SUPERGROUP, 5);
	order(ORDER_CANCEL, GROUP, 2);
	handle_orders();
	assert_int_equal(live_count(), 1);
}

/* The host gets it in the incident, and puts off the next one. */
static void what_repeats_outlives_its_attempts(void **state)
{
	struct message_updates updates;
	struct incident incident;
	struct piece piece;
	struct why why;

	(void)state;
	begin();
	order_piece(1, GROUP, 0, PIECE_REPEATS, 0);
	handle_orders();
	hear_updates(0, 1);
	for (int i = 0; i < 2; i++) {
		say_verdict(0, 11, ++verdict_number, 2, VERDICT_ENDED, ENDED_CRASH);
		settle();
		hear_stored(0);
		updates = hear_updates(0, 1);
	}
	assert_true(updates.items[0].flags & ITEM_INCIDENT);
	assert_true(incident_decode(updates.items[0].body.data, updates.items[0].body.length,
				    &incident, &why));
	assert_true(piece_read(incident.work, &piece));
	assert_int_equal(piece.key, 1);
	order_piece(1, GROUP, 0, PIECE_REPEATS, LONG_MS);
	say_orders(++verdict_number, 2, VERDICT_DONE);
	settle();
	assert_int_equal(live_count(), 1);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
}

/* Its replies are lost with the pool: it comes back for them, and leaves alone what it has put off.
 */
static void a_piece_that_puts_itself_off_comes_back(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, 0, PIECE_REPEATS, 0);
	handle_orders();
	hear_updates(0, 1);
	order_piece(1, GROUP, 0, PIECE_REPEATS, LONG_MS);
	order_piece(1, GROUP, 0, PIECE_REPEATS, 2 * LONG_MS); /* by its handler: replaces that */
	say_orders(++verdict_number, 2, VERDICT_HANDLED);
	settle();
	hear_stored(0);
	assert_int_equal(live_count(), 2);
	join(1, 12, 50);
	outlive_a_lease(1, 12);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 2);
	speaker = 1;
	say_orders(1, 2, VERDICT_DONE);
	settle();
	assert_int_equal(live_count(), 1);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	assert_in_range(disk.updates[disk.last_seq].header.due_ms,
			disk.updates[disk.last_seq].header.received_ms + 2 * LONG_MS, UINT64_MAX);
}

static void another_zone_makes_what_is_daily_due(void **state)
{
	(void)state;
	begin();
	order_piece(1, GROUP, 0, PIECE_REPEATS | PIECE_DAILY, LONG_MS);
	order_piece(2, GROUP, 0, PIECE_REPEATS, LONG_MS);
	order_piece(3, -101, 0, PIECE_REPEATS | PIECE_DAILY, LONG_MS);
	handle_orders();
	add(lane_of_chat(5));
	turn();
	hear_updates(0, 1);
	order(ORDER_HASTEN, GROUP, 0);
	say_orders(++verdict_number, 5, VERDICT_DONE);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	hear_nothing();
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 2);
}

static int finish(void **state)
{
	buffer_finish(&orders);
	return tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(work_is_an_update_of_its_own_once_it_is_due),
		TEST(work_does_not_go_out_before_it_is_stored),
		TEST(putting_off_again_replaces_what_waits),
		TEST(a_restart_knows_the_names),
		TEST(orders_are_carried_out_once),
		TEST(what_is_cancelled_at_a_pool_does_not_come_back),
		TEST(nor_when_its_child_ends),
		TEST(who_is_forgotten_has_nothing_waiting),
		TEST(who_is_forgotten_stays_forgotten),
		TEST(what_an_operator_forgets_is_gone_at_once),
		TEST(a_full_disk_does_not_take_what_is_forgotten),
		TEST(a_migration_moves_what_waits),
		TEST(what_repeats_outlives_its_attempts),
		TEST(a_piece_that_puts_itself_off_comes_back),
		TEST(another_zone_makes_what_is_daily_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
