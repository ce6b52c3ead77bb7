/* test_metric.c - counting, labels, histograms, and the text that Prometheus reads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/metric.h"

static const double buckets[] = { 0.5, 1, 2.5, 0 };

static struct metric plain = {
	METRIC_COUNTER, "test_plain_total", "Plain.", { { 0 } }, NULL, NULL
};
static struct metric level = { METRIC_GAUGE, "test_level", "A \\ and\na \"line\".",
			       { { 0 } },    NULL,         NULL };
static struct metric labelled = {
	METRIC_COUNTER,
	"test_calls_total",
	"Calls.",
	{ { "method", (const char *const[]) { "get", "a\"\\\nb", "other", NULL } },
	  { "status", (const char *const[]) { "ok", "error", NULL } } },
	NULL,
	NULL,
};
static struct metric histogram = { METRIC_HISTOGRAM, "test_seconds", "Time.",
				   { { 0 } },        buckets,        NULL };
static struct metric threaded = { METRIC_COUNTER, "test_threads_total",
				  "Threads.",     { { 0 } },
				  NULL,           NULL };
static struct metric stranger = {
	METRIC_COUNTER, "test_stranger_total", "Not registered.", { { 0 } }, NULL, NULL
};

static struct metric *const list[] = { &plain, &level, &labelled, &histogram, &threaded, NULL };

static void assert_printed(const char *line)
{
	struct buffer out = { 0 };

	metrics_print("test", &out);
	if (!strstr(buffer_text(&out), line))
		fail_msg("\"%s\" is not in:\n%s", line, buffer_text(&out));
	buffer_finish(&out);
}

static void unregistered_metrics_count_nothing(void **state)
{
	(void)state;
	metric_add(&stranger, 5);
	metric_observe(&histogram, 1); /* before metrics_register() */
	assert_int_equal(metric_get(&stranger), 0);
}

static void counters_and_gauges(void **state)
{
	(void)state;
	metrics_register(list);
	metric_add(&plain, 2);
	metric_add(&plain, 3);
	metric_set(&level, -7);
	assert_int_equal(metric_get(&plain), 5);
	assert_printed("\n# HELP test_plain_total Plain.\n# TYPE test_plain_total counter\n"
		       "test_plain_total 5\n");
	assert_printed("\n# HELP test_level A \\\\ and\\na \"line\".\n# TYPE test_level gauge\n"
		       "test_level -7\n");
}

static void labels_are_closed_sets(void **state)
{
	(void)state;
	assert_int_equal(metric_label_index(&labelled.labels[0], "get"), 0);
	assert_int_equal(metric_label_index(&labelled.labels[0], "sendMessage"), 2);
	metric_add_at(&labelled, 0, 1, 4);
	metric_set_at(&labelled, 2, 0, 9);
	assert_int_equal(metric_get_at(&labelled, 0, 1), 4);
	assert_printed("# TYPE test_calls_total counter\n"
		       "test_calls_total{method=\"get\",status=\"ok\"} 0\n"
		       "test_calls_total{method=\"get\",status=\"error\"} 4\n"
		       "test_calls_total{method=\"a\\\"\\\\\\nb\",status=\"ok\"} 0\n"
		       "test_calls_total{method=\"a\\\"\\\\\\nb\",status=\"error\"} 0\n"
		       "test_calls_total{method=\"other\",status=\"ok\"} 9\n"
		       "test_calls_total{method=\"other\",status=\"error\"} 0\n");
}

static void a_label_out_of_range_is_a_panic(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		fclose(stderr);
		metric_add_at(&labelled, 1, 2, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void histograms_are_cumulative(void **state)
{
	(void)state;
	metric_observe(&histogram, 0.5); /* a bound belongs to its bucket */
	metric_observe(&histogram, 0.500001);
	metric_observe_many(&histogram, 2, 10);
	metric_observe(&histogram, 100);
	assert_printed("# TYPE test_seconds histogram\n"
		       "test_seconds_bucket{le=\"0.5\"} 1\n"
		       "test_seconds_bucket{le=\"1\"} 2\n"
		       "test_seconds_bucket{le=\"2.5\"} 12\n"
		       "test_seconds_bucket{le=\"+Inf\"} 13\n"
		       "test_seconds_sum 121.000001\n"
		       "test_seconds_count 13\n");
}

static void *add_many(void *argument)
{
	(void)argument;
	for (int i = 0; i < 20000; i++)
		metric_add(&threaded, 1);
	return NULL;
}

static void threads_do_not_lose_counts(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < 100; i++)
		assert_printed("test_threads_total ");
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metric_get(&threaded), 80000);
}

/* The value that is printed for a name without labels. */
static double printed_value(const char *name)
{
	struct buffer out = { 0 };
	char *start = NULL, line[128];
	double value = -1;

	metrics_print("test", &out);
	snprintf(line, sizeof(line), "\n%s ", name);
	start = strstr(buffer_text(&out), line);
	assert_non_null(start);
	value = strtod(start + strlen(line), NULL);
	buffer_finish(&out);
	return value;
}

static void the_process_describes_itself(void **state)
{
	(void)state;
	assert_printed("korone_build_info{version=\"" KORONE_VERSION "\",process=\"test\"} 1\n");
	assert_true(printed_value("korone_up_seconds") >= 0);
	assert_true(printed_value("korone_up_seconds") < 600);
	assert_true(printed_value("process_resident_memory_bytes") > 100000);
	assert_true(printed_value("process_virtual_memory_bytes") > 100000);
	assert_true(printed_value("process_open_fds") >= 3);
	assert_true(printed_value("process_max_fds") > 10);
	assert_true(printed_value("process_threads") >= 1);
	assert_true(printed_value("process_cpu_seconds_total") >= 0);
	assert_true(printed_value("process_start_time_seconds") > 1.7e9);
}

/* promtool (Debian package prometheus) judges where it is installed. */
static void promtool_is_content(void **state)
{
	struct buffer out = { 0 };
	FILE *pipe;

	(void)state;
	if (system("command -v promtool >/dev/null 2>&1") != 0)
		skip();
	metrics_print("test", &out);
	pipe = popen("promtool check metrics", "w");
	assert_non_null(pipe);
	assert_int_equal(fwrite(buffer_unread(&out), 1, buffer_unread_size(&out), pipe),
			 buffer_unread_size(&out));
	assert_int_equal(pclose(pipe), 0);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unregistered_metrics_count_nothing),
		cmocka_unit_test(counters_and_gauges),
		cmocka_unit_test(labels_are_closed_sets),
		cmocka_unit_test(a_label_out_of_range_is_a_panic),
		cmocka_unit_test(histograms_are_cumulative),
		cmocka_unit_test(threads_do_not_lose_counts),
		cmocka_unit_test(the_process_describes_itself),
		cmocka_unit_test(promtool_is_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
