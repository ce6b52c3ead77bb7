/* symbols.c - keeps DIRECTORY/PROGRAM.BUILDID, and PROGRAM.BUILDID.debug next to it if the debug
 * information is in a separate file. */
#include "crashd/symbols.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <libelf.h>

#include "common/files.h"
#include "common/trace.h"
#include "common/xalloc.h"

#define BUILD_ID_MAX 80
#define PREFIX "korone-"
#define PROGRAMS_MAX 16
#define DEBUG_SUFFIX ".debug"
#define SYSTEM_DEBUG "/usr/lib/debug/.build-id" /* where distributions put it (gdb's manual) */

/* A program as it was at the last check: unchanged ones are not read again. */
struct seen {
	char *name;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct symbols {
	char *directory;
	char *programs;
	struct seen seen[PROGRAMS_MAX];
	size_t seen_count;
};

bool elf_build_id(int fd, char *out, size_t size)
{
	Elf *elf;
	const void *bytes = NULL;
	ssize_t length;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return false;
	length = dwelf_elf_gnu_build_id(elf, &bytes);
	if (length > 0 && (size_t)length * 2 < size)
		hex_encode(bytes, (size_t)length, out);
	elf_end(elf);
	return length > 0 && (size_t)length * 2 < size;
}

/* A path from a crashed process may be anything: opens only a regular file, without blocking. */
static int open_regular(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -1;
}

int elf_open(const char *path)
{
	char magic[SELFMAG];
	int fd = open_regular(path);

	if (fd < 0 || (pread(fd, magic, SELFMAG, 0) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG)))
		return fd;
	close(fd);
	return -1;
}

struct symbols *symbols_open(const char *directory, const char *programs, struct why *why)
{
	struct symbols *symbols;

	if (!directory_make(directory, why))
		return NULL;
	symbols = xcalloc(1, sizeof(*symbols));
	symbols->directory = xstrdup(directory);
	symbols->programs = xstrdup(programs);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->seen_count; i++)
		free(symbols->seen[i].name);
	free(symbols->directory);
	free(symbols->programs);
	free(symbols);
}

/* --- keeping -------------------------------------------------------------------------------- */

static bool copy_bytes(int from, int to, off_t size)
{
	off_t done = 0;

	while (done < size) {
		ssize_t sent = sendfile(to, from, &done, (size_t)(size - done));

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
	}
	return true;
}

/* Copies are worth less than reports, which need room later. */
static bool has_room(const char *directory, off_t size)
{
	struct statvfs disk;

	return statvfs(directory, &disk) == 0 &&
	       disk.f_bavail * disk.f_frsize >= (uint64_t)size + SYMBOLS_LEAVE_FREE;
}

/* Under a temporary name until it is complete. Not synced: it can be copied again. */
static bool copy_file(int from, off_t size, const char *path, struct why *why)
{
	char *temporary = xasprintf("%s.new", path);
	int to = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool copied = to >= 0 && copy_bytes(from, to, size);

	if (to >= 0)
		close(to);
	if (!copied || rename(temporary, path) != 0) {
		why_set(why, "cannot copy to %s: %s", path, strerror(errno));
		unlink(temporary);
		copied = false;
	}
	free(temporary);
	return copied;
}

static bool has_build_id(int fd, const char *wanted)
{
	char id[BUILD_ID_MAX];

	return wanted[0] == '\0' || (elf_build_id(fd, id, sizeof(id)) && strcmp(id, wanted) == 0);
}

/* Frees the path. -1 when it does not exist or is of another build. */
static int open_of_build(char *path, const char *build_id)
{
	int fd = open_regular(path);

	free(path);
	if (fd >= 0 && !has_build_id(fd, build_id)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Separate debug information: next to the program, in .debug/, or where the system keeps it. */
static int open_debug(const struct symbols *symbols, const char *name, const char *id)
{
	int fd = open_of_build(xasprintf("%s/%s" DEBUG_SUFFIX, symbols->programs, name), id);

	if (fd < 0)
		fd = open_of_build(xasprintf("%s/.debug/%s" DEBUG_SUFFIX, symbols->programs, name),
				   id);
	if (fd < 0)
		fd = open_of_build(xasprintf("%s/%.2s/%s" DEBUG_SUFFIX, SYSTEM_DEBUG, id, id + 2),
				   id);
	return fd;
}

static bool keep_debug(const struct symbols *symbols, const char *name, const char *id,
		       const char *program_path, struct why *why)
{
	char *path = xasprintf("%s" DEBUG_SUFFIX, program_path);
	int fd = access(path, R_OK) == 0 ? -1 : open_debug(symbols, name, id);
	struct stat status;
	bool kept = true;

	if (fd >= 0 && fstat(fd, &status) == 0)
		kept = copy_file(fd, status.st_size, path, why);
	if (fd >= 0)
		close(fd);
	free(path);
	return kept;
}

static bool keep_program(const struct symbols *symbols, const char *name, int fd,
			 const struct stat *status, struct why *why)
{
	char id[BUILD_ID_MAX];
	char *path;
	bool kept;

	if (!elf_build_id(fd, id, sizeof(id)))
		return true; /* not a program of ours */
	if (!has_room(symbols->directory, status->st_size))
		return why_set(why, "no room for %s in %s", name, symbols->directory);
	path = xasprintf("%s/%s.%s", symbols->directory, name, id);
	kept = (access(path, R_OK) == 0 || copy_file(fd, status->st_size, path, why)) &&
	       keep_debug(symbols, name, id, path, why);
	free(path);
	return kept;
}

static struct seen *find_seen(struct symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->seen_count; i++)
		if (strcmp(symbols->seen[i].name, name) == 0)
			return &symbols->seen[i];
	if (symbols->seen_count == PROGRAMS_MAX)
		return NULL;
	symbols->seen[symbols->seen_count].name = xstrdup(name);
	return &symbols->seen[symbols->seen_count++];
}

static bool is_unchanged(const struct seen *seen, const struct stat *status)
{
	return seen->inode == status->st_ino && seen->size == status->st_size &&
	       seen->changed.tv_sec == status->st_mtim.tv_sec &&
	       seen->changed.tv_nsec == status->st_mtim.tv_nsec;
}

static bool look_at_program(struct symbols *symbols, const char *name, struct why *why)
{
	struct seen *seen = find_seen(symbols, name);
	char *path = xasprintf("%s/%s", symbols->programs, name);
	int fd = open_regular(path);
	struct stat status;
	bool kept = true;

	if (seen && fd >= 0 && fstat(fd, &status) == 0 && !is_unchanged(seen, &status)) {
		kept = keep_program(symbols, name, fd, &status, why);
		if (kept) {
			seen->inode = status.st_ino;
			seen->size = status.st_size;
			seen->changed = status.st_mtim;
		}
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return kept;
}

struct kept {
	char *path;
	char *program;
	struct timespec copied;
};

static int by_program_newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int order = strcmp(x->program, y->program);

	if (order != 0)
		return order;
	if (x->copied.tv_sec != y->copied.tv_sec)
		return x->copied.tv_sec < y->copied.tv_sec ? 1 : -1;
	return x->copied.tv_nsec < y->copied.tv_nsec ? 1 : -1;
}

static size_t list_kept(const char *directory, struct kept *out, size_t limit)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;
	size_t count = 0;

	while (entries && count < limit && (entry = readdir(entries)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');
		struct stat status;
		char *path;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 || !dot ||
		    strcmp(dot, DEBUG_SUFFIX) == 0)
			continue; /* debug information is kept with its program */
		path = xasprintf("%s/%s", directory, entry->d_name);
		if (stat(path, &status) != 0) {
			free(path);
			continue;
		}
		out[count++] = (struct kept) {
			.path = path,
			.program = xstrndup(entry->d_name, (size_t)(dot - entry->d_name)),
			.copied = status.st_mtim,
		};
	}
	if (entries)
		closedir(entries);
	return count;
}

static void remove_build(const char *path)
{
	char *debug = xasprintf("%s" DEBUG_SUFFIX, path);

	unlink(path);
	unlink(debug);
	free(debug);
}

static void remove_old_builds(const struct symbols *symbols)
{
	struct kept kept[128];
	size_t count = list_kept(symbols->directory, kept, COUNT_OF(kept));
	size_t builds = 0;

	qsort(kept, count, sizeof(kept[0]), by_program_newest_first);
	for (size_t i = 0; i < count; i++) {
		bool is_same = i > 0 && strcmp(kept[i].program, kept[i - 1].program) == 0;

		builds = is_same ? builds + 1 : 1;
		if (builds > SYMBOLS_BUILDS_KEPT)
			remove_build(kept[i].path);
	}
	for (size_t i = 0; i < count; i++) {
		free(kept[i].path);
		free(kept[i].program);
	}
}

static bool is_program_name(const char *name)
{
	size_t length = strlen(name), suffix = strlen(DEBUG_SUFFIX);

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	       (length < suffix || strcmp(name + length - suffix, DEBUG_SUFFIX) != 0);
}

bool symbols_refresh(struct symbols *symbols, struct why *why)
{
	DIR *entries = opendir(symbols->programs);
	const struct dirent *entry;
	bool kept = true;

	if (!entries)
		return why_set(why, "%s: %s", symbols->programs, strerror(errno));
	while ((entry = readdir(entries)) != NULL)
		if (is_program_name(entry->d_name))
			kept = look_at_program(symbols, entry->d_name, why) && kept;
	closedir(entries);
	remove_old_builds(symbols);
	return kept;
}

/* --- finding -------------------------------------------------------------------------------- */

/* `suffix`: "" for the program, DEBUG_SUFFIX for its debug information. */
static int open_kept(const struct symbols *symbols, const struct image_file *file,
		     const char *suffix)
{
	const char *slash = strrchr(file->path, '/');
	char *path = xasprintf("%s/%s.%s%s", symbols->directory, slash ? slash + 1 : file->path,
			       file->build_id, suffix);
	int fd = open_regular(path);

	free(path);
	return fd;
}

static void open_file(const struct symbols *symbols, struct image_file *file)
{
	int given = file->fd;

	file->fd = -1;
	if (file->build_id[0] != '\0') {
		file->fd = open_kept(symbols, file, "");
		file->debug_fd = open_kept(symbols, file, DEBUG_SUFFIX);
	}
	if (file->fd < 0 && given >= 0 && has_build_id(given, file->build_id))
		file->fd = fcntl(given, F_DUPFD_CLOEXEC, 0);
	if (file->fd < 0)
		file->fd = open_of_build(xstrdup(file->path), file->build_id);
}

void symbols_open_image(const struct symbols *symbols, struct image *image)
{
	for (size_t i = 0; i < image->file_count; i++)
		open_file(symbols, &image->files[i]);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void symbols_close_image(struct image *image)
{
	for (size_t i = 0; i < image->file_count; i++) {
		close_one(&image->files[i].fd);
		close_one(&image->files[i].debug_fd);
	}
}

const char *symbols_directory(const struct symbols *symbols)
{
	return symbols->directory;
}
