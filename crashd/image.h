/* image.h - which files a crashed process had mapped, and where: from the text of its memory map
 * and its build ids. Both are untrusted: what does not parse is skipped. */
#ifndef CRASHD_IMAGE_H
#define CRASHD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/capture.h"

#define IMAGE_FILES_MAX 256
#define IMAGE_CODE_MAX 512

struct image_file {
	char *path;          /* as the process named it */
	char *build_id;      /* hex, "" when unknown */
	uint64_t start, end; /* of all its mappings */
	uint64_t bias;       /* added to an address in the file */
	bool is_program;     /* the program itself, not a library */
	int fd;              /* the same file, open for reading; -1: not available here */
	int debug_fd;        /* its separate debug information, if kept; else -1 */
};

/* Executable memory mapped from a file. */
struct image_code {
	uint64_t start, end;
	uint64_t offset; /* in the file */
	struct image_file *file;
};

struct image {
	struct image_file files[IMAGE_FILES_MAX];
	size_t file_count;
	struct image_code codes[IMAGE_CODE_MAX]; /* by address */
	size_t code_count;
};

/* Texts come from the arena; no file is opened (fd -1). */
void image_read(const struct capture *capture, struct arena *arena, struct image *out);
/* NULL when the address is not in such memory. */
const struct image_code *image_find_code(const struct image *image, uint64_t address);
const struct image_file *image_find_file(const struct image *image, uint64_t address);

#endif
