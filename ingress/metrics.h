/* metrics.h - ingress' metrics, and the label values of those that count errors and refusals. */
#ifndef INGRESS_METRICS_H
#define INGRESS_METRICS_H

#include "common/metric.h"

extern struct metric metric_received, metric_acked, metric_redelivered, metric_incidents;
extern struct metric metric_backlog, metric_backlog_oldest, metric_ready, metric_inflight;
extern struct metric metric_poll_age, metric_poll_errors, metric_spool_bytes, metric_spool_max,
	metric_pools;
extern struct metric metric_sightings_pending;
extern struct metric metric_expired;    /* inline, shipping and pre-checkout queries, too late */
extern struct metric metric_malformed;  /* quarantined elements of a batch */
extern struct metric metric_returned;   /* returned, or lost with a session: dispatched again */
extern struct metric metric_unreadable; /* bodies that the spool could not read */
extern struct metric metric_bad_frames; /* frames from peers that violate the protocol */
extern struct metric metric_claims_refused; /* sessions that claimed updates of others */
extern struct metric metric_syncs;
extern struct metric metric_handled_seconds, metric_done_seconds; /* since the receipt */
extern struct metric metric_poll_rtt; /* between two answers of getUpdates that had updates */
extern struct metric metric_full_batches;
extern struct metric metric_token_refused; /* 0 or 1 */

/* Why a poll failed: the label `reason` of metric_poll_errors. */
enum poll_error {
	POLL_ERROR_CONFLICT_POLLER,  /* another process polls with this token */
	POLL_ERROR_CONFLICT_WEBHOOK, /* a webhook was set while we polled */
	POLL_ERROR_WEBHOOK_ACTIVE,   /* a webhook is set */
	POLL_ERROR_UNAUTHORIZED,
	POLL_ERROR_TOO_MANY_REQUESTS,
	POLL_ERROR_SERVER,     /* 5xx */
	POLL_ERROR_TIMEOUT,    /* no complete answer in time: the connection is considered dead */
	POLL_ERROR_CONNECTION, /* refused, reset, unknown host */
	POLL_ERROR_TLS,
	POLL_ERROR_INCOMPLETE, /* the answer ended early */
	POLL_ERROR_NOT_JSON,   /* a proxy's page */
	POLL_ERROR_TOO_LARGE,
	POLL_ERROR_OTHER,
};
#define POLL_ERROR_COUNT (POLL_ERROR_OTHER + 1)

const char *poll_error_name(enum poll_error error);

/* Why the webhook refused a request: the label `reason` of metric_webhook_refused. */
enum refusal {
	REFUSAL_SECRET,   /* the path is right */
	REFUSAL_PATH,     /* the secret is right */
	REFUSAL_METHOD,   /* both are */
	REFUSAL_STRANGER, /* neither is */
	REFUSAL_TOO_LARGE,
	REFUSAL_EMPTY,
	REFUSAL_BUSY, /* the spool is full, or an operator drains */
};
#define REFUSAL_COUNT (REFUSAL_BUSY + 1)

extern struct metric metric_webhook_refused;
extern struct metric metric_webhook_connections, metric_webhook_ended;
extern struct metric metric_webhook_pending, metric_webhook_failing, metric_webhook_errors;

/* Call once, at startup. */
void ingress_metrics_register(void);

#endif
