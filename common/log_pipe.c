/* log_pipe.c - a pipe as standard error and a thread that forwards it.
 *
 * The pipe is the buffer: it is bounded, it outlives a child that ends, and writing to it takes no
 * lock that a dying process could hold. */
#include "common/log_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LOG_SUBSYSTEM "log"

#define PIPE_SIZE (256 << 10)
#define STACK_SIZE (64u << 10)
#define EXIT_DRAIN_MS 1000u
#define DRAIN_STEP_NS 500000

/* An increase by more since the last look was not counted: a broken handler overwrote it. */
#define LOST_MAX (UINT64_C(1) << 32)

/* Shared with the programs that this one executes and everything that they fork. */
struct shared {
	_Atomic uint64_t lost; /* lines, since the last look */
	bool terminal;         /* see log_share() */
};

static struct {
	int shared; /* a memfd */
	int source; /* the read end of the pipe that this process and its children write to */
	int target; /* the inherited standard error */
	struct shared *memory;
	_Atomic uint64_t lost; /* lines */
	_Atomic pid_t thread;
	_Atomic bool
		busy; /* the thread has bytes that have left the pipe but are not written yet */
} log_pipe = { .shared = -1, .source = -1, .target = -1 };

/* --- the thread ------------------------------------------------------------------------------- */

struct forwarder {
	char bytes[2 * PIPE_BUF];
	size_t size;
	uint64_t said; /* of the lost lines */
	bool torn;     /* a write ended within a line */
};

static size_t bytes_waiting(void)
{
	int waiting = 0;

	return ioctl(log_pipe.source, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* The description may be non-blocking: whoever we inherited it from can set that. */
static void wait_for_room(void)
{
	struct pollfd room = { .fd = log_pipe.target, .events = POLLOUT };

	(void)poll(&room, 1, -1);
}

/* How much was written: everything, except when the disk is full or the reader is gone. */
static size_t write_out(const char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t written = write(log_pipe.target, bytes + done, size - done);

		if (written > 0)
			done += (size_t)written;
		else if (written < 0 && errno == EAGAIN)
			wait_for_room();
		else if (written == 0 || errno != EINTR)
			break;
	}
	return done;
}

static uint64_t count_lines(const char *bytes, size_t size)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* As many whole lines as one write(2) keeps together in a pipe that other programs also write to;
 * when there is less than a line, everything. */
static size_t next_piece(const struct forwarder *forwarder)
{
	size_t room = forwarder->size < PIPE_BUF ? forwarder->size : PIPE_BUF;
	const char *end = memrchr(forwarder->bytes, '\n', room);

	if (end)
		return (size_t)(end - forwarder->bytes) + 1;
	/* The rest of a line that one write(2) put into the pipe is already there. */
	return room == PIPE_BUF || bytes_waiting() == 0 ? room : 0;
}

/* False when the inherited standard error does not take it. */
static bool forward_piece(struct forwarder *forwarder, size_t size)
{
	size_t written = 0;

	if (forwarder->torn && write_out("\n", 1) == 1)
		forwarder->torn = false;
	if (!forwarder->torn)
		written = write_out(forwarder->bytes, size);
	if (written < size)
		atomic_fetch_add(&log_pipe.lost,
				 count_lines(forwarder->bytes + written, size - written));
	if (written > 0)
		forwarder->torn = written < size && forwarder->bytes[written - 1] != '\n';
	forwarder->size -= size;
	memmove(forwarder->bytes, forwarder->bytes + size, forwarder->size);
	return written == size;
}

/* Through the pipe, like any other line, and only after a successful write: the report could be
 * lost, too. */
static void say_what_was_lost(struct forwarder *forwarder)
{
	uint64_t lost = log_pipe_lost();

	if (lost == forwarder->said || bytes_waiting() > 0)
		return;
	log_warn("log lines were lost: standard error was not read or could not be written",
		 log_unsigned("lines", lost - forwarder->said));
	forwarder->said = lost;
}

static void forward(struct forwarder *forwarder)
{
	ssize_t got = read(log_pipe.source, forwarder->bytes + forwarder->size,
			   sizeof(forwarder->bytes) - forwarder->size);
	bool ok = false;
	size_t size;

	if (got > 0)
		forwarder->size += (size_t)got;
	while (forwarder->size > 0 && (size = next_piece(forwarder)) > 0)
		ok = forward_piece(forwarder, size);
	if (ok)
		say_what_was_lost(forwarder);
}

static void *forward_all(void *nothing)
{
	static struct forwarder forwarder;
	struct pollfd ready = { .fd = log_pipe.source, .events = POLLIN };

	(void)nothing;
	prctl(PR_SET_NAME, "log");
	atomic_store(&log_pipe.thread, gettid());
	for (;;) {
		if (poll(&ready, 1, -1) < 0 && errno != EINTR)
			panic("poll: %s", strerror(errno));
		/* Before the bytes leave the pipe: log_pipe_drain() must see them here or there. */
		atomic_store(&log_pipe.busy, true);
		forward(&forwarder);
		atomic_store(&log_pipe.busy, forwarder.size > 0);
	}
	return NULL;
}

/* All signals are for the loop, except those of the thread's own faults, which are captured. */
static void block_signals(sigset_t *before)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
	sigset_t blocked;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		sigdelset(&blocked, own[i]);
	pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static bool start_thread(struct why *why)
{
	pthread_attr_t attributes;
	sigset_t before;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	block_signals(&before);
	error = pthread_create(&thread, &attributes, forward_all, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error == 0 || why_set(why, "no thread for the log: %s", strerror(error));
}

/* --- what is shared --------------------------------------------------------------------------- */

static struct shared *map_shared(int fd)
{
	void *memory = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool make_shared(struct why *why)
{
	log_pipe.shared = memfd_create("korone-log", MFD_CLOEXEC);
	if (log_pipe.shared < 0 || ftruncate(log_pipe.shared, sizeof(struct shared)) < 0 ||
	    !(log_pipe.memory = map_shared(log_pipe.shared)))
		return why_set(why, "no memory for the log's count: %s", strerror(errno));
	log_pipe.memory->terminal = log_is_terminal();
	return true;
}

uint64_t log_pipe_lost(void)
{
	uint64_t theirs = log_pipe.memory ? atomic_exchange(&log_pipe.memory->lost, 0) : 0;

	if (theirs < LOST_MAX)
		atomic_fetch_add(&log_pipe.lost, theirs);
	return atomic_load(&log_pipe.lost);
}

int log_pipe_shared(void)
{
	return log_pipe.shared;
}

void log_pipe_join(int shared)
{
	struct shared *memory = map_shared(shared);

	close(shared);
	if (memory)
		log_share(&memory->lost, memory->terminal);
}

/* --- start and end ---------------------------------------------------------------------------- */

static void drain_at_exit(void)
{
	log_pipe_drain(EXIT_DRAIN_MS);
}

bool log_pipe_open(struct why *why)
{
	int target = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int ends[2];

	log_share(&log_pipe.lost, log_is_terminal());
	if (target < 0 && errno == EBADF)
		return true;
	if (target < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return why_set(why, "no pipe for the log: %s", strerror(errno));
	/* A larger pipe lets a reader pause longer; a system limit may forbid it. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	log_pipe.source = ends[0];
	log_pipe.target = target;
	if (!make_shared(why) || !start_thread(why))
		return false;
	if (dup2(ends[1], STDERR_FILENO) < 0)
		return why_set(why, "no pipe for the log: %s", strerror(errno));
	close(ends[1]);
	if (atexit(drain_at_exit) != 0 || at_quick_exit(drain_at_exit) != 0)
		return why_set(why, "no room for the log's exit handlers");
	return true;
}

void log_pipe_drain(unsigned limit_ms)
{
	const struct timespec step = { .tv_nsec = DRAIN_STEP_NS };
	unsigned steps = limit_ms * (1000000u / DRAIN_STEP_NS);

	if (log_pipe.source < 0 || atomic_load(&log_pipe.thread) == gettid())
		return;
	while (steps-- > 0 && (bytes_waiting() > 0 || atomic_load(&log_pipe.busy)))
		nanosleep(&step, NULL);
}
