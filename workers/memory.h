/* memory.h - a backing that is a few lists: for golden conversations and unit tests. */
#ifndef WORKERS_MEMORY_H
#define WORKERS_MEMORY_H

#include "workers/backing.h"

struct memory;

extern const struct backing memory_backing; /* its owner is a struct memory */

struct memory *memory_create(void);
void memory_destroy(struct memory *memory);
/* As the recorder does it; nobody who objected. */
void memory_record(struct memory *memory, const struct recorded_person *person);
/* So much time passes for short-lived values. */
void memory_pass(struct memory *memory, int64_t seconds);
/* From here on it is as if the stores were away. */
void memory_break(struct memory *memory, bool broken);
/* How often settings were read or written: what would have been trips to the database. */
unsigned memory_trips(const struct memory *memory);

#endif
