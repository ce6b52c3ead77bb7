/* files.h - files and directories as the daemons need them: private, and written completely or not
 * at all. */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/why.h"

/* Creates the directory and its missing parents, durably; the last one with mode 0700. */
MUST_CHECK bool directory_make(const char *path, struct why *why);
/* Takes an flock on PATH/lock that lasts as long as the returned descriptor (close-on-exec); -1
 * when another process has it or it cannot be opened. */
int directory_lock(const char *path, struct why *why);

/* Reads a whole file of at most `limit` bytes. */
MUST_CHECK bool file_read(const char *path, size_t limit, struct buffer *out, struct why *why);
/* Replaces the file atomically: temporary file (0600), fsync, rename, fsync of the directory. */
MUST_CHECK bool file_replace(const char *path, const void *bytes, size_t size, struct why *why);
MUST_CHECK bool directory_sync(const char *path, struct why *why);

/* Writes all of it, repeating after EINTR and short writes. */
MUST_CHECK bool write_all(int fd, const void *bytes, size_t size);

#endif
