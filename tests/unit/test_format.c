/* test_format.c - parsing printf formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "workers/host/format.h"

/* Renders with format.h, and with libc for comparison. */
static void render(char *out, size_t size, const char *format, ...)
{
	struct format parsed;
	union format_value values[FORMAT_CONVERSIONS_MAX];
	struct arena arena = { 0 };
	struct why why;
	size_t length = 0;
	va_list arguments;

	assert_true(format_parse(format, &parsed, &why));
	va_start(arguments, format);
	assert_true(format_settle(&parsed, arguments, values, &why));
	va_end(arguments);
	for (size_t i = 0; i < parsed.count; i++) {
		struct text text = format_render(&parsed.conversions[i], &values[i], &arena);

		assert_true(length + text.length + 2 < size);
		memcpy(out + length, text.data, text.length);
		length += text.length;
		out[length++] = '|';
	}
	out[length] = '\0';
	arena_finish(&arena);
}

static void values_come_out_as_printf_writes_them(void **state)
{
	char ours[512], theirs[512];

	(void)state;
#define COMPARE(format, ...)                                   \
	render(ours, sizeof(ours), format, __VA_ARGS__);       \
	snprintf(theirs, sizeof(theirs), format, __VA_ARGS__); \
	assert_string_equal(ours, theirs)
	COMPARE("%d|%5d|%-5d|%05d|%+d|", 1, 2, 3, 4, 5);
	COMPARE("%ld|%lld|%zu|%jd|", -1L, INT64_MIN + 0LL, SIZE_MAX, INTMAX_MAX);
	COMPARE("%u|%x|%X|%o|%#x|", 4000000000u, 255u, 255u, 8u, 255u);
	COMPARE("%s|%.3s|%8s|%-8s|%.0s|", "text", "longer", "right", "left", "none");
	COMPARE("%.*s|%*d|%-*d|%*d|%.*f|%*.*s|", 3, "text", 5, 1, 5, 2, -5, 3, 2, 2.345, 6, 2,
		"four");
	COMPARE("%.*s|%*s|", -1, "all", 0, "none");
	COMPARE("%c|%%|%f|%.2f|%g|%e|", 'x', 1.5, 2.345, 0.1, 1e300);
#undef COMPARE
}

static void positions_reorder(void **state)
{
	char out[128];

	(void)state;
	/* The compiler does not allow mixed types with positions in a plain call. */
	render(out, sizeof(out), "%2$s %1$d %2$s", 7, "seven");
	assert_string_equal(out, "seven|7|seven|");
	render(out, sizeof(out), "%3$.*2$s %1$d", 7, 3, "seven");
	assert_string_equal(out, "sev|7|");
}

static bool take(struct why *why, const char *format, ...)
{
	struct format parsed;
	union format_value values[FORMAT_CONVERSIONS_MAX];
	va_list arguments;
	bool taken;

	assert_true(format_parse(format, &parsed, why));
	va_start(arguments, format);
	taken = format_take(&parsed, arguments, values, why);
	va_end(arguments);
	return taken;
}

static void a_gap_in_positions_is_refused(void **state)
{
	struct why why;

	(void)state;
	assert_true(take(&why, "%2$s %1$d", 1, "two"));
	assert_false(take(&why, "%3$s %1$d", 1, "two", "three"));
	assert_string_equal(why.text, "the format skips its argument 2");
	assert_false(take(&why, "%2000$s", "x"));
	/* The data of a button is read back by its format. */
	assert_false(take(&why, "%.*s", 3, "text"));
	assert_false(take(&why, "%*d", 3, 4));
}

static void a_precision_cuts_between_characters(void **state)
{
	static const char no_end[] = { 'a', '\xc3', '\xa9', 'b' };
	char out[128];

	(void)state;
	render(out, sizeof(out), "%.1s %.2s %.3s", "é", "aé", "aé");
	assert_string_equal(out, "|a|aé|");
	render(out, sizeof(out), "%.5s %.7s %.8s", "😀😀", "😀😀", "😀😀");
	assert_string_equal(out, "😀|😀|😀😀|");
	render(out, sizeof(out), "%5.2s %-4.*s", "aé", 4, "éé€");
	assert_string_equal(out, "    a|éé|");
	/* What ends there may have no NUL, and what is no UTF-8 stays as it is. */
	render(out, sizeof(out), "%.*s %.*s", 3, no_end, 2, no_end);
	assert_string_equal(out, "aé|a|");
	render(out, sizeof(out), "%.2s %.9s", "\x80\x80\x80", "a\xc3");
	assert_string_equal(out, "\x80\x80|a\xc3|");
}

static const char *print(struct arena *arena, const char *format, ...)
{
	const char *text;
	struct why why;
	va_list arguments;

	va_start(arguments, format);
	text = format_print(arena, format, arguments, &why);
	va_end(arguments);
	return text ? text : "";
}

static void a_whole_format_is_printed(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(print(&arena, "%d%% of %.*s", 5, 2, "aéa"), "5% of a");
	assert_string_equal(print(&arena, "none"), "none");
	assert_string_equal(print(&arena, "%p", "x"), "");
	assert_string_equal(print(&arena, "%*d", 100000, 1), "");
	arena_finish(&arena);
}

static void what_cannot_be_taken_is_refused(void **state)
{
	static const char *const wrong[] = { "%p", "%n", "%", "%y", "%-+ #0-+ #0d" };
	struct format parsed;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(format_parse(wrong[i], &parsed, &why));
	assert_false(format_parse("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", &parsed, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_out_as_printf_writes_them),
		cmocka_unit_test(positions_reorder),
		cmocka_unit_test(a_gap_in_positions_is_refused),
		cmocka_unit_test(a_precision_cuts_between_characters),
		cmocka_unit_test(a_whole_format_is_printed),
		cmocka_unit_test(what_cannot_be_taken_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
