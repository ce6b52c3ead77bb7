/* delivered.h - the ids of the last captures that were dealt with: a sender whose confirmation got
 * lost sends the capture again, and it must not be reported twice. On disk, without fsync: what a
 * power failure takes was either not confirmed or is known to the sender. */
#ifndef CRASHD_DELIVERED_H
#define CRASHD_DELIVERED_H

#include <stdbool.h>

#include "common/trace.h"
#include "common/why.h"

#define DELIVERED_KEPT 4096

struct delivered;

/* NULL and a reason when the file cannot be opened. */
struct delivered *delivered_open(const char *path, struct why *why);
void delivered_close(struct delivered *delivered);
bool delivered_has(const struct delivered *delivered, const struct trace_id *id);
void delivered_add(struct delivered *delivered, const struct trace_id *id);

#endif
