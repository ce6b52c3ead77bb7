/* writer.c - the commit thread: two queues under a mutex, the steps of a job, and what to do when
 * the disk is full. */
#include "ingress/spool/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LOG_SUBSYSTEM "spool"
#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"

#define RETRY_MS 200u          /* between two attempts on a full disk */
#define RESERVE_CHECK_MS 1000u /* between two attempts to allocate the reserve again */
#define RESERVE_NAME "reserve"

STAILQ_HEAD(queue, spool_job);

struct spool_writer {
	struct spool_writer_options options;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t pushed, finished;
	int directory;
	int event;
	/* protected by the mutex */
	struct queue todo, done;
	bool stop;
	uint64_t stop_at_ms;
	/* the thread's own */
	struct segment *dirty; /* written to and not synced */
	bool has_reserve;
	/* read by the loop */
	atomic_bool disk_full;
	_Atomic uint64_t syncs;
};

/* --- queues ----------------------------------------------------------------------------------- */

static struct spool_job *queue_take(struct queue *queue)
{
	struct spool_job *job = STAILQ_FIRST(queue);

	if (job)
		STAILQ_REMOVE_HEAD(queue, link);
	return job;
}

void spool_job_destroy(struct spool_job *job)
{
	if (!job)
		return;
	buffer_finish(&job->bytes);
	free(job);
}

/* Waits on a condition, at most until the time given; with the mutex held. */
static void wait_on(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(timeout_ms / 1000);
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(condition, mutex, &until);
}

/* --- the full disk ---------------------------------------------------------------------------- */

static bool is_full_error(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

static int before_step(const struct spool_writer *writer, enum spool_step step)
{
	if (!writer->options.before_step)
		return 0;
	return writer->options.before_step(writer->options.before_step_owner, step);
}

static void give_up_reserve(struct spool_writer *writer)
{
	if (writer->has_reserve)
		unlinkat(writer->directory, RESERVE_NAME, 0);
	writer->has_reserve = false;
}

/* Allocates the reserve, plus the spare space for as long as it takes to see that it is there. File
 * systems without fallocate() have no reserve. Returns an errno, or 0. */
static int take_reserve(struct spool_writer *writer)
{
	uint64_t reserve = writer->options.reserve_bytes, spare = writer->options.spare_bytes;
	int fd, error = before_step(writer, SPOOL_STEP_WRITE);

	if (writer->has_reserve)
		return 0;
	if (error)
		return error;
	fd = openat(writer->directory, RESERVE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return errno;
	if (fallocate(fd, 0, 0, (off_t)(reserve + spare)) < 0 && errno != EOPNOTSUPP)
		error = errno;
	if (!error && ftruncate(fd, (off_t)reserve) < 0)
		error = errno;
	close(fd);
	writer->has_reserve = true;
	if (error)
		give_up_reserve(writer);
	return error;
}

/* `error`: that it is full, and how; 0: it is not. */
static void set_disk_full(struct spool_writer *writer, int error)
{
	if (atomic_load(&writer->disk_full) == (error != 0))
		return;
	atomic_store(&writer->disk_full, error != 0);
	if (error)
		log_error("the disk of the spool is full; waiting for room",
			  log_text("error", strerror(error)));
	else
		log_notice("the disk of the spool has room again");
}

/* After a failed step. True: try again. False: the disk stayed full until shutdown. */
static bool try_again(struct spool_writer *writer, int error, const char *what)
{
	bool over;

	if (!is_full_error(error))
		fatal(EX_IOERR, "cannot write the spool", log_text("step", what),
		      log_text("error", strerror(error)));
	set_disk_full(writer, error);
	if (writer->has_reserve) {
		give_up_reserve(writer);
		return true;
	}
	pthread_mutex_lock(&writer->mutex);
	over = writer->stop && clock_boot_ms() >= writer->stop_at_ms;
	if (!over)
		wait_on(&writer->pushed, &writer->mutex, RETRY_MS);
	pthread_mutex_unlock(&writer->mutex);
	return !over;
}

/* --- steps ------------------------------------------------------------------------------------ */

static void sync_dirty(struct spool_writer *writer)
{
	int error;

	if (!writer->dirty)
		return;
	error = before_step(writer, SPOOL_STEP_SYNC);
	if (!error && fdatasync(writer->dirty->fd) < 0)
		error = errno;
	if (error)
		fatal(EX_IOERR, "cannot sync the spool", log_text("error", strerror(error)));
	writer->dirty = NULL;
	atomic_fetch_add(&writer->syncs, 1);
}

static void sync_directory(struct spool_writer *writer)
{
	if (fsync(writer->directory) < 0)
		fatal(EX_IOERR, "cannot sync the spool's directory",
		      log_text("error", strerror(errno)));
}

static bool create_segment(struct spool_writer *writer, struct segment *segment)
{
	char name[SEGMENT_NAME_SIZE];

	segment_name(segment->number, name);
	for (;;) {
		int error = before_step(writer, SPOOL_STEP_CREATE);
		int fd = error ? -1
			       : openat(writer->directory, name,
					O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd >= 0) {
			segment->fd = fd;
			sync_directory(writer);
			return true;
		}
		if (!try_again(writer, error ? error : errno, "create a segment"))
			return false;
	}
}

static bool write_job(struct spool_writer *writer, struct spool_job *job)
{
	size_t done = 0;

	/* Data in an earlier segment that was written without a sync must not become durable after
	 * this. */
	if (writer->dirty && writer->dirty != job->segment)
		sync_dirty(writer);
	if (job->segment->fd < 0 && !create_segment(writer, job->segment))
		return false;
	while (done < job->bytes.size) {
		int error = before_step(writer, SPOOL_STEP_WRITE);
		ssize_t written = error ? -1
					: pwrite(job->segment->fd, job->bytes.data + done,
						 job->bytes.size - done,
						 (off_t)(job->offset + done));

		if (written >= 0)
			done += (size_t)written;
		else if ((error || errno != EINTR) &&
			 !try_again(writer, error ? error : errno, "write"))
			return false;
	}
	writer->dirty = job->segment;
	return true;
}

static void unlink_job(struct spool_writer *writer, const struct spool_job *job)
{
	char name[SEGMENT_NAME_SIZE];

	segment_name(job->segment->number, name);
	/* What was copied out of it must be durable first. */
	sync_dirty(writer);
	before_step(writer, SPOOL_STEP_UNLINK);
	if (unlinkat(writer->directory, name, 0) < 0 && errno != ENOENT)
		fatal(EX_IOERR, "cannot remove a file of the spool", log_text("file", name),
		      log_text("error", strerror(errno)));
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Does a run of jobs with one sync for all. False when the disk stayed full until shutdown. */
static bool do_jobs(struct spool_writer *writer, const struct queue *jobs)
{
	bool sync = false, unlinked = false;

	for (struct spool_job *job = STAILQ_FIRST(jobs); job; job = STAILQ_NEXT(job, link)) {
		switch (job->kind) {
		case SPOOL_JOB_WRITE:
			if (!write_job(writer, job))
				return false;
			sync = sync || job->sync;
			break;
		case SPOOL_JOB_UNLINK:
			unlink_job(writer, job);
			unlinked = true;
			break;
		}
	}
	if (sync)
		sync_dirty(writer);
	/* The kills of its records may go only when a segment cannot come back. */
	if (unlinked)
		sync_directory(writer);
	return true;
}

static void finish_jobs(struct spool_writer *writer, struct queue *jobs)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&writer->mutex);
	STAILQ_CONCAT(&writer->done, jobs);
	pthread_cond_broadcast(&writer->finished);
	pthread_mutex_unlock(&writer->mutex);
	if (write(writer->event, &one, sizeof(one)) < 0 && errno != EAGAIN)
		panic("cannot write an eventfd");
}

/* All waiting jobs; none when it is time to stop. */
static void take_jobs(struct spool_writer *writer, struct queue *jobs)
{
	STAILQ_INIT(jobs);
	pthread_mutex_lock(&writer->mutex);
	while (STAILQ_EMPTY(&writer->todo) && !writer->stop) {
		if (!atomic_load(&writer->disk_full)) {
			pthread_cond_wait(&writer->pushed, &writer->mutex);
			continue;
		}
		wait_on(&writer->pushed, &writer->mutex, RESERVE_CHECK_MS);
		if (STAILQ_EMPTY(&writer->todo))
			break;
	}
	STAILQ_CONCAT(jobs, &writer->todo);
	pthread_mutex_unlock(&writer->mutex);
}

static bool is_stopped(struct spool_writer *writer)
{
	bool stopped;

	pthread_mutex_lock(&writer->mutex);
	stopped = writer->stop && STAILQ_EMPTY(&writer->todo);
	pthread_mutex_unlock(&writer->mutex);
	return stopped;
}

static void free_jobs(struct queue *jobs)
{
	struct spool_job *job;

	while ((job = queue_take(jobs)))
		spool_job_destroy(job);
}

static void *run(void *argument)
{
	struct spool_writer *writer = argument;
	uint64_t checked_ms = 0;

	while (!is_stopped(writer)) {
		struct queue jobs;

		take_jobs(writer, &jobs);
		if (!do_jobs(writer, &jobs)) {
			free_jobs(&jobs);
			break;
		}
		if (!STAILQ_EMPTY(&jobs))
			finish_jobs(writer, &jobs);
		if (atomic_load(&writer->disk_full) &&
		    clock_boot_ms() - checked_ms >= RESERVE_CHECK_MS) {
			checked_ms = clock_boot_ms();
			if (take_reserve(writer) == 0)
				set_disk_full(writer, 0);
		}
	}
	give_up_reserve(writer);
	return NULL;
}

/* --- the loop's side -------------------------------------------------------------------------- */

static void start_thread(struct spool_writer *writer)
{
	sigset_t all, before;
	int error;

	/* Signals are for the loop. Fatal ones still go to the thread that causes them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&writer->thread, NULL, run, writer);
	if (error)
		fatal(EX_OSERR, "cannot start the commit thread",
		      log_text("error", strerror(error)));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_setname_np(writer->thread, "spool");
}

struct spool_writer *spool_writer_create(const struct spool_writer_options *options)
{
	struct spool_writer *writer = xmalloc(sizeof(*writer));
	pthread_condattr_t monotonic;

	writer->options = *options;
	STAILQ_INIT(&writer->todo);
	STAILQ_INIT(&writer->done);
	writer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	writer->directory = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->event < 0 || writer->directory < 0)
		fatal(EX_OSERR, "cannot open the commit thread's files",
		      log_text("error", strerror(errno)));
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->pushed, &monotonic);
	pthread_cond_init(&writer->finished, &monotonic);
	pthread_condattr_destroy(&monotonic);
	set_disk_full(writer, take_reserve(writer));
	start_thread(writer);
	return writer;
}

void spool_writer_destroy(struct spool_writer *writer, uint64_t timeout_ms)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->stop = true;
	writer->stop_at_ms = clock_boot_ms() + timeout_ms;
	pthread_cond_signal(&writer->pushed);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	free_jobs(&writer->todo);
	free_jobs(&writer->done);
	pthread_cond_destroy(&writer->pushed);
	pthread_cond_destroy(&writer->finished);
	pthread_mutex_destroy(&writer->mutex);
	close(writer->event);
	close(writer->directory);
	free(writer);
}

void spool_writer_push(struct spool_writer *writer, struct spool_job *job)
{
	pthread_mutex_lock(&writer->mutex);
	STAILQ_INSERT_TAIL(&writer->todo, job, link);
	pthread_cond_signal(&writer->pushed);
	pthread_mutex_unlock(&writer->mutex);
}

struct spool_job *spool_writer_take(struct spool_writer *writer)
{
	struct spool_job *job;
	uint64_t count;

	pthread_mutex_lock(&writer->mutex);
	job = queue_take(&writer->done);
	if (STAILQ_EMPTY(&writer->done) && read(writer->event, &count, sizeof(count)) < 0 &&
	    errno != EAGAIN)
		panic("cannot read an eventfd");
	pthread_mutex_unlock(&writer->mutex);
	return job;
}

bool spool_writer_wait(struct spool_writer *writer, uint64_t timeout_ms)
{
	uint64_t until_ms = clock_boot_ms() + timeout_ms, now_ms;
	bool found;

	pthread_mutex_lock(&writer->mutex);
	while (STAILQ_EMPTY(&writer->done) && (now_ms = clock_boot_ms()) < until_ms)
		wait_on(&writer->finished, &writer->mutex, until_ms - now_ms);
	found = !STAILQ_EMPTY(&writer->done);
	pthread_mutex_unlock(&writer->mutex);
	return found;
}

int spool_writer_fd(const struct spool_writer *writer)
{
	return writer->event;
}

bool spool_writer_disk_full(const struct spool_writer *writer)
{
	return atomic_load(&writer->disk_full);
}

uint64_t spool_writer_syncs(const struct spool_writer *writer)
{
	return atomic_load(&writer->syncs);
}
