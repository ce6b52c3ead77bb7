/* test_base.c - buffers, arenas, ids and files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/files.h"
#include "common/kind.h"
#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"

static void test_an_array_grows_by_doubling(void **state)
{
	uint32_t *array = NULL;
	size_t capacity = 0, moves = 0;

	(void)state;
	for (uint32_t count = 0; count < 100000; count++) {
		size_t before = capacity;

		array_reserve(array, &capacity, (size_t)count + 1);
		moves += capacity != before;
		assert_true(capacity > count);
		assert_true(capacity <= 16 || capacity <= 2 * (size_t)count);
		array[count] = count;
	}
	assert_true(moves < 16);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

/* Sizes by chance, against a plain copy of what was written. */
static void test_an_array_keeps_what_it_has(void **state)
{
	static uint8_t expected[20000];
	uint8_t *array = NULL;
	size_t capacity = 0, count = 0;

	(void)state;
	srand(3);
	while (count < sizeof(expected) - 500) {
		size_t more = 1 + (size_t)rand() % (rand() % 8 ? 3 : 500), before = capacity;

		array_reserve(array, &capacity, count + more);
		assert_true(capacity >= count + more);
		if (count + more <= before)
			assert_int_equal(capacity, before);
		for (; more > 0; more--, count++)
			array[count] = expected[count] = (uint8_t)rand();
		assert_memory_equal(array, expected, count);
	}
	free(array);
}

static void test_an_array_takes_what_is_needed_at_once(void **state)
{
	uint64_t *array = NULL;
	size_t capacity = 0, nothing = 0;

	(void)state;
	array_reserve(array, &capacity, nothing);
	assert_null(array);
	array_reserve(array, &capacity, 1000);
	assert_int_equal(capacity, 1000);
	array_reserve(array, &capacity, 1001);
	assert_int_equal(capacity, 2000);
	free(array);
}

static int exit_of_growth(size_t capacity, size_t needed)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		uint64_t *array = NULL;

		array_reserve(array, &capacity, needed);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Bytes, or twice the capacity, that are more than SIZE_MAX: never a small block. */
static void test_an_array_that_overflows_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(exit_of_growth(0, SIZE_MAX / sizeof(uint64_t) + 2), EX_OSERR);
	assert_int_equal(exit_of_growth(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 2), EX_OSERR);
	assert_int_equal(exit_of_growth(SIZE_MAX - 1, SIZE_MAX), EX_OSERR);
}

static void test_buffer_keeps_what_is_unread(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		buffer_printf(&buffer, "%d,", i);
		if (i % 3)
			buffer_consume(&buffer, 1);
	}
	buffer_consume(&buffer, buffer_unread_size(&buffer) - 5);
	assert_string_equal(buffer_text(&buffer), "9999,");
	buffer_consume(&buffer, 5);
	assert_int_equal(buffer_unread_size(&buffer), 0);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_trim(&buffer, 16);
	assert_null(buffer.data);
	buffer_finish(&buffer);
}

static void test_arena_is_zeroed_after_a_reset(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 100000; size *= 3) {
			char *bytes = arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)bytes % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(bytes[i], 0);
			memset(bytes, 0xff, size);
		}
		assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
		assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
		arena_reset(&arena);
	}
	arena_finish(&arena);
	assert_null(arena.first);
}

static void test_trace_ids(void **state)
{
	struct trace_id one = trace_id_make(), two = trace_id_make(), parsed;
	struct span_id first = span_id_of_crash(&one), second = span_id_of_crash(&two),
		       again = span_id_of_crash(&one);
	char hex[TRACE_ID_HEX];

	(void)state;
	assert_memory_not_equal(&one, &two, sizeof(one));
	trace_id_hex(&one, hex);
	assert_int_equal(strlen(hex), 32);
	assert_true(trace_id_parse(hex, &parsed));
	assert_memory_equal(&one, &parsed, sizeof(one));
	assert_false(trace_id_parse("00000000000000000000000000000000", &parsed));
	assert_false(trace_id_parse("abc", &parsed));
	assert_false(trace_id_parse("ZZ000000000000000000000000000001", &parsed));
	assert_false(trace_id_parse("Z0000000000000000000000000000001", &parsed));
	assert_false(trace_id_parse("0Z000000000000000000000000000001", &parsed));
	assert_memory_equal(&first, &again, sizeof(first));
	assert_memory_not_equal(&first, &second, sizeof(first));
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(kind_find("callback_query", 14), KIND_CALLBACK_QUERY);
	assert_int_equal(kind_find("callback_quer", 13), KIND_UNKNOWN);
	assert_int_equal(kind_find("", 0), KIND_UNKNOWN);
	assert_true(kinds[KIND_CALLBACK_QUERY].urgent);
}

static void test_files(void **state)
{
	char root[] = "/tmp/test_base.XXXXXX", path[128];
	struct buffer text = { 0 };
	struct stat there;
	struct why why;
	int lock;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/a/b", root);
	assert_true(directory_make(path, &why));
	assert_true(directory_make(path, &why)); /* it may be there */
	assert_int_equal(stat(path, &there), 0);
	assert_int_equal(there.st_mode & 0777, 0700);
	lock = directory_lock(path, &why);
	assert_true(lock >= 0);
	assert_int_equal(directory_lock(path, &why), -1);
	assert_non_null(strstr(why.text, "in use by another process"));
	close(lock);

	snprintf(path, sizeof(path), "%s/a/b/file", root);
	assert_true(file_replace(path, "one", 3, &why));
	assert_true(file_replace(path, "second", 6, &why));
	assert_int_equal(stat(path, &there), 0);
	assert_int_equal(there.st_mode & 0777, 0600);
	assert_true(file_read(path, 100, &text, &why));
	assert_string_equal(buffer_text(&text), "second");
	buffer_clear(&text);
	assert_false(file_read(path, 5, &text, &why));
	assert_non_null(strstr(why.text, "larger than 5 bytes"));
	assert_false(file_read("/nonexistent", 5, &text, &why));
	assert_false(file_replace("/nonexistent/x", "y", 1, &why));
	/* What is in the way stays, and is named. */
	assert_false(directory_make(path, &why));
	assert_non_null(strstr(why.text, "is not a directory"));
	assert_true(file_read(path, 100, &text, &why));
	buffer_finish(&text);

	unlink(path);
	snprintf(path, sizeof(path), "%s/a/b/lock", root);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a/b", root);
	assert_int_equal(rmdir(path), 0); /* nothing else was left behind */
	snprintf(path, sizeof(path), "%s/a", root);
	rmdir(path);
	rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_array_grows_by_doubling),
		cmocka_unit_test(test_an_array_keeps_what_it_has),
		cmocka_unit_test(test_an_array_takes_what_is_needed_at_once),
		cmocka_unit_test(test_an_array_that_overflows_ends_the_process),
		cmocka_unit_test(test_buffer_keeps_what_is_unread),
		cmocka_unit_test(test_arena_is_zeroed_after_a_reset),
		cmocka_unit_test(test_trace_ids),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
