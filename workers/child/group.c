/* group.c - reads /proc/PID/stat and status (proc(5)) of every process that can be seen. */
#include "workers/child/group.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "" when it cannot be read: it may have ended. */
static void read_of(const char *pid, const char *what, char *out, size_t size)
{
	char path[64];
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, out, size - 1);
		close(fd);
	}
	out[got > 0 ? got : 0] = '\0';
}

/* "pid (name) state ppid pgrp …": the name may have anything in it; field 24 is the resident
 * pages. */
static bool read_stat(const char *pid, pid_t *group, int64_t *bytes)
{
	char text[1024];
	const char *at;
	char *end;

	read_of(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	if (!at || strlen(at) < 4 || at[2] == 'Z')
		return false;
	(void)strtol(at + 3, &end, 10);
	*group = (pid_t)strtol(end, &end, 10);
	for (unsigned field = 6; field < 24 && *end; field++)
		end += 1 + strcspn(end + 1, " ");
	*bytes = strtoll(end, NULL, 10) * sysconf(_SC_PAGESIZE);
	return true;
}

struct group_usage group_measure(pid_t group)
{
	struct group_usage usage = { 0 };
	DIR *directory = opendir("/proc");
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		int64_t bytes;
		pid_t own;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !read_stat(entry->d_name, &own, &bytes) || own != group)
			continue;
		usage.processes++;
		usage.bytes += bytes;
	}
	if (directory)
		closedir(directory);
	return usage;
}

static size_t threads_of(const char *pid, uid_t user)
{
	char text[2048];
	const char *uid, *threads;

	read_of(pid, "status", text, sizeof(text));
	uid = strstr(text, "\nUid:");
	threads = strstr(text, "\nThreads:");
	if (!uid || !threads || strtoul(uid + 5, NULL, 10) != user)
		return 0;
	return strtoul(threads + 9, NULL, 10);
}

size_t group_count_threads(uid_t user)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	size_t count = 0;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			count += threads_of(entry->d_name, user);
	if (directory)
		closedir(directory);
	return count;
}
