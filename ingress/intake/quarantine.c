/* quarantine.c - one file per piece, named by time, number and update id; it holds the reason, a
 * newline, and the bytes as received. */
#include "ingress/intake/quarantine.h"

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

struct quarantine {
	char *directory;
	uint64_t next_number;
	struct quarantine_piece pieces[QUARANTINE_MAX + 1]; /* oldest first */
	size_t count;
};

static void name_of(const struct quarantine_piece *piece, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, NAME_FORMAT, piece->received_s, piece->number, piece->update_id);
}

static char *path_of(const struct quarantine *quarantine, const struct quarantine_piece *piece)
{
	char name[NAME_SIZE];

	name_of(piece, name);
	return xasprintf("%s/%s", quarantine->directory, name);
}

static void remove_piece(struct quarantine *quarantine, size_t at)
{
	char *path = path_of(quarantine, &quarantine->pieces[at]);

	unlink(path);
	free(path);
	quarantine->count--;
	memmove(quarantine->pieces + at, quarantine->pieces + at + 1,
		(quarantine->count - at) * sizeof(*quarantine->pieces));
}

/* Inserts in order of number; the oldest is dropped when there are too many. */
static void insert_piece(struct quarantine *quarantine, const struct quarantine_piece *piece)
{
	size_t at = quarantine->count;

	while (at > 0 && quarantine->pieces[at - 1].number > piece->number)
		at--;
	memmove(quarantine->pieces + at + 1, quarantine->pieces + at,
		(quarantine->count - at) * sizeof(*quarantine->pieces));
	quarantine->pieces[at] = *piece;
	quarantine->count++;
	if (quarantine->count > QUARANTINE_MAX)
		remove_piece(quarantine, 0);
	if (piece->number >= quarantine->next_number)
		quarantine->next_number = piece->number + 1;
}

static bool parse_name(const char *name, struct quarantine_piece *out)
{
	char again[NAME_SIZE];

	*out = (struct quarantine_piece) { 0 };
	if (sscanf(name, "%" SCNd64 "-%" SCNu64 "-%" SCNd64, &out->received_s, &out->number,
		   &out->update_id) != 3)
		return false;
	name_of(out, again);
	return !strcmp(name, again);
}

static bool read_file(const struct quarantine *quarantine, const struct quarantine_piece *piece,
		      struct buffer *out, struct why *why)
{
	char *path = path_of(quarantine, piece);
	bool ok = file_read_own(path, FILE_MAX, out, why);

	free(path);
	return ok;
}

/* Length of the reason in a file; a file without a newline is all raw bytes. */
static size_t reason_length(const struct buffer *file)
{
	const uint8_t *newline = memchr(buffer_unread(file), '\n', buffer_unread_size(file));

	return newline ? (size_t)(newline - buffer_unread(file)) : 0;
}

static void load_piece(struct quarantine *quarantine, struct quarantine_piece *piece)
{
	struct buffer file = { 0 };

	if (read_file(quarantine, piece, &file, NULL)) {
		size_t length = reason_length(&file);

		piece->size = buffer_unread_size(&file) - length - (length > 0);
		snprintf(piece->reason, sizeof(piece->reason), "%.*s", (int)length,
			 (const char *)buffer_unread(&file));
		insert_piece(quarantine, piece);
	}
	buffer_finish(&file);
}

/* Left by a crash in file_replace(); it would otherwise stay forever. */
static void remove_unfinished(const struct quarantine *quarantine, const char *name)
{
	char *path = xasprintf("%s/%s", quarantine->directory, name);

	if (strstr(name, ".update.new"))
		unlink(path);
	free(path);
}

static bool load(struct quarantine *quarantine, struct why *why)
{
	DIR *directory = opendir(quarantine->directory);
	struct dirent *entry;

	if (!directory)
		return why_set(why, "cannot list %s: %s", quarantine->directory, strerror(errno));
	while ((entry = readdir(directory))) {
		struct quarantine_piece piece;

		if (parse_name(entry->d_name, &piece))
			load_piece(quarantine, &piece);
		else
			remove_unfinished(quarantine, entry->d_name);
	}
	closedir(directory);
	return true;
}

struct quarantine *quarantine_open(const char *directory, int64_t now_s, struct why *why)
{
	struct quarantine *quarantine = xmalloc(sizeof(*quarantine));

	quarantine->directory = xstrdup(directory);
	quarantine->next_number = 1;
	if (!directory_make(directory, why) || !load(quarantine, why)) {
		quarantine_close(quarantine);
		return NULL;
	}
	quarantine_expire(quarantine, now_s);
	return quarantine;
}

void quarantine_close(struct quarantine *quarantine)
{
	if (!quarantine)
		return;
	free(quarantine->directory);
	free(quarantine);
}

void quarantine_expire(struct quarantine *quarantine, int64_t now_s)
{
	for (size_t i = quarantine->count; i-- > 0;)
		if (now_s - quarantine->pieces[i].received_s >= QUARANTINE_KEEP_S)
			remove_piece(quarantine, i);
}

const struct quarantine_piece *quarantine_list(const struct quarantine *quarantine, size_t *count)
{
	*count = quarantine->count;
	return quarantine->pieces;
}

static size_t find(const struct quarantine *quarantine, uint64_t number)
{
	size_t at = 0;

	while (at < quarantine->count && quarantine->pieces[at].number != number)
		at++;
	return at;
}

bool quarantine_read(const struct quarantine *quarantine, uint64_t number, struct buffer *out,
		     struct why *why)
{
	size_t at = find(quarantine, number), length;
	struct buffer file = { 0 };

	if (at == quarantine->count)
		return why_set(why, "no update with number %" PRIu64 " is set aside", number);
	if (!read_file(quarantine, &quarantine->pieces[at], &file, why)) {
		buffer_finish(&file);
		return false;
	}
	length = reason_length(&file);
	buffer_consume(&file, length + (length > 0));
	buffer_append(out, buffer_unread(&file), buffer_unread_size(&file));
	buffer_finish(&file);
	return true;
}

/* Whether it is there already: Telegram sends again what cannot be confirmed. */
static bool has(const struct quarantine *quarantine, int64_t update_id, const void *raw,
		size_t size)
{
	struct buffer kept = { 0 };
	bool found = false;

	for (size_t i = 0; i < quarantine->count && !found; i++) {
		if (quarantine->pieces[i].size != size ||
		    quarantine->pieces[i].update_id != update_id)
			continue;
		buffer_clear(&kept);
		found = quarantine_read(quarantine, quarantine->pieces[i].number, &kept, NULL) &&
			buffer_unread_size(&kept) == size &&
			!memcmp(buffer_unread(&kept), raw, size);
	}
	buffer_finish(&kept);
	return found;
}

bool quarantine_add(struct quarantine *quarantine, int64_t update_id, const void *raw, size_t size,
		    const char *reason, int64_t now_s, struct why *why)
{
	struct quarantine_piece piece = { .number = quarantine->next_number,
					  .update_id = update_id,
					  .received_s = now_s,
					  .size = size };
	struct buffer file = { 0 };
	char *path = path_of(quarantine, &piece);
	bool ok;

	if (has(quarantine, update_id, raw, size)) {
		free(path);
		return true;
	}
	snprintf(piece.reason, sizeof(piece.reason), "%s", reason[0] ? reason : "malformed");
	piece.reason[strcspn(piece.reason, "\n")] = '\0';
	buffer_printf(&file, "%s\n", piece.reason);
	buffer_append(&file, raw, size);
	ok = file_replace(path, buffer_unread(&file), buffer_unread_size(&file), why);
	if (ok)
		insert_piece(quarantine, &piece);
	buffer_finish(&file);
	free(path);
	return ok;
}

bool quarantine_drop(struct quarantine *quarantine, uint64_t number)
{
	size_t at = find(quarantine, number);

	if (at == quarantine->count)
		return false;
	remove_piece(quarantine, at);
	return true;
}
