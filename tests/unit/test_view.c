/* test_view.c - the state of all processes as koronectl shows it, whatever these say of themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
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

static void times_are_shown_by_their_two_largest_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *shown;
	} rows[] = {
		{ 0, "0s" },
		{ 999, "0s" },
		{ 59999, "59s" },
		{ 60000, "1m00s" },
		{ 3599000, "59m59s" },
		{ 3600000, "1h00m" },
		{ 14399000, "3h59m" },
		{ 86399000, "23h59m" },
		{ 86400000, "1d00h" },
		{ 172799000, "1d23h" },
		{ 345600000, "4d00h" },
	};
	struct buffer out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *recorder = json_pack("{s:s, s:i, s:s, s:I}", "host", "h", "pid", 3, "state",
					     "active", "since_ms", (json_int_t)rows[i].ms);
		struct overview overview = { .ingress = json_pack("{s:[o]}", "recorders", recorder),
					     .crashd_fault = "away" };
		char line[80];

		snprintf(line, sizeof(line), "recorder            3  active  %6s h", rows[i].shown);
		if (!strstr(view_of(&overview, &out), line))
			fail_msg("%s: %s", line, buffer_text(&out));
		json_decref(overview.ingress);
	}
	buffer_finish(&out);
}

static void what_is_too_wide_goes_on_in_the_next_line(void **state)
{
	struct overview overview = {
		.ingress = json_pack("{s:[{s:s, s:i, s:s, s:i, s:s, s:s, s:i, s:i}]}", "recorders",
				     "host", "h", "pid", 3, "state", "active", "since_ms", 3600000,
				     "postgres", "ready", "redis", "ready", "sightings", 1,
				     "written", 1),
		.crashd_fault = "away",
	};
	struct buffer out = { 0 };
	const char *text = view_of(&overview, &out);

	(void)state;
	assert_memory_equal(text, "PROCESS           PID  STATE    SINCE\n", 38);
	assert_non_null(strstr(text, "\ncrashd                 no answ.       away\n"));
	assert_non_null(strstr(text, "\nrecorder            3  active   1h00m h, Postgres ready, "
				     "Redis ready,\n                                      "
				     "sightings 1, written 1\n"));
	json_decref(overview.ingress);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_there_is_no_answer_reaches_the_terminal_without_its_controls),
		cmocka_unit_test(times_are_shown_by_their_two_largest_units),
		cmocka_unit_test(what_is_too_wide_goes_on_in_the_next_line),
		cmocka_unit_test(names_of_any_length_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
