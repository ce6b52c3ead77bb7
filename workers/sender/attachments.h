/* attachments.h - the files of a call at the sender: descriptors that came from a child, which may
 * have been taken over. */
#ifndef WORKERS_SENDER_ATTACHMENTS_H
#define WORKERS_SENDER_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"
#include "workers/wire/call.h"
#include "workers/wire/descriptors.h"

/* Gives the call its own list of files: those that were decoded, with the next `count` descriptors
 * of `came`. NULL when it has none. To be freed by attachments_free(), even when a check fails. */
struct call_file *attachments_take(struct call *call, struct descriptors *came, size_t count);
/* Whether each is a regular file that can be read, and has a byte and at most `size_max`. */
MUST_CHECK bool attachments_check(const struct call *call, int64_t size_max, struct why *why);
void attachments_free(struct call_file *files, size_t count);

/* Bytes of all of them. */
int64_t attachments_size(const struct call *call);
/* Of one that is in a descriptor; it may have changed since it was checked. */
int64_t attachment_size(const struct call_file *file);

#endif
