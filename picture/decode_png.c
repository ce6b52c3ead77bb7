/* decode_png.c - by libpng. Whatever the file has, it becomes 8 bits each of blue, green, red and
 * opacity; chunks that are no pixels, some of which are compressed once more, are not looked at. */
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "picture/decode.h"

#define CHUNK_BYTES_MAX (1u << 20)

/* Names of four bytes, each with a NUL, as png_set_keep_unknown_chunks() wants them. */
static const png_byte passed_over[] = "iCCP\0iTXt\0tEXt\0zTXt\0eXIf\0sPLT\0hIST\0pCAL\0sCAL\0tIME";

struct png_reader {
	png_structp png;
	png_infop info;
	const uint8_t *bytes;
	size_t left;
	struct raster *out;
	png_bytep *rows;
	struct why *why;
};

static void on_error(png_structp png, png_const_charp text)
{
	const struct png_reader *reader = png_get_error_ptr(png);

	why_set(reader->why, "a broken PNG: %s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void on_read(png_structp png, png_bytep to, size_t size)
{
	struct png_reader *reader = png_get_io_ptr(png);

	if (size > reader->left)
		png_error(png, "it is cut off");
	memcpy(to, reader->bytes, size);
	reader->bytes += size;
	reader->left -= size;
}

static void set_limits(struct png_reader *reader)
{
	png_set_user_limits(reader->png, RASTER_SIDE_MAX, RASTER_SIDE_MAX);
	png_set_chunk_cache_max(reader->png, 16);
	png_set_chunk_malloc_max(reader->png, CHUNK_BYTES_MAX);
	png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
	png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, passed_over,
				    sizeof(passed_over) / 5);
}

static void set_form(struct png_reader *reader)
{
	png_set_expand(reader->png);
	png_set_scale_16(reader->png);
	png_set_gray_to_rgb(reader->png);
	png_set_add_alpha(reader->png, 0xff, PNG_FILLER_AFTER);
	png_set_bgr(reader->png);
	(void)png_set_interlace_handling(reader->png);
	png_read_update_info(reader->png, reader->info);
}

/* Errors of libpng come back to the setjmp(): nothing here has a variable that it would lose. */
static bool read(struct png_reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return false;
	set_limits(reader);
	png_set_read_fn(reader->png, reader, on_read);
	png_read_info(reader->png, reader->info);
	if (!raster_create(reader->out, png_get_image_width(reader->png, reader->info),
			   png_get_image_height(reader->png, reader->info), reader->why))
		return false;
	set_form(reader);
	if (png_get_rowbytes(reader->png, reader->info) != raster_stride(reader->out))
		return why_set(reader->why, "a PNG of another form");
	reader->rows = xcalloc((size_t)reader->out->height, sizeof(*reader->rows));
	for (int y = 0; y < reader->out->height; y++)
		reader->rows[y] = (png_bytep)raster_row(reader->out, y);
	png_read_image(reader->png, reader->rows);
	png_read_end(reader->png, NULL);
	return true;
}

bool png_decode(const void *bytes, size_t size, struct raster *out, struct why *why)
{
	struct png_reader reader = { .bytes = bytes, .left = size, .out = out, .why = why };
	bool is_read;

	reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
	reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
	is_read = reader.info ? read(&reader) : why_set(why, "another version of libpng");
	free(reader.rows);
	png_destroy_read_struct(&reader.png, &reader.info, NULL);
	if (is_read)
		raster_multiply(out);
	else
		raster_finish(out);
	return is_read;
}
