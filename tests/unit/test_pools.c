/* test_pools.c - sessions, leases, verdicts, incidents and restarts, against a spool, a socket and
 * a loop that are stand-ins in memory. */
#include "tests/unit/pools_disk.h"

#include "common/log.h"
#include "ingress/metrics.h"

/* --- tests ------------------------------------------------------------------------------------ */

static void an_update_goes_out_and_is_done(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	turn();
	struct message_updates updates = hear_updates(0, 2);
	assert_int_equal(updates.items[0].seq, 1);
	assert_int_equal(updates.items[0].update_id, 7001);
	assert_int_equal(updates.items[0].attempt, 1);
	assert_int_equal(disk.updates[1].header.session, 11);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	coalesce();
	hear_nothing();
	assert_false(disk.updates[1].live);
	disk_is_synced();
	assert_int_equal(hear_stored(0), 1);
	assert_int_equal(dispatch_backlog(pools_dispatch(pools)), 1);
}

static void what_is_done_shares_a_write(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	turn();
	hear_updates(0, 2);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	turn();
	say_verdict(0, 11, 2, 2, VERDICT_DONE, 0);
	turn();
	assert_int_equal(disk.commits, 0);
	coalesce();
	assert_int_equal(disk.commits, 1);
	disk_is_synced();
	assert_int_equal(hear_stored(0), 2);
}

static void nothing_goes_before_the_first_beat_or_beyond_the_credit(void **state)
{
	(void)state;
	say_hello(0, 11, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	for (uint64_t lane = 1; lane <= 3; lane++)
		add(lane);
	turn();
	hear_nothing();
	say_beat(0, 11, 2);
	turn();
	hear_beat_answer(0);
	hear_nothing(); /* after a power failure nobody would wait for the session yet */
	disk_is_synced();
	turn();
	hear_updates(0, 2);
	say_beat(0, 11, 2); /* absolute: nothing new */
	turn();
	hear_beat_answer(0);
	hear_nothing();
	say_beat(0, 11, 3);
	say_beat(0, 11, 2); /* it lowers its credit */
	turn();
	hear_beat_answer(0);
	hear_beat_answer(0);
	hear_nothing();
	say_beat(0, 11, 3);
	turn();
	hear_beat_answer(0);
	hear_updates(0, 1);
}

static void a_crash_is_tried_again_after_the_confirmation(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7);
	add(7);
	turn();
	hear_updates(0, 2);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	say_verdict(0, 11, 2, 2, VERDICT_RETURNED, 0);
	turn();
	hear_nothing();
	disk_is_synced();
	turn();
	assert_int_equal(hear_stored(0), 2);
	struct message_updates updates = hear_updates(0, 2);
	assert_int_equal(updates.items[0].seq, first);
	assert_int_equal(updates.items[0].attempt, 2);
	assert_int_equal(disk.updates[first].header.attempts, 1);
	assert_int_equal(updates.items[1].attempt, 1);
}

static void the_last_attempt_leaves_an_incident(void **state)
{
	struct incident incident;
	struct why why;

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_HANG); /* a hang is not repeated */
	turn();
	disk_is_synced();
	turn();
	hear_stored(0);
	struct message_updates updates = hear_updates(0, 1);
	assert_int_equal(updates.items[0].flags, ITEM_INCIDENT);
	assert_true(incident_decode(updates.items[0].body.data, updates.items[0].body.length,
				    &incident, &why));
	assert_int_equal(incident.reason, ENDED_HANG);
	assert_memory_equal(&incident.trace, &updates.items[0].trace, sizeof(incident.trace));
	/* An incident that kills its child, too, is over. */
	say_verdict(0, 11, 2, 1, VERDICT_ENDED, ENDED_CRASH);
	coalesce();
	disk_is_synced();
	assert_false(disk.updates[1].live);
	assert_int_equal(dispatch_backlog(pools_dispatch(pools)), 0);
}

static void waiting_work_is_stored_and_the_lane_goes_on(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_WAITING, 0);
	turn();
	assert_int_equal(disk.updates[1].header.flags, ITEM_WORK);
	assert_int_equal(buffer_unread_size(&disk.updates[1].body), 4);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	add(7);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
}

static void a_silent_session_loses_its_work_to_others(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	join(1, 12, 10);
	outlive_a_lease(1, 12);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 1);
	assert_int_equal(disk.updates[1].header.lost, 1);
	/* The old one comes back: refused, and its verdict with it. */
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	say_hello(0, 11, 0, NULL, 0);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	assert_true(disk.updates[1].live);
}

static void a_goodbye_and_a_proof_of_death_give_back_at_once(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_bye(0, 11);
	join(1, 12, 10);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 1);
	assert_int_equal(disk.updates[1].header.lost, 0);
	say_hello(2, 13, 12, NULL, 0);
	hear_welcome(2, WELCOME_ACCEPTED);
	say_beat(2, 13, 10);
	turn();
	hear_beat_answer(2);
	disk_is_synced();
	turn();
	assert_int_equal(hear_updates(2, 1).items[0].seq, 1);
	assert_int_equal(disk.updates[1].header.lost, 1);
}

static void a_new_connection_says_hello_and_keeps_what_it_claims(void **state)
{
	uint64_t claimed[] = { 1 };

	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	add(9);
	turn();
	hear_updates(0, 3);
	say_beat(1, 11, 10);
	assert_int_equal(hear_beat_answer(1), 0); /* say HELLO */
	say_hello(1, 11, 0, claimed, 1);
	hear_welcome(1, WELCOME_ACCEPTED);
	say_verdict(1, 11, 1, 2, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	assert_int_equal(hear_stored(1), 1);
	hear_nothing();
	say_beat(1, 11, 10);
	turn();
	hear_beat_answer(1);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 3); /* neither claimed nor in a verdict */
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0), 2);
}

static void what_a_verdict_gave_back_goes_out_once(void **state)
{
	(void)state;
	join(0, 11, 10);
	join(1, 12, 10);
	add(7);
	turn();
	size_t taker = dispatch_consumer_in_flight(pools_dispatch(pools), 1);
	hear_updates(taker, 1);
	say_hello(taker, 11 + taker, 0, NULL, 0);
	hear_welcome(taker, WELCOME_ACCEPTED);
	say_verdict(taker, 11 + taker, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	say_beat(taker, 11 + taker, 10);
	turn();
	hear_beat_answer(taker);
	hear_nothing(); /* its attempt is not on disk yet */
	disk_is_synced();
	turn();
	assert_int_equal(hear_stored(taker), 1);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
	assert_int_equal(wire.sent_count - wire.taken, 1);
	disk_is_synced();
	turn();
	assert_int_equal(wire.sent_count - wire.taken, 1);
}

static void a_claim_of_what_others_have_ends_the_session(void **state)
{
	uint64_t claimed[] = { 1, 2 };
	int64_t before = metric_get(&metric_claims_refused);

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	join(1, 12, 0);
	say_beat(0, 11, 0);
	hear_beat_answer(0);
	say_beat(1, 12, 10);
	hear_beat_answer(1);
	add(8);
	turn();
	hear_updates(1, 1);
	/* The first one claims both. */
	say_hello(2, 11, 0, claimed, 2);
	hear_welcome(2, WELCOME_REFUSED_SESSION);
	assert_int_equal(metric_get(&metric_claims_refused), before + 1);
	assert_int_equal(pools_ready(pools), 1);
	/* What it says is void, and nobody gets what it has before it has stopped. */
	say_verdict(2, 11, 1, 1, VERDICT_DONE, 0);
	hear_welcome(2, WELCOME_REFUSED_SESSION);
	say_beat(2, 11, 10);
	hear_welcome(2, WELCOME_REFUSED_SESSION);
	say_hello(2, 11, 0, claimed, 2);
	hear_welcome(2, WELCOME_REFUSED_SESSION);
	turn();
	disk_is_synced();
	turn();
	hear_nothing();
	assert_true(disk.updates[1].live);
	/* It restarts. */
	say_hello(2, 13, 0, NULL, 0);
	hear_welcome(2, WELCOME_ACCEPTED);
	turn();
	disk_is_synced();
	turn();
	assert_int_equal(hear_updates(1, 1).items[0].seq, 1);
}

static void a_refused_session_ends_with_its_lease(void **state)
{
	uint64_t claimed[] = { 2 };

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	join(1, 12, 10);
	add(8); /* nobody has it */
	say_hello(0, 11, 0, claimed, 1);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	turn();
	assert_int_equal(hear_updates(1, 1).items[0].seq, 2);
	outlive_a_lease(1, 12);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 1);
}

static void a_claim_of_what_is_done_is_passed_over(void **state)
{
	uint64_t claimed[] = { 1 };

	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	hear_stored(0);
	say_hello(0, 11, 0, claimed, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
}

static void a_restart_waits_for_what_is_in_flight(void **state)
{
	uint64_t claimed[] = { 1 };

	(void)state;
	join(0, 11, 10);
	add(7);
	add(8);
	turn();
	hear_updates(0, 2);
	stop();
	start();
	join(1, 12, 10);
	hear_nothing(); /* 1 and 2 are held */
	add(9);
	turn();
	assert_int_equal(hear_updates(1, 1).items[0].seq, 3); /* new work goes at once */
	say_beat(0, 11, 10);
	assert_int_equal(hear_beat_answer(0), 0);
	say_hello(0, 11, 0, claimed, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
	say_verdict(0, 11, 41, 1, VERDICT_HANDLED, 0); /* numbers go on from anywhere */
	say_beat(0, 11, 10);
	hear_beat_answer(0);
	turn();
	/* 2 was lost with the old ingress; it goes to the session with the most credit. */
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 3);
	assert_int_equal(disk.updates[2].header.lost, 0);
}

static void a_restart_gives_up_waiting_after_a_lease(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	stop();
	start();
	join(1, 12, 10);
	outlive_a_lease(1, 12);
	assert_int_equal(hear_updates(1, 1).items[0].seq, 1);
	assert_int_equal(disk.updates[1].header.lost, 1);
}

static void a_verdict_that_comes_twice_counts_once(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	say_verdict(0, 11, 1, 1, VERDICT_ENDED, ENDED_CRASH);
	turn();
	disk_is_synced();
	assert_int_equal(disk.updates[1].header.attempts, 1);
	assert_int_equal(hear_stored(0), 1);
	/* One is missing: ingress asks for HELLO and takes none of it. */
	say_verdict(0, 11, 3, 1, VERDICT_DONE, 0);
	assert_int_equal(hear_beat_answer(0), 0);
	assert_true(disk.updates[1].live);
}

static void nonsense_is_counted_and_cut_off(void **state)
{
	int64_t before = metric_get(&metric_bad_frames);

	(void)state;
	join(0, 11, 10);
	for (int i = 0; i < 20; i++) {
		buffer_append_text(&spoken, "nonsense");
		deliver(0);
	}
	assert_in_range(metric_get(&metric_bad_frames) - before, 1, 20);
	assert_int_equal(pools_ready(pools), 0);
	say_hello(0, 14, 0, NULL, 0);
	hear_nothing();
}

static void a_full_connection_is_tried_again(void **state)
{
	(void)state;
	join(0, 11, 10);
	add(7);
	wire.answer = ZLINK_FULL;
	turn();
	hear_nothing();
	add(8);
	turn();
	wire.answer = ZLINK_SENT;
	pass(10);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 1);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
}

static void a_cooldown_holds_its_chat_and_is_told_to_others(void **state)
{
	struct message_cooldown cooldown = { .chat_id = 70, .remaining_ms = 3000 };
	struct message_cooldowns message = { .cooldowns = &cooldown, .count = 1 };

	(void)state;
	join(0, 11, 10);
	join(1, 12, 0);
	message_encode_cooldowns(&message, &spoken);
	deliver(0);
	hear(1, MESSAGE_COOLDOWNS);
	add(lane_of_chat(70));
	add(lane_of_chat(71));
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	/* A session that joins later is told as well. */
	say_hello(2, 13, 0, NULL, 0);
	hear_welcome(2, WELCOME_ACCEPTED);
	say_beat(2, 13, 0);
	hear(2, MESSAGE_COOLDOWNS);
	hear_beat_answer(2);
	pass(2900);
	hear_nothing();
	pass(200);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 1);
	/* The whole token. */
	cooldown = (struct message_cooldown) { .chat_id = 0, .remaining_ms = 1000 };
	message_encode_cooldowns(&message, &spoken);
	deliver(0);
	hear(1, MESSAGE_COOLDOWNS);
	hear(2, MESSAGE_COOLDOWNS);
	add(5);
	turn();
	hear_nothing();
	pass(1250);
	assert_int_equal(hear_updates(0, 1).items[0].seq, 3);
}

static bool drained;

static void note_drained(void *owner)
{
	(void)owner;
	drained = true;
}

static void draining_ends_when_nothing_is_in_hand(void **state)
{
	(void)state;
	drained = false;
	join(0, 11, 10);
	add(7);
	turn();
	hear_updates(0, 1);
	pools_drain(pools, note_drained, NULL);
	add(8);
	turn();
	hear_nothing(); /* stays in the spool */
	assert_false(drained);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	coalesce();
	assert_false(drained); /* not stored yet */
	disk_is_synced();
	turn();
	assert_true(drained);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_update_goes_out_and_is_done),
		TEST(what_is_done_shares_a_write),
		TEST(nothing_goes_before_the_first_beat_or_beyond_the_credit),
		TEST(a_crash_is_tried_again_after_the_confirmation),
		TEST(the_last_attempt_leaves_an_incident),
		TEST(waiting_work_is_stored_and_the_lane_goes_on),
		TEST(a_silent_session_loses_its_work_to_others),
		TEST(a_goodbye_and_a_proof_of_death_give_back_at_once),
		TEST(a_new_connection_says_hello_and_keeps_what_it_claims),
		TEST(what_a_verdict_gave_back_goes_out_once),
		TEST(a_claim_of_what_others_have_ends_the_session),
		TEST(a_refused_session_ends_with_its_lease),
		TEST(a_claim_of_what_is_done_is_passed_over),
		TEST(a_restart_waits_for_what_is_in_flight),
		TEST(a_restart_gives_up_waiting_after_a_lease),
		TEST(a_verdict_that_comes_twice_counts_once),
		TEST(nonsense_is_counted_and_cut_off),
		TEST(a_full_connection_is_tried_again),
		TEST(a_cooldown_holds_its_chat_and_is_told_to_others),
		TEST(draining_ends_when_nothing_is_in_hand),
	};

	ingress_metrics_register();
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
