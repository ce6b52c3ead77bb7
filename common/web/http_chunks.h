/* http_chunks.h - bodies that come in chunks (RFC 9112, section 7.1), as clients send uploads whose
 * length they do not know. Pure. */
#ifndef COMMON_WEB_HTTP_CHUNKS_H
#define COMMON_WEB_HTTP_CHUNKS_H

#include <stddef.h>

#include "common/web/http_state.h"

/* The bytes up to the end of the last chunk and its trailers, which are at `data`. HTTP_BAD for
 * what are no chunks; *status is then 400, or 413 when they hold more than HTTP_BODY_MAX bytes. */
enum http_state http_chunks_measure(const char *data, size_t size, size_t *length, int *status);
/* Moves the contents of complete chunks together, to the start of `data`; returns their length. */
size_t http_chunks_join(char *data, size_t size);

#endif
