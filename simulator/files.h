/* files.h - the files that Telegram keeps: uploads of the bot with their bytes, and those of
 * people, whose bytes are made up when somebody asks for them.
 *
 * The last FILES_MAX are known; of uploads at most FILES_BYTES_MAX bytes are kept. */
#ifndef SIMULATOR_FILES_H
#define SIMULATOR_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/json.h"
#include "common/why.h"
#include "simulator/media_kind.h"

#define FILES_MAX 65536
#define FILES_BYTES_MAX (256u << 20)
#define FILE_ID_SIZE 96
#define FILE_PATH_SIZE 320

struct stored_file {
	uint64_t number; /* 0: free */
	enum media_kind kind;
	int64_t size;
	int width, height;
	int seconds;      /* 0: unknown */
	const char *mime; /* a literal; NULL: as its kind */
	char *extension;  /* of its path; NULL: as its kind */
	char *bytes;      /* NULL: made up */
	char *disk_path;  /* of a local server: where it is; NULL: nowhere */
	char *content;    /* `"photo":[…]`: with what it is sent again; only of a message's first
			   * file */
	uint64_t first;   /* number of the file that has the content */
};

struct files {
	struct stored_file *ring; /* made at first use; a file is at number % FILES_MAX */
	uint64_t last;            /* number of the newest */
	uint64_t oldest_bytes;    /* no older one has bytes */
	size_t bytes;
	const char *local; /* --local: folder of a local server's files; NULL: it is the cloud */
};

void files_finish(struct files *files);
/* Valid until FILES_MAX more were added. `bytes` is copied; NULL: they are made up. */
struct stored_file *files_add(struct files *files, enum media_kind kind, const void *bytes,
			      int64_t size);
/* file_id and file_unique_id. */
void file_ids(const struct stored_file *file, char id[FILE_ID_SIZE], char unique_id[FILE_ID_SIZE]);
/* The keys file_id, file_unique_id and file_size of an object that is open. */
void file_write(struct json *json, const struct stored_file *file);
/* All files since `first` were sent together as `content`. */
void files_set_content(struct files *files, uint64_t first, const char *content, size_t length);
/* This one was sent by itself. */
void file_set_content(struct stored_file *file, const char *content, size_t length);
/* NULL when there is none. */
const char *file_content(const struct files *files, const struct stored_file *file);

struct stored_file *files_find(const struct files *files, const char *id);
struct stored_file *files_find_path(const struct files *files, const char *path);
/* "photos/file_7.jpg" */
void file_path(const struct stored_file *file, char out[FILE_PATH_SIZE]);
/* Writes it where a local server has it: files.local/PATH. */
MUST_CHECK bool files_put_on_disk(const struct files *files, struct stored_file *file,
				  struct why *why);
/* Appends the bytes. */
void file_read_bytes(const struct stored_file *file, struct buffer *out);

#endif
