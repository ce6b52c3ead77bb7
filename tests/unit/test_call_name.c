/* test_call_name.c - messages with names: what Redis keeps, which ids a call gets, and what is
 * known after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "workers/wire/call.h"

static struct said said_of(const char *value)
{
	struct said said;

	said_read(text_of(value), &said);
	return said;
}

static void expect_written(const struct said *said, const char *value)
{
	struct buffer out = { 0 };

	said_write(said, &out);
	assert_string_equal(buffer_text(&out), value);
	buffer_finish(&out);
}

static void what_is_written_is_read(void **state)
{
	static const char *const values[] = {
		"abcdefgh:1 1 5 ",         "a:1 1 5,6,7 1,2", "a:1 3  4",
		"a:4294967295 9999 1 2,3", "a:1 1  ",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct said said = said_of(values[i]);

		expect_written(&said, values[i]);
	}
}

/* Redis is shared: whatever is there must do no harm. */
static void what_nobody_wrote_is_nothing(void **state)
{
	static const char *const values[] = {
		"",
		" ",
		"a",
		"a:1",
		"  ",
		"a:1  1 2",
		",,, ,,, ,,,",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 1 1",
	};
	char many[4096] = "a:1 1 ";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct said said = said_of(values[i]);

		assert_in_range(said.count, 0, 1);
		assert_int_equal(said.former_count, 0);
	}
	for (int i = 0; i < 200; i++)
		strcat(many, "123456789,");
	assert_int_equal(said_of(many).count, NAME_IDS_MAX);
	assert_int_equal(said_of("a:1 1 5,x,6 7").count, 1);
	assert_int_equal(said_of("a:1 1 5,-6 7").count, 1);
	assert_int_equal(said_of("a:1 1 99999999999999999999999999 7").count, 0);
}

/* --- before a call ---------------------------------------------------------------------------- */

#define TURN              \
	{                 \
		"me:1", 4 \
	}

static const struct {
	struct call_name name;
	const char *value, *body; /* body NULL: it is not made */
} rows[] = {
	{ { .use = NAME_SAYS, .turn = TURN }, "", "" },
	{ { .use = NAME_SAYS, .turn = TURN }, "other:1 1 5 ", "" },
	{ { .use = NAME_SAYS, .turn = TURN }, "me:2 1 5 ", "" },
	{ { .use = NAME_SAYS, .turn = TURN }, "me:1 1 5 ", NULL }, /* sent already */
	{ { .use = NAME_SAYS, .turn = TURN, .part = 1 }, "me:1 1 5 ", "" },
	{ { .use = NAME_SAYS, .turn = TURN, .part = 1 }, "me:1 2 5,6 ", NULL },
	{ { .use = NAME_CLEARS }, "", NULL },
	{ { .use = NAME_CLEARS }, "me:1 1 5 ", NULL },
	{ { .use = NAME_CLEARS }, "me:1 1 5 3,4", "{\"chat_id\":-1,\"message_ids\":[3,4]}" },
	{ { .use = NAME_UNSAYS }, "", NULL },
	{ { .use = NAME_UNSAYS }, "me:1 1 5 3,4", "{\"chat_id\":-1,\"message_ids\":[5,3,4]}" },
	{ { .use = NAME_UNSAYS }, "me:1 1  3", "{\"chat_id\":-1,\"message_ids\":[3]}" },
	{ { .use = NAME_EDITS }, "", NULL },
	{ { .use = NAME_EDITS }, "me:1 1  3", NULL },
	{ { .use = NAME_EDITS },
	  "me:1 1 5,6 3",
	  "{\"chat_id\":-1,\"message_ids\":[],\"message_id\":5}" },
};

static void a_call_gets_the_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct said said = said_of(rows[i].value);
		const struct text body = text_of("{\"chat_id\":-1,\"message_ids\":[]}");
		char *written;

		assert_int_equal(call_name_prepare(&rows[i].name, body, &said, &written),
				 rows[i].body != NULL);
		if (rows[i].body && rows[i].body[0])
			assert_string_equal(written, rows[i].body);
		else
			assert_null(written);
		free(written);
	}
}

static void a_body_that_is_no_json_is_not_made(void **state)
{
	const struct call_name name = { .use = NAME_UNSAYS };
	struct said said = said_of("me:1 1 5 ");
	char *written;

	(void)state;
	assert_false(call_name_prepare(&name, text_of("{"), &said, &written));
	assert_false(call_name_prepare(&name, text_of("[]"), &said, &written));
}

/* --- after it --------------------------------------------------------------------------------- */

static void what_was_said_is_known(void **state)
{
	struct call_name name = { .use = NAME_SAYS, .turn = TURN };
	struct said said = said_of("other:1 1 5 3");
	bool gone;

	(void)state;
	/* Refused: what was there stays. */
	assert_false(call_name_learn(&name, (struct text) { NULL, 0 }, &said, &gone));
	assert_false(gone);
	expect_written(&said, "other:1 1 5 3");
	assert_true(call_name_learn(&name, text_of("{\"message_id\":9}"), &said, &gone));
	expect_written(&said, "me:1 1 9 5,3");
	name.part = 1; /* an album of two */
	assert_true(call_name_learn(&name, text_of("[{\"message_id\":10},{\"message_id\":11}]"),
				    &said, &gone));
	expect_written(&said, "me:1 2 9,10,11 5,3");
	name = (struct call_name) { .use = NAME_CLEARS };
	assert_true(call_name_learn(&name, text_of("true"), &said, &gone));
	assert_false(gone);
	expect_written(&said, "me:1 2 9,10,11 ");
	name.use = NAME_EDITS;
	assert_false(call_name_learn(&name, text_of("{\"message_id\":9}"), &said, &gone));
	assert_false(gone);
	name.use = NAME_UNSAYS;
	(void)call_name_learn(&name, text_of("true"), &said, &gone);
	assert_true(gone);
}

static void former_messages_have_a_most(void **state)
{
	struct call_name name = { .use = NAME_SAYS };
	struct said said = said_of("");
	bool gone;

	(void)state;
	for (int i = 1; i <= 200; i++) {
		char turn[16], result[64];

		snprintf(turn, sizeof(turn), "t:%d", i);
		snprintf(result, sizeof(result), "{\"message_id\":%d}", i);
		name.turn = text_of(turn);
		assert_true(call_name_learn(&name, text_of(result), &said, &gone));
	}
	assert_int_equal(said.count, 1);
	assert_int_equal(said.former_count, NAME_IDS_MAX);
	assert_true(said.former[0] == 199); /* the newest */
}

/* --- on the wire ------------------------------------------------------------------------------ */

static void a_name_goes_with_its_call(void **state)
{
	const struct call call = { .chat_id = -1,
				   .method = { "sendMessage", 11 },
				   .body = { "{}", 2 },
				   .name = { .use = NAME_SAYS,
					     .key = { "korone:said:x", 13 },
					     .turn = TURN,
					     .part = 3,
					     .seconds = 169200 } };
	struct call_file files[CALL_FILES_MAX];
	struct buffer wire = { 0 };
	struct cursor cursor;
	struct call back;

	(void)state;
	call_encode(&call, &wire);
	cursor = cursor_make(buffer_unread(&wire), buffer_unread_size(&wire));
	assert_true(call_decode(&cursor, &back, files));
	assert_int_equal(back.name.use, NAME_SAYS);
	assert_true(text_is(back.name.key, "korone:said:x"));
	assert_true(text_is(back.name.turn, "me:1"));
	assert_int_equal(back.name.part, 3);
	assert_int_equal(back.name.seconds, 169200);
	buffer_finish(&wire);
}

static void a_wrong_name_is_refused(void **state)
{
	static const char longest[NAME_KEY_MAX + 2] =
		"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	const struct call_name names[] = {
		{ .use = NAME_USES, .key = { "k", 1 } },
		{ .use = NAME_SAYS, .key = { "", 0 } },
		{ .use = NAME_SAYS, .key = { longest, sizeof(longest) - 1 } },
		{ .use = NAME_SAYS, .key = { "k", 1 }, .turn = { longest, 41 } },
		{ .use = NAME_SAYS, .key = { "k", 1 }, .part = 65536 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct call call = { .method = { "sendMessage", 11 }, .name = names[i] };
		struct call_file files[CALL_FILES_MAX];
		struct buffer wire = { 0 };
		struct cursor cursor;
		struct call back;

		call_encode(&call, &wire);
		cursor = cursor_make(buffer_unread(&wire), buffer_unread_size(&wire));
		assert_false(call_decode(&cursor, &back, files));
		buffer_finish(&wire);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_nobody_wrote_is_nothing),
		cmocka_unit_test(a_call_gets_the_ids),
		cmocka_unit_test(a_body_that_is_no_json_is_not_made),
		cmocka_unit_test(what_was_said_is_known),
		cmocka_unit_test(former_messages_have_a_most),
		cmocka_unit_test(a_name_goes_with_its_call),
		cmocka_unit_test(a_wrong_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
