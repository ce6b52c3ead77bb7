/* derived_cache.h - what modules make from the values of a chat, a person, the bot or a list
 * (ctx_derived() in workers/api/stores.h), in memory that a pool shares.
 *
 * A ring of DERIVED_POOL_BYTES to which entries are appended, so that the oldest go when there is
 * no room, and an index of where they begin. What is built again and is no larger takes its old
 * place, so the ring grows only as far as there is something to keep; pages never written cost
 * nothing.
 *
 * As in settings_cache.h there are no locks, a checksum tells what is half written, overwritten or
 * corrupted, and an entry is valid while the version of its holder's bucket is the same. It is
 * shared and copied to each reader, and not kept in each process: for 1,000 groups with 500 words
 * of 16 bytes each on 64 children that is 8 MiB in place of 512, and reading such a list costs 1.6
 * microseconds. */
#ifndef WORKERS_STORAGE_DERIVED_CACHE_H
#define WORKERS_STORAGE_DERIVED_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "workers/api/stores.h"
#include "workers/storage/settings_cache.h"

struct derived_cache;

/* Call it before the processes that share it are forked; starts empty. */
struct derived_cache *derived_cache_create(void);
void derived_cache_destroy(struct derived_cache *cache);

/* Appends a copy to `out`; false when there is no valid entry. */
bool derived_cache_find(const struct derived_cache *cache, const struct settings_cache *versions,
			struct holder holder, const char *module, const char *name,
			struct buffer *out);
/* `version` is that of before the values were read. At most DERIVED_MAX bytes. */
void derived_cache_put(struct derived_cache *cache, struct holder holder, const char *module,
		       const char *name, uint64_t version, const void *data, size_t size);
/* Bytes that were ever taken from the ring: for tests and measurements. */
uint64_t derived_cache_taken(const struct derived_cache *cache);

#endif
