/* status.c - collects gauges, readiness and /status from the parts of ingress. */
#include "ingress/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "status"

#define PUBLISH_MS 1000u

struct status {
	struct status_options options;
	struct loop_timer timer;
	struct buffer json;
	uint64_t started_ms;
	uint64_t syncs;
	bool paused; /* Telegram refuses calls, and the log says so */
};

static uint64_t oldest_age_ms(const struct status *status)
{
	uint64_t oldest_ms = dispatch_oldest_ms(pools_dispatch(status->options.pools));
	uint64_t now_ms = clock_utc_ns() / 1000000;

	return oldest_ms == 0 || oldest_ms > now_ms ? 0 : now_ms - oldest_ms;
}

static void set_gauges(struct status *status, uint64_t oldest_ms)
{
	const struct dispatch *dispatch = pools_dispatch(status->options.pools);
	uint64_t syncs = spool_syncs(status->options.spool);

	metric_set(&metric_backlog, (int64_t)dispatch_backlog(dispatch));
	metric_set(&metric_backlog_oldest, (int64_t)(oldest_ms / 1000));
	metric_set(&metric_ready, (int64_t)dispatch_ready(dispatch));
	metric_set(&metric_inflight, (int64_t)dispatch_in_flight(dispatch));
	metric_set(&metric_poll_age, (int64_t)(poller_age_ms(status->options.poller) / 1000));
	metric_set(&metric_spool_max, status->options.settings->spool_max_bytes);
	metric_set(&metric_spool_bytes, (int64_t)spool_bytes(status->options.spool));
	metric_set(&metric_sightings_pending,
		   (int64_t)sightings_pending(status->options.sightings));
	metric_add(&metric_syncs, (int64_t)(syncs - status->syncs));
	status->syncs = syncs;
}

static const struct webhook_health *webhook_health_of(const struct status *status)
{
	return poller_webhook_health(status->options.poller);
}

/* Describes the state of the webhook; true when it works. */
static bool describe_webhook(const struct status *status, char *out, size_t size)
{
	const struct webhook_health *webhook_health = webhook_health_of(status);

	if (!webhook_is_crowded(status->options.webhook)) {
		webhook_health_describe(webhook_health, loop_now_ms(status->options.loop), out,
					size);
		return !webhook_health_fails(webhook_health);
	}
	if (webhook_lacks(status->options.webhook))
		snprintf(out, size, "callers wait, no connection can be accepted: %s",
			 strerror(webhook_lacks(status->options.webhook)));
	else
		snprintf(out, size, "all %u places are taken, callers wait",
			 webhook_connections(status->options.webhook));
	return false;
}

/* Marked as needed, so that readiness shows that no updates come in. A proxy in front must not take
 * the answer as a reason to send none (docs/operating.md). */
static bool set_webhook_dependency(const struct status *status)
{
	const struct webhook_health *webhook_health = webhook_health_of(status);
	uint64_t failing_ms = webhook_health_failing_ms(webhook_health,
							loop_now_ms(status->options.loop));
	char text[200];
	bool works;

	if (!status->options.webhook)
		return true;
	works = describe_webhook(status, text, sizeof(text));
	health_dependency(status->options.health, "webhook", true, works, text);
	metric_set(&metric_webhook_pending, webhook_health->info.pending);
	metric_set(&metric_webhook_failing, (int64_t)((failing_ms + 999) / 1000));
	return works;
}

static void note_pause(struct status *status, uint64_t paused_ms)
{
	if (paused_ms > 0 && !status->paused)
		log_warn("Telegram refuses calls of the whole bot (429): nothing is handled "
			 "meanwhile",
			 log_unsigned("for_ms", paused_ms));
	if (paused_ms == 0 && status->paused)
		log_notice("Telegram's pause for the whole bot is over");
	status->paused = paused_ms > 0;
}

/* Updates still come in while Telegram refuses calls. */
static void set_telegram_dependency(struct status *status, bool ready)
{
	uint64_t paused_ms = pools_paused_ms(status->options.pools);
	const char *state = poller_state(status->options.poller);
	char text[128];

	note_pause(status, paused_ms);
	if (paused_ms > 0)
		snprintf(text, sizeof(text),
			 "%.40s; no calls for another %llu s: Telegram refuses "
			 "them (429)",
			 state, (unsigned long long)(paused_ms + 999) / 1000);
	health_dependency(status->options.health, "telegram", true, ready,
			  paused_ms > 0 ? text : state);
}

static bool set_dependencies(struct status *status)
{
	const struct status_options *options = &status->options;
	bool full = spool_is_full(options->spool);
	bool ready = poller_is_ready(options->poller);
	size_t pools = pools_ready(options->pools);
	char text[32];

	set_telegram_dependency(status, ready);
	health_dependency(options->health, "spool", true, !full,
			  !full ? "ready"
			  : spool_disk_is_full(options->spool)
				  ? "the disk is full: polling is paused"
				  : "full: polling is paused");
	snprintf(text, sizeof(text), "%zu", pools);
	health_dependency(options->health, "pools", false, pools > 0, text);
	return set_webhook_dependency(status) && ready && !full;
}

static void write_webhook(const struct status *status, struct json *json)
{
	const struct webhook_health *webhook_health = webhook_health_of(status);
	uint64_t failing_ms = webhook_health_failing_ms(webhook_health,
							loop_now_ms(status->options.loop));
	int64_t refused = 0;
	char text[200];

	if (!status->options.webhook)
		return;
	for (size_t i = 0; i < REFUSAL_COUNT; i++)
		refused += metric_get_at(&metric_webhook_refused, i, 0);
	json_key(json, "webhook");
	json_object_start(json);
	json_key_bool(json, "ready", describe_webhook(status, text, sizeof(text)));
	json_key_text(json, "state", text);
	json_key_int(json, "pending", webhook_health->info.pending);
	json_key_int(json, "failing_ms", (int64_t)failing_ms);
	json_key_int(json, "last_error_date", webhook_health->info.last_error_s);
	json_key_text(json, "last_error", webhook_health->info.last_error);
	json_key_int(json, "taken", (int64_t)webhook_health->taken);
	json_key_int(json, "refused", refused);
	json_key_int(json, "connections", webhook_connections(status->options.webhook));
	json_object_end(json);
}

/* Not which: that would name people. */
static void write_cooldowns(const struct status *status, struct json *json)
{
	uint64_t longest_ms;
	size_t chats = pools_held_chats(status->options.pools, &longest_ms);

	json_key(json, "cooldowns");
	json_object_start(json);
	json_key_int(json, "chats", (int64_t)chats);
	json_key_int(json, "longest_ms", (int64_t)longest_ms);
	json_object_end(json);
}

static void write_updates(struct json *json)
{
	json_key(json, "updates");
	json_object_start(json);
	json_key_int(json, "received", metric_get(&metric_received));
	json_key_int(json, "acked", metric_get(&metric_acked));
	json_key_int(json, "redelivered", metric_get(&metric_redelivered));
	json_key_int(json, "incidents", metric_get(&metric_incidents));
	json_object_end(json);
}

static void write_status(struct status *status, bool ready, uint64_t oldest_ms)
{
	const struct status_options *options = &status->options;
	const struct dispatch *dispatch = pools_dispatch(options->pools);

	buffer_clear(&status->json);
	struct json json = json_start(&status->json);
	json_object_start(&json);
	json_key_text(&json, "process", "ingress");
	json_key_int(&json, "pid", getpid());
	json_key_text(&json, "version", KORONE_VERSION);
	json_key_int(&json, "up_ms", (int64_t)(loop_now_ms(options->loop) - status->started_ms));
	json_key_text(&json, "state", poller_state(options->poller));
	json_key_bool(&json, "ready", ready);
	json_key_int(&json, "token_pause_ms", (int64_t)pools_paused_ms(options->pools));
	json_key_int(&json, "poll_age_ms", (int64_t)poller_age_ms(options->poller));
	json_key_int(&json, "backlog", (int64_t)dispatch_backlog(dispatch));
	json_key_int(&json, "backlog_oldest_ms", (int64_t)oldest_ms);
	json_key_int(&json, "ready_updates", (int64_t)dispatch_ready(dispatch));
	json_key_int(&json, "in_flight", (int64_t)dispatch_in_flight(dispatch));
	json_key_int(&json, "waiting_work", (int64_t)dispatch_waiting_work(dispatch));
	json_key_int(&json, "spool_bytes", (int64_t)spool_bytes(options->spool));
	json_key_int(&json, "spool_max_bytes", options->settings->spool_max_bytes);
	json_key_int(&json, "sightings_pending", (int64_t)sightings_pending(options->sightings));
	write_cooldowns(status, &json);
	write_updates(&json);
	write_webhook(status, &json);
	json_key(&json, "pools");
	pools_status(options->pools, &json);
	json_key(&json, "recorders");
	sightings_status(options->sightings, &json);
	json_object_end(&json);
	health_status(options->health, buffer_text(&status->json),
		      buffer_unread_size(&status->json));
}

static void publish(void *owner)
{
	struct status *status = owner;
	uint64_t oldest_ms = oldest_age_ms(status);

	loop_timer_set_tick(status->options.loop, &status->timer, PUBLISH_MS);
	set_gauges(status, oldest_ms);
	write_status(status, set_dependencies(status), oldest_ms);
}

struct status *status_create(const struct status_options *options)
{
	struct status *status = xmalloc(sizeof(*status));

	status->options = *options;
	status->started_ms = loop_now_ms(options->loop);
	status->timer = (struct loop_timer) { .fn = publish, .owner = status };
	publish(status);
	return status;
}

void status_destroy(struct status *status)
{
	if (!status)
		return;
	loop_timer_clear(status->options.loop, &status->timer);
	buffer_finish(&status->json);
	free(status);
}
