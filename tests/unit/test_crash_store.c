/* store.c and delivered.c: what is confirmed is there after any end, what is torn is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/random.h"
#include "crashd/dedup.h"
#include "crashd/store.h"

struct fixture {
	char directory[64];
	struct store *store;
};

static void reopen(struct fixture *fixture, size_t expected_torn)
{
	struct why why;
	size_t torn;

	crash_store_close(fixture->store);
	fixture->store = crash_store_open(fixture->directory, &torn, &why);
	assert_non_null(fixture->store);
	assert_int_equal(torn, expected_torn);
}

static int open_fixture(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->directory, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	reopen(fixture, 0);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	crash_store_close(fixture->store);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
	assert_int_equal(system(command), 0);
	free(fixture);
	return 0;
}

static void put(struct fixture *fixture, enum store_kind kind, const struct trace_id *id,
		uint64_t group, const char *text)
{
	struct why why;

	assert_true(crash_store_put(fixture->store, kind, id, group, text, strlen(text), &why));
}

static void assert_content(struct fixture *fixture, enum store_kind kind, const struct trace_id *id,
			   const char *text)
{
	struct buffer bytes = { 0 };
	struct why why;

	assert_true(crash_store_read(fixture->store, kind, id, &bytes, &why));
	assert_string_equal(buffer_text(&bytes), text);
	buffer_finish(&bytes);
}

static char *path_of(struct fixture *fixture, const struct trace_id *id, const char *suffix)
{
	static char path[256];
	char hex[TRACE_ID_HEX];

	trace_id_hex(id, hex);
	snprintf(path, sizeof(path), "%s/%s.%s", fixture->directory, hex, suffix);
	return path;
}

static void test_is_there_after_a_restart(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();
	struct stat status;

	put(fixture, STORE_CAPTURE, &id, 0, "stack");
	reopen(fixture, 0);
	assert_true(crash_store_has(fixture->store, &id));
	assert_content(fixture, STORE_CAPTURE, &id, "stack");
	assert_int_equal(stat(path_of(fixture, &id, "capture"), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_report_takes_the_place_of_its_capture(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();

	put(fixture, STORE_CAPTURE, &id, 0, "stack");
	put(fixture, STORE_REPORT, &id, 1, "report");
	assert_int_equal(access(path_of(fixture, &id, "capture"), F_OK), -1);
	assert_int_equal(crash_store_count(fixture->store, STORE_CAPTURE), 0);
	reopen(fixture, 0);
	assert_content(fixture, STORE_REPORT, &id, "report");
	crash_store_remove(fixture->store, STORE_REPORT, &id);
	assert_false(crash_store_has(fixture->store, &id));
	reopen(fixture, 0);
	assert_false(crash_store_has(fixture->store, &id));
}

static void test_stop_between_report_and_capture(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();
	char command[600], path[256];

	put(fixture, STORE_CAPTURE, &id, 0, "stack");
	snprintf(path, sizeof(path), "%s", path_of(fixture, &id, "capture"));
	snprintf(command, sizeof(command), "cp %s /tmp/korone-test-keep.%d", path, (int)getpid());
	assert_int_equal(system(command), 0);
	put(fixture, STORE_REPORT, &id, 1, "report");
	snprintf(command, sizeof(command), "mv /tmp/korone-test-keep.%d %s", (int)getpid(), path);
	assert_int_equal(system(command), 0);
	reopen(fixture, 0);
	assert_int_equal(crash_store_count(fixture->store, STORE_CAPTURE), 0);
	assert_int_equal(crash_store_count(fixture->store, STORE_REPORT), 1);
	assert_int_equal(access(path, F_OK), -1);
}

/* Truncated at every length, and with every byte changed: never accepted. */
static void test_torn_and_changed_files_are_removed(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make(), whole = trace_id_make();
	struct stat status;
	char path[256];

	put(fixture, STORE_REPORT, &id, 1, "a report that will break");
	snprintf(path, sizeof(path), "%s", path_of(fixture, &id, "report"));
	assert_int_equal(stat(path, &status), 0);
	put(fixture, STORE_REPORT, &whole, 1, "whole");
	for (off_t at = 0; at < status.st_size; at++) {
		char byte;
		int fd;

		crash_store_remove(fixture->store, STORE_REPORT, &id);
		put(fixture, STORE_REPORT, &id, 1, "a report that will break");
		fd = open(path, O_RDWR);
		if (at % 2) {
			assert_int_equal(ftruncate(fd, at), 0);
		} else {
			assert_int_equal(pread(fd, &byte, 1, at), 1);
			byte ^= 0x10;
			assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		}
		close(fd);
		reopen(fixture, 1);
		assert_false(crash_store_has(fixture->store, &id));
		assert_true(crash_store_has(fixture->store, &whole));
	}
}

static void test_rest_of_an_interrupted_write_is_removed(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();
	int fd = open(path_of(fixture, &id, "report.new"), O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	reopen(fixture, 1);
	assert_int_equal(access(path_of(fixture, &id, "report.new"), F_OK), -1);
}

static void test_oldest_first_and_each_once(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id first = trace_id_make(), second = trace_id_make();
	struct store_entry entry;

	put(fixture, STORE_CAPTURE, &first, 0, "1");
	put(fixture, STORE_CAPTURE, &second, 0, "2");
	assert_true(crash_store_claim(fixture->store, STORE_CAPTURE, 0, INT64_MIN, &entry));
	assert_memory_equal(&entry.id, &first, sizeof(first));
	assert_true(crash_store_claim(fixture->store, STORE_CAPTURE, 0, INT64_MIN, &entry));
	assert_memory_equal(&entry.id, &second, sizeof(second));
	assert_false(crash_store_claim(fixture->store, STORE_CAPTURE, 0, INT64_MIN, &entry));
	crash_store_unclaim(fixture->store, STORE_CAPTURE, 0, &first);
	assert_true(crash_store_claim(fixture->store, STORE_CAPTURE, 0, INT64_MIN, &entry));
	assert_memory_equal(&entry.id, &first, sizeof(first));
}

static void test_expires_by_the_time_of_the_capture(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();
	struct store_entry entry;

	put(fixture, STORE_REPORT, &id, 1, "old");
	assert_int_equal(crash_store_expire(fixture->store, clock_utc_s() - 10), 0);
	/* What is past its time is not started any more. */
	assert_false(
		crash_store_claim(fixture->store, STORE_REPORT, 0, clock_utc_s() + 10, &entry));
	assert_int_equal(crash_store_expire(fixture->store, clock_utc_s() + 10), 1);
	assert_false(crash_store_has(fixture->store, &id));
}

static void test_failed_write_is_told_and_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = trace_id_make();
	struct why why;
	char moved[128];

	snprintf(moved, sizeof(moved), "%s.away", fixture->directory);
	assert_int_equal(rename(fixture->directory, moved), 0);
	assert_false(crash_store_put(fixture->store, STORE_CAPTURE, &id, 0, "x", 1, &why));
	assert_false(crash_store_has(fixture->store, &id));
	assert_int_equal(rename(moved, fixture->directory), 0);
	reopen(fixture, 0);
	assert_int_equal(crash_store_count(fixture->store, STORE_CAPTURE), 0);
}

/* It is written anew now and then, also when crashd is restarted often. */
static void test_the_file_of_delivered_ids_stays_small(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id id = { { 0 } };
	struct dedup *delivered;
	struct stat there;
	char path[128];
	struct why why;

	snprintf(path, sizeof(path), "%s/delivered", fixture->directory);
	for (int run = 0; run < 5; run++) {
		delivered = dedup_open(path, &why);
		assert_non_null(delivered);
		for (unsigned i = 0; i < DEDUP_KEPT; i++) {
			id = trace_id_make();
			dedup_add(delivered, &id);
		}
		dedup_close(delivered);
		assert_int_equal(stat(path, &there), 0);
		assert_in_range(there.st_size, DEDUP_KEPT * sizeof(id),
				2 * DEDUP_KEPT * sizeof(id));
	}
	delivered = dedup_open(path, &why);
	assert_true(dedup_has(delivered, &id));
	dedup_close(delivered);
}

static void test_delivered_ids_are_known_after_a_restart(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id first = trace_id_make(), last, unknown = trace_id_make();
	struct dedup *delivered;
	struct stat status;
	struct why why;
	char path[128];

	snprintf(path, sizeof(path), "%s/delivered", fixture->directory);
	delivered = dedup_open(path, &why);
	assert_non_null(delivered);
	dedup_add(delivered, &first);
	for (int i = 0; i < 3 * DEDUP_KEPT; i++) {
		last = trace_id_make();
		dedup_add(delivered, &last);
	}
	assert_false(dedup_has(delivered, &first));
	assert_true(dedup_has(delivered, &last));
	dedup_close(delivered);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size <= 3 * DEDUP_KEPT * TRACE_ID_SIZE);
	assert_int_equal(truncate(path, status.st_size + 5), 0); /* a torn id */
	delivered = dedup_open(path, &why);
	assert_true(dedup_has(delivered, &last));
	assert_false(dedup_has(delivered, &unknown));
	dedup_add(delivered, &unknown);
	dedup_close(delivered);
	delivered = dedup_open(path, &why);
	assert_true(dedup_has(delivered, &unknown));
	dedup_close(delivered);
	unlink(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(test_is_there_after_a_restart),
		TEST(test_report_takes_the_place_of_its_capture),
		TEST(test_stop_between_report_and_capture),
		TEST(test_torn_and_changed_files_are_removed),
		TEST(test_rest_of_an_interrupted_write_is_removed),
		TEST(test_oldest_first_and_each_once),
		TEST(test_expires_by_the_time_of_the_capture),
		TEST(test_failed_write_is_told_and_leaves_nothing),
		cmocka_unit_test_setup_teardown(test_the_file_of_delivered_ids_stays_small,
						open_fixture, close_fixture),
		TEST(test_delivered_ids_are_known_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
