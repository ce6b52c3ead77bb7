/* writer.h - the commit thread of the spool: writes batches in order, syncs once for all that are
 * waiting, and unlinks segments.
 *
 * On a full disk the job, and all behind it, wait until there is room; a reserve of space is
 * released first, so that completed updates can still be recorded. Any other failure ends the
 * process: after a failed fdatasync the page may be gone, and a retry would report success. */
#ifndef INGRESS_SPOOL_WRITER_H
#define INGRESS_SPOOL_WRITER_H

#include <sys/queue.h>

#include "common/buffer.h"
#include "ingress/spool/segment.h"
#include "ingress/spool/types.h"

enum spool_job_kind { SPOOL_JOB_WRITE, SPOOL_JOB_UNLINK };

/* Belongs to the writer from spool_writer_push() to spool_writer_take(). */
struct spool_job {
	STAILQ_ENTRY(spool_job) link;
	enum spool_job_kind kind;
	struct segment *segment;
	uint64_t offset;
	struct buffer bytes;
	bool sync;
	spool_durable_fn *fn;
	void *owner;
};

struct spool_writer;

struct spool_writer_options {
	const char *directory; /* borrowed, like the rest */
	uint64_t reserve_bytes;
	uint64_t spare_bytes; /* free besides the reserve before the disk is no longer full */
	int (*before_step)(void *owner, enum spool_step step);
	void *before_step_owner;
};

struct spool_writer *spool_writer_create(const struct spool_writer_options *options);
/* Stops the thread after the jobs pushed so far, or when the disk stays full for `timeout_ms`. Jobs
 * left are freed. */
void spool_writer_destroy(struct spool_writer *writer, uint64_t timeout_ms);
void spool_writer_push(struct spool_writer *writer, struct spool_job *job);
/* The next finished job, in the order they were pushed; NULL when there is none. */
struct spool_job *spool_writer_take(struct spool_writer *writer);
/* Waits until a job can be taken; false after `timeout_ms`. */
bool spool_writer_wait(struct spool_writer *writer, uint64_t timeout_ms);
/* Readable when a job is finished; spool_writer_take() resets it. */
int spool_writer_fd(const struct spool_writer *writer);
bool spool_writer_disk_full(const struct spool_writer *writer);
uint64_t spool_writer_syncs(const struct spool_writer *writer);
void spool_job_destroy(struct spool_job *job);

#endif
