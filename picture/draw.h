/* draw.h - what is drawn with cairo: pictures, at another size, and areas of colour. */
#ifndef PICTURE_DRAW_H
#define PICTURE_DRAW_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"
#include "picture/raster.h"

struct area {
	double x, y, width, height;
};

/* What is drawn with it is in the raster after draw_end(), which ends it. */
cairo_t *draw_begin(const struct raster *raster);
void draw_end(cairo_t *cairo);
/* Red, green, blue, each two digits, and the opacity from 0 to 1. */
void draw_colour(cairo_t *cairo, uint32_t colour, double opacity);
/* A picture over the whole area: what sticks out at two of its sides is cut off. */
void draw_cover(cairo_t *cairo, const struct raster *picture, const struct area *area);
/* From a colour that is nowhere at the top to `opacity` of it at the bottom. */
void draw_shade(cairo_t *cairo, const struct area *area, uint32_t colour, double opacity);
void draw_rounded(cairo_t *cairo, const struct area *area, double radius);

/* To another size, with the best filter that cairo has. */
MUST_CHECK bool raster_scale(struct raster *raster, int width, int height, struct why *why);
/* Its longer side becomes `side`; `only_down`: it does not grow. */
MUST_CHECK bool raster_fit(struct raster *raster, int side, bool only_down, struct why *why);

#endif
