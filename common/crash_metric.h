/* crash_metric.h - the metric of every process that has a crash_link; the program registers it. */
#ifndef COMMON_CRASH_METRIC_H
#define COMMON_CRASH_METRIC_H

#include "common/metric.h"

extern struct metric captures_dropped;

#endif
