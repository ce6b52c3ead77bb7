/* job.h - jobs (workers/api/jobs.h): work that puts itself off from step to step.
 *
 * What waits at ingress between two steps is the truth: a piece of put-off work whose slug is the
 * host's own, "/job:ID:STEP:…", with the cursor and the counts. So a step is an update like any
 * other: its calls and what the next step begins with become durable in one verdict, and one that
 * was killed runs again from the same state. The row in Postgres is what others see and pause it
 * by; it is written at the beginning of a step, when everything before it is durable.
 *
 * What a step writes is marked (turn.h) as of update -ID and stage STEP, which is the same when it
 * runs again, also after a failure or an incident.
 *
 *              step                       last step
 *     +--> RUN -------> (put off) ... RUN ----------> END: removes the row
 *     |     | paused        ^ goes on        | cancelled: tells JOB_STOPPED()
 *     |     v               |                v
 *     |   tells JOB_STOPPED(), then asks again every JOB_PAUSED_S
 *     +---- the step failed, or its child ended KORONE_MAX_ATTEMPTS times: again in JOB_RETRY_S, at
 * most JOB_TRIES_MAX times; then it pauses itself */
#ifndef WORKERS_HOST_JOB_H
#define WORKERS_HOST_JOB_H

#include "workers/host/ctx.h"

#define JOB_PAUSED_S 5   /* between two looks whether it goes on */
#define JOB_AWAY_S 5     /* while the database is away */
#define JOB_RETRY_S 10   /* after a failure or an incident; doubled with each */
#define JOB_TRIES_MAX 5u /* of a step, beside the first */
#define JOB_TEXT_MAX 1024u
#define JOB_STEP_MAX 0x3fffffff /* then a job can go no further */

/* Why it pauses itself at its next turn: so that the failure is durable before the row tells of it.
 */
enum job_trouble { JOB_WELL, JOB_FAILED, JOB_ENDED, JOB_UNKNOWN, JOB_TROUBLES };

struct job_number {
	char name[JOB_COUNT_NAME_MAX + 1];
	int64_t value;
};

/* What waits between two steps. */
struct job_place {
	int64_t id, cursor, now_s; /* UTC, when the step began to wait */
	int32_t step, notices;     /* from 1; of JOB_STOPPED() so far */
	unsigned tries;            /* of this step, that went wrong */
	enum job_trouble trouble;
	bool again; /* it may have begun before */
	bool told;  /* JOB_STOPPED() knows that it is paused */
	bool over;  /* all that is left is to remove it */
	struct job_number numbers[JOB_COUNTS_MAX];
	size_t numbers_count;
};

struct job_run {
	struct job shown;
	struct job_place place, next;
	int64_t after_s;
	bool goes_on; /* job_next() */
};

/* Whether this slug of put-off work is a job's. */
bool job_is(struct text slug);
/* Begins a turn of the job, whose update has been read. False: no handler runs. */
bool job_resume(struct ctx *ctx, struct text slug);
/* The handler has failed: whether it will be tried again, so that nobody needs to be told. */
bool job_tries_again(const struct ctx *ctx);
/* The handler has run, or there was none: puts off what comes next. */
void job_end_turn(struct ctx *ctx);
/* The attempts of a turn are used up: has it run again later, or pauses it. */
void job_take_incident(struct ctx *ctx, struct text slug);

/* "/job:…", as it waits; at most JOB_TEXT_MAX bytes. False for what is no such text. */
const char *job_place_write(const struct job_place *place, struct arena *arena);
MUST_CHECK bool job_place_read(struct text text, struct job_place *out);
/* The counts as an object of JSON. */
const char *job_counts_write(const struct job_place *place, struct arena *arena);

#endif
