/* test_utf8.c - UTF-8, counted in UTF-16 units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/host/utf8.h"

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
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(utf8_character(wrong[i], strlen(wrong[i])), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_have_their_length),
		cmocka_unit_test(malformed_bytes_are_none),
		cmocka_unit_test(units_are_those_of_utf16),
		cmocka_unit_test(a_prefix_never_cuts_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
