/* test_url.c - URLs and forms from literals and values: by place, and what cannot stand there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/xalloc.h"
#include "workers/host/url.h"
#include "workers/wire/fetch.h"

static struct arena arena;
static const char *made;
static struct why why;

static int forget(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static __attribute__((format(printf, 1, 2))) enum url_end url(const char *format, ...)
{
	va_list arguments;
	enum url_end end;

	why.text[0] = '\0';
	va_start(arguments, format);
	end = url_make(format, arguments, &arena, &made, &why);
	va_end(arguments);
	assert_int_equal(end == URL_MADE, !why.text[0]);
	return end;
}

static __attribute__((format(printf, 1, 2))) enum url_end form(const char *format, ...)
{
	va_list arguments;
	enum url_end end;

	va_start(arguments, format);
	end = url_make_form(format, arguments, &arena, &made, &why);
	va_end(arguments);
	return end;
}

#define MAKES(expected, ...)                          \
	assert_int_equal(url(__VA_ARGS__), URL_MADE); \
	assert_string_equal(made, expected)

static void values_are_encoded_in_their_place(void **state)
{
	(void)state;
	MAKES("https://a.example/x", "https://a.example/x");
	MAKES("https://a.example/", "https://%s.example/", "a");
	MAKES("https://a.example/%2F..%3Fx%23y/z", "https://a.example/%s/z", "/..?x#y");
	MAKES("https://a.example/x?q=a%26b%3Dc%20%C3%A4%2B%25&n=-5",
	      "https://a.example/x?q=%s&n=%d", "a&b=c ä+%", -5);
	MAKES("http://a.example?q=%00", "http://a.example?q=%%00");
	MAKES("https://a.example/a%20b-._~", "https://a.example/%s", "a b-._~");
	MAKES("https://a.example/?k=v", "https://a.example/?%s=%s", "k", "v");
	MAKES("https://a.example/%2F/%25", "https://a.example/%s/%s", "/", "%");
	MAKES("https://a.example/x/.../y", "https://a.example/%s/%s/y", "x", "...");
	MAKES("https://a.example:8443/", "https://a.example:%d/", 8443);
	MAKES("https://a.example//", "https://a.example/%s/", "");
	MAKES("https://a.example/abc", "https://a.example/%.*s", 3, "abcdef");
	MAKES("https://a.example/%C3", "https://a.example/%s", "\xc3");
}

static void a_value_does_not_leave_its_place(void **state)
{
	static const char *const no_labels[] = { "",   "a.b", "a/b",  "a@b",  "a:1", "a b",
						 "a#", "a?",  "\xc3", "a%2e", "_",   "a\\" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(no_labels); i++)
		assert_int_equal(url("https://%s.example/", no_labels[i]), URL_REFUSED);
	assert_int_equal(url("https://%s.example/",
			     "a23456789012345678901234567890123456789012345678"
			     "90123456789012345"),
			 URL_REFUSED);
	/* The folder above. */
	assert_int_equal(url("https://a.example/x/%s", ".."), URL_REFUSED);
	assert_int_equal(url("https://a.example/x/%s/y", "."), URL_REFUSED);
	assert_int_equal(url("https://a.example/x/.%s/y", "."), URL_REFUSED);
	assert_int_equal(url("https://a.example/x/%s%s?q", ".", "."), URL_REFUSED);
	MAKES("https://a.example/x/../y?..", "https://a.example/x/../y?%s", "..");
}

static void a_whole_url_is_taken_as_it_is(void **state)
{
	char long_one[FETCH_URL_MAX + 2];

	(void)state;
	MAKES("https://b.example:1/x%20y?z#w", "%s", "https://b.example:1/x%20y?z#w");
	MAKES("http://b.example/K%C3%A4se?%C3%A4", "%s", "http://b.example/Käse?ä");
	assert_int_equal(url("%s", "ftp://b.example/"), URL_REFUSED);
	assert_int_equal(url("%s", "b.example"), URL_REFUSED);
	assert_int_equal(url("%s", ""), URL_REFUSED);
	assert_int_equal(url("%s", "https://b.example/a b"), URL_REFUSED);
	assert_int_equal(url("%s", "https://b.example\\@c.example/"), URL_REFUSED);
	assert_int_equal(url("%s", "https://b.example/\r\nHost: c"), URL_REFUSED);
	memset(long_one, 'x', sizeof(long_one));
	memcpy(long_one, "https://b.example/", 18);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(url("%s", long_one), URL_REFUSED);
	long_one[sizeof(long_one) - 2] = '\0';
	assert_int_equal(url("%s", long_one), URL_MADE);
	assert_int_equal(url("https://a.example/%s", long_one), URL_REFUSED);
}

static void a_wrong_literal_is_the_modules_fault(void **state)
{
	(void)state;
	assert_int_equal(url("a.example/%s", "x"), URL_FAULTY);
	assert_int_equal(url("http%s://a.example/", "s"), URL_FAULTY);
	assert_int_equal(url("https://a.example/#%s", "x"), URL_FAULTY);
	assert_int_equal(url("https://a.example/a b"), URL_FAULTY);
}

static void forms_are_made_like_queries(void **state)
{
	(void)state;
	assert_int_equal(form("text=%s&target=%s&n=%d", "a & b=c\n", "de", 3), URL_MADE);
	assert_string_equal(made, "text=a%20%26%20b%3Dc%0A&target=de&n=3");
	assert_int_equal(form("a b=%s", "x"), URL_FAULTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(values_are_encoded_in_their_place, forget),
		cmocka_unit_test_teardown(a_value_does_not_leave_its_place, forget),
		cmocka_unit_test_teardown(a_whole_url_is_taken_as_it_is, forget),
		cmocka_unit_test_teardown(a_wrong_literal_is_the_modules_fault, forget),
		cmocka_unit_test_teardown(forms_are_made_like_queries, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
