/* crash_metric.c - see crash_metric.h. A file of its own, so that a list of metrics does not link
 * what connects. */
#include "common/crash_metric.h"

struct metric captures_dropped = {
	.type = METRIC_COUNTER,
	.name = "korone_captures_dropped_total",
	.help = "Captures of crashes that were lost because crashd was away for too long.",
};
