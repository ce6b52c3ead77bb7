/* test_flight.c - what the next run of ingress learns of what was in flight, and when it learns
 * that it cannot know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "ingress/spool/flight.h"

#define RECORD(seqs) (16 + 8 * (seqs)) /* bytes in the file */

struct fixture {
	char path[64];
	int directory;
	struct flight_log log;
	struct flight_entry *entries;
	size_t count;
	uint64_t dead_from; /* updates below are live */
};

static bool is_live(void *owner, uint64_t seq)
{
	return seq < ((struct fixture *)owner)->dead_from;
}

static void open_log(struct fixture *f)
{
	struct why why = { "" };

	if (!flight_log_open(&f->log, f->directory, is_live, f, &f->entries, &f->count, &why))
		fail_msg("%s", why.text);
}

static void close_log(struct fixture *f)
{
	flight_log_close(&f->log);
	free(f->entries);
	f->entries = NULL;
}

static void reopen(struct fixture *f)
{
	close_log(f);
	open_log(f);
}

/* A log that was given everything. */
static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	strcpy(f->path, "/tmp/korone-flight-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->directory = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->dead_from = UINT64_MAX;
	open_log(f);
	flight_log_set_complete(&f->log);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -r %s", f->path);

	close_log(f);
	close(f->directory);
	assert_int_equal(system(command), 0);
	free(command);
	free(f);
	return 0;
}

static void append(struct fixture *f, uint64_t session, uint64_t seq)
{
	flight_log_append(&f->log, session, &seq, 1);
}

static void write_out(struct fixture *f)
{
	flight_log_write(&f->log, is_live, f);
}

static off_t size_of_file(const struct fixture *f)
{
	struct stat status;

	assert_int_equal(fstatat(f->directory, "in-flight", &status, 0), 0);
	return status.st_size;
}

static bool is_there(const struct fixture *f, const char *name)
{
	return faccessat(f->directory, name, F_OK, 0) == 0;
}

static void assert_entry(const struct fixture *f, size_t i, uint64_t seq, uint64_t session)
{
	assert_true(i < f->count);
	assert_int_equal(f->entries[i].seq, seq);
	assert_int_equal(f->entries[i].session, session);
}

static void the_last_session_of_each_update_counts(void **state)
{
	const uint64_t three[] = { 30, 10, 20 };
	struct fixture *f = *state;

	flight_log_append(&f->log, 1, three, 3);
	flight_log_append(&f->log, 1, three, 0); /* nothing */
	append(f, 2, 20);
	append(f, 0, 10); /* it came back */
	append(f, 3, 40);
	write_out(f);
	write_out(f); /* nothing more */
	assert_int_equal(size_of_file(f), RECORD(3) + 3 * RECORD(1));
	reopen(f);
	assert_null(f->log.unknown_reason);
	assert_int_equal(f->count, 3);
	assert_entry(f, 0, 20, 2);
	assert_entry(f, 1, 30, 1);
	assert_entry(f, 2, 40, 3);
	assert_int_equal(size_of_file(f), 3 * RECORD(1));
	append(f, 9, 10); /* and goes on */
	write_out(f);
	reopen(f);
	assert_int_equal(f->count, 4);
	assert_entry(f, 0, 10, 9);
}

static void what_is_over_is_left_out(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seq = 1; seq <= 5; seq++)
		append(f, 7, seq);
	write_out(f);
	f->dead_from = 3;
	reopen(f);
	assert_int_equal(f->count, 2);
	assert_entry(f, 0, 1, 7);
	assert_entry(f, 1, 2, 7);
}

static void without_a_word_of_the_last_run_nothing_is_known(void **state)
{
	struct fixture *f = *state;

	append(f, 7, 1);
	write_out(f);
	assert_int_equal(unlinkat(f->directory, "boot", 0), 0);
	reopen(f);
	assert_non_null(strstr(f->log.unknown_reason, "did not mark"));
	assert_int_equal(f->count, 0);
	/* From now on it is complete again, once that is said. */
	append(f, 8, 2);
	write_out(f);
	assert_false(is_there(f, "boot"));
	flight_log_set_complete(&f->log);
	assert_true(is_there(f, "boot"));
	assert_null(f->log.unknown_reason);
	reopen(f);
	assert_null(f->log.unknown_reason);
	assert_int_equal(f->count, 1);
	assert_entry(f, 0, 2, 8);
}

/* Completeness is noted with the write of what is open, not before. */
static void what_is_not_written_is_not_complete(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlinkat(f->directory, "boot", 0), 0);
	reopen(f);
	append(f, 8, 2);
	flight_log_set_complete(&f->log);
	assert_false(is_there(f, "boot"));
	write_out(f);
	assert_true(is_there(f, "boot"));
}

static void change_byte(const struct fixture *f, off_t at)
{
	int fd = openat(f->directory, "in-flight", O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void a_damaged_log_proves_nothing(void **state)
{
	struct fixture *f = *state;

	for (off_t at = 4; at < RECORD(1); at++) { /* the checksum, the session, the update */
		for (uint64_t seq = 1; seq <= 3; seq++)
			append(f, 7, seq);
		write_out(f);
		change_byte(f, at);
		reopen(f);
		assert_string_equal(f->log.unknown_reason, "the in-flight log is damaged");
		assert_int_equal(f->count, 0);
		assert_int_equal(size_of_file(f), 0);
		assert_false(is_there(f, "boot"));
		flight_log_set_complete(&f->log);
	}
}

/* Of a write that a crash cut short nothing was sent. */
static void a_truncated_end_does_not_count(void **state)
{
	struct fixture *f = *state;

	for (off_t cut = 1; cut < RECORD(1); cut++) {
		append(f, 7, 1);
		append(f, 7, 2);
		write_out(f);
		assert_int_equal(ftruncate(f->log.fd, size_of_file(f) - cut), 0);
		reopen(f);
		assert_null(f->log.unknown_reason);
		assert_int_equal(f->count, 1);
		assert_entry(f, 0, 1, 7);
		f->dead_from = 0;
		reopen(f);
		f->dead_from = UINT64_MAX;
	}
}

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The next run must not rely on the file until what is missing is in it. */
static void what_the_disk_has_no_room_for_is_written_later(void **state)
{
	struct fixture *f = *state;
	struct rlimit before;

	getrlimit(RLIMIT_FSIZE, &before);
	append(f, 7, 1);
	write_out(f);
	assert_true(is_there(f, "boot"));
	append(f, 7, 2);
	limit_files(RECORD(1) + 5);
	write_out(f);
	limit_files(before.rlim_cur);
	assert_false(is_there(f, "boot"));
	assert_int_equal(size_of_file(f), RECORD(1)); /* not with half of a record */
	append(f, 7, 3);
	write_out(f);
	assert_true(is_there(f, "boot"));
	assert_int_equal(size_of_file(f), 3 * RECORD(1));
	reopen(f);
	assert_null(f->log.unknown_reason);
	assert_int_equal(f->count, 3);
}

static void a_start_on_a_full_disk_keeps_the_old_file(void **state)
{
	struct fixture *f = *state;
	struct rlimit before;

	getrlimit(RLIMIT_FSIZE, &before);
	for (uint64_t seq = 1; seq <= 3; seq++)
		append(f, 7, seq);
	write_out(f);
	close_log(f);
	limit_files(5);
	open_log(f);
	limit_files(before.rlim_cur);
	assert_int_equal(f->count, 3);
	assert_false(is_there(f, "in-flight.new"));
	append(f, 8, 4);
	write_out(f);
	reopen(f);
	assert_int_equal(f->count, 4);
	assert_entry(f, 3, 4, 8);
}

static void it_is_rewritten_when_it_has_grown(void **state)
{
	struct fixture *f = *state;
	uint64_t *seqs = xcalloc(100000, sizeof(*seqs));

	for (uint64_t i = 0; i < 100000; i++)
		seqs[i] = i;
	f->dead_from = 10;
	for (int i = 0; i < 3; i++) {
		flight_log_append(&f->log, 5, seqs, 100000);
		write_out(f);
		assert_int_equal(size_of_file(f), (i + 1) * RECORD(100000));
	}
	append(f, 6, 3);
	write_out(f); /* more than 2 MiB */
	assert_int_equal(size_of_file(f), 10 * RECORD(1) + RECORD(1));
	assert_false(is_there(f, "in-flight.new"));
	reopen(f);
	assert_int_equal(f->count, 10);
	assert_entry(f, 3, 3, 6);
	assert_entry(f, 9, 9, 5);
	free(seqs);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_last_session_of_each_update_counts),
		TEST(what_is_over_is_left_out),
		TEST(without_a_word_of_the_last_run_nothing_is_known),
		TEST(what_is_not_written_is_not_complete),
		TEST(a_damaged_log_proves_nothing),
		TEST(a_truncated_end_does_not_count),
		TEST(what_the_disk_has_no_room_for_is_written_later),
		TEST(a_start_on_a_full_disk_keeps_the_old_file),
		TEST(it_is_rewritten_when_it_has_grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
