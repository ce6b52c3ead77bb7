/* files.h - files and directories as the daemons need them: private, and written completely or not
 * at all. */
#ifndef COMMON_FILES_H
#define COMMON_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/why.h"

/* Creates the directory and its missing parents, durably; the last one with mode 0700. Refuses one
 * that is there and fails directory_check(). */
MUST_CHECK bool directory_make(const char *path, struct why *why);
/* The same for whom it is made need not be us: without the check. */
MUST_CHECK bool directory_make_for_others(const char *path, struct why *why);
/* Whether nobody but this user and root may change what is in it: it belongs to one of them, and
 * neither its group nor others may write. */
MUST_CHECK bool directory_check(const char *path, struct why *why);
/* The same for the directory of another user, whose files are only read. */
MUST_CHECK bool directory_check_writers(const char *path, struct why *why);
/* Of the path, to be freed: "." without a slash. */
char *directory_of(const char *path);
/* Whether the directory has the setgid bit: what is made in it has its group, and is for it. */
bool directory_is_shared(const char *path);
/* Takes an flock on PATH/lock that lasts as long as the returned descriptor (close-on-exec); -1
 * when another process has it or it cannot be opened. */
int directory_lock(const char *path, struct why *why);

/* Reads a whole file of at most `limit` bytes. Follows links: for what operators name. */
MUST_CHECK bool file_read(const char *path, size_t limit, struct buffer *out, struct why *why);
/* The same for files in the run and state directories: only a regular file, never through a link,
 * and a link in its place is refused. */
MUST_CHECK bool file_read_own(const char *path, size_t limit, struct buffer *out, struct why *why);
/* Replaces the file atomically: temporary file (0600), fsync, rename, fsync of the directory. A
 * link is replaced, not followed. */
MUST_CHECK bool file_replace(const char *path, const void *bytes, size_t size, struct why *why);
MUST_CHECK bool directory_sync(const char *path, struct why *why);

/* Writes all of it, repeating after EINTR and short writes. */
MUST_CHECK bool write_all(int fd, const void *bytes, size_t size);

#endif
