/* test_op_crash.c - each way of /op_crash ends its process in that way, and in no other, and always
 * at the same place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "crashd/machine.h"
#include "workers/module.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

extern const struct module op_crash_module;

#define MEMORY_MAX ((rlim_t)256 << 20)
#define STACK_MAX ((rlim_t)1 << 20)
#define STACK_STEP 16u             /* of the places where it may begin */
#define STACK_MOVED (4096u + 256u) /* a page, after which it repeats, and a frame's other data */

static void limit(int resource, rlim_t most)
{
	const struct rlimit limits = { most, most };

	assert_int_equal(setrlimit(resource, &limits), 0);
}

static void prepare_to_crash(void)
{
	const int null = open("/dev/null", O_WRONLY);

	signals_reset_after_fork();
	dup2(null, STDERR_FILENO);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, 1);
	limit(RLIMIT_STACK, STACK_MAX);
}

static void op_crash(const char *way)
{
	const struct command command = { .name = "op_crash", .values = &way };

	op_crash_module.routes[0].on.command(NULL, &command);
}

/* How a process ends that does this; what hangs is ended by SIGXCPU. */
static int end_of(const char *way)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prepare_to_crash();
		if (strcmp(way, "memory") == 0)
			limit(RLIMIT_AS, MEMORY_MAX);
		op_crash(way);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void each_way_ends_the_process_as_it_says(void **state)
{
	static const struct {
		const char *way;
		int signo;
	} rows[] = {
		{ "segv", SIGSEGV },   { "abort", SIGABRT }, { "fpe", SIGFPE },
		{ "bus", SIGBUS },     { "ill", SIGILL },    { "overflow", SIGSEGV },
		{ "smash", SIGABRT },  { "jump", SIGSEGV },  { "kill", SIGKILL },
		{ "memory", SIGABRT }, { "", SIGSEGV }, /* of many crashes the commonest */
	};

	(void)state;
	if (SANITIZED)
		skip();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const int status = end_of(rows[i].way);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != rows[i].signo)
			fail_msg("%s: status %#x", rows[i].way, (unsigned)status);
	}
}

static void it_exits_with_a_status_of_its_own(void **state)
{
	int status;

	(void)state;
	if (SANITIZED)
		skip();
	status = end_of("exit");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

/* Nobody but its parent ends it. */
static void a_hang_has_no_end(void **state)
{
	int status;

	(void)state;
	if (SANITIZED)
		skip();
	status = end_of("hang");
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

/* Where the program counter is when a stack overflows that begins so many bytes further on. */
static uint64_t place_of_overflow(struct capture_slot *slot, size_t moved)
{
	struct capture capture;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		volatile char used[moved];

		used[0] = 0;
		prepare_to_crash();
		capture_install(slot);
		op_crash("overflow");
		_exit(99 + used[0]);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	capture_from_slot(slot, &capture);
	return machine_pc(&capture);
}

/* Where a stack begins is drawn for each process: the report must not depend on it. */
static void an_overflow_is_at_the_same_place_wherever_the_stack_begins(void **state)
{
	struct capture_slot *slot;
	uint64_t place;

	(void)state;
	if (SANITIZED)
		skip();
	slot = mmap(NULL, sizeof(*slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(slot != MAP_FAILED);
	place = place_of_overflow(slot, STACK_STEP);
	assert_true(place != 0);
	for (size_t moved = STACK_STEP; moved <= STACK_MOVED; moved += STACK_STEP)
		assert_int_equal(place_of_overflow(slot, moved), place);
	munmap(slot, sizeof(*slot));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_the_process_as_it_says),
		cmocka_unit_test(it_exits_with_a_status_of_its_own),
		cmocka_unit_test(a_hang_has_no_end),
		cmocka_unit_test(an_overflow_is_at_the_same_place_wherever_the_stack_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
