/* pool_storage.h - the storage of a pool: settings and people in Postgres, short-lived values in
 * Redis. */
#ifndef WORKERS_STORAGE_POOL_STORAGE_H
#define WORKERS_STORAGE_POOL_STORAGE_H

#include "common/landlock.h"
#include "common/settings.h"
#include "workers/storage/storage.h"

struct pool_storage;

extern const struct storage pool_storage_table; /* the owner is a struct pool_storage */

/* Call it before the children are forked; connects to nothing. */
struct pool_storage *pool_storage_create(const struct settings *settings, struct why *why);
void pool_storage_destroy(struct pool_storage *pool_storage);

/* The files that it opens when it connects: certificates, keys and passwords for Postgres; and the
 * ports of TCP that it connects to, none when both stores have sockets of the file system. */
void pool_storage_list_files(const struct settings *settings, struct landlock_paths *out);

#endif
