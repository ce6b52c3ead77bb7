/* file.h - the files of the current update (workers/api/files.h): kept until the verdict and the
 * calls that use them are written. */
#ifndef WORKERS_HOST_FILE_H
#define WORKERS_HOST_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"
#include "workers/api/files.h"
#include "workers/wire/call.h"

struct host;

/* Up to this size a file stays in memory and in the frames of its calls; a larger one is on disk
 * and passed as a descriptor. */
#define FILE_MEMORY_MAX (64u << 10)
#define FILES_MAX 100u

/* An empty file that another process fills: through file_descriptor(), open for reading and
 * writing, which stays the file's; -1 when there is an error. file_filled() then looks how large it
 * is. */
struct file *file_received(struct ctx *ctx, const char *name);
int file_descriptor(const struct file *file);
void file_filled(struct file *file, const char *name);
/* The descriptor of any file, for another process to read: of one in memory, too, which then goes
 * to the disk; -1 when there is an error. */
int file_settle(const struct file *file);
/* For people, in the language of the chat. The first error stays. */
void file_fail(struct file *file, const char *error);

/* Adds the files that the call's parameters name ("attach://…"). False, and the handler has failed,
 * when one has an error. */
MUST_CHECK bool files_attach(struct ctx *ctx, struct call *call);
/* Closes and forgets all. */
void files_release(struct host *host);

#endif
