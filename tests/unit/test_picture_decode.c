/* test_picture_decode.c - pictures of three kinds, written and read again; and what is no picture,
 * is broken, lies about itself or takes too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/xalloc.h"
#include "picture/decode.h"
#include "picture/encode.h"
#include "picture/exif.h"

#define WIDTH 24
#define HEIGHT 10

static const char *const endings[] = { "a.png", "b.JPEG", "c.webp" };

/* Left half red, right half half-transparent blue. */
static struct raster make_raster(void)
{
	struct raster raster;
	struct why why;

	assert_true(raster_create(&raster, WIDTH, HEIGHT, &why));
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			raster_row(&raster, y)[x] = x < WIDTH / 2 ? 0xffff0000u : 0x80000080u;
	return raster;
}

static struct buffer make_file(const char *name)
{
	struct raster raster = make_raster();
	struct buffer out = { 0 };
	enum encoding encoding;
	struct why why;

	assert_true(encoding_find(name, &encoding));
	assert_true(picture_encode(&raster, encoding, 100000, &out, &why));
	raster_finish(&raster);
	return out;
}

static void fails(const void *bytes, size_t size, const char *with)
{
	struct raster raster;
	struct why why = { "" };

	assert_false(picture_decode(bytes, size, DECODE_WHOLE, &raster, &why));
	assert_null(raster.pixels);
	if (!strstr(why.text, with))
		fail_msg("\"%s\" has no \"%s\"", why.text, with);
}

static bool is_near(uint32_t pixel, uint32_t expected)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		if (abs((int)(pixel >> shift & 0xff) - (int)(expected >> shift & 0xff)) > 8)
			return false;
	return true;
}

static void what_is_written_is_read(void **state)
{
	/* A JPEG has no opacity: what is transparent lies over white. */
	static const uint32_t rights[] = { 0x80000080u, 0xff7f7fffu, 0x80000080u };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		struct buffer file = make_file(endings[i]);
		struct raster raster;
		struct why why;

		assert_true(picture_decode(buffer_unread(&file), buffer_unread_size(&file),
					   DECODE_WHOLE, &raster, &why));
		assert_int_equal(raster.width, WIDTH);
		assert_int_equal(raster.height, HEIGHT);
		assert_true(is_near(raster_row(&raster, 5)[3], 0xffff0000u));
		assert_true(is_near(raster_row(&raster, 5)[20], rights[i]));
		raster_finish(&raster);
		buffer_finish(&file);
	}
}

static void every_shorter_file_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		struct buffer file = make_file(endings[i]);
		/* Of a JPEG only the mark of its end may be missing, of a PNG the checksum of it.
		 */
		size_t least = buffer_unread_size(&file) - 16;

		for (size_t size = 0; size < least; size++)
			fails(buffer_unread(&file), size, "");
		buffer_finish(&file);
	}
}

static void broken_bytes_harm_nobody(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		struct buffer file = make_file(endings[i]);
		uint8_t *bytes = buffer_unread(&file);

		for (size_t at = 0; at < buffer_unread_size(&file); at++) {
			struct raster raster;
			struct why why;

			bytes[at] ^= 0xff;
			if (picture_decode(bytes, buffer_unread_size(&file), DECODE_WHOLE, &raster,
					   &why))
				assert_true(raster.width > 0 && raster.height > 0);
			raster_finish(&raster);
			bytes[at] ^= 0xff;
		}
		buffer_finish(&file);
	}
}

static void other_kinds_are_no_pictures(void **state)
{
	(void)state;
	fails("", 0, "neither PNG nor JPEG nor WebP");
	fails("GIF89a\1\0\1\0", 10, "neither PNG nor JPEG nor WebP");
	fails("RIFF\4\0\0\0WAVE", 12, "neither PNG nor JPEG nor WebP");
	fails("<svg xmlns='http://www.w3.org/2000/svg'/>", 40, "neither PNG nor JPEG nor WebP");
	fails("RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\0\0\0\0\0\0", 30, "a WebP that moves");
}

/* The head of a PNG with a checksum that is right: of 8 bits, in grey. */
static void fails_as_png(uint32_t width, uint32_t height, const char *with)
{
	uint8_t file[41] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	const uint32_t sides[] = { width, height };
	uint32_t sum;

	for (unsigned i = 0; i < 8; i++)
		file[16 + i] = (uint8_t)(sides[i / 4] >> (24 - i % 4 * 8));
	file[24] = 8;
	sum = (uint32_t)crc32(0, file + 12, 17);
	for (unsigned i = 0; i < 4; i++)
		file[29 + i] = (uint8_t)(sum >> (24 - i * 8));
	memcpy(file + 37, "IDAT", 4);
	fails(file, sizeof(file), with);
}

static void a_head_that_lies_takes_no_memory(void **state)
{
	/* SOF0 of 65278 x 65278, three colours. */
	static const char jpeg[] =
		"\xff\xd8\xff\xc0\0\x11\x08\xfe\xfe\xfe\xfe\x03\x01\x22\0\x02\x11"
		"\x01\x03\x11\x01\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0";
	/* VP8L of 16384 x 16384 */
	static const char webp[] =
		"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0"
		"\0\0\0\0\0";

	(void)state;
	fails_as_png(16384, 16384, "16384 x 16384 pixels");
	fails_as_png(0x7fffffff, 1, "broken PNG");
	fails(jpeg, sizeof(jpeg) - 1, "JPEG of more than 40000000 pixels");
	fails(webp, sizeof(webp) - 1, "16384 x 16384 pixels");
}

static void a_large_jpeg_is_reduced_while_it_is_read(void **state)
{
	struct raster raster;
	struct buffer file = { 0 };
	struct why why;

	(void)state;
	assert_true(raster_create(&raster, 1600, 800, &why));
	assert_true(picture_encode(&raster, ENCODING_JPEG, 1000000, &file, &why));
	raster_finish(&raster);
	assert_true(picture_decode(buffer_unread(&file), buffer_unread_size(&file), 300, &raster,
				   &why));
	assert_int_equal(raster.width, 400);
	assert_int_equal(raster.height, 200);
	raster_finish(&raster);
	buffer_finish(&file);
}

static void a_better_quality_gives_way_to_the_limit(void **state)
{
	struct raster raster;
	struct buffer file = { 0 };
	uint32_t noise = 1;
	struct why why;

	(void)state;
	assert_true(raster_create(&raster, 200, 200, &why));
	for (int i = 0; i < 200 * 200; i++)
		raster.pixels[i] = 0xff000000u | (noise = noise * 1664525u + 1013904223u) >> 8;
	assert_true(picture_encode(&raster, ENCODING_WEBP, 30000, &file, &why));
	assert_in_range(buffer_unread_size(&file), 1, 30000);
	assert_false(picture_encode(&raster, ENCODING_PNG, 30000, &file, &why));
	assert_non_null(strstr(why.text, "at most 30000 are possible"));
	assert_false(picture_encode(&raster, ENCODING_JPEG, 100, &file, &why));
	raster_finish(&raster);
	buffer_finish(&file);
}

/* --- how a camera was held -------------------------------------------------------------------- */

static void the_orientation_is_read(void **state)
{
	static const uint8_t
		little[] = "Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
		big[] = "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0";

	(void)state;
	assert_int_equal(exif_orientation(little, sizeof(little)), 6);
	assert_int_equal(exif_orientation(big, sizeof(big)), 3);
	for (size_t size = 0; size < 28; size++)
		assert_int_equal(exif_orientation(little, size), size < 28 ? 1 : 6);
}

static void what_exif_data_say_wrongly_is_upright(void **state)
{
	uint8_t far[] = "Exif\0\0II\x2a\0\xff\xff\xff\xff\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
		many[] = "Exif\0\0II\x2a\0\x08\0\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0",
		nine[] = "Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0";

	(void)state;
	assert_int_equal(exif_orientation(far, sizeof(far)), 1);
	assert_int_equal(exif_orientation(many, sizeof(many)), 1);
	assert_int_equal(exif_orientation(nine, sizeof(nine)), 1);
}

/* Of the pixels 1 2 / 3 4 / 5 6, what becomes the first row. */
static void pictures_are_turned(void **state)
{
	static const struct {
		int width;
		uint32_t first, second;
	} expected[] = { { 2, 1, 2 }, { 2, 2, 1 }, { 2, 6, 5 }, { 2, 5, 6 },
			 { 3, 1, 3 }, { 3, 5, 3 }, { 3, 6, 4 }, { 3, 2, 4 } };
	struct why why;

	(void)state;
	for (int orientation = 1; orientation <= 8; orientation++) {
		struct raster raster;

		assert_true(raster_create(&raster, 2, 3, &why));
		for (uint32_t i = 0; i < 6; i++)
			raster.pixels[i] = i + 1;
		raster_orient(&raster, orientation);
		assert_int_equal(raster.width, expected[orientation - 1].width);
		assert_int_equal(raster.pixels[0], expected[orientation - 1].first);
		assert_int_equal(raster.pixels[1], expected[orientation - 1].second);
		raster_finish(&raster);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(every_shorter_file_is_refused),
		cmocka_unit_test(broken_bytes_harm_nobody),
		cmocka_unit_test(other_kinds_are_no_pictures),
		cmocka_unit_test(a_head_that_lies_takes_no_memory),
		cmocka_unit_test(a_large_jpeg_is_reduced_while_it_is_read),
		cmocka_unit_test(a_better_quality_gives_way_to_the_limit),
		cmocka_unit_test(the_orientation_is_read),
		cmocka_unit_test(what_exif_data_say_wrongly_is_upright),
		cmocka_unit_test(pictures_are_turned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
