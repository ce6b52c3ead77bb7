#include "picture/encode.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jpeglib.h>
#include <webp/encode.h>

#include "common/xalloc.h"

/* From the first on, until it is small enough. */
static const int qualities[] = { 92, 80, 65, 45, 20 };

bool encoding_find(const char *name, enum encoding *out)
{
	static const struct {
		const char *ending;
		enum encoding encoding;
	} endings[] = { { ".png", ENCODING_PNG },
			{ ".jpg", ENCODING_JPEG },
			{ ".jpeg", ENCODING_JPEG },
			{ ".webp", ENCODING_WEBP } };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < COUNT_OF(endings); i++) {
		if (strcasecmp(dot, endings[i].ending) == 0) {
			*out = endings[i].encoding;
			return true;
		}
	}
	return false;
}

/* --- PNG -------------------------------------------------------------------------------------- */

static bool encode_png(const struct raster *raster, int quality, struct buffer *out)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = (png_uint_32)raster->width,
			    .height = (png_uint_32)raster->height,
			    .format = PNG_FORMAT_BGRA };
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	bool is_written;

	(void)quality;
	is_written = png_image_write_to_memory(&image, buffer_reserve(out, size), &size, 0,
					       raster->pixels, 0, NULL);
	if (is_written)
		buffer_commit(out, size);
	png_image_free(&image);
	return is_written;
}

/* --- JPEG ------------------------------------------------------------------------------------- */

struct jpeg_writer {
	struct jpeg_error_mgr errors; /* first: libjpeg gives back its address */
	struct jpeg_compress_struct jpeg;
	jmp_buf jump;
	unsigned char *bytes;
	unsigned long size;
};

static void on_error(j_common_ptr jpeg)
{
	longjmp(((struct jpeg_writer *)(void *)jpeg->err)->jump, 1);
}

static bool write_jpeg(struct jpeg_writer *writer, const struct raster *raster, int quality)
{
	if (setjmp(writer->jump))
		return false;
	jpeg_create_compress(&writer->jpeg);
	jpeg_mem_dest(&writer->jpeg, &writer->bytes, &writer->size);
	writer->jpeg.image_width = (JDIMENSION)raster->width;
	writer->jpeg.image_height = (JDIMENSION)raster->height;
	writer->jpeg.input_components = 4;
	writer->jpeg.in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(&writer->jpeg);
	jpeg_set_quality(&writer->jpeg, quality, TRUE);
	writer->jpeg.optimize_coding = TRUE;
	jpeg_start_compress(&writer->jpeg, TRUE);
	while (writer->jpeg.next_scanline < writer->jpeg.image_height) {
		JSAMPROW row = (JSAMPROW)raster_row(raster, (int)writer->jpeg.next_scanline);

		(void)jpeg_write_scanlines(&writer->jpeg, &row, 1);
	}
	jpeg_finish_compress(&writer->jpeg);
	return true;
}

static bool encode_jpeg(const struct raster *raster, int quality, struct buffer *out)
{
	struct jpeg_writer writer = { .bytes = NULL };
	bool is_written;

	writer.jpeg.err = jpeg_std_error(&writer.errors);
	writer.errors.error_exit = on_error;
	is_written = write_jpeg(&writer, raster, quality);
	if (is_written)
		buffer_append(out, writer.bytes, writer.size);
	jpeg_destroy_compress(&writer.jpeg);
	free(writer.bytes);
	return is_written;
}

/* --- WebP ------------------------------------------------------------------------------------- */

static bool encode_webp(const struct raster *raster, int quality, struct buffer *out)
{
	uint8_t *bytes = NULL;
	size_t size = WebPEncodeBGRA((const uint8_t *)raster->pixels, raster->width, raster->height,
				     (int)raster_stride(raster), (float)quality, &bytes);

	buffer_append(out, bytes, size);
	WebPFree(bytes);
	return size > 0;
}

/* ---------------------------------------------------------------------------------------------- */

/* In place: over white, opaque. */
static void put_over_white(struct raster *raster)
{
	for (int y = 0; y < raster->height; y++)
		for (int x = 0; x < raster->width; x++) {
			uint32_t *pixel = &raster_row(raster, y)[x], rest = 255 - (*pixel >> 24);

			*pixel = 0xff000000u | ((*pixel & 0xffffff) + rest * 0x010101u);
		}
}

bool picture_encode(struct raster *raster, enum encoding encoding, size_t bytes_max,
		    struct buffer *out, struct why *why)
{
	static bool (*const encoders[])(const struct raster *raster, int quality,
					struct buffer *out) = { [ENCODING_PNG] = encode_png,
								[ENCODING_JPEG] = encode_jpeg,
								[ENCODING_WEBP] = encode_webp };

	if (encoding == ENCODING_JPEG)
		put_over_white(raster);
	else
		raster_divide(raster);
	for (size_t i = 0; i < COUNT_OF(qualities); i++) {
		buffer_clear(out);
		if (!encoders[encoding](raster, qualities[i], out))
			return why_set(why, "the picture cannot be written");
		if (buffer_unread_size(out) <= bytes_max)
			return true;
		if (encoding == ENCODING_PNG)
			break;
	}
	return why_set(why, "%zu bytes: at most %zu are possible", buffer_unread_size(out),
		       bytes_max);
}
