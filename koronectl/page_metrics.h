/* page_metrics.h - reads what a process says at /metrics: Prometheus' text format 0.0.4, as
 * common/metric.c writes it. */
#ifndef KORONECTL_PAGE_METRICS_H
#define KORONECTL_PAGE_METRICS_H

#include <stddef.h>

#define PAGE_BUCKETS_MAX 32

/* The number of observations up to each bound, the last bound being infinite; zeroed: none. */
struct page_histogram {
	size_t count;
	double bounds[PAGE_BUCKETS_MAX], counts[PAGE_BUCKETS_MAX];
};

/* The sum over all labels; 0 without such a metric, and without a text. */
double page_metric(const char *text, const char *name);
/* `text` may be NULL. */
struct page_histogram page_histogram_read(const char *text, const char *name);
/* Which value so large a part (0 to 1) of what was observed between the two did not exceed, as
 * Prometheus' histogram_quantile() tells it; negative when nothing was, or when one of them is
 * not known. */
double page_histogram_quantile(const struct page_histogram *before,
			       const struct page_histogram *now, double part);

#endif
