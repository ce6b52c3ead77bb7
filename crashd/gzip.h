/* gzip.h - one buffer to another, gzip format (RFC 1952): zlib's only user. */
#ifndef CRASHD_GZIP_H
#define CRASHD_GZIP_H

#include <stdint.h>

#include "common/buffer.h"

void gzip_pack(const void *bytes, size_t size, struct buffer *out);
/* CRC-32 of ISO 3309, as in gzip: for the files of store.c. */
uint32_t checksum(const void *bytes, size_t size);

#endif
