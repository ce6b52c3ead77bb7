/* metrics.c - definitions of crashd's metrics. */
#include "crashd/metrics.h"

#include "common/walls.h"

static const char *const outcomes[] = { "received", "delivered", "expired", "rejected", NULL };

struct metric crashd_reports = {
	.type = METRIC_COUNTER,
	.name = "korone_crashd_reports_total",
	.help = "Crash captures received, and reports by outcome.",
	.labels = { { "outcome", outcomes } },
};
struct metric crashd_walls = {
	.type = METRIC_GAUGE,
	.name = "korone_crashd_walls",
	.help = "1 for each wall that stands around the symbolizer, once it has run.",
	.labels = { { "wall", wall_names } },
};
struct metric crashd_pending = {
	.type = METRIC_GAUGE,
	.name = "korone_crashd_reports_pending",
	.help = "Captures and reports on disk, not yet accepted by Logfire.",
};
struct metric crashd_symbolize = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_crashd_symbolize_seconds",
	.help = "Time that the helper process takes for the trace of a capture.",
	.buckets = metric_seconds_buckets,
};
struct metric crashd_symbolize_faults = {
	.type = METRIC_COUNTER,
	.name = "korone_crashd_symbolize_faults_total",
	.help = "Helper processes that ended without a trace.",
};
struct metric crashd_store_errors = {
	.type = METRIC_COUNTER,
	.name = "korone_crashd_store_errors_total",
	.help = "Captures and reports that could not be written to disk.",
};
struct metric crashd_light = {
	.type = METRIC_COUNTER,
	.name = "korone_crashd_reports_light_total",
	.help = "Reports shortened because their fault occurred more than 60 times a minute.",
};
struct metric crashd_evicted = {
	.type = METRIC_COUNTER,
	.name = "korone_crashd_reports_evicted_total",
	.help = "Reports dropped for a newer one of the same fault because the disk was full.",
};

static struct metric *const list[] = {
	&crashd_walls,     &crashd_reports,          &crashd_pending,
	&crashd_symbolize, &crashd_symbolize_faults, &crashd_store_errors,
	&crashd_light,     &crashd_evicted,          NULL,
};

void crashd_metrics_register(void)
{
	metrics_register(list);
}
