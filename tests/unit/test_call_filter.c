/* test_call_filter.c - a policy compiled to a filter, tried by processes that install it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/xalloc.h"

/* In a process with the policy: the value of `attempt`, or how it ended. */
static int try_with(const struct call_policy *policy, int (*attempt)(void))
{
	struct call_filter *filter = call_filter_create(policy);
	struct why why;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!call_filter_install(filter, &why))
			_exit(200);
		/* Without what a sanitizer would still call. */
		syscall(SYS_exit_group, attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	call_filter_destroy(filter);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int errno_of(long result)
{
	return result < 0 ? errno : 0;
}

static int try_getppid(void)
{
	return errno_of(syscall(SYS_getppid));
}

static int try_getuid(void)
{
	return errno_of(syscall(SYS_getuid));
}

static int try_listed_sockets(void)
{
	int error = errno_of(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));

	return error ? error : errno_of(syscall(SYS_socket, AF_INET6, SOCK_STREAM, 0));
}

static int try_another_socket(void)
{
	return errno_of(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
}

static int try_a_call_of_tomorrow(void)
{
	return errno_of(syscall(CALL_LAST_KNOWN + 1));
}

static int try_a_negative_call(void)
{
	return errno_of(syscall(-1L));
}

static int signal_itself(void)
{
	return errno_of(kill(getpid(), 0));
}

static int signal_its_parent(void)
{
	return errno_of(kill(getppid(), 0));
}

static int signal_from_a_copy(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(errno_of(kill(getpid(), 0)));
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static int abort_itself(void)
{
	abort();
}

static int own_a_descriptor(void)
{
	return errno_of(fcntl(0, F_SETOWN, getpid()));
}

static int close_on_exec(void)
{
	return errno_of(fcntl(0, F_SETFD, 0));
}

static void *try_in_thread(void *result)
{
	*(int *)result = try_getppid();
	return NULL;
}

static int try_in_a_thread_that_is_there(void)
{
	pthread_t thread;
	int result = 0;

	if (pthread_create(&thread, NULL, try_in_thread, &result) != 0)
		return 201;
	pthread_join(thread, NULL);
	return result;
}

static const uint32_t owning[] = { F_SETOWN, F_SETOWN_EX };
static const uint32_t bits[] = { 0x30 };

static const uint32_t families[] = { AF_INET, AF_INET6 };
static const struct call_rule rules[] = {
	{ .number = SYS_getppid, .kind = CALL_REFUSE },
	{ .number = SYS_kill, .kind = CALL_OF_ITSELF },
	{ .number = SYS_tgkill, .kind = CALL_OF_ITSELF },
	{ .number = SYS_clone3, .kind = CALL_UNKNOWN },
	{ .number = SYS_prlimit64, .kind = CALL_OF_CALLER },
	{ .number = SYS_fcntl,
	  .kind = CALL_WITHOUT_VALUES,
	  .argument = 1,
	  .values = owning,
	  .values_count = COUNT_OF(owning) },
	{ .number = SYS_socket,
	  .kind = CALL_WITH_VALUES,
	  .argument = 0,
	  .values = families,
	  .values_count = COUNT_OF(families) },
	{ .number = SYS_umask, .kind = CALL_WITHOUT_BITS, .argument = 0, .values = bits },
};
static const struct call_policy policy = { .rules = rules,
					   .count = COUNT_OF(rules),
					   .otherwise = CALL_ALLOW };

static void an_argument_must_be_listed(void **state)
{
	(void)state;
	assert_int_equal(try_with(&policy, try_listed_sockets), 0);
	assert_int_equal(try_with(&policy, try_another_socket), EPERM);
}

static void calls_are_decided_by_number(void **state)
{
	(void)state;
	assert_int_equal(try_with(&policy, try_getppid), EPERM);
	assert_int_equal(try_with(&policy, try_getuid), 0);
	assert_int_equal(try_with(&policy, try_in_a_thread_that_is_there), EPERM);
}

static void what_is_newer_does_not_exist(void **state)
{
	(void)state;
	assert_int_equal(try_with(&policy, try_a_call_of_tomorrow), ENOSYS);
	assert_int_equal(try_with(&policy, try_a_negative_call), ENOSYS);
}

static void a_process_may_signal_only_itself(void **state)
{
	(void)state;
	assert_int_equal(try_with(&policy, signal_itself), 0);
	assert_int_equal(try_with(&policy, signal_its_parent), EPERM);
	assert_int_equal(try_with(&policy, signal_from_a_copy), EPERM);
	assert_int_equal(try_with(&policy, abort_itself), -SIGABRT);
}

static int limit_itself(void)
{
	return errno_of(syscall(SYS_prlimit64, 0, 0, NULL, NULL));
}

static int limit_its_parent(void)
{
	return errno_of(syscall(SYS_prlimit64, getppid(), 0, NULL, NULL));
}

static int mask_a_bit(void)
{
	return errno_of(syscall(SYS_umask, 0x7));
}

static int mask_a_refused_bit(void)
{
	return errno_of(syscall(SYS_umask, 0x17));
}

static void arguments_are_looked_at(void **state)
{
	(void)state;
	assert_int_equal(try_with(&policy, own_a_descriptor), EPERM);
	assert_int_equal(try_with(&policy, close_on_exec), 0);
	assert_int_equal(try_with(&policy, limit_itself), 0);
	assert_int_equal(try_with(&policy, limit_its_parent), EPERM);
	assert_int_equal(try_with(&policy, mask_a_bit), 0);
	assert_int_equal(try_with(&policy, mask_a_refused_bit), EPERM);
}

/* Each number alone: every leaf of the search is found. */
static void each_number_is_found(void **state)
{
	(void)state;
	for (int number = 0; number <= CALL_LAST_KNOWN; number += 7) {
		struct call_rule one[] = { { .number = number, .kind = CALL_UNKNOWN },
					   { .number = SYS_getppid, .kind = CALL_REFUSE },
					   { .number = SYS_exit_group, .kind = CALL_ALLOW } };
		struct call_policy alone = { .rules = one,
					     .count = COUNT_OF(one),
					     .otherwise = CALL_ALLOW };

		assert_int_equal(try_with(&alone, try_getppid), EPERM);
	}
}

static void what_is_not_allowed_can_be_refused(void **state)
{
	const struct call_rule few[] = { { .number = SYS_getuid, .kind = CALL_REFUSE },
					 { .number = SYS_exit_group, .kind = CALL_ALLOW },
					 { .number = SYS_getuid, .kind = CALL_ALLOW } };
	const struct call_policy closed = { .rules = few,
					    .count = COUNT_OF(few),
					    .otherwise = CALL_REFUSE };

	(void)state;
	assert_int_equal(try_with(&closed, try_getppid), EPERM);
	assert_int_equal(try_with(&closed, try_getuid), 0);
}

#if defined(__x86_64__)
/* The 32-bit entry, where 39 is mkdir and 20 getpid. */
static int call_as_32_bit(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result < 0 ? (int)-result : 0;
}

static int call_as_x32(void)
{
	return errno_of(syscall(0x40000000L + SYS_getuid));
}

static void other_architectures_are_refused(void **state)
{
	int answer = try_with(&policy, call_as_32_bit);

	(void)state;
	/* A kernel without the 32-bit entry ends the process. */
	assert_true(answer == EPERM || answer == -SIGSEGV);
	assert_int_equal(try_with(&policy, call_as_x32), ENOSYS);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_decided_by_number),
		cmocka_unit_test(what_is_newer_does_not_exist),
		cmocka_unit_test(a_process_may_signal_only_itself),
		cmocka_unit_test(arguments_are_looked_at),
		cmocka_unit_test(an_argument_must_be_listed),
		cmocka_unit_test(each_number_is_found),
		cmocka_unit_test(what_is_not_allowed_can_be_refused),
#if defined(__x86_64__)
		cmocka_unit_test(other_architectures_are_refused),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
