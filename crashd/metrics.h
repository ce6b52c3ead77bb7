/* metrics.h - what crashd counts, korone_crashd_*. */
#ifndef CRASHD_METRICS_H
#define CRASHD_METRICS_H

#include "common/metric.h"

enum report_outcome { REPORT_RECEIVED, REPORT_DELIVERED, REPORT_EXPIRED, REPORT_REJECTED };

extern struct metric crashd_reports;          /* by enum report_outcome */
extern struct metric crashd_walls;            /* around the symbolizer, by wall */
extern struct metric crashd_pending;          /* captures and reports on disk */
extern struct metric crashd_symbolize;        /* seconds */
extern struct metric crashd_symbolize_faults; /* symbolizers that ended without an answer */
extern struct metric crashd_store_errors;
extern struct metric crashd_light;
extern struct metric crashd_evicted;

void crashd_metrics_register(void);

#endif
