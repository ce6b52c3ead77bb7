#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "crashd/pattern.h"

static struct pattern *compile(const char *expression, const struct pattern_limits *limits)
{
	struct why why = { .text = "" };
	struct pattern *pattern = pattern_compile(expression, limits, &why);

	if (!pattern)
		fail_msg("%s", why.text);
	return pattern;
}

static enum pattern_result search(const char *expression, const struct pattern_limits *limits,
				  struct text text, struct text *found)
{
	struct pattern *pattern = compile(expression, limits);
	enum pattern_result result = pattern_find(pattern, text, 0, found);

	pattern_destroy(pattern);
	return result;
}

static void test_matches_follow_each_other(void **state)
{
	struct pattern *pattern = compile("(?<=-)[a-z]+", &pattern_default_limits);
	struct text text = text_of("-one -TWO three");
	struct text found = { NULL, 0 };

	(void)state;
	assert_int_equal(pattern_find(pattern, text, 0, &found), PATTERN_FOUND);
	assert_true(text_is(found, "one"));
	assert_int_equal(pattern_find(pattern, text, 1, &found), PATTERN_FOUND);
	assert_true(text_is(found, "one")); /* looks at what is before its start */
	assert_int_equal(pattern_find(pattern, text, 4, &found), PATTERN_FOUND);
	assert_true(text_is(found, "TWO"));
	assert_int_equal(pattern_find(pattern, text, 9, &found), PATTERN_NONE);
	assert_int_equal(pattern_find(pattern, text, text.length, &found), PATTERN_NONE);
	assert_true(text_is(found, "TWO"));
	pattern_destroy(pattern);
}

static void test_bytes_need_not_be_utf8(void **state)
{
	static const char bytes[] = "\xff\xc3\0 key\xe2\x82";
	struct text found;

	(void)state;
	assert_int_equal(search("key", &pattern_default_limits,
				(struct text) { bytes, sizeof(bytes) - 1 }, &found),
			 PATTERN_FOUND);
	assert_ptr_equal(found.data, bytes + 4);
	assert_int_equal(search("\\xc3\\x00", &pattern_default_limits,
				(struct text) { bytes, sizeof(bytes) - 1 }, &found),
			 PATTERN_FOUND);
	assert_int_equal(found.length, 2);
	/* non-ASCII letters are not letters: no word begins or ends next to them */
	assert_int_equal(
		search("\\bkey\\b", &pattern_default_limits, text_of("\xc3\xa9key\xc3"), &found),
		PATTERN_FOUND);
}

static void test_an_empty_match_is_none(void **state)
{
	struct text found;

	(void)state;
	assert_int_equal(search("a*", &pattern_default_limits, text_of("bbb"), &found),
			 PATTERN_NONE);
	assert_int_equal(search("b\\K", &pattern_default_limits, text_of("bbb"), &found),
			 PATTERN_NONE);
	assert_int_equal(search("a*", &pattern_default_limits, text_of("bba"), &found),
			 PATTERN_FOUND);
	assert_true(text_is(found, "a"));
	assert_int_equal(search("a", &pattern_default_limits, text_of(""), &found), PATTERN_NONE);
	assert_int_equal(search("^$|a", &pattern_default_limits, (struct text) { NULL, 0 }, &found),
			 PATTERN_NONE);
}

/* There are 2 to the power of 15 ways to divide the letters: few enough to try them all. */
static void test_a_search_ends_at_each_limit(void **state)
{
	static const struct pattern_limits ample = { 1u << 24, 1u << 20, 1u << 20 };
	static const struct pattern_limits steps = { 1000, 1u << 20, 1u << 20 };
	static const struct pattern_limits depth = { 1u << 24, 10, 1u << 20 };
	static const struct pattern_limits heap = { 1u << 24, 1u << 20, 1 };
	struct text text = text_of("aaaaaaaaaaaaaaaa-"), found = { NULL, 0 };
	char letters[2000]; /* PCRE2 has some 20 KiB that it does not take from the heap */

	(void)state;
	assert_int_equal(search("(?:a+)+$", &ample, text, &found), PATTERN_NONE);
	assert_int_equal(search("(?:a+)+$", &steps, text, &found), PATTERN_LIMIT);
	assert_int_equal(search("(?:a+)+$", &depth, text, &found), PATTERN_LIMIT);
	assert_int_equal(search("(?:a+)+$", &pattern_default_limits, text, &found), PATTERN_LIMIT);
	memset(letters, 'a', sizeof(letters));
	text = (struct text) { letters, sizeof(letters) };
	assert_int_equal(search("^(?:a|b)+\\d", &heap, text, &found), PATTERN_LIMIT);
	assert_int_equal(search("^(?:a|b)+\\d", &ample, text, &found), PATTERN_NONE);
	assert_null(found.data);
}

static void test_what_was_searched_before_does_not_count(void **state)
{
	struct pattern *pattern = compile("(?:a+)+$", &pattern_default_limits);
	struct text found;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			pattern_find(pattern, text_of("aaaaaaaaaaaaaaaaaaaaaaaa-"), 0, &found),
			PATTERN_LIMIT);
		assert_int_equal(pattern_find(pattern, text_of("-aaa"), 0, &found), PATTERN_FOUND);
		assert_true(text_is(found, "aaa"));
	}
	pattern_destroy(pattern);
}

static void test_a_bad_expression_says_where(void **state)
{
	struct why why = { .text = "" };

	(void)state;
	assert_null(pattern_compile("pass(word", &pattern_default_limits, &why));
	assert_string_equal(why.text, "at byte 9 of \"pass(word\": missing closing parenthesis");
	assert_null(pattern_compile("[z-a]", &pattern_default_limits, &why));
	assert_non_null(strstr(why.text, "of \"[z-a]\": "));
	pattern_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_follow_each_other),
		cmocka_unit_test(test_bytes_need_not_be_utf8),
		cmocka_unit_test(test_an_empty_match_is_none),
		cmocka_unit_test(test_a_search_ends_at_each_limit),
		cmocka_unit_test(test_what_was_searched_before_does_not_count),
		cmocka_unit_test(test_a_bad_expression_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
