/* fake_jobs.c - see fake_jobs.h. */
#include "tests/modules/fake_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

struct fake_job {
	struct mark turn;
	char *module, *slug;
	struct job_row row;
	int32_t step;
};

static void free_job(struct fake_job *job)
{
	free(job->module);
	free(job->slug);
}

void fake_jobs_finish(struct fake_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		free_job(&jobs->rows[i]);
	free(jobs->rows);
	*jobs = (struct fake_jobs) { 0 };
}

static struct fake_job *find(const struct fake_jobs *jobs, int64_t id, const char *module)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->rows[i].row.id == id &&
		    (!*module || strcmp(jobs->rows[i].module, module) == 0))
			return &jobs->rows[i];
	return NULL;
}

static bool is_same(const struct fake_job *job, const struct mark *turn, const char *module,
		    const char *slug)
{
	return job->turn.update_id == turn->update_id && job->turn.stage == turn->stage &&
	       strcmp(job->module, module) == 0 && strcmp(job->slug, slug) == 0;
}

bool fake_job_start(void *owner, const struct mark *turn, const char *module, const char *slug,
		    int64_t *id, struct why *why)
{
	struct fake_jobs *jobs = fake_storage_jobs(owner);
	struct fake_job *job;

	(void)why;
	for (size_t i = 0; i < jobs->count; i++)
		if (is_same(&jobs->rows[i], turn, module, slug)) {
			*id = jobs->rows[i].row.id;
			return true;
		}
	jobs->rows = xreallocarray(jobs->rows, jobs->count + 1, sizeof(*jobs->rows));
	job = &jobs->rows[jobs->count++];
	*job = (struct fake_job) { .turn = *turn,
				   .module = xstrdup(module),
				   .slug = xstrdup(slug),
				   .row.id = ++jobs->last_id };
	job->row.slug = job->slug;
	*id = job->row.id;
	return true;
}

bool fake_job_find(void *owner, int64_t id, const char *module, struct job_row *out,
		   struct why *why)
{
	const struct fake_job *job = find(fake_storage_jobs(owner), id, module);

	(void)why;
	*out = job ? job->row : (struct job_row) { 0 };
	return true;
}

bool fake_job_begin(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		    struct arena *arena, struct job_row *out, struct why *why)
{
	struct fake_job *job = find(fake_storage_jobs(owner), id, "");

	(void)counts;
	(void)arena;
	(void)why;
	*out = (struct job_row) { 0 };
	if (!job || job->step > step)
		return true;
	job->step = step;
	job->row.cursor = cursor;
	*out = job->row;
	return true;
}

bool fake_job_set(void *owner, int64_t id, const char *module, enum job_state state,
		  const char *trouble, bool *found, struct why *why)
{
	struct fake_job *job = find(fake_storage_jobs(owner), id, module);

	(void)trouble;
	(void)why;
	*found = job != NULL;
	if (job && job->row.state != JOB_CANCELLED)
		job->row.state = state;
	return true;
}

bool fake_job_remove(void *owner, int64_t id, struct why *why)
{
	struct fake_jobs *jobs = fake_storage_jobs(owner);
	struct fake_job *job = find(jobs, id, "");

	(void)why;
	if (!job)
		return true;
	free_job(job);
	*job = jobs->rows[--jobs->count];
	return true;
}
