/* files.c - directories, locks, whole-file reads and atomic replacement. */
#include "common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xalloc.h"

/* What is stored in a new directory must not disappear with the directory's name. */
static bool make_one(const char *path, mode_t mode, struct why *why)
{
	char parent[PATH_MAX];

	if (mkdir(path, mode) < 0)
		return errno == EEXIST || why_set(why, "cannot make %s: %s", path, strerror(errno));
	snprintf(parent, sizeof(parent), "%s", path);
	return directory_sync(dirname(parent), why);
}

static bool check_writers(const char *path, struct stat *there, struct why *why)
{
	if (stat(path, there) < 0)
		return why_set(why, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(there->st_mode))
		return why_set(why, "%s is not a directory", path);
	if (there->st_mode & (S_IWGRP | S_IWOTH))
		return why_set(why, "%s may be written by other users: chmod go-w", path);
	return true;
}

bool directory_check_writers(const char *path, struct why *why)
{
	struct stat there;

	return check_writers(path, &there, why);
}

bool directory_check(const char *path, struct why *why)
{
	struct stat there;

	if (!check_writers(path, &there, why))
		return false;
	if (there.st_uid != geteuid() && there.st_uid != 0)
		return why_set(why, "%s belongs to user %ld, and this is user %ld", path,
			       (long)there.st_uid, (long)geteuid());
	return true;
}

bool directory_make_for_others(const char *path, struct why *why)
{
	char partial[PATH_MAX];
	struct stat there;
	int length = snprintf(partial, sizeof(partial), "%s", path);

	if (length >= (int)sizeof(partial))
		return why_set(why, "path is too long: %s", path);
	while (length > 1 && partial[length - 1] == '/') /* or the last would be one above it */
		partial[--length] = '\0';
	for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!make_one(partial, 0755, why))
			return false;
		*slash = '/';
	}
	if (!make_one(path, 0700, why))
		return false;
	if (stat(path, &there) < 0)
		return why_set(why, "%s: %s", path, strerror(errno));
	return S_ISDIR(there.st_mode) || why_set(why, "%s is not a directory", path);
}

bool directory_make(const char *path, struct why *why)
{
	return directory_make_for_others(path, why) && directory_check(path, why);
}

/* ELOOP says "too many levels of symbolic links", which would not help. */
static const char *open_error(void)
{
	return errno == ELOOP ? "it is a link, and links are not followed here" : strerror(errno);
}

bool directory_is_shared(const char *path)
{
	struct stat there;

	return stat(path, &there) == 0 && S_ISDIR(there.st_mode) && there.st_mode & S_ISGID;
}

int directory_lock(const char *path, struct why *why)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof(name), "%s/lock", path) >= (int)sizeof(name)) {
		why_set(why, "path is too long: %s", path);
		return -1;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		why_set(why, "cannot open %s: %s", name, open_error());
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			why_set(why, "%s is in use by another process", path);
		else
			why_set(why, "cannot lock %s: %s", name, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static bool read_rest(int fd, size_t limit, struct buffer *out, const char *path, struct why *why)
{
	size_t total = 0;

	for (;;) {
		ssize_t got = read(fd, buffer_reserve(out, 4096), 4096);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return why_set(why, "cannot read %s: %s", path, strerror(errno));
		if (got == 0)
			return true;
		total += (size_t)got;
		if (total > limit)
			return why_set(why, "%s is larger than %zu bytes", path, limit);
		buffer_commit(out, (size_t)got);
	}
}

bool file_read(const char *path, size_t limit, struct buffer *out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return why_set(why, "cannot open %s: %s", path, strerror(errno));
	ok = read_rest(fd, limit, out, path, why);
	close(fd);
	return ok;
}

bool file_read_own(const char *path, size_t limit, struct buffer *out, struct why *why)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat there;
	bool ok;

	if (fd < 0)
		return why_set(why, "cannot open %s: %s", path, open_error());
	if (fstat(fd, &there) < 0 || !S_ISREG(there.st_mode))
		ok = why_set(why, "%s is not a regular file", path);
	else
		ok = read_rest(fd, limit, out, path, why);
	close(fd);
	return ok;
}

char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

bool write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t written = write(fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		at += written;
		size -= (size_t)written;
	}
	return true;
}

bool directory_sync(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		why_set(why, "cannot sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool write_synced(const char *path, const void *bytes, size_t size, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok;

	if (fd < 0)
		return why_set(why, "cannot open %s: %s", path, open_error());
	ok = write_all(fd, bytes, size) && fsync(fd) == 0;
	if (!ok)
		why_set(why, "cannot write %s: %s", path, strerror(errno));
	close(fd);
	return ok;
}

bool file_replace(const char *path, const void *bytes, size_t size, struct why *why)
{
	char *temporary = xasprintf("%s.new", path);
	char *parent = xstrdup(path);
	bool ok = write_synced(temporary, bytes, size, why);

	if (ok && rename(temporary, path) < 0)
		ok = why_set(why, "cannot rename %s: %s", temporary, strerror(errno));
	if (!ok)
		unlink(temporary);
	ok = ok && directory_sync(dirname(parent), why);
	free(parent);
	free(temporary);
	return ok;
}
