/* session_lock.c - the first free file of DIRECTORY is locked. It holds "session pid\n", in hex and
 * decimal. */
#include "workers/parent/session_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define POOLS_MAX 64 /* pools of one host and state directory */
#define WAIT_MS 2000
#define WAIT_STEP_MS 5

static void read_holder(int fd, uint64_t *session, int *pid)
{
	char text[64];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	*session = 0;
	*pid = 0;
	if (got <= 0)
		return;
	text[got] = '\0';
	if (sscanf(text, "%16" SCNx64 " %d", session, pid) != 2)
		*session = 0;
}

static bool is_dying(int fd)
{
	uint64_t session;
	int pid;

	read_holder(fd, &session, &pid);
	return session && pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/* True when this process holds the lock now. */
static bool lock(int fd)
{
	const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };

	for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited_ms += WAIT_STEP_MS) {
		if (waited_ms >= WAIT_MS || !is_dying(fd))
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

static bool open_both(struct session_lock *out, const char *path, struct why *why)
{
	out->fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	out->file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd >= 0 && out->file >= 0)
		return true;
	why_set(why, "%s: %s", path, strerror(errno));
	session_lock_release(out);
	return false;
}

bool session_lock_take(struct session_lock *out, const char *directory, struct why *why)
{
	char path[4096];
	int pid;

	*out = (struct session_lock) { .fd = -1, .file = -1 };
	for (int i = 0; i < POOLS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/session.%d", directory, i);
		if (!open_both(out, path, why))
			return false;
		if (lock(out->fd)) {
			read_holder(out->fd, &out->predecessor, &pid);
			return true;
		}
		session_lock_release(out);
	}
	return why_set(why, "%s: all %d session locks are taken", directory, POOLS_MAX);
}

void session_lock_write(const struct session_lock *lock, uint64_t session)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%016" PRIx64 " %d\n", session, (int)getpid());

	if (lock->file < 0 || ftruncate(lock->file, 0) < 0)
		return;
	/* Without the file's content a successor waits for the lease, which is safe. */
	if (session && pwrite(lock->file, text, (size_t)length, 0) != length)
		(void)!ftruncate(lock->file, 0);
	/* So that a successor knows it after a power failure, too. */
	(void)fsync(lock->file);
}

void session_lock_release(struct session_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	if (lock->file >= 0)
		close(lock->file);
	lock->fd = lock->file = -1;
}
