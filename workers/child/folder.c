/* folder.c - with nftw(3), which follows no links. */
#include "workers/child/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/files.h"

#define DEPTH 16 /* descriptors of nftw() */
#define OLD_S 3600

/* Of keepers that were killed: no program runs that long. */
static void remove_old(const char *place)
{
	DIR *directory = opendir(place);
	const struct dirent *entry;
	char path[PATH_MAX];
	struct stat status;

	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", place, entry->d_name);
		if (entry->d_name[0] != '.' && lstat(path, &status) == 0 &&
		    time(NULL) - status.st_mtime > OLD_S)
			folder_remove(path);
	}
	if (directory)
		closedir(directory);
}

bool folder_make(const char *place, char *out, size_t size, struct why *why)
{
	if (!directory_make(place, why))
		return false;
	remove_old(place);
	snprintf(out, size, "%s/XXXXXX", place);
	return mkdtemp(out) != NULL || why_set(why, "%s: %s", place, strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

void folder_remove(const char *path)
{
	(void)nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* nftw() passes nothing on. */
static int64_t bytes_found;
static size_t entries_found;

static int add_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type != FTW_NS)
		bytes_found += status->st_blocks * 512;
	entries_found++;
	return 0;
}

int64_t folder_measure(const char *path, size_t *entries)
{
	bytes_found = 0;
	entries_found = 0;
	(void)nftw(path, add_one, DEPTH, FTW_PHYS | FTW_MOUNT);
	*entries = entries_found;
	return bytes_found;
}

static bool is_output(const char *name)
{
	static const char output[] = "output";

	return strncmp(name, output, sizeof(output) - 1) == 0 &&
	       (name[sizeof(output) - 1] == '\0' || name[sizeof(output) - 1] == '.');
}

/* O_NONBLOCK: it may be a pipe. */
int folder_open_output(const char *path, char *name, size_t size)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	struct stat status;
	int fd = -1;

	while (directory && fd < 0 && (entry = readdir(directory))) {
		if (!is_output(entry->d_name))
			continue;
		fd = openat(dirfd(directory), entry->d_name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))) {
			close(fd);
			fd = -1;
		}
		snprintf(name, size, "%s", entry->d_name);
	}
	if (directory)
		closedir(directory);
	return fd;
}
