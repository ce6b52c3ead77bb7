/* test_spool_writer.c - the disk under the spool: full, failing, slow, and reported to the loop. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loop.h"
#include "tests/unit/spool_world.h"

static void it_says_when_it_is_full(void **state)
{
	struct world *world = *state;
	struct spool *spool;
	uint64_t seqs[64];
	char body[8192];
	size_t count = 0;

	memset(body, 'b', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	world->options.max_bytes = 200 << 10;
	world->options.segment_bytes = 16 << 10;
	world->options.segment_ms = 1;
	spool = open_spool(world);
	assert_false(spool_is_full(spool));
	while (!spool_is_full(spool)) {
		assert_in_range(count, 0, 63);
		seqs[count] = add(spool, (int64_t)count, body);
		count++;
		commit(spool);
		spool_tend(spool);
	}
	assert_in_range(spool_bytes(spool), 200 << 10, 220 << 10);
	for (size_t i = 0; i < 2; i++) {
		spool_append_done(spool, &seqs[i], 1);
		commit(spool);
	}
	tend(spool);
	assert_true(spool_is_full(spool)); /* above 90 % */
	assert_false(spool_disk_is_full(spool));
	spool_append_done(spool, seqs, count / 2);
	commit(spool);
	pause_ms(2);
	tend(spool);
	assert_false(spool_is_full(spool));
	for (size_t i = count / 2; i < count; i++)
		has_body(spool, seqs[i], body);
}

struct fault {
	_Atomic int error;
	_Atomic enum spool_step step;
};

static int fail_step(void *owner, enum spool_step step)
{
	struct fault *fault = owner;

	return step == fault->step ? fault->error : 0;
}

static void count_call(void *owner)
{
	++*(int *)owner;
}

static void a_full_disk_is_waited_for(void **state)
{
	struct world *world = *state;
	struct fault fault = { 0, SPOOL_STEP_WRITE };
	struct spool *spool;
	uint64_t one, two;
	int calls = 0;

	world->options.before_step = fail_step;
	world->options.before_step_owner = &fault;
	spool = open_spool(world);
	one = add(spool, 1, "before");
	commit(spool);
	fault.error = ENOSPC;
	two = add(spool, 2, "on a full disk");
	spool_append_done(spool, &one, 1);
	spool_commit(spool, true, count_call, &calls);
	assert_false(spool_flush(spool, 300));
	assert_true(spool_is_full(spool));
	assert_true(spool_disk_is_full(spool));
	assert_int_equal(calls, 0);
	has_body(spool, two, "on a full disk"); /* updates in flight continue */
	fault.error = 0;
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(calls, 1);
	for (int i = 0; i < 300 && spool_is_full(spool); i++)
		pause_ms(10);
	assert_false(spool_is_full(spool));
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
	assert_int_equal(found.damages, 0);
	has_body(spool, two, "on a full disk");
}

static int exit_code_of(struct world *world, struct fault fault)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct spool *spool;

		(void)!freopen("/dev/null", "w", stderr);
		world->options.before_step = fail_step;
		world->options.before_step_owner = &fault;
		spool = spool_open(&world->options, &replay, NULL);
		add(spool, 1, "x");
		spool_commit(spool, true, NULL, NULL);
		spool_flush(spool, 3000);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_failed_sync_ends_the_process(void **state)
{
	struct world *world = *state;

	assert_int_equal(exit_code_of(world, (struct fault) { 0, SPOOL_STEP_SYNC }), 0);
	assert_int_equal(exit_code_of(world, (struct fault) { EIO, SPOOL_STEP_SYNC }), 74);
	assert_int_equal(exit_code_of(world, (struct fault) { ENOSPC, SPOOL_STEP_SYNC }), 74);
	assert_int_equal(exit_code_of(world, (struct fault) { EIO, SPOOL_STEP_WRITE }), 74);
}

/* --- in a loop -------------------------------------------------------------------------------- */

struct turn {
	struct loop *loop;
	int calls;
};

static void stop_at_three(void *owner)
{
	struct turn *turn = owner;

	if (++turn->calls == 3)
		loop_stop(turn->loop);
}

static int count_syncs(void *owner, enum spool_step step)
{
	_Atomic unsigned *syncs = owner;

	if (step == SPOOL_STEP_SYNC)
		++*syncs;
	return 0;
}

static void commits_are_told_in_the_loop(void **state)
{
	struct world *world = *state;
	_Atomic unsigned syncs = 0;
	struct turn turn = { .loop = loop_create() };
	struct spool *spool;
	int at_once = 0;

	world->options.before_step = count_syncs;
	world->options.before_step_owner = &syncs;
	spool = open_spool(world);
	spool_attach(spool, turn.loop);
	for (int i = 0; i < 3; i++) {
		add(spool, i, "x");
		spool_commit(spool, i != 1, stop_at_three, &turn);
	}
	spool_commit(spool, false, count_call, &at_once); /* nothing to wait for */
	assert_int_equal(at_once, 1);
	assert_int_equal(turn.calls, 0);
	loop_run(turn.loop);
	assert_int_equal(turn.calls, 3);
	assert_true(syncs > 0);
	assert_int_equal(spool_syncs(spool), syncs);
	spool_close(spool);
	world->spool = NULL;
	loop_destroy(turn.loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_says_when_it_is_full),
		TEST(a_full_disk_is_waited_for),
		TEST(a_failed_sync_ends_the_process),
		TEST(commits_are_told_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
