/* raster.h - a picture in memory, as cairo has it: 32 bits a pixel, of which the highest are the
 * opacity, with the colours multiplied by it. */
#ifndef PICTURE_RASTER_H
#define PICTURE_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* Of one that is read: what a file says of itself is compared with these before any memory is
 * taken. The pixels are 160 MB. */
#define RASTER_SIDE_MAX 16384
#define RASTER_PIXELS_MAX 40000000

struct raster {
	int width, height; /* pixels, 1 or more */
	uint32_t *pixels;  /* one row after the other, without a gap */
};

/* Transparent. False and a reason when it would be larger than allowed. */
MUST_CHECK bool raster_create(struct raster *raster, int64_t width, int64_t height,
			      struct why *why);
void raster_finish(struct raster *raster);
/* In place: from the bytes blue, green, red, opacity, as libraries have them, and back. */
void raster_multiply(struct raster *raster);
void raster_divide(struct raster *raster);
/* Turned and mirrored as EXIF's tag "Orientation" says, 1 to 8 (CIPA DC-008, 4.6.4.A). */
void raster_orient(struct raster *raster, int orientation);

static inline size_t raster_stride(const struct raster *raster)
{
	return (size_t)raster->width * sizeof(uint32_t);
}

static inline uint32_t *raster_row(const struct raster *raster, int y)
{
	return raster->pixels + (size_t)y * (size_t)raster->width;
}

#endif
