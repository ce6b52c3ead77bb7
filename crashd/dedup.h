/* dedup.h - the ids of the last captures that were handled: a sender whose confirmation was lost
 * sends the capture again, and it must not be reported twice. On disk, without fsync: an id lost in
 * a power failure was not confirmed, or its sender knows that it was. */
#ifndef CRASHD_DEDUP_H
#define CRASHD_DEDUP_H

#include <stdbool.h>

#include "common/trace.h"
#include "common/why.h"

#define DEDUP_KEPT 4096

struct dedup;

/* NULL and a reason when the file cannot be opened. */
struct dedup *dedup_open(const char *path, struct why *why);
void dedup_close(struct dedup *dedup);
bool dedup_has(const struct dedup *dedup, const struct trace_id *id);
void dedup_add(struct dedup *dedup, const struct trace_id *id);

#endif
