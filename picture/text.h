/* text.h - text in a picture, in every script that a font of the system has: by pango. */
#ifndef PICTURE_TEXT_H
#define PICTURE_TEXT_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

struct text_style {
	double size; /* pixels */
	bool is_bold;
	uint32_t colour; /* as draw_colour() has it */
};

/* One line, whose box begins at (x, y) and is at most `width` wide: what is longer ends with "…".
 * Right-to-left text stands at the right end of the box. Nothing is drawn above or below the
 * box, also not by text that is piled up high. Returns how high the box is, which the text does not
 * change.
 */
double text_draw(cairo_t *cairo, const struct text_style *style, double x, double y, double width,
		 const char *text);
/* The outline of a text as cairo's path, around the current point's right and above: for what is
 * drawn in another way. Returns its width. */
double text_path(cairo_t *cairo, const struct text_style *style, const char *text);

#endif
