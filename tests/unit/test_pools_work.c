/* test_pools_work.c - what becomes of an update on its way through ingress: the frames it goes out
 * in, attempts and losses, waiting work, incidents, and what the disk must have before it is
 * confirmed. */
#include "tests/unit/pools_disk.h"

#include "common/log.h"
#include "common/metric.h"
#include "ingress/metrics.h"
#include "ingress/pools/ledger.h"

/* --- helpers ---------------------------------------------------------------------------------- */

static void say_unsent(size_t peer, uint64_t session, uint64_t number, uint64_t seq,
		       uint64_t due_ms)
{
	struct message_verdict verdict = {
		.number = number,
		.seq = seq,
		.step = VERDICT_UNSENT,
		.due_ms = due_ms,
		.body = { "replies", 7 },
	};
	const struct message_verdicts verdicts = {
		.session = session, .credit_limit = 100, .verdicts = &verdict, .count = 1
	};

	message_encode_verdicts(&verdicts, &spoken);
	deliver(peer);
}

static void say_cooldown(size_t peer, int64_t chat_id, uint64_t remaining_ms)
{
	struct message_cooldown cooldown = { .chat_id = chat_id, .remaining_ms = remaining_ms };
	const struct message_cooldowns message = { .cooldowns = &cooldown, .count = 1 };

	message_encode_cooldowns(&message, &spoken);
	deliver(peer);
}

static void store(void)
{
	coalesce();
	disk_is_synced();
	turn();
}

/* A session gets all that there is for it, then is lost. */
static struct message_item take_and_be_lost(uint64_t session)
{
	join(0, session, 10);
	struct message_item item = hear_updates(0, 1).items[0];
	outlive_a_lease(1, 99); /* of nobody */
	turn();
	return item;
}

static void clear_frames(void)
{
	wire.sent_count = wire.taken = 0;
}

/* --- how long it took ------------------------------------------------------------------------- */

static int64_t count_of(const char *histogram)
{
	struct buffer out = { 0 };
	char sample[80];
	const char *at;
	int64_t count;

	snprintf(sample, sizeof(sample), "\n%s_count ", histogram);
	metrics_print("ingress", &out);
	at = strstr(buffer_text(&out), sample);
	assert_non_null(at);
	count = strtoll(at + strlen(sample), NULL, 10);
	buffer_finish(&out);
	return count;
}

static void each_update_is_timed_once(void **state)
{
	static const char handled[] = "korone_ingress_handled_seconds",
			  done[] = "korone_ingress_done_seconds";
	int64_t handled_before = count_of(handled), done_before = count_of(done);

	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	turn();
	hear_updates(0, 2);
	say_verdict(0, 11, 1, 1, VERDICT_HANDLED, 0);
	assert_int_equal(count_of(handled), handled_before + 1);
	assert_int_equal(count_of(done), done_before);
	say_verdict(0, 11, 2, 1, VERDICT_DONE, 0);
	assert_int_equal(count_of(handled), handled_before + 1);
	assert_int_equal(count_of(done), done_before + 1);
	/* Without replies it is both at once. */
	say_verdict(0, 11, 3, 2, VERDICT_DONE, 0);
	assert_int_equal(count_of(handled), handled_before + 2);
	assert_int_equal(count_of(done), done_before + 2);
}

/* It was due when it was due. */
static void work_that_was_put_off_is_not_timed(void **state)
{
	int64_t before = count_of("korone_ingress_done_seconds");

	(void)state;
	add(7);
	disk.updates[1].header.flags = ITEM_WORK;
	disk.updates[1].header.due_ms = 1;
	buffer_clear(&disk.updates[1].body);
	buffer_append(&disk.updates[1].body, "\x93work", 5);
	stop();
	start();
	join(0, 11, 10);
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	assert_int_equal(count_of("korone_ingress_done_seconds"), before);
}

/* --- attempts and losses ---------------------------------------------------------------------- */

static void a_crash_on_the_last_attempt_is_an_incident(void **state)
{
	int64_t returned = metric_get(&metric_returned), incidents = metric_get(&metric_incidents);

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].attempt, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	store();
	hear_stored(0);
	assert_int_equal(metric_get(&metric_incidents), incidents);
	struct message_item again = hear_updates(0, 1).items[0];
	assert_int_equal(again.attempt, 2);
	assert_int_equal(again.flags, ITEM_REPEAT); /* its handler may have run */
	say_verdict(0, 11, 2, 1, VERDICT_ENDED, ENDED_CRASH);
	store();
	hear_stored(0);
	assert_int_equal(hear_updates(0, 1).items[0].flags, ITEM_INCIDENT);
	assert_int_equal(metric_get(&metric_incidents), incidents + 1);
	assert_int_equal(metric_get(&metric_returned), returned + 2);
	assert_int_equal(disk.updates[1].header.attempts, 2);
}

static void too_many_lost_sessions_are_an_incident(void **state)
{
	int64_t incidents = metric_get(&metric_incidents);

	(void)state;
	add(7);
	for (unsigned i = 1; i <= LOST_SESSIONS_MAX; i++) {
		clear_frames();
		assert_int_equal(take_and_be_lost(10 + i).flags, i > 1 ? ITEM_REPEAT : 0);
		assert_int_equal(disk.updates[1].header.lost, i);
	}
	assert_int_equal(metric_get(&metric_incidents), incidents + 1);
	clear_frames();
	/* An incident runs no code that could be to blame. */
	assert_int_equal(take_and_be_lost(50).flags, ITEM_INCIDENT);
	assert_int_equal(disk.updates[1].header.lost, LOST_SESSIONS_MAX);
	assert_int_equal(metric_get(&metric_incidents), incidents + 1);
}

static void what_ended_goes_once_to_another_when_its_pool_leaves(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	turn();
	say_bye(0, 11);
	join(1, 12, 10);
	store(); /* that there is a session 12: after what was being written */
	assert_int_equal(hear_updates(1, 1).items[0].attempt, 2);
	store();
	hear_nothing();
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0), 1);
}

static void what_comes_back_keeps_its_order(void **state)
{
	struct message_updates updates;

	(void)state;
	join(0, 11, 10);
	for (int i = 0; i < 4; i++)
		add(7);
	turn();
	hear_updates(0, 4);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	for (uint64_t seq = 2; seq <= 4; seq++)
		say_verdict(0, 11, seq, seq, VERDICT_RETURNED, 0);
	store();
	assert_int_equal(hear_stored(0), 4);
	updates = hear_updates(0, 3);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(updates.items[i].seq, i + 2);
		assert_int_equal(updates.items[i].attempt, 1);
	}
}

/* --- what the disk must have ------------------------------------------------------------------ */

static void what_is_confirmed_was_synced(void **state)
{
	int64_t acked = metric_get(&metric_acked);

	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	add(9);
	turn();
	hear_updates(0, 3);
	/* That it goes on costs no sync: after a power failure it is handled again. */
	say_verdict(0, 11, 1, 1, VERDICT_HANDLED, 0);
	coalesce();
	assert_int_equal(disk.commits, 1);
	assert_false(disk.synced);
	disk_is_synced();
	assert_int_equal(hear_stored(0), 1);
	say_verdict(0, 11, 2, 1, VERDICT_DONE, 0);
	coalesce();
	assert_true(disk.synced);
	disk_is_synced();
	assert_int_equal(hear_stored(0), 2);
	assert_int_equal(metric_get(&metric_acked), acked + 1);
	disk.synced = false;
	say_verdict(0, 11, 3, 2, VERDICT_ENDED, ENDED_CRASH);
	turn(); /* its lane waits: at once */
	assert_true(disk.synced);
	disk_is_synced();
	hear_stored(0);
	disk.synced = false;
	say_verdict(0, 11, 4, 3, VERDICT_WAITING, 0);
	turn();
	assert_true(disk.synced);
}

static void one_write_at_a_time_and_each_is_told_its_own(void **state)
{
	(void)state;
	join(0, 11, 1);
	add(7);
	turn();
	hear_updates(0, 1);
	join(1, 12, 1);
	add(8);
	turn();
	hear_updates(1, 1);
	say_verdict(0, 11, 5, 1, VERDICT_DONE, 0);
	coalesce();
	assert_int_equal(disk.commits, 1);
	/* Meanwhile: for the next one. */
	say_verdict(1, 12, 9, 2, VERDICT_DONE, 0);
	coalesce();
	assert_int_equal(disk.commits, 1);
	assert_true(disk.updates[2].live);
	disk_is_synced();
	assert_int_equal(hear_stored(0), 5);
	hear_nothing();
	store();
	assert_int_equal(hear_stored(1), 9);
	assert_false(disk.updates[2].live);
	hear_nothing();
}

/* Nothing else may happen for long. */
static void what_is_done_is_written_soon(void **state)
{
	bool soon = false;

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	turn();
	assert_int_equal(disk.commits, 0);
	for (size_t i = 0; i < COUNT_OF(clockwork.timers); i++)
		soon = soon || (clockwork.timers[i] &&
				clockwork.timers[i]->due_ms <= clockwork.now_ms + 10);
	assert_true(soon);
}

static void many_are_done_in_one_write(void **state)
{
	(void)state;
	for (uint64_t lane = 1; lane < SEQS_MAX; lane++)
		add(lane);
	join(0, 11, 200);
	hear_updates(0, SEQS_MAX - 1);
	for (uint64_t seq = 1; seq < SEQS_MAX; seq++)
		say_verdict(0, 11, seq, seq, VERDICT_DONE, 0);
	store();
	assert_int_equal(hear_stored(0), SEQS_MAX - 1);
	for (uint64_t seq = 1; seq < SEQS_MAX; seq++)
		assert_false(disk.updates[seq].live);
	assert_int_equal(dispatch_backlog(pools_dispatch(pools)), 0);
}

/* --- waiting work ----------------------------------------------------------------------------- */

static void waiting_work_begins_with_its_own_attempts(void **state)
{
	uint64_t now_ms = clock_utc_ns() / 1000000;

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	store();
	hear_stored(0);
	hear_updates(0, 1);
	say_verdict(0, 11, 2, 1, VERDICT_WAITING, 0);
	store();
	assert_int_equal(disk.updates[1].header.attempts, 0);
	/* A second from when it was said, by the clock. */
	assert_in_range(disk.updates[1].header.due_ms, now_ms + 1000, now_ms + 31000);
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0), 0);
}

/* Only the host knows what it is, and may put it off again: workers/host/job.h. */
static void an_incident_of_work_keeps_it_and_may_go_on(void **state)
{
	struct incident incident;
	struct message_item item;
	struct why why;

	(void)state;
	add(7);
	disk.updates[1].header.flags = ITEM_WORK;
	disk.updates[1].header.due_ms = 1;
	disk.updates[1].header.lost = 3;
	buffer_clear(&disk.updates[1].body);
	buffer_append(&disk.updates[1].body, "\x93work", 5);
	stop();
	start();
	join(0, 11, 10);
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_HANG);
	store();
	hear_stored(0);
	item = hear_updates(0, 1).items[0];
	assert_int_equal(item.flags, ITEM_INCIDENT);
	assert_true(incident_decode(item.body.data, item.body.length, &incident, &why));
	assert_true(text_is(incident.work, "\x93work"));
	assert_int_equal(incident.chat_id, 0);
	say_verdict(0, 11, 2, 1, VERDICT_WAITING, 0);
	store();
	assert_int_equal(disk.updates[1].header.flags, ITEM_WORK);
	assert_int_equal(disk.updates[1].header.attempts, 0);
	assert_int_equal(disk.updates[1].header.lost, 0);
}

static void replies_that_wait_let_the_chat_go_on(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(lane_of_chat(70));
	turn();
	hear_updates(0, 1);
	say_unsent(0, 11, 1, 1, 60000);
	turn();
	assert_int_equal(disk.updates[1].header.flags, ITEM_WORK | ITEM_REPLIES);
	add(lane_of_chat(70));
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
}

static void replies_of_a_silent_chat_come_before_what_is_younger(void **state)
{
	struct message_item item;

	(void)state;
	join(0, 11, 10);
	add(lane_of_chat(70));
	turn();
	hear_updates(0, 1);
	say_cooldown(0, 70, 1000);
	say_unsent(0, 11, 1, 1, 0);
	turn();
	assert_int_equal(disk.updates[1].header.flags, ITEM_WORK | ITEM_REPLIES | ITEM_KEEPS_LANE);
	add(lane_of_chat(70));
	turn();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 1);
	hear_nothing();
	pass(1250);
	struct message_updates updates = hear_updates(0, 2);
	item = updates.items[0];
	assert_int_equal(item.seq, 1);
	assert_int_equal(updates.items[1].seq, 2);
	assert_true(text_is(item.body, "replies"));
	/* Replies run no code: no crash of theirs is counted when their pool is lost. */
	say_verdict(0, 11, 2, 2, VERDICT_DONE, 0);
	store();
	hear_stored(0);
	pass(LEASE_MS + 250);
	assert_int_equal(disk.updates[1].header.lost, 0);
}

/* --- on the way out --------------------------------------------------------------------------- */

static void what_comes_too_late_for_a_person_says_so(void **state)
{
	static const struct {
		enum update_kind kind;
		uint64_t age_ms;
		uint8_t flags;
	} rows[] = {
		{ KIND_CALLBACK_QUERY, 140000, 0 },  { KIND_CALLBACK_QUERY, 150001, ITEM_LATE },
		{ KIND_CHAT_JOIN_REQUEST, 5000, 0 }, { KIND_CHAT_JOIN_REQUEST, 10001, ITEM_LATE },
		{ KIND_MESSAGE, 3600000, 0 },
	};

	(void)state;
	join(0, 11, 10);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		add_aged(100 + i, rows[i].kind, rows[i].age_ms);
		turn();
		struct message_item item = hear_updates(0, 1).items[0];
		assert_int_equal(item.flags, rows[i].flags);
		assert_in_range(item.age_ms, rows[i].age_ms, rows[i].age_ms + 60000);
		assert_int_equal(item.lane, 100 + i);
		assert_int_equal(item.kind, rows[i].kind);
	}
}

static void a_query_that_nobody_waits_for_is_dropped(void **state)
{
	int64_t before = metric_get(&metric_expired);

	(void)state;
	join(0, 11, 10);
	add_aged(7, KIND_SHIPPING_QUERY, 150001);
	add_aged(7, KIND_SHIPPING_QUERY, 100000);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	assert_int_equal(metric_get(&metric_expired), before + 1);
	store();
	assert_false(disk.updates[1].live);
	assert_true(disk.updates[2].live);
	/* It took no credit, which the pool counts as well: nine are left. */
	for (uint64_t lane = 20; lane < 30; lane++)
		add(lane);
	turn();
	hear_updates(0, 9);
}

static void what_cannot_be_read_is_dropped(void **state)
{
	int64_t before = metric_get(&metric_unreadable);

	(void)state;
	add(7);
	add(7);
	disk.updates[1].live = false;
	join(0, 11, 10);
	disk.updates[1].live = true;
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	assert_int_equal(metric_get(&metric_unreadable), before + 1);
	store();
	assert_false(disk.updates[1].live);
	for (uint64_t lane = 20; lane < 30; lane++)
		add(lane);
	turn();
	hear_updates(0, 9); /* it took no credit either */
}

static void large_updates_go_in_frames_of_their_own(void **state)
{
	static char large[600 << 10];

	(void)state;
	for (uint64_t lane = 1; lane <= 3; lane++)
		buffer_append(&disk.updates[add(lane)].body, large, sizeof(large));
	join(0, 11, 10);
	struct message_updates updates = hear_updates(0, 2);
	assert_int_equal(updates.items[0].seq, 1);
	assert_true(updates.items[1].body.length > sizeof(large));
	assert_int_equal(hear_updates(0, 1).items[0].seq, 3);
}

/* Whatever lane they are of: the run of one is given out at once. */
static void so_do_large_updates_of_one_lane(void **state)
{
	static char large[600 << 10];

	(void)state;
	for (size_t i = 1; i <= 6; i++)
		buffer_append(&disk.updates[add(7)].body, large, sizeof(large));
	join(0, 11, 10);
	for (uint64_t seq = 1; seq <= 6; seq += 2)
		assert_int_equal(hear_updates(0, 2).items[0].seq, seq);
}

static void while_a_connection_is_full_nothing_passes(void **state)
{
	(void)state;
	join(0, 11, 3);
	wire.answer = ZLINK_FULL;
	add(7);
	turn();
	add(8);
	pass(20);
	hear_nothing();
	wire.answer = ZLINK_SENT;
	turn();
	hear_nothing(); /* the first one goes first */
	pass(10);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 1);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	hear_nothing();
}

static void what_waits_for_a_connection_dies_with_it(void **state)
{
	(void)state;
	join(0, 11, 10);
	wire.answer = ZLINK_FULL;
	add(7);
	turn();
	wire.answer = ZLINK_SENT;
	say_hello(0, 11, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	pass(50);
	hear_nothing();
	say_beat(0, 11, 10);
	hear_beat_answer(0);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 1);
	hear_nothing();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_update_is_timed_once),
		TEST(work_that_was_put_off_is_not_timed),
		TEST(a_crash_on_the_last_attempt_is_an_incident),
		TEST(too_many_lost_sessions_are_an_incident),
		TEST(what_ended_goes_once_to_another_when_its_pool_leaves),
		TEST(what_comes_back_keeps_its_order),
		TEST(what_is_confirmed_was_synced),
		TEST(one_write_at_a_time_and_each_is_told_its_own),
		TEST(what_is_done_is_written_soon),
		TEST(many_are_done_in_one_write),
		TEST(waiting_work_begins_with_its_own_attempts),
		TEST(an_incident_of_work_keeps_it_and_may_go_on),
		TEST(replies_that_wait_let_the_chat_go_on),
		TEST(replies_of_a_silent_chat_come_before_what_is_younger),
		TEST(what_comes_too_late_for_a_person_says_so),
		TEST(a_query_that_nobody_waits_for_is_dropped),
		TEST(what_cannot_be_read_is_dropped),
		TEST(large_updates_go_in_frames_of_their_own),
		TEST(so_do_large_updates_of_one_lane),
		TEST(while_a_connection_is_full_nothing_passes),
		TEST(what_waits_for_a_connection_dies_with_it),
	};

	ingress_metrics_register();
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
