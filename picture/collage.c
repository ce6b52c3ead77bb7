/* collage.c - pictures in a grid, each with lines of text on it:
 *
 *     columns N        as many; else as many as make it about square
 *     tile             begins a picture
 *     picture BYTES    what is on it; without, or if it cannot be read, it is plain
 *     line TEXT        below the lines before it, at most four */
#include <math.h>

#include "picture/decode.h"
#include "picture/draw.h"
#include "picture/operations.h"
#include "picture/sheet.h"
#include "picture/text.h"

#define SIDE_DEFAULT 300
#define SIDE_MAX 1000
#define TILES_MAX 100
#define LINES_MAX 4
#define PLAIN 0x3a3f4bu
#define SHADE 0x000000u

struct tile {
	const struct sheet_part *picture;
	const struct sheet_part *lines[LINES_MAX];
	size_t lines_count;
};

struct tiles {
	struct tile all[TILES_MAX];
	size_t count;
};

static bool read_tiles(const struct sheet *sheet, struct tiles *tiles, struct why *why)
{
	struct tile *tile = NULL;

	for (size_t i = 0; i < sheet->count; i++) {
		const struct sheet_part *part = &sheet->parts[i];

		if (sheet_part_is(part, "tile")) {
			if (tiles->count == TILES_MAX)
				return why_set(why, "more than %d tiles", TILES_MAX);
			tile = &tiles->all[tiles->count++];
		} else if (sheet_part_is(part, "columns")) {
			continue;
		} else if (!tile) {
			return why_set(why, "\"%s\" before the first tile", part->name);
		} else if (sheet_part_is(part, "picture")) {
			tile->picture = part;
		} else if (!sheet_part_is(part, "line") || tile->lines_count == LINES_MAX) {
			return why_set(why, "a tile with \"%s\", or with more than %d lines",
				       part->name, LINES_MAX);
		} else {
			tile->lines[tile->lines_count++] = part;
		}
	}
	return tiles->count > 0 || why_set(why, "a sheet without tiles");
}

static void draw_picture(cairo_t *cairo, const struct tile *tile, const struct area *area)
{
	struct raster picture = { 0 };
	struct why why;

	draw_colour(cairo, PLAIN, 1);
	cairo_rectangle(cairo, area->x, area->y, area->width, area->height);
	cairo_fill(cairo);
	if (tile->picture && picture_decode(tile->picture->bytes, tile->picture->size,
					    (int)area->width * 2, &picture, &why))
		draw_cover(cairo, &picture, area);
	raster_finish(&picture);
}

static void draw_lines(cairo_t *cairo, const struct tile *tile, const struct area *area)
{
	struct text_style style = { .size = area->width / 14, .is_bold = true, .colour = 0xffffff };
	const double gap = area->width / 30, line = style.size * 1.4;
	const double height = line * (double)tile->lines_count;
	const struct area shade = { area->x, area->y + area->height - height * 1.6, area->width,
				    height * 1.6 };
	double y = area->y + area->height - height - gap / 2;
	char text[SHEET_TEXT_MAX + 4];

	if (!tile->lines_count)
		return;
	draw_shade(cairo, &shade, SHADE, 0.85);
	for (size_t i = 0; i < tile->lines_count; i++) {
		sheet_part_text(tile->lines[i], text);
		y += text_draw(cairo, &style, area->x + gap, y, area->width - 2 * gap, text);
		style.is_bold = false;
	}
}

static void draw_tiles(const struct tiles *tiles, int64_t columns, int side,
		       const struct raster *out)
{
	cairo_t *cairo = draw_begin(out);

	for (size_t i = 0; i < tiles->count; i++) {
		const struct area area = { (double)((int64_t)i % columns * side),
					   (double)((int64_t)i / columns * side), side, side };

		draw_picture(cairo, &tiles->all[i], &area);
		draw_lines(cairo, &tiles->all[i], &area);
	}
	draw_end(cairo);
}

bool operation_collage(const struct request *request, struct raster *out, struct why *why)
{
	const int side = request->side ? request->side : SIDE_DEFAULT;
	static struct sheet sheet; /* large */
	struct tiles tiles = { .count = 0 };
	int64_t columns, rows;

	if (side > SIDE_MAX)
		return why_set(why, "a side of at most %d is possible", SIDE_MAX);
	if (!sheet_read(&sheet, request->bytes, request->size, why) ||
	    !read_tiles(&sheet, &tiles, why) ||
	    !sheet_number(&sheet, "columns", 1, TILES_MAX, (int64_t)ceil(sqrt((double)tiles.count)),
			  &columns, why))
		return false;
	rows = ((int64_t)tiles.count + columns - 1) / columns;
	if (!raster_create(out, columns * side, rows * side, why))
		return false;
	draw_tiles(&tiles, columns, side, out);
	return true;
}
