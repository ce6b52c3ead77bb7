/* captcha.c - a text that people can read and programs should not:
 *
 *     text TEXT        1 to 12 characters
 *     seed NUMBER      how it is distorted: the same picture for the same number
 *
 * Each character is turned and of another size and colour, the whole of it is bent along waves, and
 * lines and specks in the same colours lie over it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "picture/draw.h"
#include "picture/operations.h"
#include "picture/sheet.h"
#include "picture/text.h"

#define WIDTH 480
#define HEIGHT 180
#define CHARACTERS_MAX 12
#define LINES 7
#define SPECKS 350
#define SIZE 92.0

struct captcha {
	uint64_t random;
	double phase_x, phase_y; /* of the waves */
	cairo_t *cairo;
};

/* xorshift64*: the same on every machine. */
static double next(struct captcha *captcha, double from, double to)
{
	captcha->random ^= captcha->random >> 12;
	captcha->random ^= captcha->random << 25;
	captcha->random ^= captcha->random >> 27;
	return from + (to - from) * (double)(captcha->random * 2685821657736338717u >> 11) /
			      9007199254740992.0;
}

/* Dark enough to be seen on the light ground. */
static uint32_t next_colour(struct captcha *captcha)
{
	uint32_t colour = 0;

	for (int i = 0; i < 3; i++)
		colour = colour << 8 | (uint32_t)next(captcha, 20, 150);
	return colour;
}

static void draw_ground(struct captcha *captcha)
{
	cairo_pattern_t *shade = cairo_pattern_create_linear(0, 0, WIDTH, HEIGHT);

	for (int i = 0; i <= 4; i++)
		cairo_pattern_add_color_stop_rgb(shade, i / 4.0, next(captcha, 0.78, 1),
						 next(captcha, 0.78, 1), next(captcha, 0.78, 1));
	cairo_set_source(captcha->cairo, shade);
	cairo_pattern_destroy(shade);
	cairo_paint(captcha->cairo);
}

static void bend(const struct captcha *captcha, double *x, double *y)
{
	const double from_x = *x, from_y = *y;

	*x += 6 * sin(from_y / 26 + captcha->phase_x);
	*y += 9 * sin(from_x / 38 + captcha->phase_y);
}

/* The current path as straight lines, each end of which is moved. */
static void bend_path(const struct captcha *captcha)
{
	cairo_path_t *path = cairo_copy_path_flat(captcha->cairo);

	for (int i = 0; i < path->num_data; i += path->data[i].header.length)
		if (path->data[i].header.type != CAIRO_PATH_CLOSE_PATH)
			bend(captcha, &path->data[i + 1].point.x, &path->data[i + 1].point.y);
	cairo_new_path(captcha->cairo);
	cairo_append_path(captcha->cairo, path);
	cairo_path_destroy(path);
}

/* Of its place, `width` wide, which begins at x. */
static void draw_character(struct captcha *captcha, const char *character, double x, double width)
{
	const struct text_style style = { .size = fmin(SIZE, width * 1.25) *
						  next(captcha, 0.85, 1.1),
					  .is_bold = next(captcha, 0, 1) < 0.7 };
	cairo_t *cairo = captcha->cairo;
	double left, top, right, bottom;

	cairo_save(cairo);
	cairo_translate(cairo, x + width / 2, HEIGHT / 2.0 + next(captcha, -14, 14));
	cairo_rotate(cairo, next(captcha, -0.42, 0.42));
	cairo_move_to(cairo, 0, 0);
	(void)text_path(cairo, &style, character);
	cairo_path_extents(cairo, &left, &top, &right, &bottom);
	cairo_new_path(cairo);
	cairo_move_to(cairo, -(left + right) / 2, -(top + bottom) / 2);
	(void)text_path(cairo, &style, character);
	cairo_restore(cairo);
	bend_path(captcha);
	draw_colour(cairo, next_colour(captcha), 1);
	cairo_fill(cairo);
}

static void draw_lines(struct captcha *captcha)
{
	for (int i = 0; i < LINES; i++) {
		cairo_t *cairo = captcha->cairo;

		cairo_move_to(cairo, next(captcha, 0, WIDTH * 0.2), next(captcha, 0, HEIGHT));
		for (int x = 1; x <= 2; x++)
			cairo_curve_to(cairo, next(captcha, 0, WIDTH), next(captcha, 0, HEIGHT),
				       next(captcha, 0, WIDTH), next(captcha, 0, HEIGHT),
				       WIDTH * x / 2.0, next(captcha, 0, HEIGHT));
		draw_colour(cairo, next_colour(captcha), 0.75);
		cairo_set_line_width(cairo, next(captcha, 1.5, 4));
		cairo_stroke(cairo);
	}
}

static void draw_specks(struct captcha *captcha)
{
	for (int i = 0; i < SPECKS; i++) {
		cairo_arc(captcha->cairo, next(captcha, 0, WIDTH), next(captcha, 0, HEIGHT),
			  next(captcha, 0.6, 2.2), 0, 2 * M_PI);
		draw_colour(captcha->cairo, next_colour(captcha), next(captcha, 0.4, 0.9));
		cairo_fill(captcha->cairo);
	}
}

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text += utf8_character(text, strlen(text)))
		count++;
	return count;
}

static void draw_text(struct captcha *captcha, const char *text, size_t count)
{
	const double width = (WIDTH - 40.0) / (double)count;

	for (size_t i = 0; i < count; i++) {
		char character[UTF8_CHARACTER_MAX + 1] = "";
		size_t length = utf8_character(text, strlen(text));

		memcpy(character, text, length);
		text += length;
		draw_character(captcha, character, 20 + width * (double)i, width);
	}
}

static void draw(struct captcha *captcha, const char *text, size_t count)
{
	captcha->phase_x = next(captcha, 0, 2 * M_PI);
	captcha->phase_y = next(captcha, 0, 2 * M_PI);
	draw_ground(captcha);
	draw_text(captcha, text, count);
	draw_lines(captcha);
	draw_specks(captcha);
}

bool operation_captcha(const struct request *request, struct raster *out, struct why *why)
{
	static struct sheet sheet; /* large */
	struct captcha captcha = { 0 };
	char text[SHEET_TEXT_MAX + 4];
	const struct sheet_part *part;
	int64_t seed;
	size_t count;

	if (!sheet_read(&sheet, request->bytes, request->size, why) ||
	    !sheet_number(&sheet, "seed", 0, INT64_MAX, 0, &seed, why))
		return false;
	part = sheet_find(&sheet, "text");
	if (!part)
		return why_set(why, "a sheet without \"text\"");
	sheet_part_text(part, text);
	count = count_characters(text);
	if (count < 1 || count > CHARACTERS_MAX)
		return why_set(why, "\"text\" of 1 to %d characters", CHARACTERS_MAX);
	if (!raster_create(out, WIDTH, HEIGHT, why))
		return false;
	captcha.random = (uint64_t)seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
	captcha.random |= captcha.random == 0;
	captcha.cairo = draw_begin(out);
	draw(&captcha, text, count);
	draw_end(captcha.cairo);
	return true;
}
