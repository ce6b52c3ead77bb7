/* fake_storage.h - a storage made of a few lists: for golden conversations and unit tests. */
#ifndef TESTS_MODULES_FAKE_STORAGE_H
#define TESTS_MODULES_FAKE_STORAGE_H

#include "workers/storage/storage.h"

struct fake_storage;

extern const struct storage fake_storage_table; /* its owner is a struct fake_storage */

struct fake_storage *fake_storage_create(void);
void fake_storage_destroy(struct fake_storage *memory);
/* As the recorder does; not for people who objected. */
void fake_storage_record(struct fake_storage *memory, const struct recorded_person *person);
/* Lets that much time pass for short-lived values. */
void fake_storage_pass(struct fake_storage *memory, int64_t seconds);
/* How often anything was read or written: each would be a round trip to Postgres or Redis. */
unsigned fake_storage_trips(const struct fake_storage *memory);

#endif
