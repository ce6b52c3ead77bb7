/* test_call.c - calls and results on the wire, form fields, and the move to a supergroup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/wire/call.h"

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void it_keeps_every_field(void **state)
{
	const struct call_file files[] = {
		{ .part = TEXT("file0"), .name = TEXT("a.txt"), .bytes = TEXT("a\0b") },
		{ .part = TEXT("file1"), .descriptor = 77 },
	};
	struct call_file room[CALL_FILES_MAX];
	const struct call call = { .chat_id = -1002147483648001,
				   .class = CALL_BULK,
				   .at_most_once = true,
				   .want_result = true,
				   .method = TEXT("sendDocument"),
				   .body = TEXT("{\"chat_id\":1}"),
				   .files = files,
				   .files_count = COUNT_OF(files),
				   .said_s = 1767225600 };
	struct buffer bytes = { 0 };
	struct cursor cursor;
	struct call read;
	struct why why;

	(void)state;
	call_encode(&call, &bytes);
	cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
	assert_int_equal(call_count_descriptors(&call), 1);
	assert_true(call_decode(&cursor, &read, room));
	assert_true(cursor_end(&cursor, &why));
	assert_int_equal(read.chat_id, call.chat_id);
	assert_int_equal(read.class, CALL_BULK);
	assert_true(read.at_most_once && read.want_result);
	assert_true(text_is(read.method, "sendDocument"));
	assert_true(text_is(read.body, "{\"chat_id\":1}"));
	assert_int_equal(read.files_count, 2);
	assert_true(text_is(read.files[0].part, "file0"));
	assert_true(text_is(read.files[0].name, "a.txt"));
	assert_int_equal(read.files[0].bytes.length, 3);
	assert_memory_equal(read.files[0].bytes.data, "a\0b", 3);
	assert_null(read.files[1].bytes.data);
	assert_int_equal(read.files[1].descriptor, -1); /* another process has another number */
	assert_int_equal(read.said_s, 1767225600);
	buffer_finish(&bytes);
}

/* As it lies at ingress, from before an upgrade. */
static void it_reads_what_waited_in_the_form_of_one_file(void **state)
{
	static const char *const texts[] = { "sendDocument", "{}", "document", "a.txt",
					     "text/plain" };
	struct call_file room[CALL_FILES_MAX];
	struct buffer bytes = { 0 };
	struct cursor cursor;
	struct call read;

	(void)state;
	for (int with_file = 0; with_file < 2; with_file++) {
		buffer_clear(&bytes);
		pack_array(&bytes, 10);
		pack_int(&bytes, 5);
		pack_uint(&bytes, CALL_ANSWER);
		pack_bool(&bytes, false);
		pack_bool(&bytes, false);
		for (size_t i = 0; i < COUNT_OF(texts); i++)
			pack_text(&bytes, texts[i]);
		if (with_file)
			pack_bytes(&bytes, "x", 1);
		else
			pack_nil(&bytes);
		cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
		assert_true(call_decode(&cursor, &read, room));
		assert_int_equal(read.chat_id, 5);
		assert_int_equal(read.files_count, with_file);
		assert_int_equal(read.said_s, 0);
	}
	assert_true(text_is(read.files[0].part, "document"));
	assert_true(text_is(read.files[0].bytes, "x"));
	buffer_finish(&bytes);
}

static void it_refuses_files_without_a_part_or_too_many(void **state)
{
	struct call_file files[CALL_FILES_MAX + 1], room[CALL_FILES_MAX];
	struct call call = { .method = TEXT("sendMediaGroup"), .files = files }, read;
	struct buffer bytes = { 0 };
	struct cursor cursor;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		files[i] = (struct call_file) { .part = TEXT("f"), .bytes = TEXT("x") };
	for (size_t count = CALL_FILES_MAX; count <= COUNT_OF(files); count++) {
		call.files_count = count;
		buffer_clear(&bytes);
		call_encode(&call, &bytes);
		cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
		assert_int_equal(call_decode(&cursor, &read, room), count == CALL_FILES_MAX);
	}
	files[0].part.length = 0;
	call.files_count = 1;
	buffer_clear(&bytes);
	call_encode(&call, &bytes);
	cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
	assert_false(call_decode(&cursor, &read, room));
	buffer_finish(&bytes);
}

static void it_refuses_what_is_cut_or_without_a_method(void **state)
{
	const struct call nameless = { .body = TEXT("{}") };
	const struct call whole = { .method = TEXT("getMe") };
	struct call_file room[CALL_FILES_MAX];
	struct buffer bytes = { 0 };
	struct cursor cursor;
	struct call read;

	(void)state;
	call_encode(&nameless, &bytes);
	cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
	assert_false(call_decode(&cursor, &read, room));
	buffer_clear(&bytes);
	call_encode(&whole, &bytes);
	for (size_t size = 0; size < buffer_unread_size(&bytes); size++) {
		cursor = cursor_make(buffer_unread(&bytes), size);
		assert_false(call_decode(&cursor, &read, room));
	}
	buffer_finish(&bytes);
}

static void it_keeps_a_result(void **state)
{
	const struct call_result result = { .status = CALL_REFUSED,
					    .error_code = 429,
					    .description = TEXT("Too Many Requests"),
					    .migrate_to_chat_id = -100,
					    .retry_after_s = 10072 };
	struct buffer bytes = { 0 };
	struct cursor cursor;
	struct call_result read;

	(void)state;
	call_result_encode(&result, &bytes);
	cursor = cursor_make(buffer_unread(&bytes), buffer_unread_size(&bytes));
	assert_true(call_result_decode(&cursor, &read));
	assert_int_equal(read.status, CALL_REFUSED);
	assert_int_equal(read.error_code, 429);
	assert_true(text_is(read.description, "Too Many Requests"));
	assert_int_equal(read.migrate_to_chat_id, -100);
	assert_int_equal(read.retry_after_s, 10072);
	assert_null(read.result.data);
	buffer_finish(&bytes);
}

static void it_refuses_a_result_that_cannot_be(void **state)
{
	static const struct {
		uint64_t status;
		int64_t error_code;
		uint64_t retry_after_s;
		bool good;
	} rows[] = {
		{ CALL_FAILED, INT32_MIN, 0, true },
		{ CALL_REFUSED, INT32_MAX, UINT32_MAX, true },
		{ CALL_IN_DOUBT, 0, 0, true },
		{ CALL_IN_DOUBT + 1, 0, 0, false },
		{ CALL_OK, (int64_t)INT32_MAX + 1, 0, false },
		{ CALL_OK, (int64_t)INT32_MIN - 1, 0, false },
		{ CALL_OK, 0, (uint64_t)UINT32_MAX + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buffer bytes = { 0 };
		struct call_result read;

		pack_array(&bytes, 6);
		pack_uint(&bytes, rows[i].status);
		pack_int(&bytes, rows[i].error_code);
		pack_nil(&bytes);
		pack_int(&bytes, 0);
		pack_uint(&bytes, rows[i].retry_after_s);
		pack_nil(&bytes);
		struct cursor cursor = cursor_make(buffer_unread(&bytes),
						   buffer_unread_size(&bytes));
		assert_int_equal(call_result_decode(&cursor, &read), rows[i].good);
		buffer_finish(&bytes);
	}
}

static void collect(void *owner, const char *name, const char *value)
{
	buffer_printf(owner, "%s=%s;", name, value);
}

static void it_makes_form_fields(void **state)
{
	const struct call call = { .body = TEXT("{\"chat_id\":-5,\"caption\":\"a \\\"b\\\"\","
						"\"reply_parameters\":{\"message_id\":7}}") };
	const struct call broken = { .body = TEXT("[1]") };
	struct buffer fields = { 0 };

	(void)state;
	assert_true(call_form_fields(&call, collect, &fields));
	assert_string_equal(buffer_text(&fields), "chat_id=-5;caption=a \"b\";"
						  "reply_parameters={\"message_id\":7};");
	assert_false(call_form_fields(&broken, collect, &fields));
	buffer_finish(&fields);
}

static void it_moves_to_a_supergroup(void **state)
{
	const struct call call = { .body = TEXT("{\"chat_id\":-5,\"text\":\"hi\"}") };
	char *moved = call_body_moved(&call, -1000000000007);

	(void)state;
	assert_string_equal(moved, "{\"chat_id\":-1000000000007,\"text\":\"hi\"}");
	free(moved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_every_field),
		cmocka_unit_test(it_reads_what_waited_in_the_form_of_one_file),
		cmocka_unit_test(it_refuses_files_without_a_part_or_too_many),
		cmocka_unit_test(it_refuses_what_is_cut_or_without_a_method),
		cmocka_unit_test(it_keeps_a_result),
		cmocka_unit_test(it_refuses_a_result_that_cannot_be),
		cmocka_unit_test(it_makes_form_fields),
		cmocka_unit_test(it_moves_to_a_supergroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
