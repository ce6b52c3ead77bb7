/* crash_metric.h - what every process that has a crash_link counts; registered by the program. */
#ifndef COMMON_CRASH_METRIC_H
#define COMMON_CRASH_METRIC_H

#include "common/metric.h"

extern struct metric captures_dropped;

#endif
