/* test_files.c - directories and files as the other processes rely on them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/files.h"
#include "common/xalloc.h"

struct fixture {
	char directory[64];
	char path[96]; /* of a file in it, which is not there */
	int descriptors;
};

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	strcpy(f->directory, "/tmp/korone-files-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/file", f->directory);
	f->descriptors = count_descriptors();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -rf %s", f->directory);

	assert_int_equal(count_descriptors(), f->descriptors);
	assert_int_equal(system(command), 0);
	free(command);
	free(f);
	return 0;
}

static mode_t mode_of(const char *path)
{
	struct stat there;

	assert_int_equal(stat(path, &there), 0);
	return there.st_mode & 07777;
}

/* --- directories ------------------------------------------------------------------------------ */

/* The last is private, for that is where things are kept; others may look into those above. */
static void a_directory_is_made_with_those_above_it(void **state)
{
	struct fixture *f = *state;
	char *above = xasprintf("%s/a", f->directory), *path = xasprintf("%s/b/c", above);
	mode_t mask = umask(022);
	struct why why;

	assert_true(directory_make(path, &why));
	umask(mask);
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(mode_of(above), 0755);
	assert_true(directory_make(path, &why)); /* it is there */
	free(path);
	free(above);
}

/* Of names of one character, too, and with more slashes than are needed. */
static void every_directory_of_a_path_is_made(void **state)
{
	struct fixture *f = *state;
	char *path = xasprintf("%s/d/e/f/g", f->directory);
	char *slashes = xasprintf("%s//h//i//", f->directory);
	struct why why;

	assert_true(directory_make(path, &why));
	assert_int_equal(mode_of(path), 0700);
	assert_true(directory_make(slashes, &why));
	assert_int_equal(mode_of(slashes), 0700);
	free(path);
	free(slashes);
}

static void what_is_no_directory_is_said(void **state)
{
	struct fixture *f = *state;
	char *below = xasprintf("%s/below", f->path);
	struct why why;

	assert_true(file_replace(f->path, "x", 1, &why));
	assert_false(directory_make(f->path, &why));
	assert_non_null(strstr(why.text, "is not a directory"));
	assert_false(directory_make(below, &why));
	assert_non_null(strstr(why.text, f->path));
	free(below);
}

static void a_path_that_is_too_long_is_not_cut(void **state)
{
	static char path[PATH_MAX + 1];
	struct why why;

	(void)state;
	memset(path, 'x', PATH_MAX);
	path[0] = '/';
	assert_false(directory_make(path, &why));
	assert_int_equal(directory_lock(path, &why), -1);
}

/* What others may change is not ours, whatever is in it. */
static void a_directory_that_others_may_write_is_refused(void **state)
{
	struct fixture *f = *state;
	struct why why;

	for (int bit = S_IWOTH; bit <= S_IWGRP; bit <<= 3) {
		assert_int_equal(chmod(f->directory, 0700 | (mode_t)bit), 0);
		assert_false(directory_make(f->directory, &why));
		assert_non_null(strstr(why.text, "may be written by other users: chmod go-w"));
		assert_false(directory_check(f->directory, &why));
		assert_false(directory_check_writers(f->directory, &why));
		assert_true(directory_make_for_others(f->directory, &why));
	}
	assert_int_equal(chmod(f->directory, 0755), 0);
	assert_true(directory_make(f->directory, &why));
}

static void a_directory_of_somebody_else_is_refused(void **state)
{
	struct fixture *f = *state;
	struct why why;

	if (geteuid() != 0)
		skip(); /* only root can make one */
	assert_int_equal(chown(f->directory, 65534, 65534), 0);
	assert_false(directory_make(f->directory, &why));
	assert_non_null(strstr(why.text, "belongs to user 65534, and this is user 0"));
	assert_true(
		directory_check_writers(f->directory, &why)); /* reading there is another thing */
	assert_int_equal(seteuid(65534), 0);
	assert_true(directory_make(f->directory, &why));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(f->directory, 0, 0), 0);
	assert_int_equal(chmod(f->directory, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_true(directory_check(f->directory, &why)); /* root's harm nobody */
	assert_int_equal(seteuid(0), 0);
}

static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char *elsewhere = xasprintf("%s/elsewhere", f->directory),
	     *lock = xasprintf("%s/lock", f->directory), *temporary = xasprintf("%s.new", f->path);
	struct buffer text = { 0 };
	struct stat there;
	struct why why;

	assert_true(file_replace(elsewhere, "x", 1, &why));
	assert_int_equal(symlink(elsewhere, f->path), 0);
	assert_int_equal(symlink(elsewhere, lock), 0);
	assert_int_equal(symlink(elsewhere, temporary), 0);
	assert_false(file_read_own(f->path, 10, &text, &why));
	assert_non_null(strstr(why.text, "links are not followed"));
	assert_int_equal(directory_lock(f->directory, &why), -1);
	assert_non_null(strstr(why.text, "links are not followed"));
	assert_false(file_replace(f->path, "yy", 2, &why));
	assert_true(file_read_own(elsewhere, 10, &text, &why));
	assert_string_equal(buffer_text(&text), "x");
	/* and what is no file is not waited for */
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_false(file_read_own(f->path, 10, &text, &why));
	assert_non_null(strstr(why.text, "is not a regular file"));
	/* a link in the place of a file is replaced itself; that of the first try is gone */
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink(elsewhere, f->path), 0);
	assert_true(file_replace(f->path, "yy", 2, &why));
	assert_int_equal(lstat(f->path, &there), 0);
	assert_true(S_ISREG(there.st_mode));
	assert_int_equal(stat(elsewhere, &there), 0);
	assert_int_equal(there.st_size, 1);
	buffer_finish(&text);
	free(elsewhere);
	free(lock);
	free(temporary);
}

static void one_at_a_time_has_the_lock(void **state)
{
	struct fixture *f = *state;
	struct why why;
	int fd = directory_lock(f->directory, &why);

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(directory_lock(f->directory, &why), -1);
	assert_non_null(strstr(why.text, f->directory));
	assert_non_null(strstr(why.text, "in use by another process"));
	close(fd);
	fd = directory_lock(f->directory, &why);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(directory_lock(f->path, &why), -1);
	assert_non_null(strstr(why.text, strerror(ENOENT)));
}

static void only_a_directory_is_synced(void **state)
{
	struct fixture *f = *state;
	struct why why;

	assert_true(directory_sync(f->directory, &why));
	assert_false(directory_sync(f->path, &why));
	assert_non_null(strstr(why.text, f->path));
	assert_true(file_replace(f->path, "x", 1, &why));
	assert_false(directory_sync(f->path, &why));
}

/* --- files ------------------------------------------------------------------------------------ */

static void a_file_is_replaced_as_a_whole(void **state)
{
	struct fixture *f = *state;
	struct buffer found = { 0 };
	char *temporary = xasprintf("%s.new", f->path);
	struct why why;

	assert_true(file_replace(f->path, "a longer text", 13, &why));
	assert_int_equal(mode_of(f->path), 0600);
	assert_true(file_replace(f->path, "short", 5, &why));
	assert_int_equal(access(temporary, F_OK), -1);
	assert_true(file_read(f->path, 5, &found, &why));
	assert_string_equal(buffer_text(&found), "short");
	buffer_finish(&found);
	free(temporary);
}

static void what_cannot_be_replaced_stays(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small = { 4, 4 };
	struct buffer found = { 0 };
	char *temporary = xasprintf("%s.new", f->path);
	struct why why;
	bool ok;

	assert_true(file_replace(f->path, "old", 3, &why));
	signal(SIGXFSZ, SIG_IGN); /* as on a full disk */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	ok = file_replace(f->path, "larger", 6, &why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_false(ok);
	assert_non_null(strstr(why.text, "cannot write"));
	assert_int_equal(access(temporary, F_OK), -1);
	assert_true(file_read(f->path, 100, &found, &why));
	assert_string_equal(buffer_text(&found), "old");
	buffer_finish(&found);
	free(temporary);
}

static void a_file_takes_no_directorys_place(void **state)
{
	struct fixture *f = *state;
	char *temporary = xasprintf("%s.new", f->path);
	struct why why;

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_false(file_replace(f->path, "x", 1, &why));
	assert_non_null(strstr(why.text, "cannot rename"));
	assert_int_equal(access(temporary, F_OK), -1);
	free(temporary);
}

static void what_is_not_there_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct buffer found = { 0 };
	struct why why;

	assert_false(file_read(f->path, 100, &found, &why));
	assert_non_null(strstr(why.text, f->path));
	assert_false(file_read(f->directory, 100, &found, &why));
	assert_non_null(strstr(why.text, "cannot read"));
	buffer_finish(&found);
}

static void a_file_is_read_up_to_its_limit(void **state)
{
	static char large[10000];
	struct fixture *f = *state;
	struct buffer found = { 0 };
	struct why why;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7);
	assert_true(file_replace(f->path, large, sizeof(large), &why));
	assert_true(file_read(f->path, sizeof(large), &found, &why));
	assert_int_equal(buffer_unread_size(&found), sizeof(large));
	assert_memory_equal(buffer_unread(&found), large, sizeof(large));
	buffer_clear(&found);
	assert_false(file_read(f->path, sizeof(large) - 1, &found, &why));
	assert_non_null(strstr(why.text, "is larger than 9999 bytes"));
	buffer_finish(&found);
}

static void what_cannot_be_written_whole_is_not_written(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	assert_false(write_all(full, "x", 1));
	assert_true(write_all(full, "", 0));
	close(full);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_directory_is_made_with_those_above_it),
		TEST(every_directory_of_a_path_is_made),
		TEST(what_is_no_directory_is_said),
		TEST(a_path_that_is_too_long_is_not_cut),
		TEST(a_directory_that_others_may_write_is_refused),
		TEST(a_directory_of_somebody_else_is_refused),
		TEST(links_are_not_followed),
		TEST(one_at_a_time_has_the_lock),
		TEST(only_a_directory_is_synced),
		TEST(a_file_is_replaced_as_a_whole),
		TEST(what_cannot_be_replaced_stays),
		TEST(a_file_takes_no_directorys_place),
		TEST(what_is_not_there_is_not_read),
		TEST(a_file_is_read_up_to_its_limit),
		TEST(what_cannot_be_written_whole_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
