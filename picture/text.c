#include "picture/text.h"

#include <pango/pangocairo.h>

#include "picture/draw.h"

/* Names that fontconfig looks for in this order; each script is found in what has it. */
#define FAMILIES "Noto Sans, DejaVu Sans, sans-serif"
#define BOX 1.4 /* of the size: what lines of most scripts need */

static PangoLayout *create_layout(cairo_t *cairo, const struct text_style *style, const char *text)
{
	PangoLayout *layout = pango_cairo_create_layout(cairo);
	PangoFontDescription *font = pango_font_description_from_string(FAMILIES);

	pango_font_description_set_weight(font,
					  style->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_single_paragraph_mode(layout, TRUE);
	pango_layout_set_text(layout, text, -1);
	return layout;
}

double text_draw(cairo_t *cairo, const struct text_style *style, double x, double y, double width,
		 const char *text)
{
	const double height = style->size * BOX;
	PangoLayout *layout = create_layout(cairo, style, text);

	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
	cairo_save(cairo);
	/* Letters may stand out at the sides. */
	cairo_rectangle(cairo, x - style->size / 4, y, width + style->size / 2, height);
	cairo_clip(cairo);
	/* By the base line: fonts of other scripts have other heights. */
	cairo_move_to(cairo, x,
		      y + style->size * 1.05 -
			      (double)pango_layout_get_baseline(layout) / PANGO_SCALE);
	draw_colour(cairo, style->colour, 1);
	pango_cairo_show_layout(cairo, layout);
	cairo_restore(cairo);
	g_object_unref(layout);
	return height;
}

double text_path(cairo_t *cairo, const struct text_style *style, const char *text)
{
	PangoLayout *layout = create_layout(cairo, style, text);
	int width;

	pango_layout_get_size(layout, &width, NULL);
	pango_cairo_layout_path(cairo, layout);
	g_object_unref(layout);
	return (double)width / PANGO_SCALE;
}
