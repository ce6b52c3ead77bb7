/* metrics.c - defines and registers ingress' metrics. */
#include "ingress/metrics.h"

#include "common/crash_metric.h"
#include "common/http_server.h"

#define COUNTER(variable, metric_name, text) \
	struct metric variable = { .type = METRIC_COUNTER, .name = metric_name, .help = text }
#define GAUGE(variable, metric_name, text) \
	struct metric variable = { .type = METRIC_GAUGE, .name = metric_name, .help = text }

COUNTER(metric_received, "korone_ingress_updates_received_total",
	"Updates received from Telegram and stored.");
COUNTER(metric_acked, "korone_ingress_updates_acked_total",
	"Updates completed: handled, and replies sent.");
COUNTER(metric_redelivered, "korone_ingress_updates_redelivered_total",
	"Duplicate deliveries from Telegram that were skipped.");
COUNTER(metric_incidents, "korone_ingress_incidents_total",
	"Updates given up after their last attempt.");
GAUGE(metric_backlog, "korone_ingress_backlog_updates", "Updates that are not done.");
GAUGE(metric_backlog_oldest, "korone_ingress_backlog_oldest_seconds",
      "Age of the oldest update that is not done.");
GAUGE(metric_ready, "korone_ingress_ready_updates",
      "Updates that could be dispatched now if a pool had room.");
GAUGE(metric_inflight, "korone_ingress_inflight_updates", "Updates in flight at pools.");
GAUGE(metric_poll_age, "korone_ingress_poll_age_seconds",
      "Time since the last completed getUpdates.");
GAUGE(metric_spool_bytes, "korone_ingress_spool_bytes", "Size of the spool on disk.");
GAUGE(metric_spool_max, "korone_ingress_spool_max_bytes", "Spool size at which polling pauses.");
GAUGE(metric_pools, "korone_ingress_pools", "Pools with a session.");
GAUGE(metric_sightings_pending, "korone_ingress_sightings_pending",
      "People and groups that the recorder has not stored yet.");
COUNTER(metric_expired, "korone_ingress_updates_expired_total",
	"Inline, shipping and pre-checkout queries that are too old for an answer.");
COUNTER(metric_malformed, "korone_ingress_updates_malformed_total",
	"Updates that could not be decoded and were set aside.");
COUNTER(metric_returned, "korone_ingress_updates_returned_total",
	"Updates that came back from a pool and were dispatched again.");
COUNTER(metric_unreadable, "korone_ingress_updates_unreadable_total",
	"Updates whose body the spool could not read back.");
COUNTER(metric_bad_frames, "korone_ingress_bad_frames_total",
	"Frames from peers that violate the protocol.");
COUNTER(metric_claims_refused, "korone_ingress_claims_refused_total",
	"Pool sessions refused because they claimed updates that others have now.");
COUNTER(metric_syncs, "korone_ingress_spool_syncs_total", "Spool syncs to disk.");
GAUGE(metric_token_refused, "korone_ingress_token_refused",
      "1 while Telegram refuses the bot token and getMe is being retried.");
struct metric metric_poll_rtt = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_ingress_poll_rtt_seconds",
	.help = "Duration of getUpdates calls that returned updates.",
	.buckets = metric_seconds_buckets,
};
struct metric metric_handled_seconds = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_ingress_handled_seconds",
	.help = "Time from the receipt of an update to the end of its handler.",
	.buckets = metric_seconds_buckets,
};
struct metric metric_done_seconds = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_ingress_done_seconds",
	.help = "Time from the receipt of an update to when its replies are sent.",
	.buckets = metric_seconds_buckets,
};
COUNTER(metric_full_batches, "korone_ingress_poll_full_batches_total",
	"Batches of 100 updates, after which more may be waiting at Telegram.");

static const char *const poll_error_names[] = {
	[POLL_ERROR_CONFLICT_POLLER] = "conflict_poller",
	[POLL_ERROR_CONFLICT_WEBHOOK] = "conflict_webhook",
	[POLL_ERROR_WEBHOOK_ACTIVE] = "webhook_active",
	[POLL_ERROR_UNAUTHORIZED] = "unauthorized",
	[POLL_ERROR_TOO_MANY_REQUESTS] = "too_many_requests",
	[POLL_ERROR_SERVER] = "server_error",
	[POLL_ERROR_TIMEOUT] = "timeout",
	[POLL_ERROR_CONNECTION] = "connection",
	[POLL_ERROR_TLS] = "tls",
	[POLL_ERROR_INCOMPLETE] = "incomplete",
	[POLL_ERROR_NOT_JSON] = "not_json",
	[POLL_ERROR_TOO_LARGE] = "too_large",
	[POLL_ERROR_OTHER] = "other",
	[POLL_ERROR_COUNT] = NULL,
};

struct metric metric_poll_errors = {
	.type = METRIC_COUNTER,
	.name = "korone_ingress_poll_errors_total",
	.help = "Failed getUpdates calls by reason.",
	.labels = { { "reason", poll_error_names } },
};

static const char *const refusal_names[] = {
	[REFUSAL_SECRET] = "secret",       [REFUSAL_PATH] = "path",
	[REFUSAL_METHOD] = "method",       [REFUSAL_STRANGER] = "stranger",
	[REFUSAL_TOO_LARGE] = "too_large", [REFUSAL_EMPTY] = "empty",
	[REFUSAL_BUSY] = "busy",           [REFUSAL_COUNT] = NULL,
};

struct metric metric_webhook_refused = {
	.type = METRIC_COUNTER,
	.name = "korone_ingress_webhook_refused_total",
	.help = "Webhook requests refused, by reason; stranger: neither path nor secret is right.",
	.labels = { { "reason", refusal_names } },
};
GAUGE(metric_webhook_connections, "korone_ingress_webhook_connections",
      "Open webhook connections, at most 256.");
struct metric metric_webhook_ended = {
	.type = METRIC_COUNTER,
	.name = "korone_ingress_webhook_connections_ended_total",
	.help = "Webhook connections closed by us, by reason: too slow, idle for too long, or "
		"making room for others.",
	.labels = { { "reason", http_end_names } },
};
GAUGE(metric_webhook_pending, "korone_ingress_webhook_pending_updates",
      "Updates waiting at Telegram for delivery to the webhook, at the last check.");
GAUGE(metric_webhook_failing, "korone_ingress_webhook_failing_seconds",
      "How long Telegram has been failing to deliver to the webhook; 0 while it works.");
COUNTER(metric_webhook_errors, "korone_ingress_webhook_errors_total",
	"Checks that found a new delivery error at Telegram.");

static struct metric *const all_metrics[] = {
	&metric_received,        &metric_acked,
	&metric_redelivered,     &metric_incidents,
	&metric_backlog,         &metric_backlog_oldest,
	&metric_ready,           &metric_inflight,
	&metric_poll_age,        &metric_poll_errors,
	&metric_spool_bytes,     &metric_pools,
	&metric_expired,         &metric_sightings_pending,
	&metric_malformed,       &metric_returned,
	&metric_unreadable,      &metric_bad_frames,
	&metric_syncs,           &metric_poll_rtt,
	&metric_full_batches,    &metric_spool_max,
	&captures_dropped,       &metric_token_refused,
	&metric_webhook_refused, &metric_webhook_connections,
	&metric_webhook_ended,   &metric_webhook_pending,
	&metric_webhook_failing, &metric_webhook_errors,
	&metric_claims_refused,  &metric_handled_seconds,
	&metric_done_seconds,    NULL,
};

const char *poll_error_name(enum poll_error error)
{
	return poll_error_names[error];
}

void ingress_metrics_register(void)
{
	metrics_register(all_metrics);
}
