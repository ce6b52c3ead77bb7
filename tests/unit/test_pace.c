/* test_pace.c - calls of jobs are spread evenly, and let all others go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/sender/pace.h"

#define START_MS 1000000u

/* As many as are due until then, beside `others` messages in each tenth of a second. */
static unsigned run(struct pace *pace, uint64_t from_ms, uint64_t until_ms, unsigned others)
{
	unsigned jobs = 0;

	for (uint64_t now_ms = from_ms; now_ms < until_ms; now_ms++) {
		for (unsigned i = 0; i < others && now_ms % PACE_SLOT_MS == 0; i++)
			pace_note(pace, false, now_ms);
		if (pace_due_ms(pace, now_ms) > now_ms)
			continue;
		pace_note(pace, true, now_ms);
		jobs++;
	}
	return jobs;
}

static void they_are_spread_evenly(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 15);
	assert_true(pace_due_ms(&pace, START_MS) <= START_MS);
	pace_note(&pace, true, START_MS);
	assert_int_equal(pace_due_ms(&pace, START_MS), START_MS + 67);
	assert_in_range(run(&pace, START_MS + 1, START_MS + 10001, 0), 145, 150);
}

static void others_have_their_share(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 15);
	/* 20 a second of 25. */
	run(&pace, START_MS, START_MS + 2000, 2);
	assert_in_range(run(&pace, START_MS + 2000, START_MS + 12000, 2), 40, 60);
	/* More than there is: still one a second, so that a job comes to its end. */
	run(&pace, START_MS + 12000, START_MS + 14000, 5);
	assert_in_range(run(&pace, START_MS + 14000, START_MS + 24000, 5), 9, 11);
	/* Once they are silent all is as before. */
	run(&pace, START_MS + 24000, START_MS + 26000, 0);
	assert_in_range(run(&pace, START_MS + 26000, START_MS + 36000, 0), 145, 150);
}

static void who_pays_for_more_gets_more(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 500);
	assert_in_range(run(&pace, START_MS, START_MS + 10000, 0), 4500, 5000);
	pace_init(&pace, 0);
	assert_int_equal(run(&pace, START_MS, START_MS + 10000, 0), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_spread_evenly),
		cmocka_unit_test(others_have_their_share),
		cmocka_unit_test(who_pays_for_more_gets_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
