/* test_view.c - the state of all processes as koronectl shows it, whatever these say of themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/utf8.h"
#include "koronectl/answer.h"
#include "koronectl/view.h"

#define ESCAPE "\033[31m"
#define OVERRIDE "\xe2\x80\xae" /* U+202E */

static const char *view_of(const struct overview *overview, struct buffer *out)
{
	buffer_clear(out);
	view_print(overview, false, out);
	return buffer_text(out);
}

static void assert_harmless(const char *text)
{
	size_t size = strlen(text), length;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_character(text + at, size - at);
		assert_true(length > 0);
		assert_true(text[at] == '\n' || !utf8_is_control(text + at));
	}
}

static void why_there_is_no_answer_reaches_the_terminal_without_its_controls(void **state)
{
	const struct overview overview = { .ingress_fault = "no " ESCAPE OVERRIDE "\xff route",
					   .crashd_fault = NULL };
	struct buffer out = { 0 };
	const char *text = view_of(&overview, &out);

	(void)state;
	assert_harmless(text);
	assert_non_null(strstr(text, "route"));
	assert_non_null(strstr(text, "no answer"));
	buffer_finish(&out);
}

/* What does not fit is cut between characters. */
static void names_of_any_length_are_cut_between_characters(void **state)
{
	struct overview overview = { .crashd_fault = "away" };
	struct buffer out = { 0 };

	(void)state;
	for (int before = 0; before < 1100; before += before < 20 ? 1 : 37) {
		json_t *pool = json_object(), *pools = json_array();
		char name[1300];

		memset(name, 'x', (size_t)before);
		strcpy(name + before, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4\xe2\x82\xac");
		json_object_set_new(pool, "name", json_string(name));
		json_object_set_new(pool, "host", json_string(name));
		json_object_set_new(pool, "version", json_string(name));
		json_object_set_new(pool, "state", json_string(name));
		json_array_append_new(pools, pool);
		overview.ingress = json_pack("{s:s, s:o}", "state", name, "pools", pools);
		assert_harmless(view_of(&overview, &out));
		json_decref(overview.ingress);
	}
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_there_is_no_answer_reaches_the_terminal_without_its_controls),
		cmocka_unit_test(names_of_any_length_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
