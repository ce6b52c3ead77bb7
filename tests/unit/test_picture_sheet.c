/* test_picture_sheet.c - the parts of a sheet, and what is none; as modules write it, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "picture/sheet.h"

static struct sheet sheet;
static struct why why;

static bool reads(const char *text)
{
	return sheet_read(&sheet, text, strlen(text), &why);
}

static void fails(const char *text, const char *with)
{
	assert_false(reads(text));
	if (!strstr(why.text, with))
		fail_msg("\"%s\" has no \"%s\"", why.text, with);
}

static void parts_have_names_and_bytes(void **state)
{
	char text[SHEET_TEXT_MAX + 4];

	(void)state;
	assert_true(reads("tile 0\n\nline 11\nHello\nWorld\nseed 2\n42\n"));
	assert_int_equal(sheet.count, 3);
	assert_true(sheet_part_is(&sheet.parts[0], "tile"));
	assert_int_equal(sheet.parts[0].size, 0);
	assert_ptr_equal(sheet_find(&sheet, "line"), &sheet.parts[1]);
	assert_null(sheet_find(&sheet, "title"));
	sheet_part_text(&sheet.parts[1], text);
	assert_string_equal(text, "Hello World");
	assert_true(reads(""));
	assert_int_equal(sheet.count, 0);
}

static void what_is_no_part_is_refused(void **state)
{
	(void)state;
	fails("line", "part 1 of the sheet begins with no name");
	fails("line 1", "no name");
	fails("line \n", "no name");
	fails("line -1\n", "no name");
	fails("line 1x\na\n", "no name");
	fails("Line 1\na\n", "no name");
	fails(" 1\na\n", "no name");
	fails("abcdefghijklmnop 1\na\n", "no name");
	fails("line 00000000000000000000000000001\na\n", "no name");
	fails("line 1\n", "part 1 of the sheet, \"line\", is not of its size");
	fails("line 1\na", "not of its size");
	fails("line 1\nab\n", "not of its size");
	fails("line 2\na\n", "not of its size");
	fails("line 18446744073709551615\na\n", "not of its size");
	fails("line 99999999999999999999999\na\n", "not of its size");
	fails("line 1\na\nx", "part 2 of the sheet begins");
	assert_false(sheet_read(&sheet, "li\0e 1\na\n", 9, &why));
}

static void there_are_not_too_many(void **state)
{
	struct buffer text = { 0 };

	(void)state;
	for (int i = 0; i < SHEET_PARTS_MAX; i++)
		buffer_append_text(&text, "tile 0\n\n");
	assert_true(reads(buffer_text(&text)));
	buffer_append_text(&text, "tile 0\n\n");
	fails(buffer_text(&text), "more than 1024 parts");
	buffer_finish(&text);
}

static void texts_are_one_line_of_utf_8(void **state)
{
	struct sheet_part part = { .bytes = (const uint8_t *)"a\xff\tb\xe2\x80\xa8\xd1\x8f\xe2\x82",
				   .size = 11 };
	char text[SHEET_TEXT_MAX + 4];
	char large[SHEET_TEXT_MAX * 2];

	(void)state;
	sheet_part_text(&part, text);
	assert_string_equal(text, "a\xef\xbf\xbd b \xd1\x8f\xef\xbf\xbd");
	/* Cut off after a whole character. */
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = "\xe2\x82\xac"[i % 3];
	part = (struct sheet_part) { .bytes = (const uint8_t *)large, .size = sizeof(large) };
	sheet_part_text(&part, text);
	assert_int_equal(strlen(text), SHEET_TEXT_MAX + 1);
	assert_int_equal(strlen(text) % 3, 0);
}

static void numbers_have_limits(void **state)
{
	int64_t number;

	(void)state;
	assert_true(reads("columns 1\n7\n"));
	assert_true(sheet_number(&sheet, "columns", 1, 9, 3, &number, &why));
	assert_int_equal(number, 7);
	assert_true(sheet_number(&sheet, "seed", 1, 9, 3, &number, &why));
	assert_int_equal(number, 3);
	assert_false(sheet_number(&sheet, "columns", 1, 6, 3, &number, &why));
	assert_string_equal(why.text, "\"columns\" of the sheet is a number from 1 to 6");
	assert_true(reads("columns 2\n7x\n"));
	assert_false(sheet_number(&sheet, "columns", 1, 9, 3, &number, &why));
	assert_true(reads("columns 0\n\n"));
	assert_false(sheet_number(&sheet, "columns", 0, 9, 3, &number, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_have_names_and_bytes),
		cmocka_unit_test(what_is_no_part_is_refused),
		cmocka_unit_test(there_are_not_too_many),
		cmocka_unit_test(texts_are_one_line_of_utf_8),
		cmocka_unit_test(numbers_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
