/* fake_jobs.h - the jobs of fake_storage.c: a list. */
#ifndef TESTS_MODULES_FAKE_JOBS_H
#define TESTS_MODULES_FAKE_JOBS_H

#include "workers/storage/storage.h"

struct fake_jobs {
	struct fake_job *rows;
	size_t count;
	int64_t last_id;
};

void fake_jobs_finish(struct fake_jobs *jobs);

/* Of the owner of the storage: fake_storage.c. */
struct fake_jobs *fake_storage_jobs(void *owner);

/* As in storage.h, of which they are rows. */
bool fake_job_start(void *owner, const struct mark *turn, const char *module, const char *slug,
		    int64_t *id, struct why *why);
bool fake_job_begin(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		    struct arena *arena, struct job_row *out, struct why *why);
bool fake_job_set(void *owner, int64_t id, const char *module, enum job_state state,
		  const char *trouble, bool *found, struct why *why);
bool fake_job_find(void *owner, int64_t id, const char *module, struct job_row *out,
		   struct why *why);
bool fake_job_remove(void *owner, int64_t id, struct why *why);

#endif
