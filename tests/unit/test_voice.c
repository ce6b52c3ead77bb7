/* test_voice.c - what is a voice message, and what a browser records made one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "simulator/ogg.h"
#include "simulator/voice.h"

#define UNKNOWN "\x01\xff\xff\xff\xff\xff\xff\xff"
#define OPUS_HEAD "OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0" /* 312 samples are not heard */

static struct buffer webm, ogg;

static int set_up(void **state)
{
	(void)state;
	buffer_clear(&webm);
	buffer_clear(&ogg);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_finish(&webm);
	buffer_finish(&ogg);
	return 0;
}

#define ADD(literal) buffer_append(&webm, literal, sizeof(literal) - 1)

/* What Chromium's MediaRecorder begins with; sizes of what goes on are unknown. */
static void begin_with(const char *codec)
{
	ADD("\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01");
	ADD("\x18\x53\x80\x67" UNKNOWN);
	ADD("\x15\x49\xa9\x66\x87\x2a\xd7\xb1\x83\x0f\x42\x40");
	ADD("\x16\x54\xae\x6b\xa8\xae\xa6"); /* tracks of 40 bytes, a track of 38 */
	ADD("\xd7\x81\x01\x83\x81\x02\x86\x86");
	buffer_append(&webm, codec, 6);
	ADD("\x63\xa2\x93" OPUS_HEAD "\xec\x80");
	assert_int_equal(buffer_unread_size(&webm), 9 + 12 + 12 + 45);
	ADD("\x1f\x43\xb6\x75" UNKNOWN "\xe7\x81\x00");
}

/* 20 ms. */
static void add_block(char flags, char toc)
{
	const char block[] = { '\xa3', '\x87', '\x81', 0, 0, flags, toc, 'x', 'y' };

	buffer_append(&webm, block, sizeof(block));
}

static bool convert(void)
{
	return voice_of_recording(buffer_unread(&webm), buffer_unread_size(&webm), &ogg);
}

static void a_recording_becomes_ogg(void **state)
{
	struct voice voice;
	const char *bytes;

	(void)state;
	begin_with("A_OPUS");
	for (int i = 0; i < 120; i++) {
		if (i == 60)
			ADD("\x1f\x43\xb6\x75" UNKNOWN "\xe7\x82\x04\xb0"); /* another cluster */
		add_block('\x80', '\x78');                                  /* CELT, 20 ms */
	}
	assert_true(convert());
	bytes = (const char *)buffer_unread(&ogg);
	assert_memory_equal(bytes, "OggS\0\x02\0\0\0\0\0\0\0\0", 14);
	assert_memory_equal(bytes + 28, "OpusHead", 8);
	assert_memory_equal(bytes + 47, "OggS\0\0", 6);
	assert_memory_equal(bytes + 75, "OpusTags", 8);
	/* Pages of 50, 50 and 20 packets of 3 bytes, each with its size. */
	assert_int_equal(buffer_unread_size(&ogg), 47 + 28 + 22 + 3 * 27 + 120 * 4);
	assert_true(ogg_seconds(bytes, buffer_unread_size(&ogg)) > 2.39);
	assert_true(voice_read(&voice, bytes, buffer_unread_size(&ogg)));
	assert_string_equal(voice.mime, "audio/ogg");
	assert_int_equal(voice.seconds, 2);
}

/* As another program reckons it, with its own bytes as zeros. */
static void checksums_are_those_of_ogg(void **state)
{
	const uint8_t *page;

	(void)state;
	begin_with("A_OPUS");
	add_block('\x80', '\x78');
	assert_true(convert());
	page = (const uint8_t *)buffer_unread(&ogg);
	assert_int_equal(page[22] | page[23] << 8 | page[24] << 16 | (uint32_t)page[25] << 24,
			 0xd9f59f1c);
}

static void packets_last_as_long_as_their_first_byte_says(void **state)
{
	static const struct {
		char toc, frames;
		unsigned samples;
	} rows[] = {
		{ '\x00', 0, 480 },  { '\x18', 0, 2880 }, { '\x60', 0, 480 },
		{ '\x68', 0, 960 },  { '\x80', 0, 120 },  { '\xf8', 0, 960 },
		{ '\xf9', 0, 1920 }, { '\xfb', 3, 2880 }, { '\xfa', 0, 1920 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const uint8_t packet[] = { (uint8_t)rows[i].toc, (uint8_t)rows[i].frames };
		struct ogg made;

		buffer_clear(&ogg);
		assert_true(ogg_begin(&made, (const uint8_t *)OPUS_HEAD, 19, &ogg));
		assert_true(ogg_add(&made, packet, sizeof(packet)));
		assert_int_equal(made.position, rows[i].samples);
		ogg_finish(&made);
	}
}

static void what_is_no_recording_is_refused(void **state)
{
	(void)state;
	assert_false(convert());
	begin_with("A_OPUS");
	assert_false(convert()); /* nothing was said */
	add_block('\x02', '\x78');
	assert_false(convert()); /* several frames in a block */
	set_up(NULL);
	begin_with("A_VORB");
	add_block('\x80', '\x78');
	assert_false(convert());
	assert_int_equal(buffer_unread_size(&ogg), 0);
	assert_false(voice_of_recording("OggS", 4, &ogg));
}

/* Of any part of a recording comes a shorter one, or none; never more than was said. */
static void a_recording_may_end_anywhere(void **state)
{
	size_t size;

	(void)state;
	begin_with("A_OPUS");
	for (int i = 0; i < 5; i++)
		add_block('\x80', '\x78');
	size = buffer_unread_size(&webm);
	for (size_t part = 0; part <= size; part++) {
		char *copy = xmemdup(buffer_unread(&webm), part + !part);

		buffer_clear(&ogg);
		if (voice_of_recording(copy, part, &ogg))
			assert_in_range(
				(int)(ogg_seconds(buffer_unread(&ogg), buffer_unread_size(&ogg)) *
				      1000),
				0, 100);
		free(copy);
	}
	assert_true(buffer_unread_size(&ogg) > 0);
}

static void only_what_telegram_takes_is_a_voice_message(void **state)
{
	struct voice voice;

	(void)state;
	assert_true(voice_read(&voice, "ID3\4", 4));
	assert_string_equal(voice.mime, "audio/mpeg");
	assert_true(voice_read(&voice, "\xff\xfb\x90\x64", 4));
	assert_true(voice_read(&voice,
			       "\0\0\0\x20"
			       "ftypM4A \0",
			       13));
	assert_string_equal(voice.extension, "m4a");
	assert_false(voice_read(&voice,
				"\0\0\0\x20"
				"ftypisom\0",
				13));
	assert_false(voice_read(&voice, "RIFF\0\0\0\0WAVEfmt ", 16));
	assert_false(voice_read(&voice, "\xff\xff\xff\xff", 4));
	assert_false(voice_read(&voice, "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		ONE(a_recording_becomes_ogg),
		ONE(checksums_are_those_of_ogg),
		ONE(packets_last_as_long_as_their_first_byte_says),
		ONE(what_is_no_recording_is_refused),
		ONE(a_recording_may_end_anywhere),
		ONE(only_what_telegram_takes_is_a_voice_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
