/* test_power_failure.c - ingress' host loses power while pools on other hosts continue: no old
 * update is handled by two pools, nothing is lost, and new updates do not wait. With the real
 * spool, on a disk that keeps only what was synced (tests/system/disk.c), and with changing boot
 * ids. */
#include "tests/unit/pools_world.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"
#include "ingress/metrics.h"
#include "ingress/spool/spool.h"
#include "ingress/update/lane_key.h"
#include "tests/system/disk.c"
#include "tests/unit/memory_directory.h"

/* --- what the spool wants of a loop, when it is attached to one ------------------------------- */

void loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *owner)
{
	(void)loop;
	(void)fd;
	(void)events;
	(void)fn;
	(void)owner;
}

void loop_unwatch(struct loop *loop, int fd)
{
	(void)loop;
	(void)fd;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* What a power failure leaves of data that was written but not synced. */
enum loss { LOSE_ALL, LOSE_HALF, LOSE_NOTHING, LOSSES };

static struct settings settings = { .max_attempts = 2 };
static struct spool *spool;
static char *home, disk[80], durable[80], boot[80];
static unsigned boots;

static void disk_is_synced(void)
{
	assert_true(spool_flush(spool, 5000));
}

static void boot_machine(void)
{
	char id[64];
	struct why why;

	snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000\n", ++boots);
	assert_true(file_replace(boot, id, strlen(id), &why));
}

static void restore_update(void *owner, const struct spool_update *update)
{
	(void)owner;
	pools_restore_update(pools, update);
}

static void restore_meta(void *owner, const char *key, const void *value, size_t size)
{
	(void)owner;
	pools_restore_meta(pools, key, value, size);
}

static void start(void)
{
	struct spool_options options = { .directory = disk, .bot_id = 1, .max_bytes = 64 << 20 };
	struct spool_replay replay = { .update = restore_update, .meta = restore_meta };
	struct why why = { "" };

	wire.sent_count = wire.taken = 0;
	pools = pools_create();
	spool = spool_open(&options, &replay, &why);
	if (!spool)
		fail_msg("%s", why.text);
	struct pools_options links = { .loop = &clockwork, .spool = spool, .settings = &settings };
	assert_true(pools_open(pools, &links, &why));
	turn();
	disk_is_synced();
	turn();
}

static void read_all(const char *directory, const char *name, struct buffer *out)
{
	char *path = xasprintf("%s/%s", directory, name);

	buffer_clear(out);
	if (!file_read(path, 1 << 24, out, NULL))
		buffer_clear(out);
	free(path);
}

/* What was synced, and as much of the rest as the loss leaves. */
static void leave(const char *to, const char *name, enum loss loss)
{
	struct buffer now = { 0 }, synced = { 0 };
	struct why why;
	char *path = xasprintf("%s/%s", to, name);

	read_all(disk, name, &now);
	read_all(durable, name, &synced);
	size_t more = now.size > synced.size ? now.size - synced.size : 0;
	if (loss == LOSE_NOTHING)
		buffer_append(&synced, now.data + synced.size, more);
	else if (loss == LOSE_HALF)
		buffer_append(&synced, now.data + synced.size, more / 2);
	assert_true(file_replace(path, synced.data, synced.size, &why));
	buffer_finish(&now);
	buffer_finish(&synced);
	free(path);
}

static void leave_all(const char *to, enum loss loss)
{
	struct buffer names = { 0 };
	DIR *directory = opendir(disk);
	char *rest = NULL;

	read_all(durable, ".names", &names);
	for (char *name = strtok_r(buffer_text(&names), "\n", &rest); name;
	     name = strtok_r(NULL, "\n", &rest))
		leave(to, name, loss);
	for (struct dirent *entry; loss != LOSE_ALL && (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			leave(to, entry->d_name, loss);
	closedir(directory);
	buffer_finish(&names);
}

static void run_command(const char *format, const char *argument, const char *other)
{
	char *command = xasprintf(format, argument, other);

	assert_int_equal(system(command), 0);
	free(command);
}

/* Ends without a shutdown. The power fails before the disk is asked for anything more. */
static void die(bool power, enum loss loss)
{
	char left[80];

	snprintf(left, sizeof(left), "%s/left", home);
	assert_int_equal(mkdir(left, 0700), 0);
	if (power)
		leave_all(left, loss);
	else
		run_command("cp %s/* %s", disk, left);
	run_command("rm -rf %s.kept && cp -r %s %1$s.kept", durable, durable);
	pools_destroy(pools);
	spool_close(spool);
	run_command("rm -rf %s && mv %s.kept %1$s", durable, durable);
	run_command("rm -rf %s && mv %s %1$s", disk, left);
	if (power)
		run_command("rm -f %s/* && cp %s/* %1$s", durable, disk);
}

static void power_fails(enum loss loss)
{
	die(true, loss);
	boot_machine();
	start();
}

static void process_is_killed(void)
{
	die(false, LOSE_NOTHING);
	start();
}

/* --- set-up ----------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	(void)state;
	home = make_memory_directory("korone-power");
	assert_non_null(home);
	snprintf(disk, sizeof(disk), "%s/spool", home);
	snprintf(durable, sizeof(durable), "%s/durable", home);
	snprintf(boot, sizeof(boot), "%s/boot", home);
	assert_int_equal(mkdir(durable, 0700), 0);
	setenv("TEST_DISK_OF", disk, 1);
	setenv("TEST_DISK", durable, 1);
	setenv("TEST_BOOT_ID", boot, 1);
	clockwork = (struct loop) { .now_ms = 1000000 };
	wire.answer = ZLINK_SENT;
	boot_machine();
	start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pools_destroy(pools);
	spool_close(spool);
	run_command("rm -rf %s%s", home, "");
	free(home);
	for (size_t i = 0; i < COUNT_OF(wire.sent); i++)
		buffer_finish(&wire.sent[i].bytes);
	wire = (struct zlink) { 0 };
	arena_finish(&arena);
	return 0;
}

/* A durable update. */
static uint64_t add_kind(uint64_t lane, enum update_kind kind)
{
	struct spool_update update = {
		.update_id = 1, .kind = kind, .lane = lane, .received_ms = clock_utc_ns() / 1000000
	};

	spool_append_update(spool, &update, "body", 4);
	spool_commit(spool, true, NULL, NULL);
	disk_is_synced();
	pools_add(pools, &update);
	return update.seq;
}

static uint64_t add(uint64_t lane)
{
	return add_kind(lane, KIND_MESSAGE);
}

static uint64_t hear_one(size_t peer)
{
	return hear_updates(peer, 1).items[0].seq;
}

static void beat(size_t peer, uint64_t session, uint64_t credit_limit)
{
	say_beat(peer, session, credit_limit);
	hear_beat_answer(peer);
	turn();
}

/* HELLO with claims, without the beat. */
static void come_back(size_t peer, uint64_t session, const uint64_t *in_hand, size_t count)
{
	say_hello(peer, session, 0, in_hand, count);
	hear_welcome(peer, WELCOME_ACCEPTED);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* The remote pool has 1 and 2, and has handled 2; 3 waits behind 2. */
static void what_is_elsewhere_stays_there(enum loss loss)
{
	join(0, 11, 2);
	uint64_t first = add(7), second = add(8);
	turn();
	hear_updates(0, 2);
	uint64_t third = add(8);
	power_fails(loss);

	join(1, 12, 10);
	hear_nothing();
	uint64_t fourth = add(9), fifth = add(7);
	turn();
	assert_int_equal(hear_one(1), fourth); /* new work goes at once */
	hear_nothing();                        /* but not before what is older in its lane */
	come_back(0, 11, &first, 1);
	say_verdict(0, 11, 5, second, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 5);
	assert_false(spool_is_live(spool, second));
	hear_nothing();
	beat(0, 11, 10);
	/* Its lane continues from it, and the rest goes to the session with the most room. */
	struct message_updates updates = hear_updates(0, 2);
	assert_int_equal(updates.items[0].seq + updates.items[1].seq, third + fifth);
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0) +
				 dispatch_consumer_in_flight(pools_dispatch(pools), 1),
			 4);
}

static void what_a_pool_elsewhere_has_goes_to_nobody_else(void **state)
{
	for (enum loss loss = LOSE_ALL; loss < LOSSES; loss++) {
		what_is_elsewhere_stays_there(loss);
		tear_down(state);
		set_up(state);
	}
}

static void old_updates_wait_no_longer_than_a_lease(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7);
	turn();
	hear_updates(0, 1);
	power_fails(LOSE_ALL);
	join(1, 12, 10);
	for (int second = 0; second < 9; second++) {
		pass(1000);
		beat(1, 12, 10);
	}
	hear_nothing();
	outlive_a_lease(1, 12);
	assert_int_equal(hear_one(1), first);
	/* It comes back after all: it is told to stop. */
	say_hello(0, 11, 0, &first, 1);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	say_verdict(0, 11, 1, first, VERDICT_DONE, 0);
	hear_welcome(0, WELCOME_REFUSED_SESSION);
	assert_true(spool_is_live(spool, first));
}

static void the_proof_of_a_death_ends_the_wait(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7);
	turn();
	hear_updates(0, 1);
	power_fails(LOSE_ALL);
	say_hello(1, 12, 11, NULL, 0);
	hear_welcome(1, WELCOME_ACCEPTED);
	beat(1, 12, 10);
	hear_nothing();
	disk_is_synced();
	turn();
	assert_int_equal(hear_one(1), first);
}

static void all_that_were_there_are_waited_for(void **state)
{
	(void)state;
	join(0, 11, 10);
	join(1, 12, 0);
	uint64_t first = add(7);
	turn();
	assert_int_equal(hear_one(0), first);
	power_fails(LOSE_ALL);
	come_back(1, 12, NULL, 0);
	beat(1, 12, 10);
	beat(1, 12, 10);
	hear_nothing();
	come_back(0, 11, &first, 1);
	turn();
	hear_nothing(); /* HELLO alone is not everything: verdicts may follow */
	beat(0, 11, 10);
	beat(1, 12, 10);
	hear_nothing();
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0) +
				 dispatch_consumer_in_flight(pools_dispatch(pools), 1),
			 1);
}

static void the_wait_begins_anew_with_the_process(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7);
	turn();
	hear_updates(0, 1);
	power_fails(LOSE_ALL);
	join(1, 12, 10);
	uint64_t second = add(8);
	turn();
	assert_int_equal(hear_one(1), second);
	process_is_killed(); /* in the same boot, with sessions still awaited */
	join(2, 13, 10);
	hear_nothing();
	come_back(0, 11, &first, 1);
	beat(0, 11, 10);
	hear_nothing();
	power_fails(LOSE_HALF); /* and once more before it is */
	join(2, 14, 10);
	hear_nothing();
	come_back(0, 11, &first, 1);
	beat(0, 11, 0);
	come_back(1, 12, &second, 1);
	beat(1, 12, 0);
	hear_nothing(); /* 13 is on the list as well */
	outlive_a_lease(2, 14);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 2);
}

static void after_the_wait_it_is_known_again_what_is_in_flight(void **state)
{
	(void)state;
	join(0, 11, 1);
	uint64_t first = add(7), second = add(8);
	turn();
	assert_int_equal(hear_one(0), first);
	power_fails(LOSE_ALL);
	come_back(0, 11, &first, 1);
	beat(0, 11, 0);
	add(9);
	turn();
	process_is_killed();
	join(1, 12, 1);
	assert_int_equal(hear_one(1), second); /* nobody had it */
	come_back(0, 11, &first, 1);
	beat(0, 11, 0);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 2);
}

static void without_pools_nothing_waits(void **state)
{
	(void)state;
	uint64_t first = add(7);
	power_fails(LOSE_ALL);
	join(0, 11, 10);
	assert_int_equal(hear_one(0), first);
	say_bye(0, 11);
	turn();
	disk_is_synced();
	power_fails(LOSE_ALL);
	join(1, 12, 10);
	assert_int_equal(hear_one(1), first);
}

static void of_two_that_claim_one_the_second_ends(void **state)
{
	(void)state;
	join(0, 11, 10);
	join(1, 12, 0);
	uint64_t first = add(7);
	turn();
	assert_int_equal(hear_one(0), first);
	power_fails(LOSE_ALL);
	come_back(0, 11, &first, 1);
	beat(0, 11, 0);
	say_hello(1, 12, 0, &first, 1);
	hear_welcome(1, WELCOME_REFUSED_SESSION);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
	hear_nothing();
	say_verdict(0, 11, 9, first, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 9);
	assert_false(spool_is_live(spool, first));
}

/* Its lease was over before the power failed, so what it says about an update is void. */
static void a_session_that_had_ended_settles_nothing(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7);
	turn();
	hear_updates(0, 1);
	join(1, 12, 10);
	outlive_a_lease(1, 12);
	assert_int_equal(hear_one(1), first);
	power_fails(LOSE_ALL);
	come_back(0, 11, NULL, 0);
	say_verdict(0, 11, 3, first, VERDICT_DONE, 0);
	coalesce();
	disk_is_synced();
	hear_stored(0);
	assert_true(spool_is_live(spool, first));
	come_back(1, 12, &first, 1);
	beat(1, 12, 10);
	assert_int_equal(dispatch_consumer_in_flight(pools_dispatch(pools), 0), 1);
}

static void what_comes_back_in_the_wait_waits(void **state)
{
	(void)state;
	join(0, 11, 10);
	join(1, 12, 0);
	uint64_t first = add(7);
	turn();
	assert_int_equal(hear_one(0), first);
	power_fails(LOSE_ALL);
	come_back(0, 11, NULL, 0);
	say_verdict(0, 11, 1, first, VERDICT_ENDED, ENDED_CRASH);
	turn();
	disk_is_synced();
	assert_int_equal(hear_stored(0), 1);
	beat(0, 11, 10);
	hear_nothing();
	come_back(1, 12, NULL, 0);
	beat(1, 12, 0);
	struct message_updates again = hear_updates(0, 1);
	assert_int_equal(again.items[0].seq, first);
	assert_int_equal(again.items[0].attempt, 2);
}

static void waiting_work_can_be_elsewhere_too(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t first = add(7), second = add(8);
	turn();
	hear_updates(0, 2);
	say_verdict(0, 11, 1, first, VERDICT_WAITING, 0);
	say_verdict(0, 11, 2, second, VERDICT_WAITING, 0);
	turn();
	disk_is_synced();
	hear_stored(0);
	/* It is due in a second. By the new boot's clock that is in the future, but a pool has it.
	 */
	power_fails(LOSE_ALL);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 2);
	come_back(0, 11, &first, 1);
	assert_int_equal(dispatch_waiting_work(pools_dispatch(pools)), 1);
	beat(0, 11, 10);
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 1);
}

static void urgent_and_joined_lanes_wait_too(void **state)
{
	(void)state;
	join(0, 11, 10);
	uint64_t one = add(lane_of_chat(-5)), two = add(lane_of_chat(-6));
	uint64_t pressed = add_kind(70, KIND_CALLBACK_QUERY);
	turn();
	hear_updates(0, 3);
	pools_join_chats(pools, -5, -1005);
	add(lane_of_chat(-1005)); /* with it the join is durable */
	power_fails(LOSE_ALL);
	join(1, 12, 10);
	add(lane_of_chat(-1005));
	uint64_t pressed_again = add_kind(70, KIND_CALLBACK_QUERY);
	turn();
	hear_nothing();
	add_kind(71, KIND_CALLBACK_QUERY);
	uint64_t young = add(lane_of_chat(-1006));
	turn();
	assert_int_equal(hear_updates(1, 2).items[1].seq, young);
	/* A join learned while waiting puts the old updates before the new. */
	pools_join_chats(pools, -6, -1006);
	uint64_t last = add(lane_of_chat(-1006));
	turn();
	hear_nothing();
	come_back(0, 11, (const uint64_t[]) { pressed, two, one }, 3);
	beat(0, 11, 10);
	assert_int_equal(hear_one(0), pressed_again);
	hear_nothing(); /* both lanes wait for what is in flight of the old ids */
	say_verdict(0, 11, 1, two, VERDICT_DONE, 0);
	turn();
	hear_nothing(); /* and this one is at the other pool as well */
	say_verdict(1, 12, 1, young, VERDICT_DONE, 0);
	turn();
	assert_int_equal(dispatch_in_flight(pools_dispatch(pools)), 5);
	assert_int_equal(hear_one(0), last);
}

/* A session is on the durable list before it has an update. */
static void who_has_an_update_is_waited_for(void **state)
{
	(void)state;
	uint64_t first = add(7);
	say_hello(0, 11, 0, NULL, 0);
	hear_welcome(0, WELCOME_ACCEPTED);
	beat(0, 11, 10);
	while (wire.taken == wire.sent_count) {
		/* The disk may be as slow as it likes, but then nothing is sent. */
		spool_tend(spool);
		turn();
	}
	assert_int_equal(hear_one(0), first);
	power_fails(LOSE_ALL);
	join(1, 12, 10);
	hear_nothing();
}

/* What a killed process had written but not synced was read by the next, and sent out. */
static void what_was_replayed_is_durable(void **state)
{
	struct spool_update update = { .update_id = 1, .kind = KIND_MESSAGE, .lane = 7 };

	(void)state;
	add(8);
	spool_append_update(spool, &update, "body", 4);
	spool_commit(spool, false, NULL, NULL);
	disk_is_synced(); /* written */
	process_is_killed();
	assert_true(spool_is_live(spool, update.seq));
	power_fails(LOSE_ALL);
	assert_true(spool_is_live(spool, update.seq));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_a_pool_elsewhere_has_goes_to_nobody_else),
		TEST(old_updates_wait_no_longer_than_a_lease),
		TEST(the_proof_of_a_death_ends_the_wait),
		TEST(all_that_were_there_are_waited_for),
		TEST(the_wait_begins_anew_with_the_process),
		TEST(after_the_wait_it_is_known_again_what_is_in_flight),
		TEST(without_pools_nothing_waits),
		TEST(of_two_that_claim_one_the_second_ends),
		TEST(a_session_that_had_ended_settles_nothing),
		TEST(what_comes_back_in_the_wait_waits),
		TEST(waiting_work_can_be_elsewhere_too),
		TEST(urgent_and_joined_lanes_wait_too),
		TEST(who_has_an_update_is_waited_for),
		TEST(what_was_replayed_is_durable),
	};

	ingress_metrics_register();
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
