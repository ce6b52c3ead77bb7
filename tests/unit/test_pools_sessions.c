/* test_pools_sessions.c - whom ingress takes as a pool, whose word counts, and what is told of the
 * sessions: to the spool, to the rest of ingress and to /status. */
#include "tests/unit/pools_disk.h"

#include "common/log.h"
#include "common/pack.h"
#include "common/strikes.h"
#include "ingress/metrics.h"

/* --- helpers ---------------------------------------------------------------------------------- */

static void say_hello_of(size_t peer, const struct message_pool_hello *hello)
{
	message_encode_pool_hello(hello, &spoken);
	deliver(peer);
}

static struct message_pool_hello hello_of(uint64_t session, uint32_t routed)
{
	return (struct message_pool_hello) {
		.oldest = PROTOCOL_OLDEST,
		.newest = PROTOCOL_VERSION,
		.session = session,
		.pool = { "pool", 4 },
		.host = { "host", 4 },
		.version = { "1", 1 },
		.pid = 77,
		.kinds = routed,
	};
}

static void say_migrated(size_t peer, int64_t from, int64_t to)
{
	const struct message_migrated message = { .from = from, .to = to };

	message_encode_migrated(&message, &spoken);
	deliver(peer);
}

static void say_cooldown(size_t peer, int64_t chat_id, uint64_t remaining_ms)
{
	struct message_cooldown cooldown = { .chat_id = chat_id, .remaining_ms = remaining_ms };
	struct message_cooldowns message = { .cooldowns = &cooldown, .count = 1 };

	message_encode_cooldowns(&message, &spoken);
	deliver(peer);
}

/* What a restart would wait for. */
static void expect_written(size_t count, const uint64_t *ids)
{
	struct cursor cursor = cursor_make(buffer_unread(&disk.sessions),
					   buffer_unread_size(&disk.sessions));

	assert_int_equal(cursor_array(&cursor), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(cursor_uint(&cursor), ids[i]);
	assert_true(cursor_ok(&cursor));
}

static void expect_in_status(const char *part, bool expected)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	pools_status(pools, &json);
	buffer_append(&out, "", 1);
	if ((strstr((const char *)buffer_unread(&out), part) != NULL) != expected)
		fail_msg("%s: %s", part, (const char *)buffer_unread(&out));
	buffer_finish(&out);
}

/* A HELLO and a beat: it may be given work. */
static void join_anew(size_t peer, uint64_t session)
{
	join(peer, session, 10);
	hear_nothing();
}

/* --- HELLO ------------------------------------------------------------------------------------ */

static void a_restart_is_told_whom_to_wait_for(void **state)
{
	(void)state;
	join_anew(0, 11);
	expect_written(1, (uint64_t[]) { 11 });
	join_anew(1, 12);
	expect_written(2, (uint64_t[]) { 11, 12 });
	say_bye(0, 11);
	turn();
	expect_written(1, (uint64_t[]) { 12 });
	outlive_a_lease(2, 99); /* of nobody */
	expect_written(0, NULL);
}

/* When a machine with many pools goes, the list is not written for each of them. */
static void those_that_go_at_once_are_written_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		join_anew(i, 11 + i);
	disk.sessions_written = 0;
	for (size_t i = 0; i < 2; i++)
		say_bye(i, 11 + i);
	turn();
	expect_written(1, (uint64_t[]) { 13 });
	assert_int_equal(disk.sessions_written, 1);
}

/* A pool that reconnects is known by its new connection and no longer by the old one. */
static void a_session_is_known_by_its_latest_connection(void **state)
{
	(void)state;
	join_anew(0, 11);
	say_hello(1, 11, 0, NULL, 0);
	hear_welcome(1, WELCOME_ACCEPTED);
	/* Another pool over the old connection replaces nobody. */
	say_hello(0, 12, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	assert_int_equal(pools_ready(pools), 2);
	/* Over the new one it does. */
	say_hello(1, 13, 0, NULL, 0);
	hear_welcome(1, WELCOME_ACCEPTED);
	assert_int_equal(pools_ready(pools), 2);
	expect_in_status("\"state\":\"lost\"", true);
}

static void other_protocols_are_refused(void **state)
{
	struct message_pool_hello hello = hello_of(11, 1);

	(void)state;
	hello.oldest = PROTOCOL_VERSION + 1;
	hello.newest = PROTOCOL_VERSION + 2;
	say_hello_of(0, &hello);
	hear_welcome(0, WELCOME_REFUSED_VERSION);
	hello.oldest = PROTOCOL_OLDEST - 1;
	hello.newest = PROTOCOL_OLDEST - 1;
	say_hello_of(0, &hello);
	hear_welcome(0, WELCOME_REFUSED_VERSION);
	assert_int_equal(pools_ready(pools), 0);
	/* What can speak ours as well is welcome. */
	hello.oldest = PROTOCOL_VERSION;
	hello.newest = PROTOCOL_VERSION + 2;
	say_hello_of(0, &hello);
	hear_welcome(0, WELCOME_ACCEPTED);
	hello = hello_of(12, 1);
	hello.oldest = PROTOCOL_OLDEST - 1;
	hello.newest = PROTOCOL_OLDEST;
	say_hello_of(1, &hello);
	hear_welcome(1, WELCOME_ACCEPTED);
	assert_int_equal(pools_ready(pools), 2);
}

static void a_session_is_not_its_own_predecessor(void **state)
{
	const uint64_t claimed[] = { 1 };

	(void)state;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	say_hello(0, 11, 11, claimed, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
	/* Nor does one that nobody knows end anything. */
	say_hello(0, 11, 4711, claimed, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
	assert_int_equal(disk.updates[1].header.lost, 0);
}

static void one_that_claims_work_and_is_not_known_is_refused(void **state)
{
	const uint64_t claimed[] = { 1 };

	(void)state;
	add(7);
	say_hello(0, 11, 0, claimed, 1);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	assert_int_equal(pools_ready(pools), 0);
	/* Nor one that has ended, even if it claims nothing. */
	join(1, 12, 0);
	say_bye(1, 12);
	say_hello(1, 12, 0, NULL, 0);
	hear_welcome(1, WELCOME_REFUSED_SESSION);
	say_beat(1, 12, 10);
	hear_welcome(1, WELCOME_REFUSED_SESSION);
	turn();
	hear_nothing();
}

static void a_pool_that_begins_anew_has_stopped_what_it_had(void **state)
{
	(void)state;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	say_hello(0, 12, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	assert_int_equal(pools_ready(pools), 1);
	assert_int_equal(disk.updates[1].header.lost, 1);
	say_beat(0, 12, 10);
	hear_beat_answer(0);
	turn();
	disk_is_synced();
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 1);
}

static void hello_over_its_own_connection(uint64_t session, uint16_t connection)
{
	struct message_pool_hello hello = hello_of(session, 1);
	struct zpeer peer = { 3, { 'x' } };

	wire.sent_count = wire.taken = 0;
	memcpy(&peer.id[1], &connection, sizeof(connection));
	message_encode_pool_hello(&hello, &spoken);
	wire.fn(wire.owner, &peer, buffer_unread(&spoken), buffer_unread_size(&spoken));
	buffer_clear(&spoken);
	wire.sent[0].to = peers[0];
}

/* Some have room for few at a time, and there is only so much room for all. */
static void one_pool_too_many_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= CONSUMERS_MAX; i++)
		hello_over_its_own_connection(1000 + i, (uint16_t)i);
	assert_int_equal(pools_ready(pools), CONSUMERS_MAX);
	assert_int_equal(metric_get(&metric_pools), CONSUMERS_MAX);
	hear_welcome(0, WELCOME_REFUSED_FULL);
}

/* An answer to each beat of a thousand idle pools would be half of what they cost. */
static void in_a_crowd_not_every_beat_is_answered(void **state)
{
	(void)state;
	join_anew(0, 11);
	say_beat(0, 11, 10);
	assert_int_not_equal(hear_beat_answer(0), 0);
	for (unsigned i = 0; i < 100; i++)
		hello_over_its_own_connection(1000 + i, (uint16_t)i);
	wire.sent_count = wire.taken = 0;
	pass(1000);
	say_beat(0, 11, 10);
	hear_nothing();
	pass(1000);
	say_beat(0, 11, 10);
	assert_int_not_equal(hear_beat_answer(0), 0);
	/* Who says HELLO waits for it. */
	say_hello(0, 11, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	say_beat(0, 11, 10);
	assert_int_not_equal(hear_beat_answer(0), 0);
}

/* However many lose their leases together: none of them may go on as if nothing had been. */
static void all_that_are_lost_at_once_are_remembered(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSUMERS_MAX; i++)
		hello_over_its_own_connection(1000 + i, (uint16_t)i);
	outlive_a_lease(0, 99); /* of nobody */
	assert_int_equal(pools_ready(pools), 0);
	for (unsigned i = 0; i < CONSUMERS_MAX; i++) {
		hello_over_its_own_connection(1000 + i, (uint16_t)i);
		hear_welcome(0, WELCOME_REFUSED_SESSION);
	}
}

/* --- whose word counts ------------------------------------------------------------------------ */

static int64_t migrated_from, migrated_to;

static void note_migrated(void *owner, int64_t from, int64_t to)
{
	(void)owner;
	migrated_from = from;
	migrated_to = to;
}

static void what_strangers_say_changes_nothing(void **state)
{
	(void)state;
	pools_on_migrated(pools, note_migrated, NULL);
	migrated_from = 0;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	/* The number of another's session, over another connection. */
	say_bye(1, 11);
	hear_nothing();
	say_verdict(1, 11, 1, 1, VERDICT_DONE, 0);
	assert_int_equal(hear_beat_answer(1), 0); /* say HELLO */
	say_beat(1, 11, 10);
	assert_int_equal(hear_beat_answer(1), 0);
	say_cooldown(1, 70, 60000);
	say_migrated(1, -5, -100);
	add(lane_of_chat(70));
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
	hear_nothing();
	assert_int_equal(migrated_from, 0);
	assert_true(disk.updates[1].live);
	assert_int_equal(pools_ready(pools), 1);
}

static void a_migration_is_told(void **state)
{
	(void)state;
	join_anew(0, 11);
	say_migrated(0, -5, -100); /* nobody wants to know */
	pools_on_migrated(pools, note_migrated, NULL);
	say_migrated(0, -6, -101);
	assert_int_equal(migrated_from, -6);
	assert_int_equal(migrated_to, -101);
	hear_nothing();
}

static void a_group_that_migrated_is_remembered(void **state)
{
	(void)state;
	assert_false(pools_has_migrated(pools, -5));
	pools_join_chats(pools, -5, -100);
	assert_true(pools_has_migrated(pools, -5));
	assert_false(pools_has_migrated(pools, -100));
	stop();
	start();
	assert_true(pools_has_migrated(pools, -5));
	assert_false(pools_has_migrated(pools, -6));
}

static void say_nonsense(unsigned sort)
{
	struct message_pool_hello nobody = hello_of(0, 1);
	const struct message_welcome wrong_way = { .version = PROTOCOL_VERSION, .session = 11 };

	switch (sort) {
	case 0:
		say_hello_of(0, &nobody);
		break;
	case 1:
		say_verdict(0, 11, 0, 1, VERDICT_DONE, 0);
		break;
	case 2:
		say_migrated(0, 5, -100);
		break;
	case 3:
		say_migrated(0, -5, 100);
		break;
	case 4:
		say_migrated(0, -5, -5);
		break;
	case 5:
		message_encode_welcome(&wrong_way, &spoken);
		deliver(0);
		break;
	default:
		buffer_append_text(&spoken, "nonsense");
		deliver(0);
		break;
	}
}

static void one_that_talks_nonsense_is_given_some_chances(void **state)
{
	int64_t before = metric_get(&metric_bad_frames);

	(void)state;
	pools_on_migrated(pools, note_migrated, NULL);
	migrated_from = 0;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	for (unsigned i = 0; i + 1 < STRIKES_MAX; i++) {
		say_nonsense(i);
		assert_int_equal(metric_get(&metric_bad_frames), before + i + 1);
	}
	assert_int_equal(pools_ready(pools), 1);
	assert_int_equal(migrated_from, 0);
	assert_true(disk.updates[1].live);
	say_nonsense(STRIKES_MAX);
	assert_int_equal(pools_ready(pools), 0);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 0);
	assert_int_equal(disk.updates[1].header.lost, 1);
	/* Nothing is heard of it any more, nor counted. */
	say_hello(0, 12, 0, NULL, 0);
	hear_nothing();
	assert_int_equal(metric_get(&metric_bad_frames), before + STRIKES_MAX);
}

/* --- leases ----------------------------------------------------------------------------------- */

static void a_lease_is_not_over_before_its_time(void **state)
{
	(void)state;
	join_anew(0, 11);
	pass(LEASE_MS);
	assert_int_equal(pools_ready(pools), 1);
	say_beat(0, 11, 10); /* begins anew */
	assert_int_not_equal(hear_beat_answer(0), 0);
	pass(LEASE_MS);
	assert_int_equal(pools_ready(pools), 1);
	pass(250);
	assert_int_equal(pools_ready(pools), 0);
	hear_nothing();
}

static void a_process_that_stood_still_blames_nobody(void **state)
{
	(void)state;
	join_anew(0, 11);
	clockwork.now_ms += 2 * LEASE_MS;
	pass(250);
	assert_int_equal(pools_ready(pools), 1);
	/* From then on as always. */
	pass(LEASE_MS);
	assert_int_equal(pools_ready(pools), 1);
	pass(250);
	assert_int_equal(pools_ready(pools), 0);
}

static void a_busy_process_is_no_excuse(void **state)
{
	(void)state;
	join_anew(0, 11);
	pass(LEASE_MS - 500);
	clockwork.now_ms += 1000;
	pass(250);
	assert_int_equal(pools_ready(pools), 0);
}

/* --- credit and confirmations ----------------------------------------------------------------- */

static void verdicts_carry_credit(void **state)
{
	(void)state;
	join(0, 11, 1);
	add(7);
	add(8);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_HANDLED, 0);
	turn();
	assert_int_equal(hear_updates(0, 1).items[0].seq, 2);
}

static void several_verdicts_are_confirmed_once(void **state)
{
	(void)state;
	join_anew(0, 11);
	add(7);
	add(8);
	turn();
	hear_updates(0, 2);
	say_verdict(0, 11, 5, 1, VERDICT_DONE, 0);
	say_verdict(0, 11, 6, 2, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 6);
	hear_nothing();
	/* Said again, it is confirmed again and does nothing. */
	say_verdict(0, 11, 6, 2, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 6);
}

static void nobody_is_told_what_another_asked(void **state)
{
	(void)state;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	say_verdict(0, 11, 1, 1, VERDICT_DONE, 0);
	coalesce();
	say_bye(0, 11);
	say_hello(1, 12, 0, NULL, 0); /* has the other's place */
	hear_welcome(1, WELCOME_ACCEPTED);
	disk_is_synced();
	hear_nothing();
	assert_false(disk.updates[1].live);
}

static void a_connection_that_is_gone_gets_nothing_until_hello(void **state)
{
	(void)state;
	join_anew(0, 11);
	wire.answer = ZLINK_GONE;
	add(7);
	turn();
	wire.answer = ZLINK_SENT;
	expect_in_status("\"state\":\"disconnected\"", true);
	add(8);
	turn();
	hear_nothing();
	say_hello(1, 11, 0, NULL, 0);
	hear_welcome(1, WELCOME_ACCEPTED);
	say_beat(1, 11, 10);
	hear_beat_answer(1);
	turn();
	hear_updates(1, 2);
}

/* --- a restart -------------------------------------------------------------------------------- */

static void work_that_is_not_due_is_in_nobodys_hand(void **state)
{
	(void)state;
	join_anew(0, 11);
	add(7);
	add(8);
	turn();
	hear_updates(0, 2);
	disk.updates[1].header.flags = ITEM_WORK;
	disk.updates[1].header.due_ms = UINT64_MAX;
	disk.updates[2].header.flags = ITEM_WORK;
	disk.updates[2].header.due_ms = 1;
	stop();
	start();
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
	expect_in_status("\"state\":\"awaited\"", true);
	assert_int_equal(pools_ready(pools), 0);
	/* One that comes back is shown since then. */
	pass(500);
	expect_in_status("\"since_ms\":500", true);
	say_hello(0, 11, 0, (const uint64_t[]) { 2 }, 1);
	hear_welcome(0, WELCOME_ACCEPTED);
	expect_in_status("\"state\":\"joining\",\"since_ms\":0,\"in_hand\":1", true);
}

/* After a power cut, or when ingress was stopped before its pools: what was started anew is all
 * that there is to be told. */
static void who_does_not_come_back_after_a_restart_is_not_shown_as_lost(void **state)
{
	(void)state;
	join_anew(0, 11);
	add(7);
	turn();
	hear_updates(0, 1);
	stop();
	start();
	expect_in_status("\"state\":\"awaited\"", true);
	pass(LEASE_MS + 250);
	turn();
	expect_in_status("\"state\":\"awaited\"", false);
	expect_in_status("\"state\":\"lost\"", false);
}

static void what_nobody_had_goes_out_at_once(void **state)
{
	struct message_updates updates;

	(void)state;
	add(7);
	add(8);
	stop();
	start();
	join(0, 11, 10);
	add(9);
	turn();
	updates = hear_updates(0, 2);
	/* Nothing durable tells whether somebody had it, and what its handler has written. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(updates.items[i].flags, ITEM_REPEAT);
	assert_int_equal(hear_updates(0, 1).items[0].flags, 0); /* certainly new */
}

/* --- what is told ----------------------------------------------------------------------------- */

static uint32_t told_kinds;
static unsigned times_told;

static void note_kinds(void *owner, uint32_t all)
{
	(void)owner;
	told_kinds = all;
	times_told++;
}

static void the_kinds_of_all_are_told_when_they_change(void **state)
{
	struct message_pool_hello messages = hello_of(11, 1u << KIND_MESSAGE);
	struct message_pool_hello polls = hello_of(12, 1u << KIND_POLL);
	struct message_pool_hello more = hello_of(13, 1u << KIND_MESSAGE);

	(void)state;
	pools_on_kinds(pools, note_kinds, NULL);
	times_told = 0;
	say_hello_of(0, &messages);
	assert_int_equal(times_told, 1);
	assert_int_equal(told_kinds, messages.kinds);
	say_hello_of(1, &polls);
	say_hello_of(2, &more);
	assert_int_equal(times_told, 2);
	assert_int_equal(told_kinds, messages.kinds | polls.kinds);
	assert_int_equal(metric_get(&metric_pools), 3);
	say_bye(2, 13);
	assert_int_equal(times_told, 2);
	say_bye(1, 12);
	assert_int_equal(told_kinds, messages.kinds);
	assert_int_equal(metric_get(&metric_pools), 1);
}

static void status_shows_who_does_what(void **state)
{
	struct message_child children[] = {
		{ .pid = 101, .state = CHILD_STARTING, .since_ms = 5, .in_hand = 1, .handled = 2 },
		{ .pid = 102, .state = CHILD_IDLE },
		{ .pid = 103, .state = CHILD_BUSY },
		{ .pid = 104, .state = CHILD_STOPPING },
	};
	struct message_pool_beat beat = {
		.session = 11,
		.credit_limit = 10,
		.in_hand = 8,
		.unsent = 3,
		.handled = 4000,
		.crashed = 2,
		.sender_pid = 99,
		.children = children,
		.children_count = COUNT_OF(children),
	};
	struct message_pool_hello hello = hello_of(11, 1);

	(void)state;
	expect_in_status("[]", true);
	say_hello_of(0, &hello);
	pass(500);
	expect_in_status("\"pool\":\"pool\",\"host\":\"host\",\"pid\":77,\"version\":\"1\","
			 "\"state\":\"joining\",\"since_ms\":500,\"in_hand\":0",
			 true);
	message_encode_pool_beat(&beat, &spoken);
	deliver(0);
	expect_in_status("\"state\":\"ready\"", true);
	expect_in_status(
		"\"unsent\":3,\"handled\":4000,\"crashed\":2,\"sender_pid\":99,\"children\":["
		"{\"pid\":101,\"state\":\"starting\",\"since_ms\":5,\"in_hand\":1,"
		"\"handled\":2},{\"pid\":102,\"state\":\"idle\"",
		true);
	expect_in_status("{\"pid\":103,\"state\":\"busy\"", true);
	expect_in_status("{\"pid\":104,\"state\":\"stopping\"", true);
	/* Fewer than before: the others are gone. */
	beat.children_count = 1;
	children[0].pid = 105;
	message_encode_pool_beat(&beat, &spoken);
	deliver(0);
	expect_in_status("\"pid\":105", true);
	expect_in_status("\"pid\":101", false);
	expect_in_status("\"pid\":102", false);
}

static void a_lost_pool_is_shown_for_a_minute(void **state)
{
	(void)state;
	join_anew(0, 11);
	join_anew(1, 12);
	say_bye(1, 12); /* is no loss */
	pass(LEASE_MS + 250);
	assert_int_equal(pools_ready(pools), 0);
	expect_in_status("\"pool\":\"pool\",\"host\":\"host\",\"pid\":1,\"version\":\"1\","
			 "\"state\":\"lost\",\"since_ms\":0,\"in_hand\":0,\"unsent\":0,"
			 "\"handled\":0,\"crashed\":0,\"sender_pid\":0,\"children\":[]}]",
			 true); /* and no other */
	pass(59750);
	expect_in_status("\"since_ms\":59750", true);
	pass(250);
	expect_in_status("[]", true);
}

static void a_refused_pool_is_shown_as_that(void **state)
{
	const uint64_t claimed[] = { 1 };

	(void)state;
	join_anew(0, 11);
	add(7); /* in nobody's hand */
	pools_on_kinds(pools, note_kinds, NULL);
	say_hello(0, 11, 0, claimed, 1);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	expect_in_status("\"state\":\"refused\"", true);
	assert_int_equal(metric_get(&metric_pools), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_restart_is_told_whom_to_wait_for),
		TEST(those_that_go_at_once_are_written_once),
		TEST(a_session_is_known_by_its_latest_connection),
		TEST(other_protocols_are_refused),
		TEST(a_session_is_not_its_own_predecessor),
		TEST(one_that_claims_work_and_is_not_known_is_refused),
		TEST(a_pool_that_begins_anew_has_stopped_what_it_had),
		TEST(one_pool_too_many_is_refused),
		TEST(in_a_crowd_not_every_beat_is_answered),
		TEST(all_that_are_lost_at_once_are_remembered),
		TEST(what_strangers_say_changes_nothing),
		TEST(a_migration_is_told),
		TEST(a_group_that_migrated_is_remembered),
		TEST(one_that_talks_nonsense_is_given_some_chances),
		TEST(a_lease_is_not_over_before_its_time),
		TEST(a_process_that_stood_still_blames_nobody),
		TEST(a_busy_process_is_no_excuse),
		TEST(verdicts_carry_credit),
		TEST(several_verdicts_are_confirmed_once),
		TEST(nobody_is_told_what_another_asked),
		TEST(a_connection_that_is_gone_gets_nothing_until_hello),
		TEST(work_that_is_not_due_is_in_nobodys_hand),
		TEST(who_does_not_come_back_after_a_restart_is_not_shown_as_lost),
		TEST(what_nobody_had_goes_out_at_once),
		TEST(the_kinds_of_all_are_told_when_they_change),
		TEST(status_shows_who_does_what),
		TEST(a_lost_pool_is_shown_for_a_minute),
		TEST(a_refused_pool_is_shown_as_that),
	};

	ingress_metrics_register();
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
