/* gzip.h - compresses one buffer into another, in gzip format (RFC 1952). Only gzip.c uses zlib. */
#ifndef CRASHD_GZIP_H
#define CRASHD_GZIP_H

#include <stdint.h>

#include "common/buffer.h"

void gzip_pack(const void *bytes, size_t size, struct buffer *out);
/* CRC-32 of ISO 3309, as in gzip: for the files of store.c. */
uint32_t checksum(const void *bytes, size_t size);

#endif
