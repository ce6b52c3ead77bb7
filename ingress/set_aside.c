/* set_aside.c - see set_aside.h. A file is named by time, number and update id; it holds the
 * reason, a newline, and the bytes as they came. */
#include "ingress/set_aside.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"

#define NAME_FORMAT "%010" PRId64 "-%010" PRIu64 "-%" PRId64 ".update"
#define NAME_SIZE 96
#define FILE_MAX (64u << 20)

struct set_aside {
	char *directory;
	uint64_t next_number;
	struct set_aside_piece pieces[SET_ASIDE_MAX + 1]; /* oldest first */
	size_t count;
};

static void name_of(const struct set_aside_piece *piece, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, NAME_FORMAT, piece->received_s, piece->number, piece->update_id);
}

static char *path_of(const struct set_aside *set_aside, const struct set_aside_piece *piece)
{
	char name[NAME_SIZE];

	name_of(piece, name);
	return xasprintf("%s/%s", set_aside->directory, name);
}

static void remove_piece(struct set_aside *set_aside, size_t at)
{
	char *path = path_of(set_aside, &set_aside->pieces[at]);

	unlink(path);
	free(path);
	set_aside->count--;
	memmove(set_aside->pieces + at, set_aside->pieces + at + 1,
		(set_aside->count - at) * sizeof(*set_aside->pieces));
}

/* Puts it in the order of numbers; the oldest goes when there are too many. */
static void insert_piece(struct set_aside *set_aside, const struct set_aside_piece *piece)
{
	size_t at = set_aside->count;

	while (at > 0 && set_aside->pieces[at - 1].number > piece->number)
		at--;
	memmove(set_aside->pieces + at + 1, set_aside->pieces + at,
		(set_aside->count - at) * sizeof(*set_aside->pieces));
	set_aside->pieces[at] = *piece;
	set_aside->count++;
	if (set_aside->count > SET_ASIDE_MAX)
		remove_piece(set_aside, 0);
	if (piece->number >= set_aside->next_number)
		set_aside->next_number = piece->number + 1;
}

static bool parse_name(const char *name, struct set_aside_piece *out)
{
	char again[NAME_SIZE];

	*out = (struct set_aside_piece) { 0 };
	if (sscanf(name, "%" SCNd64 "-%" SCNu64 "-%" SCNd64, &out->received_s, &out->number,
		   &out->update_id) != 3)
		return false;
	name_of(out, again);
	return !strcmp(name, again);
}

static bool read_file(const struct set_aside *set_aside, const struct set_aside_piece *piece,
		      struct buffer *out, struct why *why)
{
	char *path = path_of(set_aside, piece);
	bool ok = file_read(path, FILE_MAX, out, why);

	free(path);
	return ok;
}

/* Splits a file's bytes into reason and raw bytes; what has no newline is all raw. */
static size_t reason_length(const struct buffer *file)
{
	const uint8_t *newline = memchr(buffer_unread(file), '\n', buffer_unread_size(file));

	return newline ? (size_t)(newline - buffer_unread(file)) : 0;
}

static void load_piece(struct set_aside *set_aside, struct set_aside_piece *piece)
{
	struct buffer file = { 0 };

	if (read_file(set_aside, piece, &file, NULL)) {
		size_t length = reason_length(&file);

		piece->size = buffer_unread_size(&file) - length - (length > 0);
		snprintf(piece->reason, sizeof(piece->reason), "%.*s", (int)length,
			 (const char *)buffer_unread(&file));
		insert_piece(set_aside, piece);
	}
	buffer_finish(&file);
}

/* What a crash left of file_replace(): it would otherwise stay for ever. */
static void remove_unfinished(const struct set_aside *set_aside, const char *name)
{
	char *path = xasprintf("%s/%s", set_aside->directory, name);

	if (strstr(name, ".update.new"))
		unlink(path);
	free(path);
}

static bool load(struct set_aside *set_aside, struct why *why)
{
	DIR *directory = opendir(set_aside->directory);
	struct dirent *entry;

	if (!directory)
		return why_set(why, "cannot list %s: %s", set_aside->directory, strerror(errno));
	while ((entry = readdir(directory))) {
		struct set_aside_piece piece;

		if (parse_name(entry->d_name, &piece))
			load_piece(set_aside, &piece);
		else
			remove_unfinished(set_aside, entry->d_name);
	}
	closedir(directory);
	return true;
}

struct set_aside *set_aside_open(const char *directory, int64_t now_s, struct why *why)
{
	struct set_aside *set_aside = xmalloc(sizeof(*set_aside));

	set_aside->directory = xstrdup(directory);
	set_aside->next_number = 1;
	if (!directory_make(directory, why) || !load(set_aside, why)) {
		set_aside_close(set_aside);
		return NULL;
	}
	set_aside_expire(set_aside, now_s);
	return set_aside;
}

void set_aside_close(struct set_aside *set_aside)
{
	if (!set_aside)
		return;
	free(set_aside->directory);
	free(set_aside);
}

bool set_aside_add(struct set_aside *set_aside, int64_t update_id, const void *raw, size_t size,
		   const char *reason, int64_t now_s, struct why *why)
{
	struct set_aside_piece piece = { .number = set_aside->next_number,
					 .update_id = update_id,
					 .received_s = now_s,
					 .size = size };
	struct buffer file = { 0 };
	char *path = path_of(set_aside, &piece);
	bool ok;

	snprintf(piece.reason, sizeof(piece.reason), "%s", reason[0] ? reason : "malformed");
	piece.reason[strcspn(piece.reason, "\n")] = '\0';
	buffer_printf(&file, "%s\n", piece.reason);
	buffer_append(&file, raw, size);
	ok = file_replace(path, buffer_unread(&file), buffer_unread_size(&file), why);
	if (ok)
		insert_piece(set_aside, &piece);
	buffer_finish(&file);
	free(path);
	return ok;
}

void set_aside_expire(struct set_aside *set_aside, int64_t now_s)
{
	for (size_t i = set_aside->count; i-- > 0;)
		if (now_s - set_aside->pieces[i].received_s >= SET_ASIDE_KEEP_S)
			remove_piece(set_aside, i);
}

const struct set_aside_piece *set_aside_list(const struct set_aside *set_aside, size_t *count)
{
	*count = set_aside->count;
	return set_aside->pieces;
}

static size_t find(const struct set_aside *set_aside, uint64_t number)
{
	size_t at = 0;

	while (at < set_aside->count && set_aside->pieces[at].number != number)
		at++;
	return at;
}

bool set_aside_read(const struct set_aside *set_aside, uint64_t number, struct buffer *out,
		    struct why *why)
{
	size_t at = find(set_aside, number), length;
	struct buffer file = { 0 };

	if (at == set_aside->count)
		return why_set(why, "no update with number %" PRIu64 " is set aside", number);
	if (!read_file(set_aside, &set_aside->pieces[at], &file, why)) {
		buffer_finish(&file);
		return false;
	}
	length = reason_length(&file);
	buffer_consume(&file, length + (length > 0));
	buffer_append(out, buffer_unread(&file), buffer_unread_size(&file));
	buffer_finish(&file);
	return true;
}

bool set_aside_drop(struct set_aside *set_aside, uint64_t number)
{
	size_t at = find(set_aside, number);

	if (at == set_aside->count)
		return false;
	remove_piece(set_aside, at);
	return true;
}
