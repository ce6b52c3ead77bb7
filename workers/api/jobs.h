/* jobs.h - long work in steps: over many chats or people, or as long as it takes. */
#ifndef WORKERS_API_JOBS_H
#define WORKERS_API_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/stores.h"
#include "workers/api/verdict.h"

/* A job goes on whatever is killed or restarted in between, and beside everything else:
 *
 *     static enum verdict step(struct ctx *ctx, const struct job *job)
 *     {
 *             int64_t groups[50];
 *             size_t count = ctx_groups(ctx, job->cursor, groups, 50);
 *
 *             if (count == 0)
 *                     return ctx_reply(ctx, "Done: %lld groups.", job_counted(ctx, "groups"));
 *             for (size_t i = 0; i < count; i++)
 *                     ctx_queuef(ctx, "unbanChatMember", "{chat_id: %lld, user_id: %lld}", …);
 *             job_count(ctx, "groups", (int64_t)count);
 *             return job_next(ctx, groups[count - 1], 0);
 *     }
 *
 *     JOB("unban:%lld", step)                     a row
 *     ctx_jobf(ctx, "unban:%lld", person->id)     starts it
 *
 * Each step is an update of its own: nothing that it writes happens twice (stores.h), its calls
 * leave together, and the next step begins when they were made. One that was killed runs again with
 * the same cursor. Its calls into other chats than the one where the job was started go after all
 * that anybody else is said, and are so many a second that others keep their share of what Telegram
 * allows (KORONE_JOB_RATE). Steps should be short, a second or so: in between the job can be
 * paused, and its process do something else. */

enum job_state {
	JOB_RUNNING,
	JOB_PAUSED,
	JOB_CANCELLED, /* it ends at its next step */
};

/* What a step is given: the chat, language and topic in hand are those where the job was started,
 * and slug_integer() and slug_text() return its values. */
struct job {
	int64_t id;           /* for people, too: they know it as "12" */
	int64_t cursor;       /* what the step before gave to job_next(); 0 at first */
	enum job_state state; /* JOB(): always JOB_RUNNING */
};

/* Starts the JOB() route with this slug. Returns the job's id, the same when the handler runs
 * again; 0 when the handler has failed. One for each update. */
int64_t ctx_jobf(struct ctx *ctx, const char *slug, ...) __attribute__((format(printf, 2, 3)));

/* In a step: another one, in so many seconds. A step that returns without this is the last. A step
 * that fails is reported and runs again, five times within five minutes; then the job is paused,
 * and its step runs again when somebody has it go on. */
enum verdict job_next(struct ctx *ctx, int64_t cursor, int64_t after_s);

#define JOB_COUNTS_MAX 16 /* of a job */
#define JOB_COUNT_NAME_MAX 23

/* In a step: adds to a number that is kept from step to step and shown to operators under this
 * name, of a-z, 0-9 and _; 0 before. */
void job_count(struct ctx *ctx, const char *name, int64_t by);
int64_t job_counted(struct ctx *ctx, const char *name);

/* Has a job of this module pause, go on or be cancelled: a step that is under way is done first.
 * False when there is none (any more). The JOB_STOPPED() row with its slug, if there is one, is
 * told once that it is paused or cancelled. */
bool job_set(struct ctx *ctx, int64_t id, enum job_state state);
/* How a job of this module stands. False when there is none (any more), or the handler has failed.
 */
bool job_find(struct ctx *ctx, int64_t id, struct job *out);

/* Over many: up to `max` ids after that one, 0 at first, ascending: so supergroups come before
 * basic groups, and one that becomes the other in between is met once, or not at all, but never
 * twice. 0: there are no more, or the handler has failed. */

/* The groups that are recorded. */
size_t ctx_groups(struct ctx *ctx, int64_t after, int64_t *ids, size_t max);
/* The chats or people with this setting of this module: a key without a slash, and its value. */
size_t ctx_holders(struct ctx *ctx, enum scope scope, const char *key, const char *value,
		   int64_t after, int64_t *ids, size_t max);
/* How many these are, and of the groups; -1: the handler has failed. */
int64_t ctx_count_holders(struct ctx *ctx, enum scope scope, const char *key, const char *value);
int64_t ctx_count_groups(struct ctx *ctx);

#endif
