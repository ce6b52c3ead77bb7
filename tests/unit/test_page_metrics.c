/* test_page_metrics.c - what is read from a process's /metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <cmocka.h>

#include "koronectl/page_metrics.h"

static const char text[] = "# HELP korone_lines_total Lines.\n"
			   "korone_lines_total 7\n"
			   "korone_lines_total_more 100\n"
			   "korone_calls_total{method=\"sendMessage\",status=\"ok\"} 3\n"
			   "korone_calls_total{method=\"other\",status=\"ok\"} 4\n"
			   "korone_seconds_bucket{le=\"0.1\"} 0\n"
			   "korone_seconds_bucket{le=\"1\"} 80\n"
			   "korone_seconds_bucket{le=\"10\"} 100\n"
			   "korone_seconds_bucket{le=\"+Inf\"} 100\n"
			   "korone_seconds_sum 55\n"
			   "korone_seconds_count 100";

static void labels_are_added_up(void **state)
{
	(void)state;
	assert_int_equal(page_metric(text, "korone_lines_total"), 7);
	assert_int_equal(page_metric(text, "korone_calls_total"), 7);
	assert_int_equal(page_metric(text, "korone_seconds_count"), 100);
	assert_int_equal(page_metric(text, "korone_lines"), 0);
	assert_int_equal(page_metric(NULL, "korone_lines_total"), 0);
}

static struct page_histogram histogram(double first, double second, double third, double more)
{
	return (struct page_histogram) { .count = 4,
					 .bounds = { 0.1, 1, 10, INFINITY },
					 .counts = { first, second, third, more } };
}

static int quantile_ms(struct page_histogram before, struct page_histogram now, double part)
{
	return (int)lround(page_histogram_quantile(&before, &now, part) * 1000);
}

static void a_quantile_is_that_of_prometheus(void **state)
{
	struct page_histogram read = page_histogram_read(text, "korone_seconds");
	struct page_histogram zero = histogram(0, 0, 0, 0), none = { 0 };

	(void)state;
	assert_int_equal(read.count, 4);
	assert_true(isinf(read.bounds[3]));
	assert_int_equal(quantile_ms(zero, read, 0.4), 550);   /* the middle of 0.1 to 1 */
	assert_int_equal(quantile_ms(zero, read, 0.95), 7750); /* 15 of the 20 from 1 to 10 */
	assert_int_equal(quantile_ms(histogram(0, 80, 90, 90), read, 0.5), 5500);
	/* A process that began anew. */
	assert_int_equal(quantile_ms(histogram(0, 80, 100, 200), read, 0.4), 550);
	/* Over the last bound. */
	assert_int_equal(quantile_ms(zero, histogram(0, 0, 0, 5), 0.5), 10000);
	assert_int_equal(quantile_ms(read, read, 0.5), -1000);
	assert_int_equal(quantile_ms(none, read, 0.5), -1000);
	assert_int_equal(quantile_ms(read, none, 0.5), -1000);
	assert_int_equal(page_histogram_read(NULL, "korone_seconds").count, 0);
}

static void more_buckets_than_there_are_places_are_left(void **state)
{
	char many[64 * 40];
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		at += (size_t)snprintf(many + at, sizeof(many) - at, "x_bucket{le=\"%d\"} %d\n", i,
				       i);
	assert_int_equal(page_histogram_read(many, "x").count, PAGE_BUCKETS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_added_up),
		cmocka_unit_test(a_quantile_is_that_of_prometheus),
		cmocka_unit_test(more_buckets_than_there_are_places_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
