/* walls.h - which walls stand around a process that may be taken over, as operators are told. */
#ifndef COMMON_WALLS_H
#define COMMON_WALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

enum wall {
	WALL_FILES, /* it opens only the files that it needs (landlock.h) */
	WALL_CALLS, /* it makes no system call that names another process (call_filter.h) */
	WALL_COUNT,
};

/* "files", "calls", NULL: the label of a metric. */
extern const char *const wall_names[];

/* A bit for each wall that stands. */
static inline bool walls_have(uint32_t walls, enum wall wall)
{
	return walls & 1u << wall;
}

#define WALLS_ALL ((1u << WALL_COUNT) - 1)

/* "files, calls", or "missing: files": for readyz. */
const char *walls_text(uint32_t walls);
/* The member "walls" of an object: {"files": true, "calls": true}. */
void walls_write(uint32_t walls, struct json *json);

#endif
