/* download.c - three steps: getFile, the transfer, the result. A transfer that fails begins again
 * with getFile, whose path is good for an hour.
 *
 * A copy goes piece by piece, a turn of the loop each, so that other calls do not wait for it. */
#include "workers/sender/download.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "sender"

#define PATH_LENGTH_MAX 1024u
#define TIMEOUT_MS 300000u
#define BYTES_PER_MS 64 /* the slowest that is waited for, beyond that time */
#define PIECE (64u << 10)
#define PIECES_PER_TURN 8

enum step { STEP_ASK, STEP_FETCH, STEP_COPY, STEP_OVER };

struct download {
	const struct downloads *downloads;
	enum step step;
	int sink; /* owned; of the child, which reads it when this is over */
	int64_t size;
	int fault;  /* errno of a write; EFBIG: more than size_max */
	char *path; /* as getFile said it; owned, NULL: not known */
	/* a copy */
	int source;
	uint64_t began_us;
	struct loop_timer turn;
	void *tag;
};

/* --- life ------------------------------------------------------------------------------------- */

/* With O_APPEND pwrite() ignores where it is to write. */
static bool check_sink(int fd, struct why *why)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	if (fd < 0 || flags < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    flags & (O_APPEND | O_PATH) || (flags & O_ACCMODE) == O_RDONLY)
		return why_set(why, "a file that cannot be written");
	return true;
}

struct download *download_create(const struct downloads *downloads, struct call *call,
				 struct call_file *files, struct why *why)
{
	struct download *download;

	if (!call->want_result || call->files_count != 1 || files[0].bytes.data) {
		why_set(why, "a download without a place for it");
		return NULL;
	}
	if (!check_sink(files[0].descriptor, why))
		return NULL;
	download = xmalloc(sizeof(*download));
	download->downloads = downloads;
	download->source = -1;
	download->sink = files[0].descriptor;
	files[0].descriptor = -1;
	call->files_count = 0;
	call->method = text_of("getFile");
	return download;
}

static void close_source(struct download *download)
{
	if (download->source >= 0)
		close(download->source);
	download->source = -1;
}

static void forget_path(struct download *download)
{
	if (download->path)
		explicit_bzero(download->path, strlen(download->path));
	free(download->path);
	download->path = NULL;
}

void download_destroy(struct download *download)
{
	if (!download)
		return;
	loop_timer_clear(download->downloads->loop, &download->turn);
	close_source(download);
	forget_path(download);
	close(download->sink);
	free(download);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool start_writing(struct download *download)
{
	download->size = 0;
	download->fault = ftruncate(download->sink, 0) < 0 ? errno : 0;
	return !download->fault;
}

static bool write_piece(void *owner, const void *bytes, size_t size)
{
	struct download *download = owner;
	const uint8_t *at = bytes;

	if (size > (uint64_t)(download->downloads->size_max - download->size)) {
		download->fault = EFBIG;
		return false;
	}
	while (size) {
		ssize_t written = pwrite(download->sink, at, size, download->size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			download->fault = written < 0 ? errno : ENOSPC;
			return false;
		}
		download->size += written;
		at += written;
		size -= (size_t)written;
	}
	return true;
}

/* --- from the disk of a local server ---------------------------------------------------------- */

/* The path comes from the server, and the directory from the operator: nothing else is opened, by
 * no
 * "..", no link and no mount of /proc. */
static int open_beneath(const char *directory, const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	size_t length = strlen(directory);
	int root, fd;

	while (length && directory[length - 1] == '/')
		length--;
	if (!length || strncmp(path, directory, length) != 0 || path[length] != '/') {
		errno = EACCES;
		return -1;
	}
	root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, root, path + length + 1, &how, sizeof(how));
	close(root);
	return fd;
}

static void end_copy(struct download *download, int status, const char *error)
{
	const struct downloads *downloads = download->downloads;
	const struct telegram_answer answer = {
		.http_status = status,
		.written = true,
		.error = error,
		.duration_us = (uint32_t)(clock_boot_us() - download->began_us),
	};

	close_source(download);
	downloads->after(downloads->owner, download->tag, &answer);
}

/* Not the path: it has the token in it. */
static void warn_of_directory(const struct download *download, int error)
{
	log_warn("cannot read a file of the local Bot API server",
		 log_text("KORONE_API_FILES_DIR", download->downloads->directory),
		 log_text("error", strerror(error)));
}

static void open_source(struct download *download)
{
	struct stat status;

	download->source = open_beneath(download->downloads->directory, download->path);
	if (download->source >= 0 && fstat(download->source, &status) == 0 &&
	    S_ISREG(status.st_mode) && start_writing(download)) {
		loop_timer_set(download->downloads->loop, &download->turn, 0);
		return;
	}
	if (download->source < 0 && errno == ENOENT) {
		end_copy(download, 404, "");
		return;
	}
	warn_of_directory(download, download->fault         ? download->fault
				    : download->source >= 0 ? EINVAL
							    : errno);
	end_copy(download, 403, "");
}

static void copy_some(struct download *download)
{
	static uint8_t piece[PIECE];

	for (int i = 0; i < PIECES_PER_TURN; i++) {
		ssize_t got = read(download->source, piece, sizeof(piece));

		if (got < 0)
			warn_of_directory(download, errno);
		if (got <= 0 || !write_piece(download, piece, (size_t)got)) {
			end_copy(download, got < 0 ? 403 : 200, "");
			return;
		}
	}
	loop_timer_set(download->downloads->loop, &download->turn, 0);
}

static void on_turn(void *owner)
{
	struct download *download = owner;

	if (download->source < 0)
		open_source(download);
	else
		copy_some(download);
}

/* --- the steps -------------------------------------------------------------------------------- */

static uint32_t timeout_of(const struct download *download)
{
	return TIMEOUT_MS + (uint32_t)(download->size / BYTES_PER_MS);
}

bool download_begin(struct download *download, void *tag)
{
	const struct downloads *downloads = download ? download->downloads : NULL;
	uint32_t timeout_ms;

	if (!download || (download->step != STEP_FETCH && download->step != STEP_COPY))
		return false;
	download->tag = tag;
	if (download->step == STEP_COPY) {
		download->began_us = clock_boot_us();
		download->turn = (struct loop_timer) { .fn = on_turn, .owner = download };
		loop_timer_set(downloads->loop, &download->turn, 0);
		return true;
	}
	timeout_ms = timeout_of(download);
	(void)start_writing(download); /* a fault ends it with the first byte */
	telegram_download(downloads->telegram, download->path, write_piece, download, timeout_ms,
			  tag);
	return true;
}

/* What libcurl would take for a step upwards, or another query, is no path of Telegram. */
static bool is_clean_path(const char *path)
{
	if (!path[0] || strlen(path) > PATH_LENGTH_MAX || path[strcspn(path, "?#\\")] ||
	    strstr(path, "//"))
		return false;
	for (const char *at = path; *at; at++) {
		size_t length = strcspn(at, "/");

		if ((unsigned char)*at < ' ' || (*at == '.' && length <= strspn(at, ".")))
			return false;
		at += length - (at[length] == '\0');
	}
	return true;
}

static enum call_outcome refuse(struct call_result *out, int code, const char *description)
{
	*out = (struct call_result) { .status = CALL_REFUSED,
				      .error_code = code,
				      .description = text_of(description) };
	return OUTCOME_GONE;
}

static enum call_outcome take_path(struct download *download, struct call_result *result)
{
	json_t *file = json_loadb(result->result.data, result->result.length, 0, NULL);
	const char *path = json_string_value(json_object_get(file, "file_path"));
	enum call_outcome outcome;

	forget_path(download);
	download->size = json_integer_value(json_object_get(file, "file_size"));
	if (download->size < 0 || download->size > download->downloads->size_max) {
		outcome = refuse(result, 413, "the file is too large");
	} else if (!path || !is_clean_path(path)) {
		outcome = refuse(result, 410, "the file has no path");
	} else {
		outcome = OUTCOME_OK;
		download->path = xstrdup(path);
		download->step = path[0] == '/' ? STEP_COPY : STEP_FETCH;
	}
	json_decref(file);
	return outcome;
}

/* "file is too big", and "wrong file_id or the file is temporarily unavailable". */
static enum call_outcome read_refusal(enum call_outcome outcome, struct call_result *out)
{
	static const char too_large[] = "too big";

	if (out->status != CALL_REFUSED || out->error_code != 400)
		return outcome;
	if (memmem(out->description.data, out->description.length, too_large,
		   sizeof(too_large) - 1))
		return refuse(out, 413, "the file is too large");
	return refuse(out, 410, "there is no such file");
}

static void write_result(struct download *download, struct arena *arena, struct call_result *out)
{
	const char *name = strrchr(download->path, '/');
	struct buffer text = { 0 };
	struct json json = json_start(&text);

	json_object_start(&json);
	json_key_text(&json, "name", name ? name + 1 : download->path);
	json_object_end(&json);
	*out = (struct call_result) { .status = CALL_OK };
	out->result.length = buffer_unread_size(&text);
	out->result.data = arena_memdup(arena, buffer_unread(&text), out->result.length);
	buffer_finish(&text);
}

/* The disk is full: trying again does not help, and the child says so. */
static enum call_outcome fail_to_write(const struct download *download, struct call_result *out)
{
	if (download->fault == EFBIG)
		return refuse(out, 413, "the file is too large");
	log_warn("cannot write a file for a handler", log_text("error", strerror(download->fault)));
	refuse(out, 507, "no room for the file");
	return OUTCOME_REFUSED;
}

static enum call_outcome end_transfer(struct download *download,
				      const struct telegram_answer *answer, struct arena *arena,
				      struct call_result *out)
{
	if (download->fault)
		return fail_to_write(download, out);
	if (answer->http_status == 200) {
		write_result(download, arena, out);
		download->step = STEP_OVER;
		return OUTCOME_OK;
	}
	if (answer->http_status == 404)
		return refuse(out, 410, "there is no such file");
	if (answer->http_status == 403) {
		refuse(out, 403, "the file cannot be read");
		return OUTCOME_REFUSED;
	}
	return answer_read(answer->http_status, answer->body, answer->size, true, arena, out);
}

enum call_outcome download_read(struct download *download, const struct telegram_answer *answer,
				struct arena *arena, struct call_result *out)
{
	enum call_outcome outcome;

	if (download->step == STEP_FETCH || download->step == STEP_COPY) {
		download->step = STEP_ASK;
		return end_transfer(download, answer, arena, out);
	}
	outcome = answer_read(answer->http_status, answer->body, answer->size, true, arena, out);
	return outcome == OUTCOME_OK ? take_path(download, out) : read_refusal(outcome, out);
}

bool download_goes_on(const struct download *download)
{
	return download && download->step != STEP_OVER;
}
