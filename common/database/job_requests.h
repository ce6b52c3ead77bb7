/* job_requests.h - operators' requests about jobs (workers/api/jobs.h), as privacy_requests.h:
 * koronectl asks the running recorder, or runs them itself when it has DATABASE_URL. */
#ifndef COMMON_DATABASE_JOB_REQUESTS_H
#define COMMON_DATABASE_JOB_REQUESTS_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/database/postgres.h"
#include "common/why.h"

/* Words behind "jobs":
 *
 *   list          [{"id": …, "module": …, "job": …, "state": …, "counts": {…}, …}, …],
 * JOBS_LISTED_MAX of them pause ID, continue ID, cancel ID   true; false when there is no such job
 *
 * False with a reason: refused, and nothing was changed. */
#define JOBS_LISTED_MAX 100
MUST_CHECK bool job_requests_ask(struct postgres *postgres, char *const words[], size_t count,
				 struct buffer *out, struct why *why);

#endif
