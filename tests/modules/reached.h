/* reached.h - which routes of all modules a run of conversations has reached. Conversations are
 * played in processes of their own, so it is in shared memory. */
#ifndef TESTS_MODULES_REACHED_H
#define TESTS_MODULES_REACHED_H

#include <stddef.h>

#include "workers/module.h"

struct reached;

struct reached *reached_create(void);
void reached_destroy(struct reached *reached);
void reached_note(struct reached *reached, const struct route *route);
/* Prints those that were not as TAP diagnostics, and returns how many. */
size_t reached_show_missing(const struct reached *reached);

#endif
