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

static json_t *whole_ingress(void)
{
	return json_pack("{s:i, s:b, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:{s:i, s:i, s:i, s:i}, "
			 "s:I, s:I, s:{s:b, s:s, s:i, s:i, s:i, s:i}, "
			 "s:[{s:i, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, "
			 "s:[{s:i, s:s, s:i, s:i, s:i}, {s:i, s:s, s:i, s:i, s:i}]}]}",
			 "pid", 11, "ready", 1, "up_ms", 61000, "state", "polling", "poll_age_ms",
			 2000, "backlog", 3, "backlog_oldest_ms", 4000, "in_flight", 5,
			 "sightings_pending", 6, "updates", "received", 71, "acked", 72,
			 "redelivered", 73, "incidents", 74, "spool_bytes", (json_int_t)1536,
			 "spool_max_bytes", (json_int_t)1 << 30, "webhook", "ready", 0, "state",
			 "no route", "failing_ms", 9000, "taken", 81, "refused", 82, "connections",
			 83, "pools", "pid", 21, "state", "ready", "since_ms", 22000, "pool",
			 "host-1", "in_hand", 23, "unsent", 24, "handled", 25, "crashed", 26,
			 "sender_pid", 27, "children", "pid", 31, "state", "busy", "since_ms",
			 32000, "in_hand", 33, "handled", 34, "pid", 41, "state", "idle",
			 "since_ms", 42000, "in_hand", 43, "handled", 44);
}

/* One process after the other, each with all that it says of itself. */
static void each_process_has_its_row(void **state)
{
	struct overview overview = {
		.ingress = whole_ingress(),
		.crashd = json_pack("{s:i, s:b, s:i, s:s, s:i, s:i, s:i, s:i}", "pid", 51, "ready",
				    1, "up_ms", 52000, "logfire", "ready", "received", 53,
				    "delivered", 54, "expired", 55, "pending", 56),
	};
	struct buffer out = { 0 };

	(void)state;
	assert_string_equal(
		view_of(&overview, &out),
		"PROCESS           PID  STATE    SINCE\n"
		"ingress            11  ready    1m01s polling, last poll 2s ago,\n"
		"                                      backlog 3 (oldest 4s), in flight 5,\n"
		"                                      received 71, done 72, redelivered 73,\n"
		"                                      incidents 74, spool 1.5 KiB of 1.0 GiB,\n"
		"                                      sightings waiting 6\n"
		"  webhook              failing     9s no route, taken 81, refused 82,\n"
		"                                      connections 83\n"
		"crashd             51  ready      52s Logfire ready, received 53, delivered 54,\n"
		"                                      expired 55, pending 56\n"
		"recorder               no answ.       no recorder has said HELLO\n"
		"pool               21  ready      22s host-1, in flight 23, unsent 24,\n"
		"                                      handled 25, crashed 26\n"
		"  sender           27\n"
		"  child            31  busy       32s in flight 33, handled 34\n"
		"  child            41  idle       42s in flight 43, handled 44\n");
	json_decref(overview.ingress);
	json_decref(overview.crashd);
	buffer_finish(&out);
}

#define GOOD "\033[32m"
#define WAITING "\033[33m"
#define BAD "\033[1;31m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

static void colours_tell_what_needs_somebody(void **state)
{
	struct overview overview = {
		.ingress = json_pack("{s:b, s:i, s:{s:b}, s:[{s:s}, {s:s, s:[{s:s}, {s:s}]}], "
				     "s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s}]}",
				     "ready", 0, "token_pause_ms", 1, "webhook", "ready", 1,
				     "pools", "state", "starting", "state", "ready", "children",
				     "state", "busy", "state", "idle", "recorders", "state", "one",
				     "postgres", "ready", "redis", "ready", "state", "two",
				     "postgres", "ready", "redis", "away", "state", "three",
				     "postgres", "away", "redis", "ready"),
	};
	static const char *const painted[] = {
		DIM "PROCESS           PID  STATE    SINCE\n" PLAIN,
		WAITING "waiting " PLAIN, /* ingress */
		BAD "paused  " PLAIN,
		"none for another 1s:",
		GOOD "ready   " PLAIN, /* the webhook */
		BAD "no answ." PLAIN,  /* crashd */
		GOOD "one     " PLAIN,
		WAITING "two     " PLAIN,
		WAITING "three   " PLAIN,
		BAD "starting" PLAIN,
		GOOD "ready   " PLAIN, /* a pool */
		GOOD "busy    " PLAIN,
		DIM "idle    " PLAIN,
	};
	struct buffer out = { 0 };
	const char *at;

	(void)state;
	view_print(&overview, true, &out);
	at = buffer_text(&out);
	for (size_t i = 0; i < sizeof(painted) / sizeof(painted[0]); i++) {
		const char *found = strstr(at, painted[i]);

		if (!found)
			fail_msg("%s is not in %s", painted[i], at);
		at = found + strlen(painted[i]);
	}
	json_decref(overview.ingress);
	buffer_finish(&out);
}

static void sizes_are_shown_in_the_largest_unit(void **state)
{
	static const struct {
		int64_t size;
		const char *shown;
	} rows[] = {
		{ 0, "spool 0 B of" },
		{ 1023, "spool 1023 B of" },
		{ 1024, "spool 1.0 KiB of" },
		{ INT64_C(1) << 20, "spool 1.0 MiB of" },
		{ INT64_C(5) << 29, "spool 2.5 GiB of" },
		{ INT64_C(1) << 40, "spool 1.0 TiB of" },
		{ INT64_C(1) << 50, "spool 1024.0 TiB of" },
	};
	struct buffer out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct overview overview = { .ingress = json_pack("{s:I}", "spool_bytes",
								  (json_int_t)rows[i].size) };

		if (!strstr(view_of(&overview, &out), rows[i].shown))
			fail_msg("%s: %s", rows[i].shown, buffer_text(&out));
		json_decref(overview.ingress);
	}
	buffer_finish(&out);
}

static void more_lines_than_there_are_rows_are_counted(void **state)
{
	static const struct {
		const char *text;
		size_t lines;
		const char *shown;
	} rows[] = {
		{ "a\nb\nc\n", 4, "a\nb\nc\n" },
		{ "a\nb\nc\n", 3, "a\nb\nc\n" },
		{ "a\nb\nc\n", 2, "a\n… and 2 more lines without --watch\n" },
		{ "a\nb\nc\nd\n", 3, "a\nb\n… and 2 more lines without --watch\n" },
		{ "", 2, "" },
	};
	struct buffer out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buffer_clear(&out);
		buffer_append_text(&out, rows[i].text);
		view_cut(&out, rows[i].lines);
		assert_string_equal(buffer_text(&out), rows[i].shown);
	}
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_there_is_no_answer_reaches_the_terminal_without_its_controls),
		cmocka_unit_test(times_are_shown_by_their_two_largest_units),
		cmocka_unit_test(what_is_too_wide_goes_on_in_the_next_line),
		cmocka_unit_test(each_process_has_its_row),
		cmocka_unit_test(colours_tell_what_needs_somebody),
		cmocka_unit_test(sizes_are_shown_in_the_largest_unit),
		cmocka_unit_test(more_lines_than_there_are_rows_are_counted),
		cmocka_unit_test(names_of_any_length_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
