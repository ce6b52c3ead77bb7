/* file.c - a file is a buffer until it grows over FILE_MEMORY_MAX; then it is an unnamed file in
 * the pool's directory, and the buffer only gathers what is to be written. */
#include "workers/host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "workers/host/ctx.h"
#include "workers/wire/places.h"

#define LOG_SUBSYSTEM "file"
#include "common/log.h"

struct file {
	struct ctx *ctx;
	const char *name, *error;
	char part[16];        /* as a part of a form */
	struct buffer memory; /* all of it, or what is not written yet */
	int descriptor;       /* -1: in memory */
	int64_t size;
	void *map; /* file_bytes(), NULL: not asked for */
	size_t map_size;
	bool is_sent; /* what is added now might be sent, or not */
	struct file *next;
};

static int64_t size_max(const struct file *file)
{
	return settings_upload_max(file->ctx->host->settings);
}

/* --- errors ----------------------------------------------------------------------------------- */

void file_fail(struct file *file, const char *error)
{
	if (!file->error[0])
		file->error = arena_strdup(file->ctx->arena, error);
}

/* The cause is for the log: who reads the answer cannot do anything about a disk. */
static void fail_on_disk(struct file *file, const char *what)
{
	struct ctx *ctx = file->ctx;

	log_warn("cannot keep a file of a handler", log_text("call", what),
		 log_text("error", strerror(errno)));
	file_fail(file, _("There is no room for this file now. Please try again later."));
}

static void fail_as_too_large(struct file *file)
{
	struct ctx *ctx = file->ctx;

	file_fail(file, ctx_printf(ctx, _("The file is too large: at most %lld MB are possible."),
				   (long long)(size_max(file) / 1000000)));
}

const char *file_error(const struct file *file)
{
	return file->error;
}

/* --- making one ------------------------------------------------------------------------------- */

static size_t count_files(const struct host *host)
{
	size_t count = 0;

	for (const struct file *file = host->files; file; file = file->next)
		count++;
	return count;
}

struct file *file_made(struct ctx *ctx, const char *name)
{
	size_t count = count_files(ctx->host);
	struct file *file = xmalloc(sizeof(*file));

	file->ctx = ctx;
	file->name = arena_strdup(ctx->arena, name);
	file->error = "";
	file->descriptor = -1;
	snprintf(file->part, sizeof(file->part), "file%zu", count);
	file->next = ctx->host->files;
	ctx->host->files = file;
	if (count >= FILES_MAX)
		ctx_fail(ctx, "more than %u files", FILES_MAX);
	return file;
}

/* O_NONBLOCK: a pipe that nobody writes into does not hold the handler up. */
const struct file *file_opened(struct ctx *ctx, const char *name, const char *path)
{
	struct file *file = file_made(ctx, name);
	struct stat status;

	file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file->descriptor < 0 || fstat(file->descriptor, &status) < 0) {
		log_warn("cannot open a file of a module", log_text("path", path),
			 log_text("error", strerror(errno)));
		file_fail(file, _("This file is no longer there."));
	} else if (!S_ISREG(status.st_mode)) {
		log_warn("a file of a module is no plain file", log_text("path", path));
		file_fail(file, _("This file is no longer there."));
	} else if (status.st_size > size_max(file)) {
		fail_as_too_large(file);
	} else {
		file->size = status.st_size;
	}
	return file;
}

/* Not every file system has O_TMPFILE. O_EXCL: it never gets a name. */
static int open_unnamed(const struct settings *settings)
{
	char path[PATH_MAX];
	int fd;

	place_of_files(settings, path, sizeof(path));
	fd = open(path, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/XXXXXX");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static bool go_to_disk(struct file *file)
{
	if (file->descriptor < 0)
		file->descriptor = open_unnamed(file->ctx->host->settings);
	if (file->descriptor < 0)
		fail_on_disk(file, "open");
	return file->descriptor >= 0;
}

static void write_out(struct file *file, const void *bytes, size_t size)
{
	if (size && !write_all(file->descriptor, bytes, size))
		fail_on_disk(file, "write");
}

static void write_memory(struct file *file)
{
	write_out(file, buffer_unread(&file->memory), buffer_unread_size(&file->memory));
	buffer_clear(&file->memory);
}

void file_add_bytes(struct file *file, const void *bytes, size_t size)
{
	if (file->is_sent)
		ctx_fail(file->ctx, "a file is changed that was sent");
	if (file->error[0] || file->is_sent)
		return;
	if (size > (uint64_t)(size_max(file) - file->size)) {
		fail_as_too_large(file);
		return;
	}
	file->size += (int64_t)size;
	if (buffer_unread_size(&file->memory) + size <= FILE_MEMORY_MAX) {
		buffer_append(&file->memory, bytes, size);
	} else if (go_to_disk(file)) {
		write_memory(file);
		write_out(file, bytes, size);
	}
}

void file_add(struct file *file, const char *format, ...)
{
	char small[1024], *large = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length < 0) {
		ctx_fail(file->ctx, "a format of a file fails");
		return;
	}
	if ((size_t)length >= sizeof(small)) {
		large = xmalloc((size_t)length + 1);
		va_start(arguments, format);
		vsnprintf(large, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	file_add_bytes(file, large ? large : small, (size_t)length);
	free(large);
}

/* --- filled by another process ---------------------------------------------------------------- */

struct file *file_received(struct ctx *ctx, const char *name)
{
	struct file *file = file_made(ctx, name);

	(void)go_to_disk(file);
	return file;
}

int file_descriptor(const struct file *file)
{
	return file->error[0] ? -1 : file->descriptor;
}

void file_filled(struct file *file, const char *name)
{
	struct stat status;

	if (name[0])
		file->name = arena_strdup(file->ctx->arena, name);
	if (fstat(file->descriptor, &status) == 0)
		file->size = status.st_size;
}

int file_settle(const struct file *file)
{
	/* Where its bytes are does not change the file. */
	struct file *own = (struct file *)(uintptr_t)file;

	if (!file->error[0] && go_to_disk(own))
		write_memory(own);
	return file_descriptor(file);
}

/* --- reading ---------------------------------------------------------------------------------- */

const char *file_name(const struct file *file)
{
	return file->name;
}

void file_rename(const struct file *file, const char *name)
{
	struct file *own = (struct file *)(uintptr_t)file;

	own->name = arena_strdup(file->ctx->arena, name);
}

int64_t file_size(const struct file *file)
{
	return file->error[0] ? 0 : file->size;
}

/* Over a longer stretch of zeros, the first of which ends it as a text. */
static const void *map(struct file *file)
{
	size_t size = (size_t)file->size;
	void *zeros = mmap(NULL, size + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (zeros == MAP_FAILED)
		return NULL;
	file->map = zeros;
	file->map_size = size + 1;
	if (mmap(zeros, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, file->descriptor, 0) ==
	    MAP_FAILED)
		return NULL;
	return zeros;
}

static const void *read_mapped(struct file *file)
{
	const void *bytes;

	write_memory(file);
	if (file->error[0] || file->size == 0)
		return "";
	if (file->map && file->map_size == (size_t)file->size + 1)
		return file->map;
	if (file->map)
		munmap(file->map, file->map_size);
	bytes = map(file);
	if (bytes)
		return bytes;
	fail_on_disk(file, "mmap");
	return "";
}

const void *file_bytes(const struct file *file)
{
	/* What was gathered is written, which does not change the file. */
	struct file *own = (struct file *)(uintptr_t)file;

	if (file->error[0])
		return "";
	return file->descriptor < 0 ? buffer_text(&own->memory) : read_mapped(own);
}

/* --- sending ---------------------------------------------------------------------------------- */

const char *file_part(struct ctx *ctx, const struct file *file)
{
	return ctx_printf(ctx, "attach://%s", file->part);
}

/* As a whole value: an id inside of a text is a text. */
static bool is_named(const struct file *file, const struct text *body)
{
	char value[32];
	int length = snprintf(value, sizeof(value), "\"attach://%s\"", file->part);

	return memmem(body->data, body->length, value, (size_t)length) != NULL;
}

static bool attach(struct file *file, struct call_file *out)
{
	if (!file->error[0] && file->size == 0)
		file_fail(file, "it is empty");
	if (file->descriptor >= 0)
		write_memory(file);
	if (file->error[0])
		return ctx_fail(file->ctx, "a file cannot be sent: %s", file->error) != FAIL;
	file->is_sent = true;
	(void)buffer_text(&file->memory); /* so that file_bytes() does not move it */
	*out = (struct call_file) { .part = text_of(file->part),
				    .name = text_of(file->name),
				    .descriptor = file->descriptor };
	if (file->descriptor < 0)
		out->bytes = (struct text) { (const char *)buffer_unread(&file->memory),
					     buffer_unread_size(&file->memory) };
	return true;
}

bool files_attach(struct ctx *ctx, struct call *call)
{
	struct call_file found[CALL_FILES_MAX];
	size_t count = 0;

	if (!ctx->host->files || !call->body.data)
		return true;
	for (struct file *file = ctx->host->files; file; file = file->next) {
		if (!is_named(file, &call->body))
			continue;
		if (count == CALL_FILES_MAX)
			return ctx_fail(ctx, "more than %u files in a call", CALL_FILES_MAX) !=
			       FAIL;
		if (!attach(file, &found[count++]))
			return false;
	}
	call->files = arena_memdup(ctx->arena, found, count * sizeof(*found));
	call->files_count = count;
	return true;
}

void files_release(struct host *host)
{
	while (host->files) {
		struct file *file = host->files;

		host->files = file->next;
		if (file->map)
			munmap(file->map, file->map_size);
		if (file->descriptor >= 0)
			close(file->descriptor);
		buffer_finish(&file->memory);
		free(file);
	}
}
