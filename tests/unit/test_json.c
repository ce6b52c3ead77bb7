/* test_json.c - the JSON writer compared with exact texts and with jansson. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/json.h"
#include "common/xalloc.h"

static void commas_are_placed(void **state)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	(void)state;
	json_object_start(&json);
	json_key_int(&json, "a", -1);
	json_key(&json, "b");
	json_array_start(&json);
	json_bool(&json, true);
	json_object_start(&json);
	json_object_end(&json);
	json_array_start(&json);
	json_array_end(&json);
	json_nil(&json);
	json_raw(&json, "{\"x\":1}", 7);
	json_array_end(&json);
	json_key_text(&json, "c", NULL);
	json_key_bool(&json, "d", false);
	json_key(&json, "e");
	json_uint(&json, UINT64_MAX);
	json_object_end(&json);
	assert_string_equal(buffer_text(&out),
			    "{\"a\":-1,\"b\":[true,{},[],null,{\"x\":1}],\"c\":null,"
			    "\"d\":false,\"e\":18446744073709551615}");
	buffer_finish(&out);
}

static void check_text(const char *bytes, size_t size, const char *expected)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_text_n(&json, bytes, size);
	assert_string_equal(buffer_text(&out), expected);
	buffer_finish(&out);
}

static void texts_are_escaped(void **state)
{
	(void)state;
	check_text("", 0, "\"\"");
	check_text("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f", 14,
		   "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	check_text("a\0b", 3, "\"a\\u0000b\"");
	check_text("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 12,
		   "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

#define BAD "\xef\xbf\xbd"

/* One U+FFFD for each part that cannot continue (Unicode, "maximal subpart"). */
static void broken_utf8_is_replaced(void **state)
{
	(void)state;
	check_text("\x80", 1, "\"" BAD "\"");
	check_text("\xc3", 1, "\"" BAD "\"");
	check_text("\xc0\xaf", 2, "\"" BAD BAD "\"");
	check_text("\xe2\x82", 2, "\"" BAD "\"");
	check_text("\xe2\x82x", 3, "\"" BAD "x\"");
	check_text("\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"");
	check_text("\xf4\x90\x80\x80", 4, "\"" BAD BAD BAD BAD "\"");
	check_text("\xf0\x9f\x98", 3, "\"" BAD "\"");
	check_text("\xf5x\xff", 3, "\"" BAD "x" BAD "\"");
	check_text("a\xe0\x80\xaf\"", 5, "\"a" BAD BAD BAD "\\\"\"");
}

static void check_double(double value, const char *expected)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_double(&json, value);
	assert_string_equal(buffer_text(&out), expected);
	buffer_finish(&out);
}

static void doubles_are_short_and_exact(void **state)
{
	(void)state;
	check_double(0, "0");
	check_double(0.1, "0.1");
	check_double(-2.5, "-2.5");
	check_double(1e300, "1e+300");
	check_double(1.0 / 3, "0.3333333333333333");
	check_double(0.1 + 0.2, "0.30000000000000004");
	check_double(5e-324, "4.94065645841247e-324");
	check_double(NAN, "null");
	check_double(INFINITY, "null");
	check_double(-INFINITY, "null");
}

/* If the machine has a locale with a decimal comma. */
static void doubles_ignore_the_locale(void **state)
{
	(void)state;
	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
		skip();
	check_double(0.5, "0.5");
	check_double(1.5e-20, "1.5e-20");
	check_double(7, "7");
	setlocale(LC_NUMERIC, "C");
}

static bool convert(const struct buffer *packed, struct buffer *out)
{
	struct cursor cursor = cursor_make(buffer_unread(packed), buffer_unread_size(packed));
	struct json json;

	buffer_clear(out);
	json = json_start(out);
	return json_from_pack(&json, &cursor) && cursor_end(&cursor, NULL);
}

static void msgpack_becomes_json(void **state)
{
	static const uint8_t half[] = { 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t not_a_number[] = { 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0 };
	struct buffer packed = { 0 }, out = { 0 };

	(void)state;
	pack_map(&packed, 3);
	pack_text(&packed, "k\"");
	pack_array(&packed, 9);
	pack_nil(&packed);
	pack_bool(&packed, true);
	pack_int(&packed, INT64_MIN);
	pack_uint(&packed, UINT64_MAX);
	pack_raw(&packed, half, sizeof(half));
	pack_text(&packed, "\xff");
	pack_array(&packed, 0);
	pack_map(&packed, 0);
	pack_raw(&packed, not_a_number, sizeof(not_a_number));
	pack_text(&packed, "bin");
	pack_array(&packed, 4);
	pack_bytes(&packed, "", 0);
	pack_bytes(&packed, "f", 1);
	pack_bytes(&packed, "fo", 2);
	pack_bytes(&packed, "foobar\xff\xfe\xfd", 9);
	pack_text(&packed, "");
	pack_int(&packed, 0);
	assert_true(convert(&packed, &out));
	assert_string_equal(buffer_text(&out),
			    "{\"k\\\"\":[null,true,-9223372036854775808,18446744073709551615,0.5,"
			    "\"" BAD "\",[],{},null],"
			    "\"bin\":[\"\",\"Zg==\",\"Zm8=\",\"Zm9vYmFy//79\"],\"\":0}");
	buffer_finish(&packed);
	buffer_finish(&out);
}

static void malformed_msgpack_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{ "", 0 },
		{ "\xc1", 1 },
		{ "\xd4\x01\x02", 3 },
		{ "\x81\x01\x02", 3 },
		{ "\x81\xc0\x02", 3 },
		{ "\x92\x01", 2 },
		{ "\x81\xa1k", 3 },
		{ "\xdd\xff\xff\xff\xff", 5 },
	};
	struct buffer out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct cursor cursor = cursor_make(cases[i].bytes, cases[i].size);
		struct json json;

		buffer_clear(&out);
		json = json_start(&out);
		assert_false(json_from_pack(&json, &cursor));
	}
	buffer_finish(&out);
}

static bool convert_nested(size_t depth)
{
	struct buffer packed = { 0 }, out = { 0 };
	bool converted;

	for (size_t i = 0; i < depth; i++)
		pack_array(&packed, 1);
	pack_int(&packed, 1);
	converted = convert(&packed, &out);
	buffer_finish(&packed);
	buffer_finish(&out);
	return converted;
}

static void depth_is_limited(void **state)
{
	(void)state;
	assert_true(convert_nested(PACK_DEPTH_MAX));
	assert_false(convert_nested(PACK_DEPTH_MAX + 1));
	assert_false(convert_nested(100000));
}

/* Whatever bytes a text contains, jansson can read what we wrote. */
static void random_texts_are_valid_json(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char bytes[16];
		size_t size = (size_t)rand_r(&seed) % sizeof(bytes);
		struct buffer out = { 0 };
		struct json json = json_start(&out);
		json_t *read;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (char)(rand_r(&seed) >> 3);
		json_array_start(&json);
		json_text_n(&json, bytes, size);
		json_array_end(&json);
		read = json_loadb((char *)buffer_unread(&out), buffer_unread_size(&out),
				  JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		json_decref(read);
		buffer_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_are_placed),
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(doubles_are_short_and_exact),
		cmocka_unit_test(doubles_ignore_the_locale),
		cmocka_unit_test(msgpack_becomes_json),
		cmocka_unit_test(malformed_msgpack_is_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(random_texts_are_valid_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
