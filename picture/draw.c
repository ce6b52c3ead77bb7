#include "picture/draw.h"

#include <math.h>

static cairo_surface_t *surface_of(const struct raster *raster)
{
	return cairo_image_surface_create_for_data((unsigned char *)raster->pixels,
						   CAIRO_FORMAT_ARGB32, raster->width,
						   raster->height, (int)raster_stride(raster));
}

cairo_t *draw_begin(const struct raster *raster)
{
	cairo_surface_t *surface = surface_of(raster);
	cairo_t *cairo = cairo_create(surface);

	cairo_surface_destroy(surface); /* the context has it */
	return cairo;
}

void draw_end(cairo_t *cairo)
{
	cairo_surface_flush(cairo_get_target(cairo));
	cairo_destroy(cairo);
}

void draw_colour(cairo_t *cairo, uint32_t colour, double opacity)
{
	cairo_set_source_rgba(cairo, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0,
			      (colour & 0xff) / 255.0, opacity);
}

/* PAD: without it the outermost pixels would be mixed with nothing. Cairo's best filter is for
 * making smaller: what grows by it shows each pixel as a square. */
static void set_picture(cairo_t *cairo, const struct raster *picture, double scale)
{
	cairo_surface_t *surface = surface_of(picture);

	cairo_set_source_surface(cairo, surface, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cairo),
				 scale > 1 ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_BEST);
	cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
	cairo_surface_destroy(surface);
}

void draw_cover(cairo_t *cairo, const struct raster *picture, const struct area *area)
{
	const double scale = fmax(area->width / picture->width, area->height / picture->height);

	cairo_save(cairo);
	cairo_rectangle(cairo, area->x, area->y, area->width, area->height);
	cairo_clip(cairo);
	cairo_translate(cairo, area->x + (area->width - picture->width * scale) / 2,
			area->y + (area->height - picture->height * scale) / 2);
	cairo_scale(cairo, scale, scale);
	set_picture(cairo, picture, scale);
	cairo_paint(cairo);
	cairo_restore(cairo);
}

void draw_shade(cairo_t *cairo, const struct area *area, uint32_t colour, double opacity)
{
	const double red = (colour >> 16 & 0xff) / 255.0, green = (colour >> 8 & 0xff) / 255.0,
		     blue = (colour & 0xff) / 255.0;
	cairo_pattern_t *shade = cairo_pattern_create_linear(0, area->y, 0, area->y + area->height);

	cairo_pattern_add_color_stop_rgba(shade, 0, red, green, blue, 0);
	cairo_pattern_add_color_stop_rgba(shade, 1, red, green, blue, opacity);
	cairo_set_source(cairo, shade);
	cairo_pattern_destroy(shade);
	cairo_rectangle(cairo, area->x, area->y, area->width, area->height);
	cairo_fill(cairo);
}

void draw_rounded(cairo_t *cairo, const struct area *area, double radius)
{
	const double right = area->x + area->width - radius, left = area->x + radius,
		     top = area->y + radius, bottom = area->y + area->height - radius;

	cairo_new_sub_path(cairo);
	cairo_arc(cairo, right, top, radius, -M_PI_2, 0);
	cairo_arc(cairo, right, bottom, radius, 0, M_PI_2);
	cairo_arc(cairo, left, bottom, radius, M_PI_2, M_PI);
	cairo_arc(cairo, left, top, radius, M_PI, 3 * M_PI_2);
	cairo_close_path(cairo);
}

bool raster_scale(struct raster *raster, int width, int height, struct why *why)
{
	struct raster scaled = { 0 };
	cairo_t *cairo;

	if (width == raster->width && height == raster->height)
		return true;
	if (!raster_create(&scaled, width, height, why))
		return false;
	cairo = draw_begin(&scaled);
	cairo_scale(cairo, (double)width / raster->width, (double)height / raster->height);
	set_picture(cairo, raster, (double)width / raster->width);
	cairo_paint(cairo);
	draw_end(cairo);
	raster_finish(raster);
	*raster = scaled;
	return true;
}

bool raster_fit(struct raster *raster, int side, bool only_down, struct why *why)
{
	const int longer = raster->width > raster->height ? raster->width : raster->height;
	const double scale = (double)side / longer;

	if (only_down && longer <= side)
		return true;
	return raster_scale(raster, (int)fmax(1, round(raster->width * scale)),
			    (int)fmax(1, round(raster->height * scale)), why);
}
