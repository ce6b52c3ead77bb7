/* seal.h - a short keyed mark on data that goes out and comes back: nobody else can make one. */
#ifndef WORKERS_STORAGE_SEAL_H
#define WORKERS_STORAGE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_SIZE 8 /* characters of base64url: 48 bits */

/* The mark of `data` for these two numbers under `key`; not terminated. */
void seal_make(const char *key, int64_t first, int64_t second, const void *data, size_t size,
	       char out[SEAL_SIZE]);

#endif
