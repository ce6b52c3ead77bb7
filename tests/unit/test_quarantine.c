/* test_quarantine.c - malformed updates: kept byte for byte, at most 24 hours and at most 100. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/intake/quarantine.h"
#include "tests/unit/memory_directory.h"

#define NOW 1700000000

static int set_up(void **state)
{
	char *directory = make_memory_directory("korone-aside");

	assert_non_null(directory);
	*state = directory;
	return 0;
}

static int tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", (char *)*state);

	assert_int_equal(system(command), 0);
	free(command);
	free(*state);
	return 0;
}

static struct quarantine *open_at(const char *directory, int64_t now_s)
{
	struct why why = { "" };
	struct quarantine *quarantine = quarantine_open(directory, now_s, &why);

	if (!quarantine)
		fail_msg("%s", why.text);
	return quarantine;
}

static void bytes_come_back(void **state)
{
	static const char raw[] = "{\"update_id\":5,\0\xff\n";
	struct quarantine *quarantine = open_at(*state, NOW);
	const struct quarantine_piece *pieces;
	struct buffer out = { 0 };
	size_t count;

	assert_true(
		quarantine_add(quarantine, 5, raw, sizeof(raw), "byte 3: bad\nreally", NOW, NULL));
	assert_true(quarantine_add(quarantine, -7, "", 0, "", NOW, NULL));
	quarantine_close(quarantine);
	quarantine = open_at(*state, NOW + 1);
	pieces = quarantine_list(quarantine, &count);
	assert_int_equal(count, 2);
	assert_int_equal(pieces[0].update_id, 5);
	assert_int_equal(pieces[0].size, sizeof(raw));
	assert_int_equal(pieces[0].received_s, NOW);
	assert_string_equal(pieces[0].reason, "byte 3: bad");
	assert_int_equal(pieces[1].update_id, -7);
	assert_int_equal(pieces[1].size, 0);
	assert_true(quarantine_read(quarantine, pieces[0].number, &out, NULL));
	assert_int_equal(out.size, sizeof(raw));
	assert_memory_equal(out.data, raw, sizeof(raw));
	buffer_finish(&out);
	assert_false(quarantine_read(quarantine, 99, &out, NULL));
	assert_true(quarantine_drop(quarantine, pieces[0].number));
	assert_false(quarantine_drop(quarantine, 99));
	quarantine_list(quarantine, &count);
	assert_int_equal(count, 1);
	quarantine_close(quarantine);
	quarantine_close(NULL);
}

static void a_hundred_pieces_are_the_limit(void **state)
{
	struct quarantine *quarantine = open_at(*state, NOW);
	const struct quarantine_piece *pieces;
	size_t count;

	for (int i = 0; i < 120; i++)
		assert_true(quarantine_add(quarantine, i, "x", 1, "bad", NOW + i, NULL));
	pieces = quarantine_list(quarantine, &count);
	assert_int_equal(count, QUARANTINE_MAX);
	assert_int_equal(pieces[0].update_id, 20);
	assert_int_equal(pieces[99].update_id, 119);
	quarantine_close(quarantine);
	quarantine = open_at(*state, NOW + 120);
	pieces = quarantine_list(quarantine, &count);
	assert_int_equal(count, QUARANTINE_MAX);
	assert_int_equal(pieces[0].update_id, 20);
	quarantine_close(quarantine);
}

/* What cannot be confirmed comes again and again: it must not push the others out. */
static void what_is_there_already_is_not_kept_twice(void **state)
{
	struct quarantine *quarantine = open_at(*state, NOW);
	size_t count;

	for (int i = 0; i < 3; i++)
		assert_true(quarantine_add(quarantine, 0, "abc", 3, "bad", NOW + i, NULL));
	quarantine_list(quarantine, &count);
	assert_int_equal(count, 1);
	assert_true(quarantine_add(quarantine, 0, "abd", 3, "bad", NOW + 3, NULL));
	assert_true(quarantine_add(quarantine, 7, "abc", 3, "bad", NOW + 4, NULL));
	quarantine_list(quarantine, &count);
	assert_int_equal(count, 3);
	quarantine_close(quarantine);
}

static void a_day_is_the_limit(void **state)
{
	struct quarantine *quarantine = open_at(*state, NOW);
	size_t count;

	assert_true(quarantine_add(quarantine, 1, "x", 1, "bad", NOW, NULL));
	assert_true(quarantine_add(quarantine, 2, "x", 1, "bad", NOW + 10, NULL));
	quarantine_expire(quarantine, NOW + QUARANTINE_KEEP_S - 1);
	quarantine_list(quarantine, &count);
	assert_int_equal(count, 2);
	quarantine_expire(quarantine, NOW + QUARANTINE_KEEP_S);
	assert_int_equal(quarantine_list(quarantine, &count)[0].update_id, 2);
	assert_int_equal(count, 1);
	quarantine_close(quarantine);
	quarantine = open_at(*state, NOW + 2 * QUARANTINE_KEEP_S);
	quarantine_list(quarantine, &count);
	assert_int_equal(count, 0);
	quarantine_close(quarantine);
}

static void files_are_private(void **state)
{
	char *directory = xasprintf("%s/new", (char *)*state);
	char *path = xasprintf("%s/1700000000-0000000001-5.update", directory);
	struct quarantine *quarantine = open_at(directory, NOW);
	struct stat stat_of;

	assert_true(quarantine_add(quarantine, 5, "x", 1, "bad", NOW, NULL));
	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0600);
	assert_int_equal(stat(directory, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0700);
	quarantine_close(quarantine);
	free(path);
	free(directory);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(bytes_come_back),
		TEST(a_hundred_pieces_are_the_limit),
		TEST(what_is_there_already_is_not_kept_twice),
		TEST(a_day_is_the_limit),
		TEST(files_are_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
