/* intake.c - fills batches, submits them to the writer, and reports readiness, /status and
 * beats. */
#include "recorder/intake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "recorder/batch.h"
#include "recorder/link.h"
#include "recorder/metrics.h"
#include "recorder/writer.h"

#define LOG_SUBSYSTEM "intake"

#define TICK_MS 1000
#define DRAIN_MS 5000
/* While the writer is behind, a batch may grow to this many times its size: larger ones cost less
 * per row. */
#define GROWTH_MAX 4
/* Sightings in flight, in batches: one at Postgres, one compared, one filling, each grown. */
#define WINDOW_BATCHES (3 * GROWTH_MAX)

struct intake {
	const struct settings *settings;
	struct loop *loop;
	struct health *health;
	struct writer *writer;
	struct link *link;
	struct batch *batch; /* being filled; NULL: none */
	bool due;            /* to be submitted as soon as the writer is not behind */
	struct loop_timer batch_timer, tick_timer, drain_timer;
	uint64_t session;
	bool draining;
	struct writer_state state; /* as last seen */
	uint64_t sightings, written;
	uint64_t started_ms;
	struct buffer status;
};

/* --- batches --- */

static void submit(struct intake *intake)
{
	loop_timer_clear(intake->loop, &intake->batch_timer);
	if (!intake->batch)
		return;
	metric_observe(&metric_batch_rows, (double)intake->batch->rows_count);
	writer_submit(intake->writer, intake->batch);
	intake->batch = NULL;
}

static void submit_if_due(struct intake *intake)
{
	if (intake->batch && intake->due &&
	    (batch_is_full(intake->batch) || !writer_is_behind(intake->writer)))
		submit(intake);
}

static void on_batch_timer(void *owner)
{
	struct intake *intake = owner;

	intake->due = true;
	submit_if_due(intake);
}

static void open_batch(struct intake *intake)
{
	intake->batch = batch_create(GROWTH_MAX * (size_t)intake->settings->recorder_batch_rows,
				     intake->session, clock_boot_ms());
	intake->due = false;
	loop_timer_set(intake->loop, &intake->batch_timer,
		       (uint64_t)intake->settings->recorder_batch_ms);
}

/* A batch is due when it is full, when its time is up, or when ingress is out of credit. */
static void on_sightings(void *owner, const struct message_sightings *message)
{
	struct intake *intake = owner;
	size_t rows = (size_t)intake->settings->recorder_batch_rows;

	for (size_t i = 0; i < message->count; i++) {
		if (!intake->batch)
			open_batch(intake);
		batch_add(intake->batch, &message->sightings[i]);
		intake->due |= intake->batch->rows_count >= rows;
		submit_if_due(intake);
	}
	if (link_window_is_full(intake->link) || intake->draining)
		intake->due = true;
	submit_if_due(intake);
}

static void count_outcomes(struct intake *intake, const struct batch *batch)
{
	const struct batch_counts *counts = &batch->counts;

	metric_add_at(&metric_sightings, OUTCOME_UNCHANGED, 0, (int64_t)counts->unchanged);
	metric_add_at(&metric_sightings, OUTCOME_WRITTEN, 0, (int64_t)counts->written);
	metric_add_at(&metric_sightings, OUTCOME_OPTED_OUT, 0, (int64_t)counts->opted_out);
	metric_add_at(&metric_sightings, OUTCOME_REFUSED, 0, (int64_t)counts->refused);
	metric_observe(&metric_batch_seconds, batch->write_s);
	intake->sightings += batch->received_count;
	intake->written += counts->written;
}

static void on_written(void *owner, struct batch *batch)
{
	struct intake *intake = owner;

	if (batch->session == intake->session) {
		count_outcomes(intake, batch);
		link_acknowledge(intake->link, batch->session, batch->received,
				 batch->received_count);
	}
	batch_destroy(batch);
	submit_if_due(intake);
	if (intake->draining && !link_in_flight(intake->link))
		loop_stop(intake->loop);
}

static void on_session(void *owner, uint64_t session)
{
	struct intake *intake = owner;

	intake->session = session;
	loop_timer_clear(intake->loop, &intake->batch_timer);
	batch_destroy(intake->batch);
	intake->batch = NULL;
	writer_set_session(intake->writer, session);
}

/* --- what others are told --- */

static void on_report(void *owner, struct link_report *out)
{
	struct intake *intake = owner;

	*out = (struct link_report) {
		.active = intake->state.active,
		.ready = intake->state.postgres_ready && !intake->draining,
		.postgres = intake->state.postgres,
		.redis = intake->state.redis,
		.sightings = intake->sightings,
		.written = intake->written,
	};
}

static void write_status(struct intake *intake)
{
	const struct writer_state *state = &intake->state;
	struct json json;

	buffer_clear(&intake->status);
	json = json_start(&intake->status);
	json_object_start(&json);
	json_key_text(&json, "process", "recorder");
	json_key_int(&json, "pid", getpid());
	json_key_text(&json, "version", KORONE_VERSION);
	json_key_int(&json, "up_ms", (int64_t)(clock_boot_ms() - intake->started_ms));
	json_key_text(&json, "state", state->active ? "active" : "standby");
	json_key_bool(&json, "ready", state->postgres_ready && link_is_open(intake->link));
	json_key_text(&json, "postgres", state->postgres);
	json_key_text(&json, "redis", state->redis);
	json_key_text(&json, "ingress", link_text(intake->link));
	json_key_int(&json, "in_hand", (int64_t)link_in_flight(intake->link));
	json_key_int(&json, "sightings", (int64_t)intake->sightings);
	json_key_int(&json, "written", (int64_t)intake->written);
	json_object_end(&json);
	health_status(intake->health, buffer_text(&intake->status), intake->status.size);
}

/* Redis is optional: without it the recorder is slower but just as correct. */
static void tell_health(struct intake *intake)
{
	const struct writer_state *state = &intake->state;

	health_dependency(intake->health, "postgres", true, state->postgres_ready, state->postgres);
	health_dependency(intake->health, "redis", false, state->redis_ready, state->redis);
	health_dependency(intake->health, "ingress", true, link_is_open(intake->link),
			  link_text(intake->link));
	metric_set(&metric_active, state->active);
	metric_set(&metric_in_flight, (int64_t)link_in_flight(intake->link));
	metric_add_at(&metric_errors, STORE_POSTGRES, 0,
		      (int64_t)state->postgres_errors -
			      metric_get_at(&metric_errors, STORE_POSTGRES, 0));
	metric_add_at(&metric_errors, STORE_REDIS, 0,
		      (int64_t)state->redis_errors - metric_get_at(&metric_errors, STORE_REDIS, 0));
	write_status(intake);
}

static void on_changed(void *owner)
{
	struct intake *intake = owner;
	struct writer_state before = intake->state, *now = &intake->state;

	writer_get_state(intake->writer, now);
	if (now->exit_code)
		fatal(now->exit_code, "cannot record", log_text("error", now->exit_text));
	/* On standby nothing is written here: ingress sends it to the active recorder. */
	if (!now->active && now->postgres_ready && link_in_flight(intake->link))
		link_restart(intake->link);
	if (before.active != now->active || before.postgres_ready != now->postgres_ready ||
	    strcmp(before.redis, now->redis)) {
		link_beat_now(intake->link);
		tell_health(intake);
	}
}

static void on_tick(void *owner)
{
	struct intake *intake = owner;

	loop_timer_set_tick(intake->loop, &intake->tick_timer, TICK_MS);
	tell_health(intake);
}

/* --- start and stop --- */

static void on_drain_timer(void *owner)
{
	struct intake *intake = owner;

	loop_stop(intake->loop);
}

void intake_drain(struct intake *intake)
{
	if (intake->draining)
		return;
	intake->draining = true;
	link_beat_now(intake->link); /* no more credit */
	submit(intake);
	if (link_in_flight(intake->link) && intake->state.active && intake->state.postgres_ready)
		loop_timer_set(intake->loop, &intake->drain_timer, DRAIN_MS);
	else
		loop_stop(intake->loop);
}

struct intake *intake_start(const struct settings *settings, struct loop *loop,
			    struct zcontext *context, struct health *health, struct why *why)
{
	static const struct link_events events = { .sightings = on_sightings,
						   .session = on_session,
						   .report = on_report };
	size_t window = WINDOW_BATCHES * (size_t)settings->recorder_batch_rows;
	struct intake *intake = xmalloc(sizeof(*intake));

	intake->settings = settings;
	intake->loop = loop;
	intake->health = health;
	intake->started_ms = clock_boot_ms();
	intake->batch_timer = (struct loop_timer) { .fn = on_batch_timer, .owner = intake };
	intake->tick_timer = (struct loop_timer) { .fn = on_tick, .owner = intake };
	intake->drain_timer = (struct loop_timer) { .fn = on_drain_timer, .owner = intake };
	intake->writer = writer_start(settings, loop, on_written, on_changed, intake, why);
	if (intake->writer) {
		writer_get_state(intake->writer, &intake->state);
		intake->link = link_open(context, loop, settings, window, &events, intake, why);
	}
	if (!intake->link) {
		intake_stop(intake);
		return NULL;
	}
	on_tick(intake);
	return intake;
}

void intake_stop(struct intake *intake)
{
	if (!intake)
		return;
	loop_timer_clear(intake->loop, &intake->batch_timer);
	loop_timer_clear(intake->loop, &intake->tick_timer);
	loop_timer_clear(intake->loop, &intake->drain_timer);
	link_close(intake->link);
	writer_stop(intake->writer);
	batch_destroy(intake->batch);
	buffer_finish(&intake->status);
	free(intake);
}
