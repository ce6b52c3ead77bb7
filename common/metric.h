/* metric.h - counters, gauges and histograms, printed in Prometheus text format 0.0.4.
 *
 * Metrics are static structs; a program registers them once with metrics_register(). An update is a
 * relaxed atomic, callable from any thread. Label values are closed sets defined with the metric:
 * never an id of a person, chat or update. */
#ifndef COMMON_METRIC_H
#define COMMON_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_label {
	const char *name;
	const char *const *values; /* NULL-terminated */
};

struct metric {
	enum metric_type type;
	const char *name;
	const char *help;
	struct metric_label labels[2]; /* NULL name: no such label */
	const double *buckets;         /* histogram: ascending upper bounds, ended by 0 */
	_Atomic int64_t *cells;        /* allocated by metrics_register() */
};

/* Bounds in seconds from 100 µs to 60 s. */
extern const double metric_seconds_buckets[];
extern const double metric_rows_buckets[];

/* NULL-terminated; call once, at startup; the list must live forever. The printer adds
 * korone_build_info, korone_up_seconds and process_*. */
void metrics_register(struct metric *const *list);

void metric_add(struct metric *metric, int64_t amount);
void metric_set(struct metric *metric, int64_t value);
/* With labels: the indexes of the label values. */
void metric_add_at(struct metric *metric, size_t first, size_t second, int64_t amount);
void metric_set_at(struct metric *metric, size_t first, size_t second, int64_t value);
int64_t metric_get(const struct metric *metric);
int64_t metric_get_at(const struct metric *metric, size_t first, size_t second);
/* Histograms; the sum is kept in microunits. */
void metric_observe(struct metric *metric, double value);
void metric_observe_many(struct metric *metric, double value, uint64_t count);

/* Index of `value` in a label's list, or that of the last entry (by convention "other"). */
size_t metric_label_index(const struct metric_label *label, const char *value);

void metrics_print(const char *process, struct buffer *out);

#endif
