/* symbols.h - copies of the programs, by build id: after a deploy, the crash of a process that
 * still runs the old program has names and lines, too. */
#ifndef CRASHD_SYMBOLS_H
#define CRASHD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"
#include "crashd/image.h"

#define SYMBOLS_BUILDS_KEPT 3            /* of each program */
#define SYMBOLS_LEAVE_FREE (32ull << 20) /* bytes of the disk that copies leave to others */

struct symbols;

/* `directory` (KORONE_STATE_DIR/crashd/symbols) is created when missing; `programs` is where the
 * installed programs are, "korone-*". */
struct symbols *symbols_open(const char *directory, const char *programs, struct why *why);
void symbols_close(struct symbols *symbols);
const char *symbols_directory(const struct symbols *symbols);
/* Copies programs that changed since the last call, with their separate debug information, and
 * removes builds over the limit. False when a copy failed (a full disk); existing copies stay. */
MUST_CHECK bool symbols_refresh(struct symbols *symbols, struct why *why);

/* Opens each file of the image: the kept copy with its build id, else the one that `fd` already is,
 * of which it makes a duplicate, else the file at its path, if that has the build id. fd is -1
 * where none is. */
void symbols_open_image(const struct symbols *symbols, struct image *image);
void symbols_close_image(struct image *image);

/* A path from a crashed process may be anything: opens only an ELF file. -1: it is none. */
int elf_open(const char *path);
/* The hex build id of an ELF file; false when it has none or is not an ELF file. */
bool elf_build_id(int fd, char *out, size_t size);

#endif
