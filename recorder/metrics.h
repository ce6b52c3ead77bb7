/* metrics.h - the recorder's metrics (common/metric.h). */
#ifndef RECORDER_METRICS_H
#define RECORDER_METRICS_H

#include "common/metric.h"

/* Values of metric_sightings' label. */
enum sighting_outcome {
	OUTCOME_UNCHANGED,
	OUTCOME_WRITTEN,
	OUTCOME_OPTED_OUT,
	OUTCOME_REFUSED,
};
enum store { STORE_POSTGRES, STORE_REDIS };

extern struct metric metric_sightings, metric_batch_seconds, metric_batch_rows, metric_errors,
	metric_active, metric_in_flight;

void recorder_metrics_register(void);

#endif
