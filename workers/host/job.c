/* job.c - the turns of a job: takes up what waits, asks the row whether it goes on, and puts off
 * what comes next. */
#include "workers/host/job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "workers/host/later.h"
#include "workers/host/row.h"
#include "workers/host/turn.h"

#define LOG_SUBSYSTEM "job"

/* Stages of JOB_STOPPED() are no step's. */
#define NOTICE_STAGE (JOB_STEP_MAX + 1)

/* --- start ------------------------------------------------------------------------------------ */

static int64_t start(struct ctx *ctx, const struct row *row, const char *slug)
{
	const struct host_services *services = &ctx->host->services;
	const struct mark turn = { .update_id = ctx->item->update_id, .stage = ctx->stage };
	struct job_place place = { .step = 1, .now_s = ctx_wall_clock(ctx) };
	struct why why;

	if (!services->storage->job_start(services->storage_owner, &turn, row->module->name, slug,
					  &place.id, &why)) {
		ctx_fail(ctx, "a job: %s", why.text);
		return 0;
	}
	return later_put_off_job(ctx, 0, job_place_write(&place, ctx->arena)) == DONE ? place.id
										      : 0;
}

int64_t ctx_jobf(struct ctx *ctx, const char *literal, ...)
{
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_JOB, literal);
	struct text slug;
	va_list arguments;
	struct why why;
	bool good;

	if (!row || row->module != ctx->row->module) {
		ctx_fail(ctx, "no JOB() route of this module is called \"%s\"", literal);
		return 0;
	}
	va_start(arguments, literal);
	good = slug_write(row->slug, arguments, ctx->arena, &slug, &why);
	va_end(arguments);
	if (good)
		return start(ctx, row, slug.data);
	ctx_fail(ctx, "a job: %s", why.text);
	return 0;
}

/* --- a turn ----------------------------------------------------------------------------------- */

/* So that its writes are marked as the job's, and as those of this turn. */
static void become_turn(struct ctx *ctx, const struct job_place *place, int32_t stage)
{
	struct message_item *item = arena_memdup(ctx->arena, ctx->item, sizeof(*item));

	item->update_id = -place->id;
	if (place->again || place->tries)
		item->flags |= ITEM_REPEAT;
	ctx->item = item;
	ctx->stage = stage;
	ctx->due_s = place->now_s;
}

static void put_off(struct ctx *ctx, const struct job_place *place, int64_t after_s)
{
	struct job_place next = *place;

	next.now_s = ctx_wall_clock(ctx) + after_s;
	(void)later_put_off_job(ctx, after_s, job_place_write(&next, ctx->arena));
	later_keep(ctx);
}

/* The database is away: nothing is known, so nothing is done. */
static void wait_for_database(struct ctx *ctx, const struct job_place *place, const struct why *why)
{
	struct job_place next = *place;

	log_warn("a job waits for the database", log_signed("job", place->id),
		 log_text("error", why->text));
	next.again |= ctx->item->flags & ITEM_REPEAT; /* the step may have begun before */
	put_off(ctx, &next, JOB_AWAY_S);
}

static void remove_row(struct ctx *ctx, const struct job_place *place)
{
	const struct host_services *services = &ctx->host->services;
	struct why why;

	if (!services->storage->job_remove(services->storage_owner, place->id, &why))
		wait_for_database(ctx, place, &why);
}

/* Its next turn notes that, and why. */
static void pause_job(struct ctx *ctx, const struct job_place *place, enum job_trouble trouble)
{
	struct job_place next = *place;

	next.again = true;
	next.told = false;
	next.tries = 0;
	next.trouble = trouble;
	put_off(ctx, &next, 0);
}

/* What koronectl shows. A failure is found by its reference id. */
static const char *describe(struct ctx *ctx, enum job_trouble trouble)
{
	static const char *const texts[] = {
		[JOB_WELL] = "",
		[JOB_FAILED] = "a step failed",
		[JOB_ENDED] = "the process of a step ended at each try",
		[JOB_UNKNOWN] = "no module that is loaded has this job",
	};
	char reference[TRACE_ID_HEX];

	trace_id_hex(&ctx->item->trace, reference);
	return arena_printf(ctx->arena, "%s, reference %s", texts[trouble], reference);
}

static bool note_trouble(struct ctx *ctx, struct job_place *place, struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	const char *trouble;
	bool found;

	if (place->trouble == JOB_WELL)
		return true;
	trouble = describe(ctx, place->trouble);
	if (!services->storage->job_set(services->storage_owner, place->id, "", JOB_PAUSED, trouble,
					&found, why))
		return false;
	log_warn("a job is paused", log_signed("job", place->id), log_text("why", trouble));
	place->trouble = JOB_WELL;
	return true;
}

static bool begin_turn(struct ctx *ctx, struct job_place *place, struct job_row *row,
		       struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	const char *counts = job_counts_write(place, ctx->arena);

	return note_trouble(ctx, place, why) &&
	       services->storage->job_begin(services->storage_owner, place->id, place->step,
					    place->cursor, counts, ctx->arena, row, why);
}

/* Which rows are for this turn. False: none. */
static bool match(struct ctx *ctx, const struct job_row *row)
{
	struct job_place *place = &ctx->job->place;
	bool stopped = row->state != JOB_RUNNING;

	if (row->state == JOB_PAUSED && place->told) {
		put_off(ctx, place, JOB_PAUSED_S);
		return false;
	}
	if (stopped)
		become_turn(ctx, place, NOTICE_STAGE + ++place->notices);
	else
		become_turn(ctx, place, place->step);
	ctx->job->shown = (struct job) { place->id, place->cursor, row->state };
	routes_match_job(ctx->host->routes, stopped ? ROUTE_JOB_STOPPED : ROUTE_JOB,
			 text_of(row->slug), &ctx->match);
	if (!stopped && !ctx->match.rows[0]) {
		pause_job(ctx, place, JOB_UNKNOWN);
		return false;
	}
	return true;
}

bool job_resume(struct ctx *ctx, struct text slug)
{
	const struct host_services *services = &ctx->host->services;
	struct job_run *run = arena_alloc(ctx->arena, sizeof(*run));
	struct job_row row;
	struct why why;

	*run = (struct job_run) { 0 };
	if (!job_place_read(slug, &run->place)) {
		log_error("cannot read what waits of a job");
		return false;
	}
	if (run->place.over) {
		remove_row(ctx, &run->place);
		return false;
	}
	services->release(services->owner);
	if (!begin_turn(ctx, &run->place, &row, &why)) {
		wait_for_database(ctx, &run->place, &why);
		return false;
	}
	if (!row.id) {
		log_notice("a job is gone from the database", log_signed("job", run->place.id));
		return false;
	}
	run->next = run->place;
	ctx->job = run;
	if (match(ctx, &row))
		return true;
	ctx->job = NULL;
	return false;
}

bool job_tries_again(const struct ctx *ctx)
{
	return ctx->job && ctx->job->place.tries < JOB_TRIES_MAX;
}

/* The database may have been away, or the machine short of something. */
static void try_again(struct ctx *ctx, const struct job_place *place, enum job_trouble trouble)
{
	struct job_place next = *place;

	if (place->tries == JOB_TRIES_MAX) {
		pause_job(ctx, place, trouble);
		return;
	}
	next.again = true;
	put_off(ctx, &next, (int64_t)JOB_RETRY_S << next.tries++);
}

static void end_step(struct ctx *ctx, struct job_run *run)
{
	struct job_place *next = &run->next;

	if (ctx->failure.reason) {
		try_again(ctx, &run->place, JOB_FAILED);
		return;
	}
	next->again = next->told = false;
	next->tries = 0;
	next->over = !run->goes_on || next->step == JOB_STEP_MAX;
	next->step++;
	put_off(ctx, next, run->goes_on ? run->after_s : 0);
}

void job_end_turn(struct ctx *ctx)
{
	struct job_run *run = ctx->job;
	struct job_place next = run->place;

	if (run->shown.state == JOB_RUNNING) {
		end_step(ctx, run);
		return;
	}
	if (ctx->failure.reason) { /* of JOB_STOPPED(), which is told once more */
		try_again(ctx, &run->place, JOB_FAILED);
		return;
	}
	next.again |= ctx->item->flags & ITEM_REPEAT; /* the step may have begun before it paused */
	next.told = run->shown.state == JOB_PAUSED;
	next.over = run->shown.state == JOB_CANCELLED;
	put_off(ctx, &next, next.told ? JOB_PAUSED_S : 0);
}

void job_take_incident(struct ctx *ctx, struct text slug)
{
	struct job_place place;

	if (!job_place_read(slug, &place))
		return;
	try_again(ctx, &place, JOB_ENDED);
}

/* --- what handlers say ------------------------------------------------------------------------ */

static struct job_run *running(struct ctx *ctx, const char *what)
{
	if (ctx->job && ctx->job->shown.state == JOB_RUNNING)
		return ctx->job;
	ctx_fail(ctx, "%s outside of a step", what);
	return NULL;
}

enum verdict job_next(struct ctx *ctx, int64_t cursor, int64_t after_s)
{
	struct job_run *run = running(ctx, "job_next()");

	if (!run)
		return FAIL;
	if (after_s < 0 || after_s > LATER_MAX_S)
		return ctx_fail(ctx, "cannot wait %lld s", (long long)after_s);
	run->goes_on = true;
	run->next.cursor = cursor;
	run->after_s = after_s;
	return ctx->failure.reason ? FAIL : DONE;
}

static struct job_number *find_number(struct job_place *place, const char *name)
{
	for (size_t i = 0; i < place->numbers_count; i++)
		if (strcmp(place->numbers[i].name, name) == 0)
			return &place->numbers[i];
	return NULL;
}

static bool is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return length && length <= JOB_COUNT_NAME_MAX && !name[length];
}

void job_count(struct ctx *ctx, const char *name, int64_t by)
{
	struct job_run *run = running(ctx, "job_count()");
	struct job_number *number;

	if (!run)
		return;
	number = find_number(&run->next, name);
	if (!number && (!is_name(name) || run->next.numbers_count == JOB_COUNTS_MAX)) {
		ctx_fail(ctx, "\"%s\": no name of 1 to %d of a-z 0-9 _, or more than %d", name,
			 JOB_COUNT_NAME_MAX, JOB_COUNTS_MAX);
		return;
	}
	if (!number) {
		number = &run->next.numbers[run->next.numbers_count++];
		snprintf(number->name, sizeof(number->name), "%s", name);
	}
	if (__builtin_add_overflow(number->value, by, &number->value))
		number->value = by < 0 ? INT64_MIN : INT64_MAX;
}

int64_t job_counted(struct ctx *ctx, const char *name)
{
	const struct job_number *number = ctx->job ? find_number(&ctx->job->next, name) : NULL;

	return number ? number->value : 0;
}

bool job_set(struct ctx *ctx, int64_t id, enum job_state state)
{
	const struct host_services *services = &ctx->host->services;
	bool found = false;
	struct why why;

	if (!services->storage->job_set(services->storage_owner, id, ctx->row->module->name, state,
					"", &found, &why))
		ctx_fail(ctx, "a job: %s", why.text);
	return found;
}

bool job_find(struct ctx *ctx, int64_t id, struct job *out)
{
	const struct host_services *services = &ctx->host->services;
	struct job_row row = { 0 };
	struct why why;

	if (!services->storage->job_find(services->storage_owner, id, ctx->row->module->name, &row,
					 &why))
		ctx_fail(ctx, "a job: %s", why.text);
	*out = (struct job) { row.id, row.cursor, row.state };
	return row.id != 0;
}
