/* crash_metric.c - its own file, so that a list of metrics does not link the code that connects. */
#include "common/crash_metric.h"

struct metric captures_dropped = {
	.type = METRIC_COUNTER,
	.name = "korone_captures_dropped_total",
	.help = "Crash captures dropped because crashd was unreachable for too long.",
};
