/* metrics.c - definitions of the recorder's metrics. */
#include "recorder/metrics.h"

#include "common/crash_metric.h"

static const char *const outcomes[] = {
	[OUTCOME_UNCHANGED] = "unchanged",
	[OUTCOME_WRITTEN] = "written",
	[OUTCOME_OPTED_OUT] = "opted_out",
	[OUTCOME_REFUSED] = "refused",
	NULL,
};
static const char *const stores[] = {
	[STORE_POSTGRES] = "postgres",
	[STORE_REDIS] = "redis",
	NULL,
};

struct metric metric_sightings = {
	.type = METRIC_COUNTER,
	.name = "korone_recorder_sightings_total",
	.help = "Acknowledged sightings by outcome.",
	.labels = { { "outcome", outcomes } },
};
struct metric metric_batch_seconds = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_recorder_batch_seconds",
	.help = "Time that Postgres and Redis take for a batch.",
	.buckets = metric_seconds_buckets,
};
struct metric metric_batch_rows = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_recorder_batch_rows",
	.help = "Rows of a batch, after merging sightings of the same id.",
	.buckets = metric_rows_buckets,
};
struct metric metric_errors = {
	.type = METRIC_COUNTER,
	.name = "korone_recorder_errors_total",
	.help = "Failures of Postgres or Redis.",
	.labels = { { "store", stores } },
};
struct metric metric_active = {
	.type = METRIC_GAUGE,
	.name = "korone_recorder_active",
	.help = "1 while this recorder is the active one, which writes.",
};
struct metric metric_in_flight = {
	.type = METRIC_GAUGE,
	.name = "korone_recorder_in_hand_sightings",
	.help = "Sightings received and not yet acknowledged.",
};

static struct metric *const metrics[] = {
	&metric_sightings, &metric_batch_seconds, &metric_batch_rows, &metric_errors,
	&metric_active,    &metric_in_flight,     &captures_dropped,  NULL,
};

void recorder_metrics_register(void)
{
	metrics_register(metrics);
}
