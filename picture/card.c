/* card.c - a picture with some lines about it, such as what somebody listens to:
 *
 *     picture BYTES    at the left; without, or if it cannot be read, it is plain
 *     label TEXT       small, above
 *     title TEXT       large
 *     line TEXT        below, at most three
 *     note TEXT        small, at the bottom */
#include <math.h>

#include "picture/decode.h"
#include "picture/draw.h"
#include "picture/operations.h"
#include "picture/sheet.h"
#include "picture/text.h"

#define WIDTH 960
#define HEIGHT 320
#define MARGIN 32.0
#define LINES_MAX 3
#define PLAIN 0x3a3f4bu
#define BLUR 12 /* pixels that the ground is made of, a side */

/* The picture itself, so small that nothing is recognized, over everything, and darkened. */
static void draw_ground(cairo_t *cairo, const struct raster *picture)
{
	const struct area all = { 0, 0, WIDTH, HEIGHT };
	struct raster small = { 0 };
	struct why why;

	draw_colour(cairo, PLAIN, 1);
	cairo_paint(cairo);
	if (picture->pixels && raster_create(&small, BLUR, BLUR, &why)) {
		const struct area own = { 0, 0, BLUR, BLUR };
		cairo_t *inner = draw_begin(&small);

		draw_cover(inner, picture, &own);
		draw_end(inner);
		draw_cover(cairo, &small, &all);
		cairo_set_source_rgba(cairo, 0, 0, 0, 0.55);
		cairo_paint(cairo);
	}
	raster_finish(&small);
}

static void draw_picture(cairo_t *cairo, const struct raster *picture)
{
	const double side = HEIGHT - 2 * MARGIN;
	const struct area area = { MARGIN, MARGIN, side, side };

	cairo_save(cairo);
	draw_rounded(cairo, &area, 12);
	cairo_clip(cairo);
	cairo_set_source_rgba(cairo, 1, 1, 1, 0.12);
	cairo_paint(cairo);
	if (picture->pixels)
		draw_cover(cairo, picture, &area);
	cairo_restore(cairo);
}

/* Returns where the next one begins. */
static double draw_part(cairo_t *cairo, const struct sheet_part *part,
			const struct text_style *style, double y)
{
	const double x = HEIGHT, width = WIDTH - HEIGHT - MARGIN;
	char text[SHEET_TEXT_MAX + 4];

	sheet_part_text(part, text);
	return y + text_draw(cairo, style, x, y, width, text);
}

static void draw_texts(cairo_t *cairo, const struct sheet *sheet)
{
	const struct text_style label = { 24, false, 0xd0d4dc }, title = { 46, true, 0xffffff },
				line = { 30, false, 0xf0f2f6 }, note = { 24, false, 0xd0d4dc };
	const struct sheet_part *first = sheet_find(sheet, "label"),
				*second = sheet_find(sheet, "title"),
				*last = sheet_find(sheet, "note");
	size_t lines = 0;
	double y = MARGIN;

	if (first)
		y = draw_part(cairo, first, &label, y);
	if (second)
		y = draw_part(cairo, second, &title, y + 4);
	for (size_t i = 0; i < sheet->count && lines < LINES_MAX; i++)
		if (sheet_part_is(&sheet->parts[i], "line")) {
			y = draw_part(cairo, &sheet->parts[i], &line, y);
			lines++;
		}
	if (last)
		(void)draw_part(cairo, last, &note, HEIGHT - MARGIN - note.size * 1.4);
}

bool operation_card(const struct request *request, struct raster *out, struct why *why)
{
	static struct sheet sheet; /* large */
	struct raster picture = { 0 };
	const struct sheet_part *part;
	struct why ignored;
	cairo_t *cairo;

	if (!sheet_read(&sheet, request->bytes, request->size, why))
		return false;
	if (!sheet_find(&sheet, "title"))
		return why_set(why, "a sheet without \"title\"");
	if (!raster_create(out, WIDTH, HEIGHT, why))
		return false;
	part = sheet_find(&sheet, "picture");
	if (part && !picture_decode(part->bytes, part->size, HEIGHT, &picture, &ignored))
		picture.pixels = NULL;
	cairo = draw_begin(out);
	draw_ground(cairo, &picture);
	draw_picture(cairo, &picture);
	draw_texts(cairo, &sheet);
	draw_end(cairo);
	raster_finish(&picture);
	return true;
}
