#include "picture/raster.h"

#include <stdlib.h>

#include "common/xalloc.h"

bool raster_create(struct raster *raster, int64_t width, int64_t height, struct why *why)
{
	if (width < 1 || height < 1)
		return why_set(why, "a picture without pixels");
	if (width > RASTER_SIDE_MAX || height > RASTER_SIDE_MAX ||
	    width * height > RASTER_PIXELS_MAX)
		return why_set(
			why, "%lld x %lld pixels: at most %d a side and %d in all are possible",
			(long long)width, (long long)height, RASTER_SIDE_MAX, RASTER_PIXELS_MAX);
	raster->width = (int)width;
	raster->height = (int)height;
	raster->pixels = xcalloc((size_t)(width * height), sizeof(uint32_t));
	return true;
}

void raster_finish(struct raster *raster)
{
	free(raster->pixels);
	*raster = (struct raster) { 0 };
}

static size_t count_pixels(const struct raster *raster)
{
	return (size_t)raster->width * (size_t)raster->height;
}

static uint32_t channel(uint32_t pixel, unsigned shift)
{
	return pixel >> shift & 0xff;
}

static uint32_t multiply(uint32_t value, uint32_t opacity)
{
	return (value * opacity + 127) / 255;
}

static uint32_t divide(uint32_t value, uint32_t opacity)
{
	uint32_t whole = (value * 255 + opacity / 2) / opacity;

	return whole > 255 ? 255 : whole;
}

void raster_multiply(struct raster *raster)
{
	for (size_t i = 0; i < count_pixels(raster); i++) {
		uint32_t pixel = raster->pixels[i], opacity = pixel >> 24;

		if (opacity != 255)
			raster->pixels[i] = opacity << 24 |
					    multiply(channel(pixel, 16), opacity) << 16 |
					    multiply(channel(pixel, 8), opacity) << 8 |
					    multiply(channel(pixel, 0), opacity);
	}
}

void raster_divide(struct raster *raster)
{
	for (size_t i = 0; i < count_pixels(raster); i++) {
		uint32_t pixel = raster->pixels[i], opacity = pixel >> 24;

		if (opacity != 255 && opacity != 0)
			raster->pixels[i] = opacity << 24 |
					    divide(channel(pixel, 16), opacity) << 16 |
					    divide(channel(pixel, 8), opacity) << 8 |
					    divide(channel(pixel, 0), opacity);
	}
}

/* Where the pixel at (x, y) of the upright picture is in the one that was taken. */
static uint32_t taken_at(const struct raster *from, int orientation, int x, int y)
{
	const int right = from->width - 1, bottom = from->height - 1;

	switch (orientation) {
	case 2:
		return raster_row(from, y)[right - x];
	case 3:
		return raster_row(from, bottom - y)[right - x];
	case 4:
		return raster_row(from, bottom - y)[x];
	case 5:
		return raster_row(from, x)[y];
	case 6:
		return raster_row(from, bottom - x)[y];
	case 7:
		return raster_row(from, bottom - x)[right - y];
	default:
		return raster_row(from, x)[right - y];
	}
}

void raster_orient(struct raster *raster, int orientation)
{
	const bool is_turned = orientation >= 5;
	struct raster upright;

	if (orientation < 2 || orientation > 8)
		return;
	upright.width = is_turned ? raster->height : raster->width;
	upright.height = is_turned ? raster->width : raster->height;
	upright.pixels = xcalloc(count_pixels(raster), sizeof(uint32_t));
	for (int y = 0; y < upright.height; y++)
		for (int x = 0; x < upright.width; x++)
			raster_row(&upright, y)[x] = taken_at(raster, orientation, x, y);
	raster_finish(raster);
	*raster = upright;
}
