/* disk.c - a disk that can lose power, and its machine's boot id: preloaded into a program (or
 * built into a test), it keeps a copy of what is durable of a directory: what was synced, and not a
 * byte more.
 *
 *     TEST_DISK_OF=/state/spool   the directory
 *     TEST_DISK=/durable          gets NAME with the synced bytes of each file, and .names with the
 *                                 names that were there when the directory was synced last
 *     TEST_BOOT_ID=/boot          is read in the place of /proc/sys/kernel/random/boot_id
 *
 * After a power failure the directory has at least each file of .names with the bytes of NAME. For
 * files that only grow. */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE 512
#define COPY_SIZE 65536

static void give_up(const char *what)
{
	perror(what);
	abort();
}

/* The descriptor's name in the directory: "" for the directory itself, NULL if elsewhere. */
static const char *name_of(int fd, char path[PATH_SIZE])
{
	const char *directory = getenv("TEST_DISK_OF");
	char link[64];
	ssize_t got;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, path, PATH_SIZE - 1);
	if (!directory || got < 0)
		return NULL;
	path[got] = '\0';

	size_t length = strlen(directory);
	if (strncmp(path, directory, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length + 1 : path + length;
}

static int open_durable(const char *name, int flags)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", getenv("TEST_DISK"), name);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static void keep_content(int fd, const char *name)
{
	static char bytes[COPY_SIZE];
	int copy = open_durable(name, O_WRONLY | O_CREAT);
	struct stat now, before;
	ssize_t got;

	if (copy < 0 || fstat(fd, &now) < 0 || fstat(copy, &before) < 0)
		give_up(name);
	if (now.st_size < before.st_size && ftruncate(copy, now.st_size) < 0)
		give_up(name);
	for (off_t at = before.st_size; at < now.st_size; at += got) {
		got = pread(fd, bytes, COPY_SIZE, at);
		if (got <= 0 || pwrite(copy, bytes, (size_t)got, at) != got)
			give_up(name);
	}
	close(copy);
}

static void keep_names(const char *path)
{
	int copy = open_durable(".names.new", O_WRONLY | O_CREAT | O_TRUNC);
	char from[PATH_SIZE], to[PATH_SIZE];
	DIR *directory = opendir(path);

	if (copy < 0 || !directory)
		give_up(path);
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			dprintf(copy, "%s\n", entry->d_name);
	closedir(directory);
	close(copy);
	snprintf(from, sizeof(from), "%s/.names.new", getenv("TEST_DISK"));
	snprintf(to, sizeof(to), "%s/.names", getenv("TEST_DISK"));
	if (rename(from, to) < 0)
		give_up(to);
}

static int sync_fd(int fd, long number)
{
	char path[PATH_SIZE];
	const char *name = name_of(fd, path);

	if (!name)
		return (int)syscall(number, fd);
	if (*name)
		keep_content(fd, name);
	else
		keep_names(path);
	return 0;
}

int fdatasync(int fd)
{
	return sync_fd(fd, SYS_fdatasync);
}

int fsync(int fd)
{
	return sync_fd(fd, SYS_fsync);
}

/* The linker sees these names: headers may define the real ones inline. */
int disk_open(const char *path, int flags, ...) __asm__("open");
int disk_open64(const char *path, int flags, ...) __asm__("open64");

static int open_path(const char *path, int flags, va_list more)
{
	const char *boot_id = getenv("TEST_BOOT_ID");
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	mode_t mode = makes ? va_arg(more, mode_t) : 0;

	if (boot_id && !strcmp(path, "/proc/sys/kernel/random/boot_id"))
		path = boot_id;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int disk_open(const char *path, int flags, ...)
{
	va_list more;

	va_start(more, flags);
	int fd = open_path(path, flags, more);
	va_end(more);
	return fd;
}

int disk_open64(const char *path, int flags, ...)
{
	va_list more;

	va_start(more, flags);
	int fd = open_path(path, flags, more);
	va_end(more);
	return fd;
}
