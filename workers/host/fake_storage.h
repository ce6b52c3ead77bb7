/* fake_storage.h - a backing that is a few lists: for golden conversations and unit tests. */
#ifndef WORKERS_HOST_FAKE_STORAGE_H
#define WORKERS_HOST_FAKE_STORAGE_H

#include "workers/storage/storage.h"

struct fake_storage;

extern const struct storage fake_storage_table; /* its owner is a struct memory */

struct fake_storage *memory_create(void);
void memory_destroy(struct fake_storage *memory);
/* As the recorder does it; nobody who objected. */
void memory_record(struct fake_storage *memory, const struct recorded_person *person);
/* So much time passes for short-lived values. */
void memory_pass(struct fake_storage *memory, int64_t seconds);
/* From here on it is as if the stores were away. */
void memory_break(struct fake_storage *memory, bool broken);
/* How often settings were read or written: what would have been trips to the database. */
unsigned memory_trips(const struct fake_storage *memory);

#endif
