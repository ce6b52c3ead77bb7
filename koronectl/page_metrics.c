/* page_metrics.c - see page_metrics.h. */
#include "koronectl/page_metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next line whose metric has this name, from `*at` on: its labels, or its value when it has
 * none; NULL when there is no more. */
static const char *next_sample(const char **at, const char *name)
{
	size_t length = strlen(name);

	while (*at && **at) {
		const char *line = *at, *end = strchr(line, '\n');

		*at = end ? end + 1 : NULL;
		if (!strncmp(line, name, length) && (line[length] == ' ' || line[length] == '{'))
			return line + length;
	}
	return NULL;
}

/* Labels of ours have no space in their values. */
static double value_of(const char *sample)
{
	return strtod(sample + strcspn(sample, " \n"), NULL);
}

double page_metric(const char *text, const char *name)
{
	double sum = 0;
	const char *sample;

	while ((sample = next_sample(&text, name)))
		sum += value_of(sample);
	return sum;
}

struct page_histogram page_histogram_read(const char *text, const char *name)
{
	static const char label[] = "{le=\"";
	struct page_histogram out = { 0 };
	char buckets[128];
	const char *sample;

	snprintf(buckets, sizeof(buckets), "%s_bucket", name);
	while (out.count < PAGE_BUCKETS_MAX && (sample = next_sample(&text, buckets))) {
		if (strncmp(sample, label, sizeof(label) - 1) != 0)
			continue;
		out.bounds[out.count] = strtod(sample + sizeof(label) - 1, NULL); /* "+Inf", too */
		out.counts[out.count++] = value_of(sample);
	}
	return out;
}

/* A process that began anew counts from 0. */
static bool is_later(const struct page_histogram *before, const struct page_histogram *now)
{
	return before->count == now->count && now->count > 0 &&
	       before->counts[now->count - 1] <= now->counts[now->count - 1];
}

double page_histogram_quantile(const struct page_histogram *before,
			       const struct page_histogram *now, double part)
{
	static const struct page_histogram none;
	const struct page_histogram *base = is_later(before, now) ? before : &none;
	size_t last = now->count ? now->count - 1 : 0;
	double wanted = part * (now->counts[last] - base->counts[last]);
	double below = 0, low = 0;

	if (before->count == 0 || now->count == 0 || wanted <= 0)
		return -1;
	for (size_t i = 0; i < now->count; i++) {
		double until = now->counts[i] - base->counts[i];

		if (until >= wanted)
			return isinf(now->bounds[i])
				       ? low
				       : low + (now->bounds[i] - low) * (wanted - below) /
							 (until - below);
		below = until;
		low = now->bounds[i];
	}
	return low;
}
