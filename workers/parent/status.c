/* status.c - what operators see of a pool: metrics, readiness, /status. */
#include "workers/parent/pool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/crash_metric.h"
#include "common/json.h"
#include "common/metric.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/parent/exit_reason.h"
#include "workers/wire/answer.h"
#include "workers/wire/method.h"

static const char *const state_names[] = { "starting", "idle", "busy", "stopping", NULL };
static const char *const result_names[] = { "ok", "error", "crash", "timeout", NULL };
static const char *const scope_names[] = { "chat", "token", NULL };

static struct metric children_metric = { .type = METRIC_GAUGE,
					 .name = "korone_worker_children",
					 .help = "Children by state.",
					 .labels = { { "state", state_names } } };
static struct metric updates_metric = { .type = METRIC_COUNTER,
					.name = "korone_worker_updates_total",
					.help = "Updates by outcome of their handlers.",
					.labels = { { "result", result_names } } };
static struct metric handle_metric = { .type = METRIC_HISTOGRAM,
				       .name = "korone_worker_handle_seconds",
				       .help = "Time that handlers take for an update.",
				       .buckets = metric_seconds_buckets };
static struct metric crashes_metric = {
	.type = METRIC_COUNTER,
	.name = "korone_worker_crashes_total",
	.help = "Unexpected deaths of processes of the pool, by signal.",
	.labels = { { "signal", exit_reason_signals } }
};
static struct metric calls_metric = { .type = METRIC_COUNTER,
				      .name = "korone_worker_api_calls_total",
				      .help = "Bot API call attempts by outcome.",
				      .labels = { { "method", method_names },
						  { "status", outcome_names } } };
static struct metric call_seconds_metric = { .type = METRIC_HISTOGRAM,
					     .name = "korone_worker_api_seconds",
					     .help = "Time from a Bot API call to its answer.",
					     .buckets = metric_seconds_buckets };
static struct metric doubt_metric = {
	.type = METRIC_COUNTER,
	.name = "korone_worker_calls_in_doubt_total",
	.help = "Calls without an answer when their sender or connection died."
};
static struct metric cooldowns_metric = { .type = METRIC_COUNTER,
					  .name = "korone_worker_cooldowns_total",
					  .help = "Cooldowns that Telegram asked for (429).",
					  .labels = { { "scope", scope_names } } };
static struct metric unsent_metric = { .type = METRIC_GAUGE,
				       .name = "korone_worker_unsent_calls",
				       .help = "Calls accepted and not yet finished by Telegram." };
static struct metric token_metric = {
	.type = METRIC_GAUGE,
	.name = "korone_worker_token_refused",
	.help = "1 while Telegram refuses the bot token and getMe is retried."
};
static struct metric walls_metric = {
	.type = METRIC_GAUGE,
	.name = "korone_worker_walls",
	.help = "1 for each wall that stands around the children.",
	.labels = { { "wall", wall_names } },
};
static struct metric fetches_metric = { .type = METRIC_COUNTER,
					.name = "korone_worker_fetches_total",
					.help = "What handlers asked other hosts, by outcome.",
					.labels = { { "outcome", fetch_outcome_names } } };
static struct metric fetch_seconds_metric = {
	.type = METRIC_HISTOGRAM,
	.name = "korone_worker_fetch_seconds",
	.help = "Time from a question to another host to its answer.",
	.buckets = metric_seconds_buckets
};
static struct metric fetching_metric = { .type = METRIC_GAUGE,
					 .name = "korone_worker_fetching",
					 .help = "Handlers that wait for another host." };
static struct metric in_flight_metric = { .type = METRIC_GAUGE,
					  .name = "korone_worker_in_hand_updates",
					  .help = "Updates waiting or being handled." };

static struct metric *const all_metrics[] = {
	&children_metric,
	&updates_metric,
	&handle_metric,
	&crashes_metric,
	&calls_metric,
	&call_seconds_metric,
	&doubt_metric,
	&cooldowns_metric,
	&unsent_metric,
	&in_flight_metric,
	&token_metric,
	&walls_metric,
	&captures_dropped,
	&fetches_metric,
	&fetch_seconds_metric,
	&fetching_metric,
	NULL,
};

void status_register_metrics(void)
{
	metrics_register(all_metrics);
}

void status_handled(enum result_label result, uint32_t duration_us)
{
	metric_add_at(&updates_metric, result, 0, 1);
	metric_observe(&handle_metric, duration_us / 1e6);
}

void status_update_ended(enum result_label result)
{
	metric_add_at(&updates_metric, result, 0, 1);
}

void status_process_ended(const char *signal)
{
	metric_add_at(&crashes_metric, metric_label_index(&crashes_metric.labels[0], signal), 0, 1);
}

void status_sent(const struct wire_sent *sent)
{
	size_t method = sent->method < METHOD_COUNT ? sent->method : METHOD_OTHER;

	if (sent->method == METHOD_NONE)
		return;
	metric_add_at(&calls_metric, method, sent->outcome, 1);
	metric_observe(&call_seconds_metric, sent->duration_us / 1e6);
	if (sent->final && sent->repeated)
		metric_add(&doubt_metric, sent->repeated);
}

void status_doubtful(void)
{
	metric_add(&doubt_metric, 1);
}

void status_fetched(const struct wire_fetched *fetched)
{
	metric_add_at(&fetches_metric, fetched->outcome, 0, 1);
	metric_observe(&fetch_seconds_metric, fetched->duration_us / 1e6);
}

void status_cooldown(bool whole_token)
{
	metric_add_at(&cooldowns_metric, whole_token ? 1 : 0, 0, 1);
}

void status_token_refused(bool refused)
{
	metric_set(&token_metric, refused);
}

/* --- beats and /status --- */

static size_t count_in_flight(const struct pool *pool)
{
	return pool->items.waiting + pool->items.assigned;
}

static bool is_ready(const struct pool *pool)
{
	return !pool->draining && pool->bot.id && !pool->token_refused &&
	       ingress_link_is_open(pool->ingress) &&
	       pool->children.counts[CHILD_IDLE] + pool->children.counts[CHILD_BUSY];
}

void status_fill_beat(void *owner, struct message_pool_beat *beat, struct arena *arena)
{
	const struct pool *pool = owner;
	uint64_t now_ms = loop_now_ms(pool->loop);
	size_t count = 0, at = 0;
	struct message_child *rows;

	for (size_t state = 0; state < COUNT_OF(pool->children.counts); state++)
		count += pool->children.counts[state];
	rows = arena_alloc(arena, (count + 1) * sizeof(*rows));
	for (const struct child_record *child = LIST_FIRST(&pool->children.all);
	     child && at < count; child = LIST_NEXT(child, link))
		rows[at++] = (struct message_child) { .pid = (uint32_t)child->pid,
						      .state = child->state,
						      .since_ms = now_ms - child->since_ms,
						      .in_hand = child->in_flight_count,
						      .handled = child->handled };
	beat->in_hand = (uint32_t)count_in_flight(pool);
	beat->unsent = (uint32_t)pool->items.sending;
	beat->handled = pool->handled;
	beat->crashed = pool->crashed;
	beat->sender_pid = (uint32_t)pool->sender_link.pid;
	beat->children = rows;
	beat->children_count = at;
	beat->has_walls = pool->has_walls;
	beat->walls = pool->walls & (pool->fetcher_link.ready ? pool->fetcher_walls : WALLS_ALL);
}

static void write_child(struct json *json, const struct child_record *child, uint64_t now_ms)
{
	json_object_start(json);
	json_key_int(json, "pid", child->pid);
	json_key_text(json, "state", state_names[child->state]);
	json_key_int(json, "since_ms", (int64_t)(now_ms - child->since_ms));
	json_key_int(json, "in_hand", child->in_flight_count);
	json_key_int(json, "handled", (int64_t)child->handled);
	json_object_end(json);
}

/* Nothing in a pool that needs none. */
static void write_fetcher(const struct pool *pool, struct json *json)
{
	const struct fetcher_link *link = &pool->fetcher_link;

	if (!fetcher_link_is_needed(link))
		return;
	json_key(json, "fetcher");
	json_object_start(json);
	json_key_int(json, "pid", link->pid);
	json_key_bool(json, "ready", link->ready);
	json_key_bool(json, "resting", link->resting);
	json_key_int(json, "fetching", (int64_t)link->count);
	if (link->ready || link->resting)
		walls_write(pool->fetcher_walls, json);
	json_object_end(json);
}

static void write_status(struct pool *pool, struct buffer *out)
{
	uint64_t now_ms = loop_now_ms(pool->loop);
	struct json json = json_start(out);

	json_object_start(&json);
	json_key_text(&json, "process", "worker");
	json_key_int(&json, "pid", getpid());
	json_key_text(&json, "version", KORONE_VERSION);
	json_key_int(&json, "up_ms", (int64_t)(now_ms - pool->start_ms));
	json_key_bool(&json, "ready", is_ready(pool));
	json_key_bool(&json, "draining", pool->draining);
	json_key_text(&json, "bot", pool->bot.username);
	json_key_bool(&json, "token_refused", pool->token_refused);
	json_key_int(&json, "token_pause_ms", (int64_t)sender_link_paused_ms(&pool->sender_link));
	if (pool->has_walls)
		walls_write(pool->walls, &json);
	json_key_int(&json, "nursery_pid", nursery_link_pid(pool->nursery));
	json_key_int(&json, "sender_pid", pool->sender_link.pid);
	write_fetcher(pool, &json);
	json_key_int(&json, "in_hand", (int64_t)count_in_flight(pool));
	json_key_int(&json, "unsent", (int64_t)pool->items.sending);
	json_key_int(&json, "unsent_calls", (int64_t)outbox_count(&pool->sender_link.outbox));
	json_key_int(&json, "unstored_verdicts", (int64_t)ingress_link_unstored(pool->ingress));
	json_key_int(&json, "handled", (int64_t)pool->handled);
	json_key_int(&json, "crashed", (int64_t)pool->crashed);
	json_key_int(&json, "captures_pending", (int64_t)crash_link_pending(pool->crashes));
	json_key(&json, "children");
	json_array_start(&json);
	for (const struct child_record *child = LIST_FIRST(&pool->children.all); child;
	     child = LIST_NEXT(child, link))
		write_child(&json, child, now_ms);
	json_array_end(&json);
	json_object_end(&json);
}

static void publish_children(struct pool *pool)
{
	uint32_t able = pool->children.counts[CHILD_IDLE] + pool->children.counts[CHILD_BUSY];
	char text[64];

	for (size_t state = 0; state < COUNT_OF(pool->children.counts); state++)
		metric_set_at(&children_metric, state, 0, pool->children.counts[state]);
	snprintf(text, sizeof(text), "%u of %lld", able, (long long)pool->settings->pool_min);
	health_dependency(pool->health, "children", true, able > 0, text);
}

void status_telegram_answers(struct pool *pool)
{
	uint64_t paused_ms = sender_link_paused_ms(&pool->sender_link);
	char text[96] = "ready";

	if (paused_ms > 0)
		snprintf(text, sizeof(text),
			 "no calls for another %llu s: Telegram refuses them for the whole bot "
			 "(429)",
			 (unsigned long long)(paused_ms + 999) / 1000);
	pool->pause_shown = paused_ms > 0;
	health_dependency(pool->health, "telegram", true, true, text);
}

static void publish_pause(struct pool *pool)
{
	bool answers = pool->bot.id && !pool->token_refused;

	if (answers && (pool->pause_shown || sender_link_paused_ms(&pool->sender_link) > 0))
		status_telegram_answers(pool);
}

/* Not needed to be ready: a kernel without them still runs the bot. */
static void publish_walls(struct pool *pool)
{
	if (!pool->has_walls)
		return;
	for (enum wall wall = 0; wall < WALL_COUNT; wall++)
		metric_set_at(&walls_metric, wall, 0, walls_have(pool->walls, wall));
	health_dependency(pool->health, "walls", false, (pool->walls & WALLS_ALL) == WALLS_ALL,
			  walls_text(pool->walls));
}

/* Not needed to be ready: only what asks other hosts waits for it. */
static void publish_fetcher(struct pool *pool)
{
	const struct fetcher_link *link = &pool->fetcher_link;
	bool well = link->ready || link->resting;

	metric_set(&fetching_metric, (int64_t)link->count);
	if (fetcher_link_is_needed(link))
		health_dependency(pool->health, "fetcher", false, well,
				  well ? walls_text(pool->fetcher_walls) : "starting");
}

void status_publish(struct pool *pool)
{
	publish_children(pool);
	publish_pause(pool);
	publish_walls(pool);
	publish_fetcher(pool);
	metric_set(&unsent_metric, (int64_t)outbox_count(&pool->sender_link.outbox));
	metric_set(&in_flight_metric, (int64_t)count_in_flight(pool));
	if (pool->draining)
		health_dependency(pool->health, "pool", true, false, "draining");
	buffer_clear(&pool->text);
	write_status(pool, &pool->text);
	health_status(pool->health, (const char *)buffer_unread(&pool->text),
		      buffer_unread_size(&pool->text));
}
