/* test_op_crash.c - each way of /op_crash ends its process in that way, and in no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/xalloc.h"
#include "workers/module.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

extern const struct module op_crash_module;

#define MEMORY_MAX ((rlim_t)256 << 20)
#define STACK_MAX ((rlim_t)1 << 20)

static void limit(int resource, rlim_t most)
{
	const struct rlimit limits = { most, most };

	assert_int_equal(setrlimit(resource, &limits), 0);
}

/* How a process ends that does this; what hangs is ended by SIGXCPU. */
static int end_of(const char *way)
{
	const struct command command = { .name = "op_crash", .values = &way };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const int null = open("/dev/null", O_WRONLY);

		signals_reset_after_fork();
		dup2(null, STDERR_FILENO);
		limit(RLIMIT_CORE, 0);
		limit(RLIMIT_CPU, 1);
		limit(RLIMIT_STACK, STACK_MAX);
		if (strcmp(way, "memory") == 0)
			limit(RLIMIT_AS, MEMORY_MAX);
		op_crash_module.routes[0].on.command(NULL, &command);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_ends_the_process_as_it_says),
		cmocka_unit_test(it_exits_with_a_status_of_its_own),
		cmocka_unit_test(a_hang_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
