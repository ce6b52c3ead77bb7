/* test_sim_ledger.c - matching /ping N and pong N. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "simulator/ledger.h"

static void say(struct ledger *ledger, int64_t chat, int64_t number, uint64_t now_us)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "pong %lld", (long long)number);

	ledger_said(ledger, chat, text, (size_t)length, now_us);
}

static void numbers_of_pings(void **state)
{
	(void)state;
	assert_int_equal(ledger_ping_number("/ping 17", 8), 17);
	assert_int_equal(ledger_ping_number("/ping@some_bot 3", 16), 3);
	assert_int_equal(ledger_ping_number("/ping", 5), -1);
	assert_int_equal(ledger_ping_number("/ping x", 7), -1);
	assert_int_equal(ledger_ping_number("/pingx 3", 8), -1);
}

static void each_is_answered_once_in_order(void **state)
{
	struct ledger ledger = { 0 };
	int64_t missing[4];

	(void)state;
	for (int64_t number = 1; number <= 4; number++)
		ledger_asked(&ledger, -5, number);
	ledger_asked(&ledger, 7, 1);
	say(&ledger, -5, 1, 0);
	say(&ledger, -5, 3, 0);
	say(&ledger, 7, 1, 0); /* another chat has its own order */
	say(&ledger, -5, 2, 0);
	say(&ledger, -5, 2, 0);
	say(&ledger, -5, 9, 0);
	assert_int_equal(ledger.counts.answered, 4);
	assert_int_equal(ledger.counts.disordered, 1);
	assert_int_equal(ledger.counts.duplicates, 1);
	assert_int_equal(ledger.counts.unexpected, 1);
	assert_int_equal(ledger_missing(&ledger, missing, 4), 2);
	assert_int_equal(missing[0], -5);
	assert_int_equal(missing[1], 4);
	ledger_finish(&ledger);
}

static void latencies_are_right_to_3_percent(void **state)
{
	struct ledger ledger = { 0 };

	(void)state;
	for (int64_t number = 1; number <= 1000; number++) {
		ledger_asked(&ledger, 1, number);
		ledger_delivered(&ledger, 1, number, 1000);
		ledger_delivered(&ledger, 1, number, 9000); /* the first time counts */
		say(&ledger, 1, number, 1000 + (uint64_t)number * 100);
	}
	assert_in_range(ledger_percentile(&ledger, 0.5), 48500, 51500);
	assert_in_range(ledger_percentile(&ledger, 0.99), 96000, 102000);
	assert_int_equal(ledger.latency_max_us, 100000);
	ledger_finish(&ledger);
}

static void old_answers_are_forgotten_but_not_their_number(void **state)
{
	struct ledger ledger = { 0 };

	(void)state;
	for (int64_t number = 1; number <= 20000; number++) {
		ledger_asked(&ledger, 1, number);
		say(&ledger, 1, number, 0);
	}
	say(&ledger, 1, 3, 0);
	assert_int_equal(ledger.counts.duplicates, 1);
	assert_int_equal(ledger.counts.disordered, 0);
	assert_int_equal(ledger.counts.answered, 20000);
	ledger_finish(&ledger);
}

static void a_supergroup_may_answer_for_its_group(void **state)
{
	struct ledger ledger = { 0 };
	int64_t missing[4];

	(void)state;
	ledger_asked(&ledger, -5, 1);
	ledger_asked(&ledger, -5, 2);
	ledger_migrated(&ledger, -5, -1000);
	ledger_asked(&ledger, -1000, 3);
	say(&ledger, -5, 1, 0);
	say(&ledger, -1000, 2, 0);
	assert_int_equal(ledger_missing(&ledger, missing, 4), 2);
	assert_int_equal(missing[0], -1000);
	say(&ledger, -1000, 3, 0);
	assert_int_equal(ledger.counts.answered, 3);
	assert_int_equal(ledger.counts.unexpected, 0);
	ledger_finish(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_pings),
		cmocka_unit_test(each_is_answered_once_in_order),
		cmocka_unit_test(latencies_are_right_to_3_percent),
		cmocka_unit_test(a_supergroup_may_answer_for_its_group),
		cmocka_unit_test(old_answers_are_forgotten_but_not_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
