/* test_traceback.c - a trace as people read it, line by line, and what two traces have in common.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/xalloc.h"
#include "crashd/traceback.h"

#define LIMIT 10000

static struct frame named(const char *function, uint32_t line)
{
	return (struct frame) { .pc = 0x1000,
				.trust = FRAME_CALLER,
				.is_ours = true,
				.function = text_of(function),
				.file = text_of("a.c"),
				.line = line,
				.module = text_of("korone-worker"),
				.offset = 0x77,
				.build_id = text_of("abc123") };
}

/* What is written for these frames; borrowed until the next call. */
static const char *written(struct frame *list, size_t count, const char *note, size_t limit)
{
	static char text[LIMIT + 1];
	struct frames frames = { .list = list, .count = count, .note = text_of(note) };
	struct buffer out = { 0 };

	buffer_append_text(&out, "before\n");
	traceback_write(&frames, limit, &out);
	assert_in_range(out.size, 7, 7 + limit);
	assert_memory_equal(out.data, "before\n", 7);
	memcpy(text, out.data + 7, out.size - 7);
	text[out.size - 7] = '\0';
	buffer_finish(&out);
	return text;
}

static void assert_line(struct frame frame, const char *line)
{
	assert_string_equal(written(&frame, 1, "", LIMIT), line);
}

/* --- a line ----------------------------------------------------------------------------------- */

static void a_frame_says_what_is_known(void **state)
{
	struct frame frame = named("f", 12);

	(void)state;
	assert_line(frame, "#0  f (a.c:12)\n");
	frame.is_inlined = true;
	assert_line(frame, "#0  f (a.c:12) [inlined]\n");
	frame.is_inlined = false;
	frame.trust = FRAME_GUESS;
	assert_line(frame, "#0  f (a.c:12) [guess: found by scanning the stack]\n");
	frame.trust = FRAME_CRASH;
	frame.file = text_of("");
	assert_line(frame, "#0  f (korone-worker+0x77)\n");
	frame.module = text_of("");
	assert_line(frame, "#0  f\n");
}

static void without_a_name_the_address_and_the_build_are_what_helps(void **state)
{
	struct frame frame = named("", 0);

	(void)state;
	frame.file = text_of("");
	assert_line(frame, "#0  0x1000 (korone-worker+0x77) [build id abc123]\n");
	frame.build_id = text_of("");
	assert_line(frame, "#0  0x1000 (korone-worker+0x77)\n");
	frame.module = text_of("");
	assert_line(frame, "#0  0x1000\n");
	frame.trust = FRAME_BAD;
	assert_line(frame, "#0  0x1000 (not code)\n");
	frame.trust = FRAME_GAP;
	assert_line(frame, "    (the middle of the stack was not kept)\n");
}

/* --- lines ------------------------------------------------------------------------------------ */

static void numbers_are_in_a_column(void **state)
{
	struct frame list[12];
	const char *text;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(list); i++)
		list[i] = named("f", (uint32_t)i);
	text = written(list, COUNT_OF(list), "", LIMIT);
	assert_non_null(strstr(text, "#9  f (a.c:9)\n#10 f (a.c:10)\n#11 f (a.c:11)\n"));
}

/* A recursion takes a line and a count, and the numbers stay those of the frames. */
static void a_recursion_is_counted(void **state)
{
	struct frame list[] = { named("f", 1), named("f", 1),    named("f", 1),
				named("f", 1), named("main", 9), named("main", 9) };

	(void)state;
	assert_string_equal(written(list, 4, "", LIMIT), "#0  f (a.c:1)\n"
							 "    (and 3 times the same)\n");
	assert_string_equal(written(list, 5, "", LIMIT), "#0  f (a.c:1)\n"
							 "    (and 3 times the same)\n"
							 "#4  main (a.c:9)\n");
	/* Two lines take no more room than a line and a count. */
	assert_string_equal(written(list + 4, 2, "", LIMIT), "#0  main (a.c:9)\n"
							     "#1  main (a.c:9)\n");
}

static void only_what_is_the_same_is_counted(void **state)
{
	struct frame list[] = { named("f", 1), named("f", 1), named("f", 1) };
	struct frame *other = &list[2];

	(void)state;
	other->function = text_of("g");
	assert_null(strstr(written(list, 3, "", LIMIT), "the same"));
	*other = named("f", 2);
	assert_null(strstr(written(list, 3, "", LIMIT), "the same"));
	*other = named("f", 1);
	other->file = text_of("b.c");
	assert_null(strstr(written(list, 3, "", LIMIT), "the same"));
	*other = named("f", 1);
	other->trust = FRAME_GUESS;
	assert_null(strstr(written(list, 3, "", LIMIT), "the same"));
	*other = named("f", 1);
	assert_non_null(strstr(written(list, 3, "", LIMIT), "(and 2 times the same)"));
	/* Nobody knows whether functions without a name are one. */
	for (size_t i = 0; i < COUNT_OF(list); i++)
		list[i] = named("", 0);
	assert_null(strstr(written(list, 3, "", LIMIT), "the same"));
}

/* --- what fits -------------------------------------------------------------------------------- */

static void what_does_not_fit_is_left_out_by_the_line(void **state)
{
	struct frame list[] = { named("one", 1), named("two", 2), named("three", 3) };
	const char *whole = "#0  one (a.c:1)\n#1  two (a.c:2)\n#2  three (a.c:3)\n";
	const char *text;

	(void)state;
	/* Room is kept for the line that says so. */
	assert_string_equal(written(list, 3, "", strlen(whole) + 80), whole);
	text = written(list, 3, "", strlen(whole) + 79);
	assert_string_equal(text, "#0  one (a.c:1)\n#1  two (a.c:2)\n    (more frames follow)\n");
	assert_string_equal(written(list, 3, "", 90), "    (more frames follow)\n");
}

static void a_note_comes_last_if_it_fits(void **state)
{
	struct frame list[] = { named("one", 1) };
	const char *line = "#0  one (a.c:1)\n";
	static char note[101];

	(void)state;
	assert_string_equal(written(list, 1, "no names", LIMIT), "#0  one (a.c:1)\n(no names)\n");
	assert_string_equal(written(list, 0, "no names", LIMIT), "(no names)\n");
	memset(note, 'n', sizeof(note) - 1);
	assert_string_equal(written(list, 1, note, strlen(line) + 90), line);
	assert_string_equal(written(list, 0, note, 103), "");
	assert_in_range(strlen(written(list, 0, note, 104)), 103, 104);
}

/* --- fingerprints ----------------------------------------------------------------------------- */

static const char *fingerprint(struct frame *list, size_t count, const char *place)
{
	static char out[2][FINGERPRINT_SIZE];
	static int next;
	struct frames frames = { .list = list, .count = count, .note = text_of("") };
	char *one = out[next++ % 2];

	traceback_fingerprint(&frames, "SIGSEGV", place, one);
	assert_int_equal(strlen(one), FINGERPRINT_SIZE - 1);
	return one;
}

static void only_functions_of_ours_with_a_file_count(void **state)
{
	struct frame list[] = { named("f", 1), named("g", 2) };
	const char *alone;

	(void)state;
	alone = fingerprint(list, 1, "p");
	assert_string_not_equal(alone, fingerprint(list, 2, "p"));
	list[1].is_ours = false;
	assert_string_equal(alone, fingerprint(list, 2, "p"));
	list[1] = named("g", 2);
	list[1].file = text_of("");
	assert_string_equal(alone, fingerprint(list, 2, "p"));
	list[1] = named("", 2);
	assert_string_equal(alone, fingerprint(list, 2, "p"));
	list[1] = named("g", 2);
	list[1].trust = FRAME_GUESS;
	assert_string_equal(alone, fingerprint(list, 2, "p"));
}

static void the_place_counts_when_no_function_does(void **state)
{
	struct frame list[] = { named("f", 1) };

	(void)state;
	assert_string_equal(fingerprint(list, 1, "p"), fingerprint(list, 1, "q"));
	list[0].is_ours = false;
	assert_string_not_equal(fingerprint(list, 1, "p"), fingerprint(list, 1, "q"));
}

/* It is stored and compared by other versions of crashd: it must stay as it is. */
static void a_fingerprint_is_the_sum_of_type_and_functions(void **state)
{
	struct frame list[] = { named("f", 1), named("g", 2), named("f", 3) };

	(void)state;
	/* printf 'SIGSEGV\nf\ng\n' | sha256sum */
	assert_string_equal(fingerprint(list, 3, "p"),
			    "1d267a4c4740645587a2cc25583b98c32143cb8391f5db6822b029858ff9acb5");
	/* printf 'SIGSEGV\np' | sha256sum */
	assert_string_equal(fingerprint(list, 0, "p"),
			    "c586509b33d8b0d8e5271f07b083d8d4709fb2c7b5b4c19fb3be388a107990a6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_says_what_is_known),
		cmocka_unit_test(without_a_name_the_address_and_the_build_are_what_helps),
		cmocka_unit_test(numbers_are_in_a_column),
		cmocka_unit_test(a_recursion_is_counted),
		cmocka_unit_test(only_what_is_the_same_is_counted),
		cmocka_unit_test(what_does_not_fit_is_left_out_by_the_line),
		cmocka_unit_test(a_note_comes_last_if_it_fits),
		cmocka_unit_test(only_functions_of_ours_with_a_file_count),
		cmocka_unit_test(the_place_counts_when_no_function_does),
		cmocka_unit_test(a_fingerprint_is_the_sum_of_type_and_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
