/* decode.h - reads PNG, JPEG and WebP, from anybody: each by its library, with limits on what it
 * may take. What a file is called does not matter, only how it begins. */
#ifndef PICTURE_DECODE_H
#define PICTURE_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"
#include "picture/raster.h"

#define DECODE_BYTES_MAX (50u << 20)
#define DECODE_WHOLE 0

/* `side`: how large the longer side is wanted; a JPEG that is at least twice as large is reduced
 * while it is read, which takes less memory and time. DECODE_WHOLE: as it is. False and a reason:
 * no picture of those kinds, broken, cut off, moving, or over a limit. */
MUST_CHECK bool picture_decode(const void *bytes, size_t size, int side, struct raster *out,
			       struct why *why);

/* For picture_decode(), one of each kind. */
bool jpeg_decode(const void *bytes, size_t size, int side, struct raster *out, struct why *why);
bool png_decode(const void *bytes, size_t size, struct raster *out, struct why *why);
bool webp_decode(const void *bytes, size_t size, struct raster *out, struct why *why);

#endif
