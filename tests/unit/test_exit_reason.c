/* test_exit_reason.c - from a wait status to a reason and words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "common/signal_name.h"
#include "workers/parent/exit_reason.h"

#define EXITED(code) ((code) << 8)

static enum ended_reason reason_of(struct death death)
{
	struct exit_reason exit_reason;

	exit_reason_write(&death, &exit_reason);
	return exit_reason.reason;
}

static void each_end_has_its_reason(void **state)
{
	(void)state;
	assert_int_equal(reason_of((struct death) { .status = SIGSEGV }), ENDED_CRASH);
	assert_int_equal(reason_of((struct death) { .status = SIGABRT }), ENDED_CRASH);
	assert_int_equal(reason_of((struct death) { .status = SIGABRT, .hang = true }), ENDED_HANG);
	assert_int_equal(reason_of((struct death) { .status = SIGKILL, .hang = true }), ENDED_HANG);
	assert_int_equal(reason_of((struct death) { .status = SIGKILL }), ENDED_KILLED);
	assert_int_equal(reason_of((struct death) { .status = SIGTERM }), ENDED_KILLED);
	assert_int_equal(reason_of((struct death) { .status = EXITED(3) }), ENDED_EXIT);
	assert_int_equal(reason_of((struct death) { .status = EXITED(0) }), ENDED_EXIT);
}

static void only_signals_of_faults_are_crashes(void **state)
{
	static const int faults[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };

	(void)state;
	for (int signo = 1; signo < 32; signo++) {
		bool is_fault = false;

		for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
			is_fault |= faults[i] == signo;
		assert_int_equal(reason_of((struct death) { .status = signo }),
				 is_fault ? ENDED_CRASH : ENDED_KILLED);
	}
}

static void memory_is_told_by_the_status_or_by_use_near_the_limit(void **state)
{
	struct death death = { .status = SIGSEGV, .memory_max = 100 << 20 };

	(void)state;
	assert_int_equal(reason_of((struct death) { .status = EXITED(71) }), ENDED_MEMORY);
	death.max_rss_kib = 50 << 10;
	assert_int_equal(reason_of(death), ENDED_CRASH);
	death.max_rss_kib = 95 << 10;
	assert_int_equal(reason_of(death), ENDED_MEMORY);
}

static void it_is_said_in_words(void **state)
{
	const struct death crash = { .status = SIGSEGV }, out = { .status = EXITED(3) };
	const struct death hang = { .status = SIGABRT, .hang = true };
	struct exit_reason exit_reason;

	(void)state;
	exit_reason_write(&crash, &exit_reason);
	assert_string_equal(exit_reason.how, "signal 11 (SEGV)");
	assert_int_equal(exit_reason.kind, CAPTURE_SIGNAL);
	assert_string_equal(exit_reason_signal(&crash), "SEGV");
	exit_reason_write(&out, &exit_reason);
	assert_string_equal(exit_reason.how, "exit status 3");
	assert_string_equal(exit_reason_signal(&out), "exit");
	exit_reason_write(&hang, &exit_reason);
	assert_string_equal(exit_reason.how, "signal 6 (ABRT), past its deadline");
	assert_int_equal(exit_reason.kind, CAPTURE_HANG);
}

#ifdef __GLIBC__
static void signals_have_the_names_of_the_c_library(void **state)
{
	(void)state;
	for (int signo = -1; signo <= NSIG; signo++) {
		const char *expected = sigabbrev_np(signo), *name = signal_name(signo);

		assert_int_equal(name != NULL, expected != NULL);
		if (name)
			assert_string_equal(name + strlen("SIG"), expected);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __GLIBC__
		cmocka_unit_test(signals_have_the_names_of_the_c_library),
#endif
		cmocka_unit_test(each_end_has_its_reason),
		cmocka_unit_test(only_signals_of_faults_are_crashes),
		cmocka_unit_test(memory_is_told_by_the_status_or_by_use_near_the_limit),
		cmocka_unit_test(it_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
