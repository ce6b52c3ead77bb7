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
	assert_true(format_take(&parsed, arguments, values, &why));
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
}

static void what_cannot_be_taken_is_refused(void **state)
{
	static const char *const wrong[] = { "%*d", "%n", "%", "%y", "%-+ #0-+ #0d" };
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
		cmocka_unit_test(what_cannot_be_taken_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
