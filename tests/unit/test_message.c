/* test_message.c - every message: encoding and decoding round-trips; a frame that is truncated, has
 * leftovers, another version, another type or values out of range is refused and leaves the output
 * untouched. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/files.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "tests/unit/message_samples.h"

/* --- the table: each message as three functions of one form ----------------------------------- */

struct message_case {
	const char *name;
	enum message_number number;
	void (*encode_sample)(struct buffer *out);
	/* Decodes and, if that succeeds, encodes again into `again`. */
	bool (*pass_on)(const void *data, size_t size, struct arena *arena, struct buffer *again,
			struct why *why);
};

#define CASE_FUNCTIONS(message)                                                           \
	static void encode_sample_##message(struct buffer *out)                           \
	{                                                                                 \
		message_encode_##message(&sample_##message, out);                         \
	}                                                                                 \
                                                                                          \
	static bool pass_on_##message(const void *data, size_t size, struct arena *arena, \
				      struct buffer *again, struct why *why)              \
	{                                                                                 \
		struct message_##message decoded, untouched;                              \
                                                                                          \
		memset(&untouched, 0xa5, sizeof(untouched));                              \
		memset(&decoded, 0xa5, sizeof(decoded));                                  \
		if (!message_decode_##message(data, size, arena, &decoded, why)) {        \
			assert_memory_equal(&decoded, &untouched, sizeof(decoded));       \
			return false;                                                     \
		}                                                                         \
		message_encode_##message(&decoded, again);                                \
		return true;                                                              \
	}

CASE_FUNCTIONS(pool_hello)
CASE_FUNCTIONS(welcome)
CASE_FUNCTIONS(pool_beat)
CASE_FUNCTIONS(beat_answer)
CASE_FUNCTIONS(updates)
CASE_FUNCTIONS(verdicts)
CASE_FUNCTIONS(verdicts_stored)
CASE_FUNCTIONS(cooldowns)
CASE_FUNCTIONS(migrated)
CASE_FUNCTIONS(bye)
CASE_FUNCTIONS(recorder_hello)
CASE_FUNCTIONS(recorder_beat)
CASE_FUNCTIONS(sightings)
CASE_FUNCTIONS(sightings_stored)
CASE_FUNCTIONS(capture)
CASE_FUNCTIONS(capture_stored)

#define CASE(NAME, message)                                                       \
	{                                                                         \
#NAME, MESSAGE_##NAME, encode_sample_##message, pass_on_##message \
	}

static const struct message_case cases[] = {
	CASE(POOL_HELLO, pool_hello),
	CASE(WELCOME, welcome),
	CASE(POOL_BEAT, pool_beat),
	CASE(BEAT_ANSWER, beat_answer),
	CASE(UPDATES, updates),
	CASE(VERDICTS, verdicts),
	CASE(VERDICTS_STORED, verdicts_stored),
	CASE(COOLDOWNS, cooldowns),
	CASE(MIGRATED, migrated),
	CASE(BYE, bye),
	CASE(RECORDER_HELLO, recorder_hello),
	CASE(RECORDER_BEAT, recorder_beat),
	CASE(SIGHTINGS, sightings),
	CASE(SIGHTINGS_STORED, sightings_stored),
	CASE(CAPTURE, capture),
	CASE(CAPTURE_STORED, capture_stored),
};

/* A copy of exactly this size on the heap, so that a sanitizer sees a byte read past the end. */
static bool decodes(const struct message_case *one, const void *data, size_t size,
		    struct buffer *again, struct why *why)
{
	void *copy = size > 0 ? xmemdup(data, size) : NULL;
	struct arena arena = { 0 };
	bool decoded;

	buffer_clear(again);
	decoded = one->pass_on(copy, size, &arena, again, why);
	arena_finish(&arena);
	free(copy);
	return decoded;
}

/* --- tests over all messages ------------------------------------------------------------------ */

static void every_message_of_the_table_has_a_case(void **state)
{
	size_t known = 0;

	(void)state;
#define COUNT_MESSAGE(name, number, from, to, purpose) known++;
	MESSAGES(COUNT_MESSAGE)
#undef COUNT_MESSAGE
	assert_int_equal(known, COUNT_OF(cases));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(message_name(cases[i].number), cases[i].name);
	assert_string_equal(message_name((enum message_number)99), "UNKNOWN");
}

static void each_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		enum message_number number;
		struct why why;

		cases[i].encode_sample(&frame);
		assert_true(message_number(buffer_unread(&frame), buffer_unread_size(&frame),
					   &number, &why));
		assert_int_equal(number, cases[i].number);
		assert_true(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				    &again, &why));
		assert_int_equal(buffer_unread_size(&again), buffer_unread_size(&frame));
		assert_memory_equal(buffer_unread(&again), buffer_unread(&frame),
				    buffer_unread_size(&frame));
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

static void each_refuses_every_cut_and_leftovers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		size_t size;
		struct why why = { "" };

		cases[i].encode_sample(&frame);
		size = buffer_unread_size(&frame);
		for (size_t cut = 0; cut < size; cut++) {
			assert_false(decodes(&cases[i], buffer_unread(&frame), cut, &again, &why));
			assert_int_equal(strncmp(why.text, cases[i].name, strlen(cases[i].name)),
					 0);
		}
		buffer_append_byte(&frame, 0xc0);
		assert_false(decodes(&cases[i], buffer_unread(&frame), size + 1, &again, &why));
		assert_non_null(strstr(why.text, "left over"));
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

static bool is_greeting(enum message_number number)
{
	return number == MESSAGE_POOL_HELLO || number == MESSAGE_RECORDER_HELLO ||
	       number == MESSAGE_WELCOME;
}

static void each_refuses_another_number_and_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		enum message_number number = MESSAGE_BYE;
		struct why why;

		/* the array's head, the version, the number are a byte each */
		cases[i].encode_sample(&frame);
		buffer_unread(&frame)[2] = cases[i].number == MESSAGE_BYE ? MESSAGE_WELCOME
									  : MESSAGE_BYE;
		assert_false(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				     &again, &why));
		buffer_unread(&frame)[2] = 99;
		assert_false(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				     &again, &why));
		assert_false(message_number(buffer_unread(&frame), buffer_unread_size(&frame),
					    &number, &why));
		buffer_unread(&frame)[2] = (uint8_t)cases[i].number;
		for (int version = 0; version <= PROTOCOL_VERSION + 1; version++) {
			int oldest = cases[i].number == MESSAGE_UPDATES ? 2 : 1;
			int newest = is_greeting(cases[i].number) ? PROTOCOL_GREETING
								  : PROTOCOL_VERSION;

			buffer_unread(&frame)[1] = (uint8_t)version;
			assert_int_equal(decodes(&cases[i], buffer_unread(&frame),
						 buffer_unread_size(&frame), &again, &why),
					 version >= oldest && version <= newest);
			assert_int_equal(message_number(buffer_unread(&frame),
							buffer_unread_size(&frame), &number, &why),
					 version >= oldest && version <= newest);
		}
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

/* Any byte replaced by any other: never a crash, and what is still accepted round-trips. */
static void each_survives_any_wrong_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 }, third = { 0 };
		size_t size;

		cases[i].encode_sample(&frame);
		size = buffer_unread_size(&frame);
		for (size_t at = 0; at < size; at++) {
			uint8_t right = buffer_unread(&frame)[at];

			for (int byte = 0; byte < 256; byte++) {
				struct why why;

				buffer_unread(&frame)[at] = (uint8_t)byte;
				if (!decodes(&cases[i], buffer_unread(&frame), size, &again, &why))
					continue;
				assert_true(decodes(&cases[i], buffer_unread(&again),
						    buffer_unread_size(&again), &third, &why));
			}
			buffer_unread(&frame)[at] = right;
		}
		buffer_finish(&frame);
		buffer_finish(&again);
		buffer_finish(&third);
	}
}

/* Each value of the frame, including nested ones, replaced by nil, a text, an array of nil, -1 and
 * true. Only fields that may be nil accept nil, only texts accept a text. */
static void each_survives_wrong_types(void **state)
{
	static const uint8_t wrong[][2] = {
		{ 0xc0 }, { 0xa1, 'x' }, { 0x91, 0xc0 }, { 0xff }, { 0xc3 }
	};
	static const size_t sizes[] = { 1, 2, 2, 1, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, changed = { 0 }, again = { 0 };
		struct cursor cursor;
		size_t count;

		cases[i].encode_sample(&frame);
		cursor = cursor_make(buffer_unread(&frame), buffer_unread_size(&frame));
		count = cursor_array(&cursor);
		for (size_t field = 0; field < count; field++) {
			const uint8_t *start = cursor.at;
			bool accepted[COUNT_OF(wrong)];
			struct why why;

			cursor_skip(&cursor);
			for (size_t w = 0; w < COUNT_OF(wrong); w++) {
				buffer_clear(&changed);
				buffer_append(&changed, buffer_unread(&frame),
					      (size_t)(start - buffer_unread(&frame)));
				buffer_append(&changed, wrong[w], sizes[w]);
				buffer_append(&changed, cursor.at,
					      (size_t)(cursor.end - cursor.at));
				accepted[w] = decodes(&cases[i], buffer_unread(&changed),
						      buffer_unread_size(&changed), &again, &why);
			}
			/* no field takes values of two types, except nil or a text */
			assert_false(accepted[2] || accepted[3]);
			assert_false(accepted[4] && (accepted[0] || accepted[1]));
		}
		buffer_finish(&frame);
		buffer_finish(&changed);
		buffer_finish(&again);
	}
}

/* The fuzzer's seeds are frames made by another encoder (tests/fuzz/make_seeds.py): they pin down
 * the format. */
static void each_seed_is_accepted(void **state)
{
	glob_t seeds;
	size_t accepted = 0;

	(void)state;
	if (glob("tests/fuzz/seeds/message/*", 0, NULL, &seeds) != 0)
		skip(); /* run from elsewhere */
	for (size_t s = 0; s < seeds.gl_pathc; s++) {
		struct buffer frame = { 0 }, again = { 0 };
		struct why why;

		assert_true(file_read(seeds.gl_pathv[s], 1 << 20, &frame, &why));
		for (size_t i = 0; i < COUNT_OF(cases); i++)
			accepted += decodes(&cases[i], buffer_unread(&frame),
					    buffer_unread_size(&frame), &again, &why);
		buffer_finish(&frame);
		buffer_finish(&again);
	}
	assert_int_equal(accepted, seeds.gl_pathc);
	assert_true(accepted >= COUNT_OF(cases));
	globfree(&seeds);
}

static void short_and_foreign_frames_have_no_number(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} frames[] = {
		{ NULL, 0 },           { "\x90", 1 },
		{ "\x91\x01", 2 },     { "\x92\x01\xa1x", 4 },
		{ "{\"a\":1}", 7 },    { "\x92\x01\xff", 3 },
		{ "\x82\x01\x02", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		enum message_number number = MESSAGE_BYE;
		struct why why;

		assert_false(message_number(frames[i].bytes, frames[i].size, &number, &why));
		assert_int_equal(number, MESSAGE_BYE);
	}
}

/* It comes back in a frame, so that it must not be larger than that may be. */
static void the_body_of_a_verdict_is_limited(void **state)
{
	static char body[MESSAGE_BODY_MAX + 1];
	struct message_verdict verdict = { .number = 1, .seq = 1, .step = VERDICT_WAITING };
	struct message_verdicts message = { .session = 1, .verdicts = &verdict, .count = 1 };

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		struct message_verdicts decoded;
		struct arena arena = { 0 };
		struct buffer frame = { 0 };
		struct why why;

		verdict.body = (struct text) { body, MESSAGE_BODY_MAX + more };
		message_encode_verdicts(&message, &frame);
		assert_in_range(buffer_unread_size(&frame), MESSAGE_BODY_MAX, MESSAGE_BOUND_MAX);
		assert_int_equal(message_decode_verdicts(buffer_unread(&frame),
							 buffer_unread_size(&frame), &arena,
							 &decoded, &why),
				 !more);
		arena_finish(&arena);
		buffer_finish(&frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_of_the_table_has_a_case),
		cmocka_unit_test(each_round_trips),
		cmocka_unit_test(each_refuses_every_cut_and_leftovers),
		cmocka_unit_test(each_refuses_another_number_and_version),
		cmocka_unit_test(each_survives_any_wrong_byte),
		cmocka_unit_test(each_survives_wrong_types),
		cmocka_unit_test(each_seed_is_accepted),
		cmocka_unit_test(short_and_foreign_frames_have_no_number),
		cmocka_unit_test(the_body_of_a_verdict_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
