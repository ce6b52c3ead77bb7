/* test_obituary.c - from a wait status to a reason and words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "workers/obituary.h"

#define EXITED(code) ((code) << 8)

static enum ended_reason reason_of(struct death death)
{
	struct obituary obituary;

	obituary_write(&death, &obituary);
	return obituary.reason;
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
	struct obituary obituary;

	(void)state;
	obituary_write(&crash, &obituary);
	assert_string_equal(obituary.how, "signal 11 (SEGV)");
	assert_int_equal(obituary.kind, CAPTURE_SIGNAL);
	assert_string_equal(obituary_signal(&crash), "SEGV");
	obituary_write(&out, &obituary);
	assert_string_equal(obituary.how, "exit status 3");
	assert_string_equal(obituary_signal(&out), "exit");
	obituary_write(&hang, &obituary);
	assert_string_equal(obituary.how, "signal 6 (ABRT), past its deadline");
	assert_int_equal(obituary.kind, CAPTURE_HANG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_has_its_reason),
		cmocka_unit_test(memory_is_told_by_the_status_or_by_use_near_the_limit),
		cmocka_unit_test(it_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
