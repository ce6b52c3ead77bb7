/* test_utf8.c - what is a character of UTF-8, and how long texts are in UTF-16 units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define GLOBE "\xf0\x9f\x8c\x8d" /* U+1F30D: two units */

static void characters_have_their_length(void **state)
{
	(void)state;
	assert_int_equal(utf8_character("a", 1), 1);
	assert_int_equal(utf8_character("\xc3\xa9", 2), 2);
	assert_int_equal(utf8_character("\xe2\x82\xac", 3), 3);
	assert_int_equal(utf8_character(GLOBE, 4), 4);
	assert_int_equal(utf8_character("", 1), 1); /* NUL is a character */
}

static void malformed_bytes_are_none(void **state)
{
	static const char *const wrong[] = {
		"\x80",             /* continuation first */
		"\xc0\x80",         /* overlong NUL */
		"\xc1\xbf",         /* overlong */
		"\xe0\x9f\xbf",     /* overlong */
		"\xed\xa0\x80",     /* surrogate */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xf4\x90\x80\x80", /* over U+10FFFF */
		"\xff",
		"\xe2\x82", /* cut off */
		"\xc3(",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(utf8_character(wrong[i], strlen(wrong[i])), 0);
}

/* Packed and unpacked again by the plain rule of RFC 3629, section 3: bits of the code point, then
 * what must not be. */
static size_t length_by_the_rfc(const char *text, size_t size)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = (uint8_t)text[0];
	size_t length = first < 0x80             ? 1
			: (first & 0xe0) == 0xc0 ? 2
			: (first & 0xf0) == 0xe0 ? 3
			: (first & 0xf8) == 0xf0 ? 4
						 : 0;
	uint32_t code = length > 1 ? first & (0x7fu >> length) : first;

	if (length == 0 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((uint8_t)text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

static void every_code_point_is_a_character(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		char text[UTF8_CHARACTER_MAX];
		size_t size, decoded;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		size = utf8_encode(code, text);
		assert_int_equal(utf8_character(text, size), size);
		assert_int_equal(utf8_decode(text, &decoded), code);
		assert_int_equal(decoded, size);
		for (size_t cut = 1; cut < size; cut++) {
			assert_int_equal(utf8_character(text, cut), 0);
			assert_int_equal(utf8_broken(text, cut), cut);
		}
	}
}

/* Every first pair of bytes, and what follows at the edges of the ranges. */
static void any_bytes_are_judged_as_the_rfc_does(void **state)
{
	static const uint8_t edges[] = {
		0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff
	};

	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++)
		for (size_t rest = 0; rest < COUNT_OF(edges) * COUNT_OF(edges); rest++) {
			const char text[] = { (char)(pair >> 8), (char)pair,
					      (char)edges[rest / COUNT_OF(edges)],
					      (char)edges[rest % COUNT_OF(edges)] };

			for (size_t size = 1; size <= sizeof(text); size++)
				assert_int_equal(utf8_character(text, size),
						 length_by_the_rfc(text, size));
		}
}

/* The longest part that some character begins with (Unicode 3.9, D93b), found by trying. */
static size_t broken_by_trying(const char *text, size_t size)
{
	size_t longest = 1;

	for (size_t length = 2; length <= size && length < UTF8_CHARACTER_MAX; length++) {
		char whole[UTF8_CHARACTER_MAX];
		size_t of_first;

		memcpy(whole, text, length);
		memset(whole + length, 0x80, sizeof(whole) - length);
		of_first = (uint8_t)text[0] < 0xe0 ? 2 : (uint8_t)text[0] < 0xf0 ? 3 : 4;
		if (length < of_first && length_by_the_rfc(whole, sizeof(whole)) == of_first)
			longest = length;
	}
	return longest;
}

static void random_bytes_are_split_as_the_rfc_does(void **state)
{
	static const uint8_t likely[] = { 'a',  0x80, 0x9f, 0xa0, 0xbf, 0xc3, 0xe0, 0xe2,
					  0xed, 0xf0, 0xf4, 0xf5, 0x8f, 0x90, 0xc1, 0xff };
	char text[64];

	(void)state;
	srand(11);
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)likely[(size_t)rand() % sizeof(likely)];
		for (size_t at = 0, step; at < sizeof(text); at += step) {
			size_t left = sizeof(text) - at;

			step = utf8_character(text + at, left);
			assert_int_equal(step, length_by_the_rfc(text + at, left));
			if (step > 0)
				continue;
			step = utf8_broken(text + at, left);
			assert_int_equal(step, broken_by_trying(text + at, left));
		}
	}
}

static void units_are_those_of_utf16(void **state)
{
	(void)state;
	assert_int_equal(utf8_units("", 0), 0);
	assert_int_equal(utf8_units("a\xc3\xa9\xe2\x82\xac" GLOBE, 10), 5);
}

static void a_prefix_never_cuts_a_character(void **state)
{
	static const char text[] = "a" GLOBE "b";

	(void)state;
	assert_int_equal(utf8_prefix(text, 6, 0), 0);
	assert_int_equal(utf8_prefix(text, 6, 1), 1);
	assert_int_equal(utf8_prefix(text, 6, 2), 1); /* half a pair does not fit */
	assert_int_equal(utf8_prefix(text, 6, 3), 5);
	assert_int_equal(utf8_prefix(text, 6, 4), 6);
	assert_int_equal(utf8_prefix(text, 6, 100), 6);
}

/* The first and the last of each length, and beside what is none (RFC 3629, section 4). */
static void the_limits_of_each_length_are_characters(void **state)
{
	static const char *const right[] = {
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xe1\x80\x80",
		"\xec\xbf\xbf",
		"\xed\x80\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf1\x80\x80\x80",
		"\xf3\xbf\xbf\xbf",
		"\xf4\x80\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const wrong[] = {
		"\xbf",         "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xe1\x80\xc0", "\xe1\xc0\x80",     "\xf1\x80\x80\x7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(utf8_character(right[i], strlen(right[i])), strlen(right[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(utf8_character(wrong[i], strlen(wrong[i])), 0);
}

static void white_space_is_what_unicode_calls_so(void **state)
{
	static const char *const spaces[] = {
		" ",
		"\t",
		"\n",
		"\v",
		"\f",
		"\r",
		"\xc2\x85",
		"\xc2\xa0",
		"\xe1\x9a\x80",
		"\xe2\x80\x80",
		"\xe2\x80\x8a",
		"\xe2\x80\xa8",
		"\xe2\x80\xa9",
		"\xe2\x80\xaf",
		"\xe2\x81\x9f",
		"\xe3\x80\x80",
	};
	static const char *const others[] = { "a",        "\x1f",         "\xc2\xa1",     "\xa0",
					      "\xe2\x80", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe3" };

	(void)state;
	assert_int_equal(utf8_space("", 0), 0);
	assert_int_equal(utf8_space_before("", 0), 0);
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		assert_int_equal(utf8_space(spaces[i], strlen(spaces[i])), strlen(spaces[i]));
		assert_int_equal(utf8_space_before(spaces[i], strlen(spaces[i])),
				 strlen(spaces[i]));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(utf8_space(others[i], strlen(others[i])), 0);
		assert_int_equal(utf8_space_before(others[i], strlen(others[i])), 0);
	}
	assert_int_equal(utf8_space_before("ab\xe3\x80\x80", 5), 3);
	assert_int_equal(utf8_space("\xe3\x80\x80"
				    "ab",
				    5),
			 3);
}

static void a_text_of_nothing_that_has_a_shape_is_blank(void **state)
{
	static const char *const blank[] = { "",
					     " \xc2\xa0",
					     "\xe3\x85\xa4",
					     "\xe2\x80\x8b\xe2\x80\xae",
					     "\xe2\xa0\x80",
					     "\xf3\xa0\x80\xa0" };
	static const char *const seen[] = { "a", " .", "\xe2\x80\x8b\xc3\xa9", "\xe2\xa0\x81",
					    GLOBE };

	(void)state;
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_true(utf8_is_blank(blank[i]));
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_false(utf8_is_blank(seen[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_have_their_length),
		cmocka_unit_test(malformed_bytes_are_none),
		cmocka_unit_test(every_code_point_is_a_character),
		cmocka_unit_test(any_bytes_are_judged_as_the_rfc_does),
		cmocka_unit_test(random_bytes_are_split_as_the_rfc_does),
		cmocka_unit_test(units_are_those_of_utf16),
		cmocka_unit_test(a_prefix_never_cuts_a_character),
		cmocka_unit_test(the_limits_of_each_length_are_characters),
		cmocka_unit_test(white_space_is_what_unicode_calls_so),
		cmocka_unit_test(a_text_of_nothing_that_has_a_shape_is_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
