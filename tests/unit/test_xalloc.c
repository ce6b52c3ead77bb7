/* test_xalloc.c - memory that is given is zeroed, and what cannot be given ends the process with
 * its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/xalloc.h"

#define HUGE (SIZE_MAX / 4)

/* Where the sanitizer is: an allocation fails instead of being a finding. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=4096";
}

static void *volatile block;
static volatile size_t huge = HUGE; /* the compiler knows what it cannot give */

static void ask_xmalloc(void)
{
	block = xmalloc(huge);
}

static void ask_xcalloc(void)
{
	block = xcalloc(huge, 8); /* overflows */
}

static void ask_xrealloc(void)
{
	block = xrealloc(xmalloc(10), huge);
}

static void ask_xreallocarray(void)
{
	block = xreallocarray(NULL, huge, 8);
}

static void ask_xshare(void)
{
	block = xshare(huge);
}

static void ask_for_a_large_array(void)
{
	uint64_t *array = NULL;
	size_t capacity = 0;

	array_reserve(array, &capacity, huge);
	block = array;
}

static void expect_end(void (*ask)(void))
{
	char log[4096] = "";
	int ends[2], status;
	size_t size = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		ask();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], log + size, sizeof(log) - 1 - size)) > 0)
		size += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_OSERR);
	assert_non_null(strstr(log, "out of memory"));
	assert_non_null(strstr(log, "bytes="));
}

static void without_memory_the_process_ends_and_says_why(void **state)
{
	(void)state;
	expect_end(ask_xmalloc);
	expect_end(ask_xcalloc);
	expect_end(ask_xrealloc);
	expect_end(ask_xreallocarray);
	expect_end(ask_xshare);
	expect_end(ask_for_a_large_array);
}

static void memory_is_zeroed(void **state)
{
	static const char zeros[64];
	char *bytes = xmalloc(sizeof(zeros));

	(void)state;
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	free(bytes);
	bytes = xcalloc(8, 8);
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	free(bytes);
	bytes = xshare(sizeof(zeros));
	assert_memory_equal(bytes, zeros, sizeof(zeros));
	xshare_end(bytes, sizeof(zeros));
	xshare_end(NULL, 1);
}

static void nothing_is_something_that_can_be_freed(void **state)
{
	void *nothing[] = { xmalloc(0),
			    xcalloc(0, 5),
			    xcalloc(5, 0),
			    xrealloc(NULL, 0),
			    xreallocarray(NULL, 0, 0),
			    xmemdup("", 0) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(nothing); i++) {
		assert_non_null(nothing[i]);
		free(nothing[i]);
	}
}

static void shared_memory_is_that_of_the_children_too(void **state)
{
	int *number = xshare(sizeof(*number));
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		*number = 7;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(*number, 7);
	xshare_end(number, sizeof(*number));
}

static void texts_are_copied_up_to_their_end(void **state)
{
	char *texts[] = { xstrdup("abc"), xstrndup("abcdef", 3), xstrndup("abc", 0),
			  xasprintf("%s%d", "ab", 3) };
	char *bytes = xmemdup("a\0b", 4);

	(void)state;
	assert_string_equal(texts[0], "abc");
	assert_string_equal(texts[1], "abc");
	assert_string_equal(texts[2], "");
	assert_string_equal(texts[3], "ab3");
	assert_memory_equal(bytes, "a\0b", 4);
	free(bytes);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		free(texts[i]);
}

static void an_array_grows_to_twice_its_size_at_least(void **state)
{
	uint64_t *array = NULL;
	size_t capacity = 0, moves = 0;

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		size_t before = capacity;

		array_reserve(array, &capacity, i + 1);
		assert_true(capacity > i);
		moves += capacity != before;
		assert_true(before == 0 || capacity == before || capacity >= 2 * before);
		array[i] = i;
	}
	assert_in_range(moves, 1, 17);
	for (uint64_t i = 0; i < 100000; i++)
		assert_int_equal(array[i], i);
	array_reserve(array, &capacity, 1000000);
	assert_true(capacity >= 1000000);
	array[999999] = 1;
	free(array);
}

/* Writing to the others would end the process. */
static void zeroing_writes_only_what_is_not_zero(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 16 * page;
	unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(memory != MAP_FAILED);
	memory[7 * page + 5] = memory[size - 1] = 1;
	assert_int_equal(mprotect(memory, 7 * page, PROT_READ), 0);
	assert_int_equal(mprotect(memory + 8 * page, 7 * page, PROT_READ), 0);
	xzero(memory, size - 1);
	assert_int_equal(memory[7 * page + 5], 0);
	assert_int_equal(memory[size - 1], 1);
	xzero(memory, size);
	assert_int_equal(memory[size - 1], 0);
	xzero(memory, 0);
	munmap(memory, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_the_process_ends_and_says_why),
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(nothing_is_something_that_can_be_freed),
		cmocka_unit_test(shared_memory_is_that_of_the_children_too),
		cmocka_unit_test(texts_are_copied_up_to_their_end),
		cmocka_unit_test(an_array_grows_to_twice_its_size_at_least),
		cmocka_unit_test(zeroing_writes_only_what_is_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
