/* test_webhook_health.c - when Telegram's pushes count as failing, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/log.h"
#include "ingress/intake/webhook_health.h"
#include "ingress/metrics.h"

/* Telegram's clock and ours are unrelated. */
#define NOW 5000000u
#define DATE 1700000000

static void look(struct webhook_health *webhook_health, int64_t pending, int64_t error_s,
		 uint64_t now_ms)
{
	struct webhook_info info = { .is_ours = true, .pending = pending, .last_error_s = error_s };

	if (error_s)
		snprintf(info.last_error, sizeof(info.last_error), "Connection refused");
	webhook_health_look(webhook_health, &info, now_ms);
}

static void assert_says(const struct webhook_health *webhook_health, uint64_t now_ms,
			const char *text)
{
	char said[200];

	webhook_health_describe(webhook_health, now_ms, said, sizeof(said));
	assert_string_equal(said, text);
}

static void a_new_error_with_nothing_taken_is_a_failure(void **state)
{
	struct webhook_health webhook_health = { 0 };

	(void)state;
	assert_says(&webhook_health, NOW, "Telegram was not asked yet whether it delivers");
	look(&webhook_health, 0, DATE, NOW);
	assert_says(&webhook_health, NOW, "delivers: 0 wait");
	look(&webhook_health, 3, DATE + 40, NOW + 45000);
	assert_true(webhook_health_fails(&webhook_health));
	assert_int_equal(webhook_health_failing_ms(&webhook_health, NOW + 50000), 5000);
	assert_says(&webhook_health, NOW + 50000,
		    "Telegram does not get its updates through: 3 wait, last error: Connection "
		    "refused");
	/* While Telegram waits before its next attempt there is no new error. */
	look(&webhook_health, 3, DATE + 40, NOW + 60000);
	assert_int_equal(webhook_health_failing_ms(&webhook_health, NOW + 60000), 15000);
	webhook_health_take(&webhook_health);
	assert_false(webhook_health_fails(&webhook_health));
	assert_int_equal(webhook_health_failing_ms(&webhook_health, NOW + 61000), 0);
	look(&webhook_health, 0, DATE + 40, NOW + 70000);
	assert_says(&webhook_health, NOW + 70000, "delivers: 0 wait");
}

static void an_old_error_is_none(void **state)
{
	struct webhook_health webhook_health = { 0 };

	(void)state;
	look(&webhook_health, 2, DATE, NOW);
	look(&webhook_health, 2, DATE, NOW + 10000);
	assert_false(webhook_health_fails(&webhook_health));
	assert_says(&webhook_health, NOW + 10000, "delivers: 2 wait");
}

static void updates_that_wait_without_an_error_are_a_failure_too(void **state)
{
	struct webhook_health webhook_health = { 0 };

	(void)state;
	look(&webhook_health, 2, 0, NOW);
	look(&webhook_health, 2, 0, NOW + 29999);
	assert_false(webhook_health_fails(&webhook_health));
	look(&webhook_health, 2, 0, NOW + 30000);
	assert_true(webhook_health_fails(&webhook_health));
	assert_says(&webhook_health, NOW + 30000,
		    "Telegram does not get its updates through: 2 wait, last error: none named");
	look(&webhook_health, 0, 0, NOW + 40000); /* dropped, or too old */
	assert_false(webhook_health_fails(&webhook_health));
	look(&webhook_health, 2, 0, NOW + 50000); /* others */
	look(&webhook_health, 2, 0, NOW + 60000);
	assert_false(webhook_health_fails(&webhook_health));
}

static void a_busy_bot_does_not_fail(void **state)
{
	struct webhook_health webhook_health = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		look(&webhook_health, 50, 0, NOW + i * 10000);
		assert_false(webhook_health_fails(&webhook_health));
		webhook_health_take(&webhook_health);
	}
}

static void some_that_fail_are_said(void **state)
{
	struct webhook_health webhook_health = { 0 };
	int64_t before;

	(void)state;
	look(&webhook_health, 0, 0, NOW);
	before = metric_get(&metric_webhook_errors);
	webhook_health_take(&webhook_health);
	look(&webhook_health, 1, DATE, NOW + 10000);
	assert_false(webhook_health_fails(&webhook_health));
	assert_int_equal(metric_get(&metric_webhook_errors), before + 1);
	assert_says(&webhook_health, NOW + 10000,
		    "delivers, but not all: 1 wait, last error: Connection refused");
	webhook_health_take(&webhook_health);
	look(&webhook_health, 1, DATE, NOW + 190001);
	assert_says(&webhook_health, NOW + 190001, "delivers: 1 wait");
}

static void texts_of_telegram_are_cleaned(void **state)
{
	char clean[40];

	(void)state;
	log_secret("hush-hush");
	webhook_health_clean("Wrong\r\nresponse: 404 \x1b[31m\xc3\xbc", "/", clean, sizeof(clean));
	assert_string_equal(clean, "Wrong??response: 404 ?[31m??");
	webhook_health_clean("a/b", "/", clean, sizeof(clean));
	assert_string_equal(clean, "a/b"); /* "/" hides nothing: it is no secret path */
	webhook_health_clean("no /hook/x at hush-hush/", "/hook/x", clean, sizeof(clean));
	assert_string_equal(clean, "no *** at ***/");
	webhook_health_clean("0123456789012345678901234567890123456789x", "/", clean,
			     sizeof(clean));
	assert_string_equal(clean, "012345678901234567890123456789012345678");
}

static int set_up(void **state)
{
	(void)state;
	ingress_metrics_register();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_error_with_nothing_taken_is_a_failure),
		cmocka_unit_test(an_old_error_is_none),
		cmocka_unit_test(updates_that_wait_without_an_error_are_a_failure_too),
		cmocka_unit_test(a_busy_bot_does_not_fail),
		cmocka_unit_test(some_that_fail_are_said),
		cmocka_unit_test(texts_of_telegram_are_cleaned),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
