/* test_clean.c - what of a text reaches a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/clean.h"
#include "common/utf8.h"

static void assert_clean(const char *text, size_t size, enum clean_lines lines,
			 const char *expected)
{
	struct buffer out = { 0 };

	clean_append(&out, text, size, lines);
	assert_string_equal(buffer_text(&out), expected);
	buffer_finish(&out);
}

/* Unicode: C0, DEL, C1, the two separators, and Bidi_Control; nothing else is touched. */
static bool is_control(uint32_t code)
{
	static const uint32_t others[] = { 0x7f,   0x61c,  0x200e, 0x200f, 0x2028,
					   0x2029, 0x202a, 0x202b, 0x202c, 0x202d,
					   0x202e, 0x2066, 0x2067, 0x2068, 0x2069 };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (code == others[i])
			return true;
	return code < 0x20 || (code >= 0x80 && code <= 0x9f);
}

static void every_character_is_shown_or_named(void **state)
{
	char text[UTF8_CHARACTER_MAX + 1], named[16];

	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		size_t length;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		length = utf8_encode(code, text);
		text[length] = '\0';
		snprintf(named, sizeof(named), "\\u%04x", (unsigned)code);
		assert_clean(text, length, CLEAN_LINE, is_control(code) ? named : text);
	}
}

static void lines_stay_where_there_may_be_several(void **state)
{
	(void)state;
	assert_clean("a\n\tb\r\033[0m", 9, CLEAN_LINES, "a\n\tb\\u000d\\u001b[0m");
	assert_clean("a\nb", 3, CLEAN_LINE, "a\\u000ab");
}

static void what_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	assert_clean("a\x9b"
		     "b",
		     3, CLEAN_LINE, "a" UTF8_REPLACEMENT "b");
	assert_clean("\xe2\x80", 2, CLEAN_LINE, UTF8_REPLACEMENT);
	assert_clean("", 0, CLEAN_LINE, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_shown_or_named),
		cmocka_unit_test(lines_stay_where_there_may_be_several),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
