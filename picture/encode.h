/* encode.h - writes PNG, JPEG and WebP. */
#ifndef PICTURE_ENCODE_H
#define PICTURE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/why.h"
#include "picture/raster.h"

enum encoding { ENCODING_PNG, ENCODING_JPEG, ENCODING_WEBP };

/* By the ending of a file's name: .png, .jpg, .jpeg, .webp. */
MUST_CHECK bool encoding_find(const char *name, enum encoding *out);

/* Replaces what `out` has. The best quality with which it has at most `bytes_max` bytes; PNG has
 * only one. What is transparent is white in a JPEG. The raster's colours are no longer multiplied
 * afterwards. */
MUST_CHECK bool picture_encode(struct raster *raster, enum encoding encoding, size_t bytes_max,
			       struct buffer *out, struct why *why);

#endif
