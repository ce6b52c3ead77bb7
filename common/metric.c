/* metric.c - the registry of metrics, their cells, and the printer. */
#include "common/metric.h"

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/log_pipe.h"
#include "common/xalloc.h"

#define MICRO 1e6

const double metric_seconds_buckets[] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
					  0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5,
					  5,      10,      30,     60,    0 };
const double metric_rows_buckets[] = { 1,   2,   5,    10,   20,   50,    100,
				       200, 500, 1000, 2000, 5000, 10000, 0 };

static struct metric *const *registered;

/* --- cells ------------------------------------------------------------------------------------ */

static size_t label_size(const struct metric_label *label)
{
	size_t size = 0;

	while (label->name && label->values[size])
		size++;
	return size > 0 ? size : 1;
}

static size_t bucket_count(const struct metric *metric)
{
	size_t count = 0;

	while (metric->buckets && metric->buckets[count] > 0)
		count++;
	return count;
}

/* A histogram has a cell per bucket, one for everything above them, and one for the sum. */
static size_t cell_count(const struct metric *metric)
{
	if (metric->type == METRIC_HISTOGRAM)
		return bucket_count(metric) + 2;
	return label_size(&metric->labels[0]) * label_size(&metric->labels[1]);
}

void metrics_register(struct metric *const *list)
{
	registered = list;
	for (; *list; list++)
		if (!(*list)->cells)
			(*list)->cells = xcalloc(cell_count(*list), sizeof(*(*list)->cells));
}

/* NULL before metrics_register(): tests use parts of a program without a registry. */
static _Atomic int64_t *cell_at(const struct metric *metric, size_t first, size_t second)
{
	size_t seconds = label_size(&metric->labels[1]);

	if (!metric->cells)
		return NULL;
	if (first >= label_size(&metric->labels[0]) || second >= seconds)
		panic("%s has no label value %zu, %zu", metric->name, first, second);
	return &metric->cells[first * seconds + second];
}

static void add_to(_Atomic int64_t *cell, int64_t amount)
{
	if (cell)
		atomic_fetch_add_explicit(cell, amount, memory_order_relaxed);
}

static void store_in(_Atomic int64_t *cell, int64_t value)
{
	if (cell)
		atomic_store_explicit(cell, value, memory_order_relaxed);
}

static int64_t load_from(const _Atomic int64_t *cell)
{
	return cell ? atomic_load_explicit(cell, memory_order_relaxed) : 0;
}

void metric_add(struct metric *metric, int64_t amount)
{
	add_to(cell_at(metric, 0, 0), amount);
}

void metric_set(struct metric *metric, int64_t value)
{
	store_in(cell_at(metric, 0, 0), value);
}

void metric_add_at(struct metric *metric, size_t first, size_t second, int64_t amount)
{
	add_to(cell_at(metric, first, second), amount);
}

void metric_set_at(struct metric *metric, size_t first, size_t second, int64_t value)
{
	store_in(cell_at(metric, first, second), value);
}

int64_t metric_get(const struct metric *metric)
{
	return load_from(cell_at(metric, 0, 0));
}

int64_t metric_get_at(const struct metric *metric, size_t first, size_t second)
{
	return load_from(cell_at(metric, first, second));
}

void metric_observe(struct metric *metric, double value)
{
	metric_observe_many(metric, value, 1);
}

void metric_observe_many(struct metric *metric, double value, uint64_t count)
{
	size_t buckets = bucket_count(metric);
	size_t index = 0;

	if (!metric->cells)
		return;
	while (index < buckets && value > metric->buckets[index])
		index++;
	add_to(&metric->cells[index], (int64_t)count);
	add_to(&metric->cells[buckets + 1], llround(value * MICRO * (double)count));
}

size_t metric_label_index(const struct metric_label *label, const char *value)
{
	size_t size = label_size(label);

	for (size_t i = 0; i < size; i++)
		if (!strcmp(label->values[i], value))
			return i;
	return size - 1;
}

/* --- printing: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4 ---- */

static void print_escaped(struct buffer *out, const char *text, const char *also)
{
	for (; *text; text++) {
		if (*text == '\n') {
			buffer_append_text(out, "\\n");
			continue;
		}
		if (*text == '\\' || strchr(also, *text))
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, (uint8_t)*text);
	}
}

/* The shortest exact form, with a decimal point in every locale, like JSON's. */
static void print_number(struct buffer *out, double value)
{
	struct json json = json_start(out);

	json_double(&json, value);
}

static void print_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_printf(out, "# HELP %s ", name);
	print_escaped(out, help, "");
	buffer_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void print_label(struct buffer *out, const char *name, const char *value)
{
	buffer_printf(out, "%s=\"", name);
	print_escaped(out, value, "\"");
	buffer_append_byte(out, '"');
}

static void print_cell(struct buffer *out, const struct metric *metric, size_t first, size_t second)
{
	const struct metric_label *labels = metric->labels;

	buffer_append_text(out, metric->name);
	if (labels[0].name) {
		buffer_append_byte(out, '{');
		print_label(out, labels[0].name, labels[0].values[first]);
		if (labels[1].name) {
			buffer_append_byte(out, ',');
			print_label(out, labels[1].name, labels[1].values[second]);
		}
		buffer_append_byte(out, '}');
	}
	buffer_printf(out, " %lld\n", (long long)metric_get_at(metric, first, second));
}

static void print_cells(struct buffer *out, const struct metric *metric)
{
	size_t firsts = label_size(&metric->labels[0]);
	size_t seconds = label_size(&metric->labels[1]);

	for (size_t first = 0; first < firsts; first++)
		for (size_t second = 0; second < seconds; second++)
			print_cell(out, metric, first, second);
}

/* The count is the sum of the buckets as read here, so that the two always agree. */
static void print_histogram(struct buffer *out, const struct metric *metric)
{
	size_t buckets = bucket_count(metric);
	int64_t below = 0;

	for (size_t i = 0; i < buckets; i++) {
		below += load_from(&metric->cells[i]);
		buffer_printf(out, "%s_bucket{le=\"", metric->name);
		print_number(out, metric->buckets[i]);
		buffer_printf(out, "\"} %lld\n", (long long)below);
	}
	below += load_from(&metric->cells[buckets]);
	buffer_printf(out, "%s_bucket{le=\"+Inf\"} %lld\n", metric->name, (long long)below);
	buffer_printf(out, "%s_sum ", metric->name);
	print_number(out, (double)load_from(&metric->cells[buckets + 1]) / MICRO);
	buffer_printf(out, "\n%s_count %lld\n", metric->name, (long long)below);
}

static void print_metric(struct buffer *out, const struct metric *metric)
{
	switch (metric->type) {
	case METRIC_COUNTER:
		print_head(out, metric->name, "counter", metric->help);
		print_cells(out, metric);
		return;
	case METRIC_GAUGE:
		print_head(out, metric->name, "gauge", metric->help);
		print_cells(out, metric);
		return;
	case METRIC_HISTOGRAM:
		print_head(out, metric->name, "histogram", metric->help);
		print_histogram(out, metric);
		return;
	}
}

/* --- process_*: the names that Prometheus' client libraries agree on -------------------------- */

struct process_facts {
	double cpu_s, up_s;
	double virtual_bytes, resident_bytes;
	long threads;
};

/* From /proc/self/stat, proc(5). */
static bool read_process(struct process_facts *out)
{
	FILE *file = fopen("/proc/self/stat", "re");
	unsigned long user, kernel, virtual_bytes;
	unsigned long long start;
	double ticks = (double)sysconf(_SC_CLK_TCK);
	long threads, pages;
	bool good;

	if (!file)
		return false;
	/* the name in the second field is ours and has no parenthesis */
	good = fscanf(file,
		      "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d "
		      "%*d %*d %ld %*d %llu %lu %ld",
		      &user, &kernel, &threads, &start, &virtual_bytes, &pages) == 6;
	fclose(file);
	if (!good)
		return false;
	out->cpu_s = (double)(user + kernel) / ticks;
	out->up_s = (double)clock_boot_ms() / 1000 - (double)start / ticks;
	out->virtual_bytes = (double)virtual_bytes;
	out->resident_bytes = (double)pages * (double)sysconf(_SC_PAGESIZE);
	out->threads = threads;
	return true;
}

static double count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	double count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 3; /* ".", ".." and the descriptor used for reading */
}

static void print_value(struct buffer *out, const char *name, const char *type, const char *help,
			double value)
{
	print_head(out, name, type, help);
	buffer_printf(out, "%s ", name);
	print_number(out, value);
	buffer_append_byte(out, '\n');
}

static void print_process(struct buffer *out)
{
	struct process_facts facts;
	struct rlimit limit;

	if (read_process(&facts)) {
		print_value(out, "korone_up_seconds", "gauge", "Time since the process started.",
			    facts.up_s);
		print_value(out, "process_start_time_seconds", "gauge",
			    "Start time of the process since the Unix epoch.",
			    round((double)clock_utc_ns() / 1e9 - facts.up_s));
		print_value(out, "process_cpu_seconds_total", "counter",
			    "User and system CPU time spent.", facts.cpu_s);
		print_value(out, "process_virtual_memory_bytes", "gauge",
			    "Size of the virtual memory.", facts.virtual_bytes);
		print_value(out, "process_resident_memory_bytes", "gauge",
			    "Size of the resident memory.", facts.resident_bytes);
		print_value(out, "process_threads", "gauge", "Number of threads.",
			    (double)facts.threads);
	}
	print_value(out, "korone_log_lines_dropped_total", "counter",
		    "Lines of the log that were lost: nobody read standard error, or its disk was "
		    "full.",
		    (double)log_pipe_lost());
	print_value(out, "process_open_fds", "gauge", "Number of open file descriptors.",
		    count_descriptors());
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		print_value(out, "process_max_fds", "gauge",
			    "Maximum number of open file descriptors.", (double)limit.rlim_cur);
}

void metrics_print(const char *process, struct buffer *out)
{
	print_head(out, "korone_build_info", "gauge", "The version of the program.");
	buffer_append_text(out, "korone_build_info{");
	print_label(out, "version", KORONE_VERSION);
	buffer_append_byte(out, ',');
	print_label(out, "process", process);
	buffer_append_text(out, "} 1\n");
	print_process(out);
	for (struct metric *const *metric = registered; metric && *metric; metric++)
		print_metric(out, *metric);
}
