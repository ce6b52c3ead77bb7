#include "simulator/files.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/files.h"
#include "common/xalloc.h"

static void release(struct files *files, struct stored_file *file)
{
	if (file->bytes)
		files->bytes -= (size_t)file->size;
	free(file->extension);
	free(file->bytes);
	free(file->disk_path);
	free(file->content);
	*file = (struct stored_file) { 0 };
}

void files_finish(struct files *files)
{
	for (size_t i = 0; files->ring && i < FILES_MAX; i++)
		release(files, &files->ring[i]);
	free(files->ring);
	*files = (struct files) { 0 };
}

static struct stored_file *find_number(const struct files *files, uint64_t number)
{
	struct stored_file *file = files->ring && number > 0 ? &files->ring[number % FILES_MAX]
							     : NULL;

	return file && file->number == number ? file : NULL;
}

/* The oldest bytes go first; the file itself stays, with made-up ones. */
static void make_room(struct files *files, size_t size)
{
	while (files->bytes + size > FILES_BYTES_MAX && files->oldest_bytes < files->last) {
		struct stored_file *file = find_number(files, ++files->oldest_bytes);

		if (!file || !file->bytes)
			continue;
		files->bytes -= (size_t)file->size;
		free(file->bytes);
		file->bytes = NULL;
	}
}

struct stored_file *files_add(struct files *files, enum media_kind kind, const void *bytes,
			      int64_t size)
{
	uint64_t number = ++files->last;
	struct stored_file *file;

	if (!files->ring)
		files->ring = xcalloc(FILES_MAX, sizeof(*files->ring));
	file = &files->ring[number % FILES_MAX];
	release(files, file);
	*file = (struct stored_file) {
		.number = number, .kind = kind, .size = size, .first = number
	};
	if (bytes && size > 0) {
		make_room(files, (size_t)size);
		file->bytes = xmemdup(bytes, (size_t)size);
		files->bytes += (size_t)size;
	}
	return file;
}

/* Six bits of the number each, mixed so that ids do not look alike. */
static void write_number(uint64_t number, char *out, size_t length)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t bits = number * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < length; i++) {
		if (i % 10 == 0 && i > 0)
			bits = (bits ^ number) * 0xbf58476d1ce4e5b9u;
		out[i] = letters[bits >> (6 * (i % 10)) & 63];
	}
	out[length] = '\0';
}

/* The number stands in it in plain, as "…xN_…". */
void file_ids(const struct stored_file *file, char id[FILE_ID_SIZE], char unique_id[FILE_ID_SIZE])
{
	int length = snprintf(id, FILE_ID_SIZE, "%s%" PRIu64 "_", media_kinds[file->kind].id_prefix,
			      file->number);

	write_number(file->number, id + length, 72 - (size_t)length);
	length = snprintf(unique_id, FILE_ID_SIZE, "AQAD");
	write_number(file->number, unique_id + length, 11);
}

void file_write(struct json *json, const struct stored_file *file)
{
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];

	file_ids(file, id, unique_id);
	json_key_text(json, "file_id", id);
	json_key_text(json, "file_unique_id", unique_id);
	json_key_int(json, "file_size", file->size);
}

void file_set_content(struct stored_file *file, const char *content, size_t length)
{
	free(file->content);
	file->content = xmalloc(length + 1); /* zeroed */
	memcpy(file->content, content, length);
}

void files_set_content(struct files *files, uint64_t first, const char *content, size_t length)
{
	struct stored_file *file;

	for (uint64_t number = first; number <= files->last; number++) {
		file = find_number(files, number);
		if (file)
			file->first = first;
	}
	file = find_number(files, first);
	if (file)
		file_set_content(file, content, length);
}

const char *file_content(const struct files *files, const struct stored_file *file)
{
	const struct stored_file *first = find_number(files, file->first);

	return first ? first->content : NULL;
}

struct stored_file *files_find(const struct files *files, const char *id)
{
	size_t length = strlen(id);
	char own[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];
	struct stored_file *file;

	if (length < 12 || length >= FILE_ID_SIZE)
		return NULL;
	file = find_number(files, strtoull(id + 10, NULL, 10));
	if (!file)
		return NULL;
	file_ids(file, own, unique_id);
	return strcmp(own, id) ? NULL : file;
}

void file_path(const struct stored_file *file, char out[FILE_PATH_SIZE])
{
	const struct media_kind_facts *facts = &media_kinds[file->kind];

	snprintf(out, FILE_PATH_SIZE, "%s/file_%" PRIu64 ".%s", facts->folder, file->number,
		 file->extension ? file->extension : facts->extension);
}

struct stored_file *files_find_path(const struct files *files, const char *path)
{
	const char *digits = strstr(path, "/file_");
	struct stored_file *file = digits ? find_number(files, strtoull(digits + 6, NULL, 10))
					  : NULL;
	char own[FILE_PATH_SIZE];

	if (!file)
		return NULL;
	file_path(file, own);
	return strcmp(own, path) ? NULL : file;
}

bool files_put_on_disk(const struct files *files, struct stored_file *file, struct why *why)
{
	char path[FILE_PATH_SIZE];
	char full[PATH_MAX];
	struct buffer bytes = { 0 };
	bool ok;

	if (file->disk_path)
		return true;
	file_path(file, path);
	snprintf(full, sizeof(full), "%s/%s", files->local, path);
	*strrchr(full, '/') = '\0';
	if (mkdir(files->local, 0700) != 0 && errno != EEXIST)
		return why_set(why, "%s: %s", files->local, strerror(errno));
	if (mkdir(full, 0700) != 0 && errno != EEXIST)
		return why_set(why, "%s: %s", full, strerror(errno));
	snprintf(full, sizeof(full), "%s/%s", files->local, path);
	file_read_bytes(file, &bytes);
	ok = file_replace(full, buffer_unread(&bytes), buffer_unread_size(&bytes), why);
	buffer_finish(&bytes);
	if (ok)
		file->disk_path = xstrdup(full);
	return ok;
}

void file_read_bytes(const struct stored_file *file, struct buffer *out)
{
	struct why why;

	if (file->bytes) {
		buffer_append(out, file->bytes, (size_t)file->size);
		return;
	}
	if (file->disk_path && file_read(file->disk_path, (size_t)file->size, out, &why))
		return;
	for (int64_t i = 0; i < file->size; i++)
		buffer_append_byte(out, (uint8_t)(file->number + (uint64_t)i * 31));
}
