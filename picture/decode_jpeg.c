/* decode_jpeg.c - by libjpeg-turbo, which writes into the raster. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

#include "common/xalloc.h"
#include "picture/decode.h"
#include "picture/exif.h"

/* A progressive JPEG may go over its pixels as often as it likes, at a few bytes each time. */
#define SCANS_MAX 100
#define MARKER_BYTES_MAX 65533u
#define EIGHTHS 8 /* libjpeg reduces by these */

struct jpeg_reader {
	struct jpeg_error_mgr errors; /* first: libjpeg gives back its address */
	struct jpeg_progress_mgr progress;
	struct jpeg_decompress_struct jpeg;
	jmp_buf jump;
	struct raster *out;
	uint8_t *row; /* of a picture in four inks */
	int side;
	struct why *why;
};

static struct jpeg_reader *reader_of(j_common_ptr jpeg)
{
	return (struct jpeg_reader *)(void *)jpeg->err;
}

static void on_error(j_common_ptr jpeg)
{
	char text[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, text);
	why_set(reader_of(jpeg)->why, "a broken JPEG: %s", text);
	longjmp(reader_of(jpeg)->jump, 1);
}

/* Where the data ends too early libjpeg warns, and goes on with grey. */
static void on_message(j_common_ptr jpeg, int level)
{
	if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) {
		why_set(reader_of(jpeg)->why, "a JPEG that is cut off");
		longjmp(reader_of(jpeg)->jump, 1);
	}
}

static void on_progress(j_common_ptr jpeg)
{
	struct jpeg_reader *reader = reader_of(jpeg);

	if (reader->jpeg.input_scan_number > SCANS_MAX) {
		why_set(reader->why, "a JPEG of more than %d scans", SCANS_MAX);
		longjmp(reader->jump, 1);
	}
}

/* The smallest of its eighths that has the wanted side. */
static void reduce(struct jpeg_reader *reader)
{
	const unsigned longer = reader->jpeg.image_width > reader->jpeg.image_height
					? reader->jpeg.image_width
					: reader->jpeg.image_height;
	unsigned eighths = EIGHTHS;

	while (reader->side && eighths > 1 &&
	       longer * (eighths / 2) / EIGHTHS >= (unsigned)reader->side)
		eighths /= 2;
	reader->jpeg.scale_num = eighths;
	reader->jpeg.scale_denom = EIGHTHS;
}

/* Inks as Adobe writes them, inverted: 255 is none. */
static void take_inks(const struct jpeg_reader *reader, int y)
{
	uint32_t *to = raster_row(reader->out, y);

	for (int x = 0; x < reader->out->width; x++) {
		const uint8_t *ink = reader->row + (size_t)x * 4;
		const uint32_t key = ink[3];

		to[x] = 0xff000000u | ink[0] * key / 255 << 16 | ink[1] * key / 255 << 8 |
			ink[2] * key / 255;
	}
}

static void read_rows(struct jpeg_reader *reader)
{
	const bool has_inks = reader->jpeg.out_color_space == JCS_CMYK;

	while (reader->jpeg.output_scanline < reader->jpeg.output_height) {
		int y = (int)reader->jpeg.output_scanline;
		JSAMPROW row = has_inks ? reader->row : (JSAMPROW)raster_row(reader->out, y);

		(void)jpeg_read_scanlines(&reader->jpeg, &row, 1);
		if (has_inks)
			take_inks(reader, y);
	}
}

static void orient(const struct jpeg_reader *reader)
{
	const struct jpeg_marker_struct *marker = reader->jpeg.marker_list;

	if (marker)
		raster_orient(reader->out, exif_orientation(marker->data, marker->data_length));
}

static void set_up(struct jpeg_reader *reader, const void *bytes, size_t size)
{
	jpeg_create_decompress(&reader->jpeg);
	reader->progress.progress_monitor = on_progress;
	reader->jpeg.progress = &reader->progress;
	jpeg_mem_src(&reader->jpeg, bytes, size);
	jpeg_save_markers(&reader->jpeg, JPEG_APP0 + 1, MARKER_BYTES_MAX);
}

/* Errors of libjpeg come back to the setjmp(): nothing here has a variable that it would lose. */
static bool read(struct jpeg_reader *reader, const void *bytes, size_t size)
{
	if (setjmp(reader->jump))
		return false;
	set_up(reader, bytes, size);
	(void)jpeg_read_header(&reader->jpeg, TRUE);
	if ((int64_t)reader->jpeg.image_width * reader->jpeg.image_height > RASTER_PIXELS_MAX)
		return why_set(reader->why, "a JPEG of more than %d pixels", RASTER_PIXELS_MAX);
	reader->jpeg.out_color_space = reader->jpeg.num_components == 4 ? JCS_CMYK : JCS_EXT_BGRA;
	reduce(reader);
	(void)jpeg_start_decompress(&reader->jpeg);
	if (!raster_create(reader->out, reader->jpeg.output_width, reader->jpeg.output_height,
			   reader->why))
		return false;
	reader->row = xcalloc(reader->jpeg.output_width, 4);
	read_rows(reader);
	orient(reader); /* before libjpeg forgets the markers */
	(void)jpeg_finish_decompress(&reader->jpeg);
	return true;
}

bool jpeg_decode(const void *bytes, size_t size, int side, struct raster *out, struct why *why)
{
	struct jpeg_reader reader = { .side = side, .out = out, .why = why };
	bool is_read;

	reader.jpeg.err = jpeg_std_error(&reader.errors);
	reader.errors.error_exit = on_error;
	reader.errors.emit_message = on_message;
	is_read = read(&reader, bytes, size);
	jpeg_destroy_decompress(&reader.jpeg);
	free(reader.row);
	if (!is_read)
		raster_finish(out);
	return is_read;
}
