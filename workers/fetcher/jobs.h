/* jobs.h - fetches in hand: each waits for its turn, is made over one or more redirects, and ends
 * once, within FETCH_TIME_MS (into a file: FETCH_FILE_TIME_MS). */
#ifndef WORKERS_FETCHER_JOBS_H
#define WORKERS_FETCHER_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/why.h"
#include "workers/fetcher/target.h"
#include "workers/wire/fetch.h"

#define FETCH_TIME_MS 15000u
#define FETCH_FILE_TIME_MS 60000u
#define FETCH_CONNECT_MS 5000u
#define FETCH_REDIRECTS_MAX 5u
#define FETCH_HEAD_MAX (64u << 10) /* bytes of headers */
#define FETCH_WAITING_MAX 512u

struct jobs;

/* The answer and texts are borrowed for the call. `rule` is the name in the module's .hosts, and ""
 * when there is none; `why` is for the log: no URL, no name that a person wrote and no key is in
 * it. */
struct fetch_end {
	uint64_t id;
	uint32_t duration_us;
	const char *rule, *why;
	const struct fetch_answer *answer;
};
typedef void jobs_end_fn(void *owner, const struct fetch_end *end);

/* Borrows `rules`. NULL and a reason on failure. */
struct jobs *jobs_create(struct loop *loop, const struct target_rules *rules, jobs_end_fn *fn,
			 void *owner, struct why *why);
/* Without any further call of `fn`. NULL is allowed. */
void jobs_destroy(struct jobs *jobs);
/* An encoded fetch_request, which is copied; false when it is none. A good answer is written into
 * `sink`, which is the jobs' from now on; -1: it comes with the end. That is told later, or before
 * this returns. */
MUST_CHECK bool jobs_add(struct jobs *jobs, uint64_t id, int sink, const void *request,
			 size_t size);
size_t jobs_count(const struct jobs *jobs);
/* Called at the end of each turn of the loop. */
void jobs_turn(struct jobs *jobs);

#endif
