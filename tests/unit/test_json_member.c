/* test_json_member.c - members of objects that no parser needs to like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/json_member.h"

/* The bytes behind the text are not the object's. */
static struct json_slice exact(const char *text)
{
	size_t size = strlen(text);
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	return (struct json_slice) { copy, size };
}

static void assert_member(const char *object, const char *value)
{
	struct json_slice text = exact(object), found = { NULL, 0 };

	assert_int_equal(json_find_member(text, "a", &found), value != NULL);
	if (value) {
		assert_int_equal(found.size, strlen(value));
		assert_memory_equal(found.data, value, found.size);
	}
	free((char *)text.data);
}

static void a_member_is_found_by_its_name(void **state)
{
	(void)state;
	assert_member("{\"a\":1}", "1");
	assert_member(" { \"b\" : [ \"a\" , {\"a\":2} ] , \"a\" : { \"c\" : \"}\" } , x",
		      "{ \"c\" : \"}\" }");
	assert_member("{\"\\\"a\":1,\"aa\":2,\"a\":\"\\\\\"}", "\"\\\\\"");
	assert_member("{\"a\":1,\"a\":2}", "1");
	assert_member("{\"b\":\"\\u0000\xff\",\"c\":1e999,\"a\":\ttrue\n}", "true");
}

static void what_is_no_object_has_none(void **state)
{
	static const char *const texts[] = { "",          "{",           "{}",
					     "[\"a\",1]", "\"a\":1",     "{\"a\"",
					     "{\"a\":",   "{\"a\":1",    "{\"a\" 1}",
					     "{a:1}",     "{\"b\":\"\\", "{\"b\":1;\"a\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_member(texts[i], NULL);
}

static void numbers_and_words(void **state)
{
	static const struct {
		const char *text;
		int64_t number;
	} cases[] = {
		{ "7", 7 },
		{ "-7", -7 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "9223372036854775808", 0 },
		{ "-9223372036854775809", 0 },
		{ "1.5", 0 },
		{ "\"7\"", 0 },
		{ "-", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json_slice text = exact(cases[i].text);

		assert_true(json_slice_integer(text) == cases[i].number);
		assert_false(json_slice_is(text, "true"));
		free((char *)text.data);
	}
	assert_true(json_slice_is((struct json_slice) { "truest", 4 }, "true"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(what_is_no_object_has_none),
		cmocka_unit_test(numbers_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
