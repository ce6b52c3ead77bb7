/* test_transcode.c - JSON to msgpack: compared with jansson on random documents, and cases in which
 * parsers differ. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "common/pack.h"
#include "ingress/update/transcode.h"

/* --- helpers -------------------------------------------------------------------------------- */

/* msgpack as a jansson tree; of duplicate keys the last one stays, as in jansson. */
static json_t *tree_of(struct cursor *cursor)
{
	struct text text;
	json_t *tree;
	size_t count;

	switch (cursor_type(cursor)) {
	case PACK_NIL:
		cursor_skip(cursor);
		return json_null();
	case PACK_BOOL:
		return json_boolean(cursor_bool(cursor));
	case PACK_INT:
		return json_integer(cursor_int(cursor));
	case PACK_DOUBLE:
		return json_real(cursor_double(cursor));
	case PACK_TEXT:
		text = cursor_text(cursor);
		return json_stringn(text.data, text.length);
	case PACK_ARRAY:
		tree = json_array();
		count = cursor_array(cursor);
		while (count-- > 0)
			json_array_append_new(tree, tree_of(cursor));
		return tree;
	case PACK_MAP:
		tree = json_object();
		count = cursor_map(cursor);
		while (count-- > 0) {
			char *key;

			text = cursor_text(cursor);
			key = strndup(text.data, text.length);
			json_object_set_new(tree, key, tree_of(cursor));
			free(key);
		}
		return tree;
	case PACK_UINT:
	case PACK_NONE:
	case PACK_BYTES:
	case PACK_EXT:
		break;
	}
	fail_msg("msgpack of a type that JSON does not have");
	return NULL;
}

/* The bytes are in a block of exactly their size, so that a sanitizer sees reads beyond it. */
static bool run(const char *json, size_t size, struct buffer *out, struct why *why)
{
	char *exact = malloc(size ? size : 1);
	bool ok;

	memcpy(exact, json, size);
	ok = transcode(exact, size, out, why);
	free(exact);
	return ok;
}

static struct cursor good(const char *json, struct buffer *out)
{
	struct why why = { "" };

	out->size = 0;
	if (!run(json, strlen(json), out, &why))
		fail_msg("%s: %s", json, why.text);
	return cursor_make(out->data, out->size);
}

static void refused_n(const char *json, size_t size)
{
	struct buffer out = { 0 };
	struct why why = { "" };

	buffer_append_text(&out, "before");
	if (run(json, size, &out, &why))
		fail_msg("taken: %s", json);
	assert_string_not_equal(why.text, "");
	assert_int_equal(out.size, 6);
	assert_memory_equal(out.data, "before", 6);
	buffer_finish(&out);
}

static void refused(const char *json)
{
	refused_n(json, strlen(json));
}

static void text_becomes(const char *json, const char *wanted, size_t length)
{
	struct buffer out = { 0 };
	struct cursor cursor = good(json, &out);
	struct text text = cursor_text(&cursor);

	assert_int_equal(text.length, length);
	assert_memory_equal(text.data, wanted, length);
	assert_true(cursor_end(&cursor, NULL));
	buffer_finish(&out);
}

/* The first byte says how wide the length is (msgpack, "str format family"). */
static void text_of_length_begins_with(size_t length, uint8_t wanted)
{
	char *json = malloc(length + 3);
	struct buffer out = { 0 };
	struct cursor cursor;

	json[0] = json[length + 1] = '"';
	memset(json + 1, 'x', length);
	json[length + 2] = '\0';
	cursor = good(json, &out);
	assert_int_equal(*(const uint8_t *)buffer_unread(&out), wanted);
	assert_int_equal(cursor_text(&cursor).length, length);
	assert_true(cursor_end(&cursor, NULL));
	buffer_finish(&out);
	free(json);
}

static void lengths_of_texts_take_the_least_bytes(void **state)
{
	(void)state;
	text_of_length_begins_with(31, 0xbf);
	text_of_length_begins_with(32, 0xd9);
	text_of_length_begins_with(255, 0xd9);
	text_of_length_begins_with(256, 0xda);
	text_of_length_begins_with(65535, 0xda);
	text_of_length_begins_with(65536, 0xdb);
}

static void integer_becomes(const char *json, int64_t wanted, size_t bytes)
{
	struct buffer out = { 0 };
	struct cursor cursor = good(json, &out);

	assert_int_equal(cursor_type(&cursor), PACK_INT);
	assert_true(cursor_int(&cursor) == wanted);
	assert_int_equal(out.size, bytes);
	buffer_finish(&out);
}

static void double_becomes(const char *json, double wanted)
{
	struct buffer out = { 0 };
	struct cursor cursor = good(json, &out);

	assert_int_equal(cursor_type(&cursor), PACK_DOUBLE);
	assert_true(cursor_double(&cursor) == wanted);
	buffer_finish(&out);
}

/* --- cases ---------------------------------------------------------------------------------- */

static void integers_are_exact_and_short(void **state)
{
	(void)state;
	integer_becomes("0", 0, 1);
	integer_becomes("-0", 0, 1);
	integer_becomes("127", 127, 1);
	integer_becomes("128", 128, 2);
	integer_becomes("255", 255, 2);
	integer_becomes("256", 256, 3);
	integer_becomes("65535", 65535, 3);
	integer_becomes("65536", 65536, 5);
	integer_becomes("4294967295", INT64_C(4294967295), 5);
	integer_becomes("4294967296", INT64_C(4294967296), 9);
	integer_becomes("-1", -1, 1);
	integer_becomes("-32", -32, 1);
	integer_becomes("-33", -33, 2);
	integer_becomes("-128", -128, 2);
	integer_becomes("-129", -129, 3);
	integer_becomes("-32768", -32768, 3);
	integer_becomes("-32769", -32769, 5);
	integer_becomes("-2147483648", INT64_C(-2147483648), 5);
	integer_becomes("-2147483649", INT64_C(-2147483649), 9);
	integer_becomes("-1002147483648001", INT64_C(-1002147483648001), 9);
	integer_becomes("9007199254740993", INT64_C(9007199254740993), 9); /* 2^53 + 1 */
	integer_becomes("9223372036854775807", INT64_MAX, 9);
	integer_becomes("-9223372036854775808", INT64_MIN, 9);
}

static void huge_numbers_are_doubles_or_refused(void **state)
{
	struct buffer out = { 0 };
	struct cursor cursor = good("18446744073709551615", &out);
	char digits[200];

	(void)state;
	assert_int_equal(cursor_type(&cursor), PACK_UINT);
	assert_true(cursor_uint(&cursor) == UINT64_MAX);
	buffer_finish(&out);
	double_becomes("18446744073709551616", 18446744073709551616.0);
	double_becomes("-9223372036854775809", -9223372036854775809.0);
	double_becomes("123456789012345678901234567890", 123456789012345678901234567890.0);
	double_becomes("1.0", 1.0);
	double_becomes("1e-400", 0.0);
	refused("1e400");
	refused("-1E400");
	memset(digits, '7', sizeof(digits));
	refused_n(digits, sizeof(digits));
}

static void doubles_do_not_depend_on_the_locale(void **state)
{
	(void)state;
	double_becomes("-0.0", -0.0);
	double_becomes("52.520008", 52.520008);
	double_becomes("1.7976931348623157e308", 1.7976931348623157e308);
	if (setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "fr_FR.UTF-8"))
		double_becomes("2.5", 2.5);
	setlocale(LC_ALL, "C");
}

static void numbers_are_strict(void **state)
{
	static const char *const bad[] = { "01",  "1.",  ".5",  "+1",  "-",    "1e",   "1e+",
					   "0x1", "NaN", "-01", "--1", "1.e1", "1 2",  "Infinity",
					   "1a",  "1_0", "-a",  "00",  "1..2", "1e1.5" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i]);
}

static void text_is_unescaped(void **state)
{
	(void)state;
	text_becomes("\"\"", "", 0);
	text_becomes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
	text_becomes("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "Aé€😀", 10);
	text_becomes("\"Aé€😀\"", "Aé€😀", 10);
	text_becomes("\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf", 4);
	text_becomes("\"a\\u0000b\"", "a\0b", 3);
	text_becomes("\"\x7f\"", "\x7f", 1);
	text_becomes("\"é\x7fé\"", "é\x7fé", 5);
	text_becomes(" \t\r\n\"x\" \n", "x", 1);
}

static void lone_surrogates_become_replacements(void **state)
{
	(void)state;
	text_becomes("\"\\ud83d\"", "\xef\xbf\xbd", 3);
	text_becomes("\"\\ude00\"", "\xef\xbf\xbd", 3);
	text_becomes("\"\\ud83dx\"", "\xef\xbf\xbdx", 4);
	text_becomes("\"\\ud83d\\n\"", "\xef\xbf\xbd\n", 4);
	text_becomes("\"\\ud83d\\u0041\"",
		     "\xef\xbf\xbd"
		     "A",
		     4);
	text_becomes("\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd😀", 7);
	text_becomes("\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd", 6);
}

static void text_is_strict(void **state)
{
	static const char *const bad[] = {
		"\"",
		"\"a",
		"\"\\\"",
		"\"\\",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12G4\"",
		"\"\\ud83d\\u12\"",
		"\"\\u",
		"\"a\nb\"",
		"\"\x01\"",
		"\"\xff\"",             /* not a UTF-8 byte */
		"\"\xc3\"",             /* cut off */
		"\"\xe2\x82\"",         /* cut off */
		"\"\xf0\x9f\x98\"",     /* cut off */
		"\"\xc0\xaf\"",         /* overlong */
		"\"\xe0\x80\xaf\"",     /* overlong */
		"\"\xf0\x80\x80\xaf\"", /* overlong */
		"\"\xed\xa0\x80\"",     /* an encoded surrogate */
		"\"\xf4\x90\x80\x80\"", /* above U+10FFFF */
		"\"\x80\"",             /* begins in the middle */
		"\"0123456789abcdef\xff\"",
		"\"\\\0\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i]);
	refused_n("\"\0\"", 3);
	refused_n("\"\\\0\"", 4);
}

static void structure_is_strict(void **state)
{
	static const char *const bad[] = {
		"",       " ",         "[",          "{",
		"]",      "[1,]",      "[,1]",       "[1 2]",
		"[1}",    "{\"a\":1]", "{\"a\"}",    "{\"a\":}",
		"{a:1}",  "{1:1}",     "{,}",        "[1]x",
		"[1][2]", "{\"a\" 1}", "tru",        "nul",
		"falsy",  "True",      "'a'",        "// c\n1",
		"/**/1",  "[1,,2]",    "{\"a\":1,}", "\xef\xbb\xbf{}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i]);
	refused_n("1\0", 2);
	refused_n("{}\0garbage", 10);
}

static void of_a_key_that_comes_twice_the_first_is_read(void **state)
{
	struct buffer out = { 0 };
	struct cursor cursor = good("{\"a\":1,\"b\":2,\"a\":3}", &out);
	struct cursor value = cursor_find(cursor, "a");

	(void)state;
	assert_int_equal(cursor_int(&value), 1);
	assert_int_equal(cursor_map(&cursor), 3);
	buffer_finish(&out);
}

static void depth_is_limited(void **state)
{
	char json[2 * (TRANSCODE_DEPTH_MAX + 1) + 1];
	struct buffer out = { 0 };
	const size_t deepest = TRANSCODE_DEPTH_MAX;

	(void)state;
	memset(json, '[', deepest);
	memset(json + deepest, ']', deepest);
	assert_true(run(json, 2 * deepest, &out, NULL));
	assert_int_equal(out.size, deepest);
	memset(json, '[', deepest + 1);
	memset(json + deepest + 1, ']', deepest + 1);
	refused_n(json, 2 * deepest + 2);
	buffer_finish(&out);
}

static void size_is_limited(void **state)
{
	size_t size = TRANSCODE_UPDATE_MAX;
	char *json = malloc(size + 1);
	struct buffer out = { 0 };

	(void)state;
	memset(json, 'x', size + 1);
	json[0] = json[size - 1] = '"';
	assert_true(run(json, size, &out, NULL));
	assert_int_equal(out.size, size - 2 + 5);
	json[size - 1] = 'x';
	json[size] = '"';
	refused_n(json, size + 1);
	buffer_finish(&out);
	free(json);
}

/* A container's or text's header is one byte first and widened once its size is known. */
static void headers_fit_every_size(void **state)
{
	static const size_t sizes[] = {
		0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 65535, 65536, 70000
	};
	struct buffer json = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct cursor cursor, all;

		buffer_clear(&json);
		buffer_append_text(&json, "[[");
		for (size_t j = 0; j < sizes[i]; j++)
			buffer_printf(&json, "%s%zu", j ? "," : "", j % 10);
		buffer_append_text(&json, "],{");
		for (size_t j = 0; j < sizes[i]; j++)
			buffer_printf(&json, "%s\"%zu\":[]", j ? "," : "", j % 10);
		buffer_append_text(&json, "},\"");
		for (size_t j = 0; j < sizes[i]; j++)
			buffer_append_text(&json, "t");
		buffer_append_text(&json, "\"]");
		all = cursor = good(buffer_text(&json), &out);
		cursor_expect_array(&cursor, 3);
		assert_int_equal(cursor_array(&cursor), sizes[i]);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(cursor_int(&cursor), j % 10);
		assert_int_equal(cursor_map(&cursor), sizes[i]);
		for (size_t j = 0; j < 2 * sizes[i]; j++)
			cursor_skip(&cursor);
		assert_int_equal(cursor_text(&cursor).length, sizes[i]);
		assert_true(cursor_end(&cursor, NULL));
		cursor_skip(&all);
		assert_true(cursor_end(&all, NULL));
	}
	buffer_finish(&json);
	buffer_finish(&out);
}

/* --- random documents ------------------------------------------------------------------------ */

static uint32_t random_state;

static uint32_t roll(uint32_t sides)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % sides;
}

static void random_text(struct buffer *out)
{
	static const char *const parts[] = { "a",       "Zz",
					     "é",       "€",
					     "😀",       "\\n",
					     "\\\"",    "\\\\",
					     "\\u0416", "\\ud83d\\ude00",
					     " ",       "{[,:]}",
					     "\\u20AC", "long plain text of more than a block" };

	buffer_append_text(out, "\"");
	for (uint32_t i = roll(12); i > 0; i--)
		buffer_append_text(out, parts[roll(sizeof(parts) / sizeof(*parts))]);
	buffer_append_text(out, "\"");
}

static void random_value(struct buffer *out, unsigned depth)
{
	static const char *const words[] = {
		"true",  "false",     "null",  "0",    "-1",
		"1.5e3", "52.520008", "-0.25", "1e-7", "9223372036854775807"
	};
	uint32_t kind = roll(depth < 6 ? 10 : 6), count = roll(depth < 2 ? 20 : 5);

	if (kind < 2) {
		random_text(out);
	} else if (kind < 4) {
		buffer_append_text(out, words[roll(sizeof(words) / sizeof(*words))]);
	} else if (kind < 6) {
		buffer_printf(out, "%lld", (long long)roll(1u << 20) * roll(1u << 20) - 1000);
	} else if (kind < 8) {
		buffer_append_text(out, "[ ");
		for (uint32_t i = 0; i < count; i++) {
			buffer_append_text(out, i ? " ,\t" : "");
			random_value(out, depth + 1);
		}
		buffer_append_text(out, "]");
	} else {
		buffer_append_text(out, "{");
		for (uint32_t i = 0; i < count; i++) {
			buffer_append_text(out, i ? ",\n" : "");
			random_text(out);
			buffer_append_text(out, " : ");
			random_value(out, depth + 1);
		}
		buffer_append_text(out, "}");
	}
}

static void random_documents_equal_jansson(void **state)
{
	struct buffer json = { 0 }, out = { 0 };

	(void)state;
	random_state = 42;
	for (int i = 0; i < 3000; i++) {
		json_t *wanted, *got;
		struct cursor cursor;
		json_error_t error;

		buffer_clear(&json);
		random_value(&json, 0);
		wanted = json_loadb((const char *)json.data, json.size, JSON_DECODE_ANY, &error);
		assert_non_null(wanted);
		cursor = good(buffer_text(&json), &out);
		got = tree_of(&cursor);
		assert_true(cursor_end(&cursor, NULL));
		if (!json_equal(wanted, got))
			fail_msg("differs: %s", buffer_text(&json));
		json_decref(wanted);
		json_decref(got);
	}
	buffer_finish(&json);
	buffer_finish(&out);
}

/* If one of the two refuses a damaged document, the other must as well, except for what jansson
 * refuses and we accept: unpaired surrogates, NUL in keys, integers above 2^63. Without NUL bytes:
 * jansson takes one at the end for the end. */
static void damaged_documents_are_refused_like_jansson(void **state)
{
	struct buffer json = { 0 }, out = { 0 };
	int refusals = 0;

	(void)state;
	random_state = 7;
	for (int i = 0; i < 20000; i++) {
		json_t *wanted;
		json_error_t error;
		bool taken;

		buffer_clear(&json);
		random_value(&json, 3);
		if (roll(4) == 0)
			json.size = roll((uint32_t)json.size + 1);
		else
			json.data[roll((uint32_t)json.size)] = (uint8_t)(1 + roll(255));
		out.size = 0;
		taken = run((const char *)json.data, json.size, &out, NULL);
		wanted = json_loadb((const char *)json.data, json.size,
				    JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
		if (wanted && !taken)
			fail_msg("only jansson takes it: %s", buffer_text(&json));
		if (!wanted && taken && !strstr(error.text, "surrogate") &&
		    !strstr(error.text, "Unicode") && !strstr(error.text, "too big"))
			fail_msg("only we take it: %s (%s)", buffer_text(&json), error.text);
		refusals += !taken;
		json_decref(wanted);
	}
	assert_in_range(refusals, 5000, 20000);
	buffer_finish(&json);
	buffer_finish(&out);
}

/* --- splitting ------------------------------------------------------------------------------ */

struct pieces {
	size_t count;
	char *texts[16];
};

static void keep(void *owner, struct json_slice element)
{
	struct pieces *pieces = owner;

	assert_in_range(pieces->count, 0, 15);
	pieces->texts[pieces->count++] = strndup(element.data, element.size);
}

static void drop(struct pieces *pieces)
{
	while (pieces->count > 0)
		free(pieces->texts[--pieces->count]);
}

static void splits(const char *answer, size_t count, const char *const *wanted)
{
	struct pieces pieces = { 0 };
	struct why why = { "" };

	if (!transcode_split(answer, strlen(answer), false, keep, &pieces, &why))
		fail_msg("%s: %s", answer, why.text);
	assert_int_equal(pieces.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(pieces.texts[i], wanted[i]);
	drop(&pieces);
}

static void an_answer_is_split(void **state)
{
	(void)state;
	splits("{\"ok\":true,\"result\":[]}", 0, NULL);
	splits(" { \"result\" : [ ] , \"ok\":true } \n", 0, NULL);
	splits("{\"ok\":true,\"result\":[{\"update_id\":1},{\"a\":[1,{\"b\":\"],}\\\"\"}]} , 7 ]}",
	       3,
	       (const char *const[]) { "{\"update_id\":1}", "{\"a\":[1,{\"b\":\"],}\\\"\"}]}",
				       "7" });
	splits("{\"x\":{\"result\":[1]},\"result\":[2]}", 1, (const char *const[]) { "2" });
	splits("{\"result\":7,\"result\":[2]}", 1, (const char *const[]) { "2" });
}

static void a_malformed_update_loses_only_itself(void **state)
{
	static const char one[] = "{\"update_id\":1,\"message\":{}}";
	static const char three[] = "{ \"update_id\" : 3}";
	static const char *const bad[] = {
		"{\"update_id\":2,\"message\":nonsense}",
		"{\"update_id\":2,\"message\":{\"text\":\"\xff\"}}",
		"{\"update_id\":2,\"message\":{]}",
		"{\"update_id\":2,\"message\":{}",
		"{\"update_id\":2,\"message\":{}}}",
		"{\"update_id\":2,\"message\":[",
		"{\"update_id\":2,\"text\":\"no end}",
		"{\"update_id\":2]",
		"7",
		"{}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct buffer answer = { 0 };

		buffer_printf(&answer, "{\"ok\":true,\"result\":[%s,\n%s, %s]}", one, bad[i],
			      three);
		splits(buffer_text(&answer), 3, (const char *const[]) { one, bad[i], three });
		buffer_finish(&answer);
	}
}

/* A malformed last update cannot be told from an answer that was cut short. */
static void a_last_update_without_an_end_is_asked_for_again(void **state)
{
	static const char answer[] =
		"{\"ok\":true,\"result\":[{\"update_id\":1},{\"update_id\":2,\"a\":[]}";
	struct pieces pieces = { 0 };

	(void)state;
	assert_false(transcode_split(answer, strlen(answer), false, keep, &pieces, NULL));
	assert_int_equal(pieces.count, 0);
	assert_true(transcode_split(answer, strlen(answer), true, keep, &pieces, NULL));
	assert_int_equal(pieces.count, 2);
	drop(&pieces);
}

static void an_answer_that_is_cut_short_gives_nothing(void **state)
{
	static const char answer[] =
		"{\"ok\":true,\"result\":[{\"update_id\":1,\"a\":[{}]},{\"update_id\":2}]}";

	(void)state;
	for (size_t size = 0; size < strlen(answer); size++) {
		char *exact = malloc(size ? size : 1);
		struct pieces pieces = { 0 };
		struct why why = { "" };

		memcpy(exact, answer, size);
		assert_false(transcode_split(exact, size, false, keep, &pieces, &why));
		assert_int_equal(pieces.count, 0);
		assert_string_not_equal(why.text, "");
		free(exact);
	}
}

static void answers_without_updates_are_refused(void **state)
{
	static const char *const bad[] = { "<html>502</html>",
					   "[]",
					   "{\"ok\":false,\"error_code\":409}",
					   "{\"ok\":true,\"result\":true}",
					   "\"result\":[]",
					   "{\"ok\":true \"result\":[]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct pieces pieces = { 0 };

		assert_false(transcode_split(bad[i], strlen(bad[i]), false, keep, &pieces, NULL));
		assert_int_equal(pieces.count, 0);
	}
}

static void the_id_of_a_malformed_update_is_found(void **state)
{
	static const struct {
		const char *json;
		bool found;
		int64_t id;
	} cases[] = {
		{ "{\"update_id\":123,", true, 123 },
		{ "{ \"update_id\" : 99999999999 garbage", true, 99999999999 },
		{ "{\"message\":\"\xff\",\"update_id\":5}", true, 5 },
		{ "{\"text\":\"\\\"update_id\\\":7\",\"update_id\":8", true, 8 },
		{ "{\"update_id\":-4}", true, -4 },
		{ "{\"update_id\":\"5\"}", false, 0 },
		{ "{\"update_id\":", false, 0 },
		{ "{\"update_id\"", false, 0 },
		{ "{\"update_id\":99999999999999999999}", false, 0 },
		{ "", false, 0 },
		{ "7", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t size = strlen(cases[i].json);
		char *exact = malloc(size ? size : 1);
		int64_t id = 0;

		memcpy(exact, cases[i].json, size);
		assert_int_equal(transcode_find_update_id((struct json_slice) { exact, size }, &id),
				 cases[i].found);
		assert_true(id == cases[i].id);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_texts_take_the_least_bytes),
		cmocka_unit_test(integers_are_exact_and_short),
		cmocka_unit_test(huge_numbers_are_doubles_or_refused),
		cmocka_unit_test(doubles_do_not_depend_on_the_locale),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(text_is_unescaped),
		cmocka_unit_test(lone_surrogates_become_replacements),
		cmocka_unit_test(text_is_strict),
		cmocka_unit_test(structure_is_strict),
		cmocka_unit_test(of_a_key_that_comes_twice_the_first_is_read),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(headers_fit_every_size),
		cmocka_unit_test(random_documents_equal_jansson),
		cmocka_unit_test(damaged_documents_are_refused_like_jansson),
		cmocka_unit_test(an_answer_is_split),
		cmocka_unit_test(a_malformed_update_loses_only_itself),
		cmocka_unit_test(a_last_update_without_an_end_is_asked_for_again),
		cmocka_unit_test(an_answer_that_is_cut_short_gives_nothing),
		cmocka_unit_test(answers_without_updates_are_refused),
		cmocka_unit_test(the_id_of_a_malformed_update_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
