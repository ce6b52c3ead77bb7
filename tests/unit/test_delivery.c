/* test_delivery.c - when Telegram's pushes count as failing, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/log.h"
#include "ingress/delivery.h"
#include "ingress/metrics.h"

/* Telegram's clock and ours have nothing to do with each other. */
#define NOW 5000000u
#define DATE 1700000000

static void look(struct delivery *delivery, int64_t pending, int64_t error_s, uint64_t now_ms)
{
	struct webhook_info info = { .is_ours = true, .pending = pending, .last_error_s = error_s };

	if (error_s)
		snprintf(info.last_error, sizeof(info.last_error), "Connection refused");
	delivery_look(delivery, &info, now_ms);
}

static void assert_says(const struct delivery *delivery, uint64_t now_ms, const char *text)
{
	char said[200];

	delivery_describe(delivery, now_ms, said, sizeof(said));
	assert_string_equal(said, text);
}

static void a_new_error_with_nothing_taken_is_a_failure(void **state)
{
	struct delivery delivery = { 0 };

	(void)state;
	assert_says(&delivery, NOW, "Telegram was not asked yet whether it delivers");
	look(&delivery, 0, DATE, NOW);
	assert_says(&delivery, NOW, "delivers: 0 wait");
	look(&delivery, 3, DATE + 40, NOW + 45000);
	assert_true(delivery_fails(&delivery));
	assert_int_equal(delivery_failing_ms(&delivery, NOW + 50000), 5000);
	assert_says(&delivery, NOW + 50000,
		    "Telegram does not get its updates through: 3 wait, last error: Connection "
		    "refused");
	/* While Telegram waits for its next try there is no new error. */
	look(&delivery, 3, DATE + 40, NOW + 60000);
	assert_int_equal(delivery_failing_ms(&delivery, NOW + 60000), 15000);
	delivery_take(&delivery);
	assert_false(delivery_fails(&delivery));
	assert_int_equal(delivery_failing_ms(&delivery, NOW + 61000), 0);
	look(&delivery, 0, DATE + 40, NOW + 70000);
	assert_says(&delivery, NOW + 70000, "delivers: 0 wait");
}

static void an_old_error_is_none(void **state)
{
	struct delivery delivery = { 0 };

	(void)state;
	look(&delivery, 2, DATE, NOW);
	look(&delivery, 2, DATE, NOW + 10000);
	assert_false(delivery_fails(&delivery));
	assert_says(&delivery, NOW + 10000, "delivers: 2 wait");
}

static void updates_that_wait_without_an_error_are_a_failure_too(void **state)
{
	struct delivery delivery = { 0 };

	(void)state;
	look(&delivery, 2, 0, NOW);
	look(&delivery, 2, 0, NOW + 29999);
	assert_false(delivery_fails(&delivery));
	look(&delivery, 2, 0, NOW + 30000);
	assert_true(delivery_fails(&delivery));
	assert_says(&delivery, NOW + 30000,
		    "Telegram does not get its updates through: 2 wait, last error: none named");
	look(&delivery, 0, 0, NOW + 40000); /* dropped, or too old */
	assert_false(delivery_fails(&delivery));
	look(&delivery, 2, 0, NOW + 50000); /* others */
	look(&delivery, 2, 0, NOW + 60000);
	assert_false(delivery_fails(&delivery));
}

static void a_busy_bot_does_not_fail(void **state)
{
	struct delivery delivery = { 0 };

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		look(&delivery, 50, 0, NOW + i * 10000);
		assert_false(delivery_fails(&delivery));
		delivery_take(&delivery);
	}
}

static void some_that_fail_are_said(void **state)
{
	struct delivery delivery = { 0 };
	int64_t before;

	(void)state;
	look(&delivery, 0, 0, NOW);
	before = metric_get(&metric_webhook_errors);
	delivery_take(&delivery);
	look(&delivery, 1, DATE, NOW + 10000);
	assert_false(delivery_fails(&delivery));
	assert_int_equal(metric_get(&metric_webhook_errors), before + 1);
	assert_says(&delivery, NOW + 10000,
		    "delivers, but not all: 1 wait, last error: Connection refused");
	delivery_take(&delivery);
	look(&delivery, 1, DATE, NOW + 190001);
	assert_says(&delivery, NOW + 190001, "delivers: 1 wait");
}

static void texts_of_telegram_are_cleaned(void **state)
{
	char clean[40];

	(void)state;
	log_secret("hush-hush");
	delivery_clean("Wrong\r\nresponse: 404 \x1b[31m\xc3\xbc", "/", clean, sizeof(clean));
	assert_string_equal(clean, "Wrong??response: 404 ?[31m??");
	delivery_clean("no /hook/x at hush-hush/", "/hook/x", clean, sizeof(clean));
	assert_string_equal(clean, "no *** at ***/");
	delivery_clean("0123456789012345678901234567890123456789x", "/", clean, sizeof(clean));
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
