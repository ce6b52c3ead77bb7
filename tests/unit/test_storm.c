#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "crashd/storm.h"

static struct storm_place place_make(void)
{
	struct trace_id id = trace_id_make();

	return (struct storm_place) { .trace = id, .span = span_id_of_crash(&id) };
}

static void test_past_the_rate_light_ones_link_to_the_last_full_one(void **state)
{
	struct storm *storm = calloc(1, sizeof(*storm));
	struct storm_place place, last, full;

	(void)state;
	for (unsigned i = 0; i < STORM_FULL_PER_MINUTE; i++) {
		last = place_make();
		assert_false(storm_count(storm, 7, &last, 1000 + i, &full));
	}
	for (unsigned i = 0; i < 100; i++) {
		place = place_make();
		assert_true(storm_count(storm, 7, &place, 2000 + i, &full));
		assert_memory_equal(&full, &last, sizeof(full));
	}
	place = place_make();
	assert_false(storm_count(storm, 8, &place, 3000, &full)); /* another fault */
	place = place_make();
	assert_false(storm_count(storm, 7, &place, 61000, &full)); /* another minute */
	for (unsigned i = 1; i < STORM_FULL_PER_MINUTE; i++)
		assert_false(storm_count(storm, 7, &place, 61000 + i, &full));
	assert_true(storm_count(storm, 7, &place, 120999, &full)); /* it has its own end */
	assert_false(storm_count(storm, 7, &place, 121000, &full));
	free(storm);
}

static void test_many_faults_take_bounded_memory(void **state)
{
	struct storm *storm = calloc(1, sizeof(*storm));
	struct storm_place place = place_make(), full;

	(void)state;
	for (uint64_t group = 0; group < 10 * STORM_GROUPS; group++)
		assert_false(storm_count(storm, group, &place, 1000 + group, &full));
	free(storm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_past_the_rate_light_ones_link_to_the_last_full_one),
		cmocka_unit_test(test_many_faults_take_bounded_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
