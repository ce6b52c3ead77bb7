/* capture_file.h - the file in which a process without a parent leaves its crash for the next
 * start: DIRECTORY/crash-….capture, 0600, written by the fatal-signal handler. */
#ifndef COMMON_CAPTURE_FILE_H
#define COMMON_CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/capture.h"
#include "common/trace.h"
#include "common/why.h"

/* At most so many are kept: when a process crashes at every start, the oldest are removed. */
#define CAPTURE_FILES_MAX 64

typedef void capture_file_fn(void *owner, const char *path);

/* Calls fn for each capture file in the directory except this process's own, oldest first. Removes
 * those over CAPTURE_FILES_MAX. A missing directory has none. */
void capture_files_each(const char *directory, capture_file_fn *fn, void *owner);

/* Reads one. `memory` holds what the texts of `out` borrow. `id` names the capture and is the same
 * at each reading. False for a file that is torn or was written by another version of the program.
 */
MUST_CHECK bool capture_file_read(const char *path, struct buffer *memory, struct capture *out,
				  struct trace_id *id, struct why *why);

#endif
