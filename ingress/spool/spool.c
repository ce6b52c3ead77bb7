/* spool.c - opens and closes the spool, and takes what the commit thread has finished. Appending,
 * reading back, replay, cleaning, the format and that thread have their own files. */
#include "ingress/spool/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"
#include "common/xalloc.h"

#define SEGMENT_BYTES (16u << 20)
#define SEGMENTS_MIN 16u /* in a full spool */
/* PRIVACY.md: a minute. Done bodies go after half of this, and the id in the record that says so,
 * if it is in a later segment, after the other half. */
#define SEGMENT_MS 40000u
#define RESERVE_BYTES (16u << 20)
#define CLOSE_TIMEOUT_MS 5000u

/* --- what was written ------------------------------------------------------------------------- */

/* Takes the oldest batch out of those being written. */
static void note_written(struct spool *spool, const struct spool_job *job)
{
	if (spool->writing_count == 0 || spool->writing[0] != job)
		panic("batches were written in another order");
	spool->writing_count--;
	memmove(spool->writing, spool->writing + 1, spool->writing_count * sizeof(*spool->writing));
	job->segment->written = job->offset + job->bytes.size;
}

void spool_deliver(struct spool *spool)
{
	struct spool_job *job;

	while ((job = spool_writer_take(spool->writer))) {
		switch (job->kind) {
		case SPOOL_JOB_WRITE:
			note_written(spool, job);
			if (job->fn)
				job->fn(job->owner);
			break;
		case SPOOL_JOB_UNLINK:
			spool->bytes -= job->segment->bytes;
			segments_remove(&spool->segments, job->segment);
			/* Others may have been kept only for the kills in them. */
			if (spool->loop)
				loop_timer_set(spool->loop, &spool->timer, 0);
			break;
		}
		spool_job_destroy(job);
	}
}

static bool is_busy(const struct spool *spool)
{
	if (spool->writing_count > 0)
		return true;
	for (size_t i = 0; i < spool->segments.count; i++)
		if (spool->segments.list[i]->unlinking)
			return true;
	return false;
}

bool spool_flush(struct spool *spool, uint64_t timeout_ms)
{
	uint64_t until_ms = clock_boot_ms() + timeout_ms, now_ms;

	for (;;) {
		spool_deliver(spool);
		if (!is_busy(spool))
			return true;
		now_ms = clock_boot_ms();
		if (now_ms >= until_ms)
			return false;
		spool_writer_wait(spool->writer, until_ms - now_ms);
	}
}

/* --- state ------------------------------------------------------------------------------------ */

uint64_t spool_bytes(const struct spool *spool)
{
	return spool->bytes;
}

static void update_full(struct spool *spool)
{
	uint64_t limit = (uint64_t)spool->options.max_bytes;

	if (spool->bytes >= limit)
		spool->was_full = true;
	else if (spool->bytes < limit / 10 * 9)
		spool->was_full = false;
}

bool spool_is_full(const struct spool *spool)
{
	uint64_t limit = (uint64_t)spool->options.max_bytes;

	return spool_writer_disk_full(spool->writer) || spool->bytes >= limit ||
	       (spool->was_full && spool->bytes >= limit / 10 * 9);
}

bool spool_disk_is_full(const struct spool *spool)
{
	return spool_writer_disk_full(spool->writer);
}

uint64_t spool_syncs(const struct spool *spool)
{
	return spool_writer_syncs(spool->writer);
}

/* --- opening and closing ---------------------------------------------------------------------- */

uint64_t spool_tend(struct spool *spool)
{
	spool_deliver(spool);
	update_full(spool);
	return spool_clean(spool);
}

static void on_finished(void *owner, int fd, uint32_t events)
{
	struct spool *spool = owner;

	(void)fd;
	(void)events;
	spool_deliver(spool);
	update_full(spool);
}

static void on_timer(void *owner)
{
	struct spool *spool = owner;

	loop_timer_set(spool->loop, &spool->timer, spool_tend(spool));
}

void spool_attach(struct spool *spool, struct loop *loop)
{
	spool->loop = loop;
	spool->timer.fn = on_timer;
	spool->timer.owner = spool;
	loop_watch(loop, spool_writer_fd(spool->writer), EPOLLIN, on_finished, spool);
	loop_timer_set(loop, &spool->timer, 0);
}

static void set_options(struct spool *spool, const struct spool_options *options)
{
	uint64_t small = (uint64_t)options->max_bytes / SEGMENTS_MIN;

	spool->options = *options;
	spool->path = xstrdup(options->directory);
	spool->options.directory = spool->path;
	/* A small spool frees space segment by segment, too. */
	if (!spool->options.segment_bytes)
		spool->options.segment_bytes = small < SEGMENT_BYTES ? small : SEGMENT_BYTES;
	if (!spool->options.segment_ms)
		spool->options.segment_ms = SEGMENT_MS;
}

static void start_writer(struct spool *spool)
{
	uint64_t reserve = (uint64_t)spool->options.max_bytes / 16;
	struct spool_writer_options options = {
		.directory = spool->path,
		.reserve_bytes = reserve < RESERVE_BYTES ? reserve : RESERVE_BYTES,
		.spare_bytes = 2 * spool->options.segment_bytes,
		.before_step = spool->options.before_step,
		.before_step_owner = spool->options.before_step_owner,
	};

	spool->writer = spool_writer_create(&options);
}

static void free_spool(struct spool *spool)
{
	for (size_t i = 0; i < spool->metas_count; i++) {
		free(spool->metas[i].key);
		buffer_finish(&spool->metas[i].value);
	}
	free(spool->metas);
	spool_job_destroy(spool->open);
	free(spool->writing);
	free(spool->kills);
	buffer_finish(&spool->scratch);
	buffer_finish(&spool->cleaning.window);
	flight_log_close(&spool->flight);
	segments_finish(&spool->segments);
	spool_index_finish(&spool->index);
	sighting_index_finish(&spool->sightings);
	if (spool->directory >= 0)
		close(spool->directory);
	if (spool->lock >= 0)
		close(spool->lock);
	free(spool->path);
	free(spool);
}

static bool open_directory(struct spool *spool, struct why *why)
{
	if (!directory_make(spool->path, why))
		return false;
	spool->lock = directory_lock(spool->path, why);
	if (spool->lock < 0)
		return false;
	spool->directory = open(spool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->directory < 0 || fchmod(spool->directory, 0700) < 0)
		return why_set(why, "cannot open %s: %s", spool->path, strerror(errno));
	return true;
}

struct spool *spool_open(const struct spool_options *options, const struct spool_replay *replay,
			 struct why *why)
{
	struct spool *spool = xmalloc(sizeof(*spool));

	spool->lock = spool->directory = spool->flight.fd = -1;
	set_options(spool, options);
	spool->open = spool_new_batch();
	if (!open_directory(spool, why) || !spool_replay(spool, replay, why)) {
		why_prefix(why, "spool");
		free_spool(spool);
		return NULL;
	}
	start_writer(spool);
	update_full(spool);
	return spool;
}

void spool_close(struct spool *spool)
{
	if (!spool)
		return;
	if (spool->loop) {
		loop_unwatch(spool->loop, spool_writer_fd(spool->writer));
		loop_timer_clear(spool->loop, &spool->timer);
	}
	/* Those who waited for them may be gone. */
	for (size_t i = 0; i < spool->writing_count; i++)
		spool->writing[i]->fn = NULL;
	if (!spool_batch_is_empty(spool))
		spool_commit(spool, true, NULL, NULL);
	spool_flush(spool, CLOSE_TIMEOUT_MS);
	spool_writer_destroy(spool->writer, 0);
	free_spool(spool);
}
