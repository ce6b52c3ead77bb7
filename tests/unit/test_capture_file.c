/* test_capture_file.c - files of crashes: what they say of the process, which are read, and what is
 * no such file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture_file.h"
#include "common/files.h"
#include "common/xalloc.h"

/* Of the file's head, as capture_file.c writes it. */
enum { AT_LAYOUT = 8, AT_SLOT_SIZE = 12, AT_STARTED = 32, AT_PROCESS = 48, AT_HOST = 80 };
enum { AT_VERSION = 145, AT_BUILD_ID = 177, HEAD_END = 257 };

struct fixture {
	char directory[64];
	char path[512]; /* of the only file */
	size_t count;
	struct buffer file, memory;
	struct capture capture;
	struct trace_id id;
	struct why why;
};

static void note_path(void *owner, const char *path)
{
	struct fixture *f = owner;

	snprintf(f->path, sizeof(f->path), "%s", path);
	f->count++;
}

static void crash(const char *directory)
{
	struct rlimit none = { 0, 0 };
	pid_t pid = fork();
	struct why why;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		if (!capture_install_file(directory, "ingress", &why))
			_exit(1);
		abort();
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	strcpy(f->directory, "/tmp/korone-capture-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	crash(f->directory);
	capture_files_each(f->directory, note_path, f);
	assert_int_equal(f->count, 1);
	assert_true(file_read(f->path, 64 << 20, &f->file, &f->why));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -r %s", f->directory);

	assert_int_equal(system(command), 0);
	free(command);
	buffer_finish(&f->file);
	buffer_finish(&f->memory);
	free(f);
	return 0;
}

/* Writes the file as the test changed it and reads that. */
static bool read_changed(struct fixture *f)
{
	assert_true(file_replace(f->path, buffer_unread(&f->file), buffer_unread_size(&f->file),
				 &f->why));
	return capture_file_read(f->path, &f->memory, &f->capture, &f->id, &f->why);
}

static uint8_t *at(struct fixture *f, size_t offset)
{
	return f->file.data + f->file.start + offset;
}

static void the_head_is_what_the_writer_said(void **state)
{
	struct fixture *f = *state;

	memset(at(f, AT_PROCESS), 0, HEAD_END - AT_PROCESS);
	strcpy((char *)at(f, AT_PROCESS), "recorder");
	strcpy((char *)at(f, AT_HOST), "elsewhere");
	strcpy((char *)at(f, AT_VERSION), "9.8.7");
	strcpy((char *)at(f, AT_BUILD_ID), "abcdef");
	memset(at(f, AT_STARTED), 1, 8);
	memset(at(f, AT_STARTED + 8), 2, 8);
	assert_true(read_changed(f));
	assert_true(text_is(f->capture.process, "recorder"));
	assert_true(text_is(f->capture.host, "elsewhere"));
	assert_true(text_is(f->capture.version, "9.8.7"));
	assert_true(text_is(f->capture.build_id, "abcdef"));
	assert_true(f->capture.started_ns == 0x0101010101010101u);
	assert_true(f->capture.ended_ns == 0x0202020202020202u);
	assert_memory_equal(&f->id, at(f, 16), sizeof(f->id));
	assert_int_equal(f->capture.signo, SIGABRT);
}

static void texts_that_fill_their_place_end_there(void **state)
{
	struct fixture *f = *state;

	memset(at(f, AT_PROCESS), 'x', HEAD_END - AT_PROCESS);
	assert_true(read_changed(f));
	assert_int_equal(f->capture.process.length, 32);
	assert_int_equal(f->capture.host.length, 65);
	assert_int_equal(f->capture.version.length, 32);
	assert_int_equal(f->capture.build_id.length, 80);
}

static void another_version_of_the_program_is_named_as_the_reason(void **state)
{
	static const size_t offsets[] = { AT_LAYOUT, AT_SLOT_SIZE };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(offsets); i++) {
		*at(f, offsets[i]) ^= 1;
		assert_false(read_changed(f));
		assert_non_null(strstr(f->why.text, f->path));
		assert_non_null(strstr(f->why.text, "another version"));
		*at(f, offsets[i]) ^= 1;
	}
	*at(f, 0) ^= 1;
	assert_false(read_changed(f));
	assert_non_null(strstr(f->why.text, "incomplete"));
	*at(f, 0) ^= 1;
	assert_true(read_changed(f));
}

/* Of another size than its parts have. */
static void what_is_too_short_or_too_long_is_no_capture(void **state)
{
	static const size_t sizes[] = { 0, 1, AT_LAYOUT, HEAD_END, HEAD_END + 7 };
	struct fixture *f = *state;
	size_t size = f->file.size;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		f->file.size = f->file.start + sizes[i];
		assert_false(read_changed(f));
		assert_non_null(strstr(f->why.text, "incomplete"));
	}
	f->file.size = size - 1;
	assert_false(read_changed(f));
	f->file.size = size;
	buffer_append_byte(&f->file, 0);
	assert_false(read_changed(f));
	f->file.size = size;
	assert_true(read_changed(f));
}

static char *touch(const struct fixture *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->directory, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
	return path;
}

static void only_files_of_captures_are_shown(void **state)
{
	static const char *const names[] = { "crash-1.part",     "crash-1",
					     "1.capture",        "crash.capture",
					     "xcrash-1.capture", "crash-1.capture2",
					     ".capture" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		free(touch(f, names[i]));
	f->count = 0;
	capture_files_each(f->directory, note_path, f);
	assert_int_equal(f->count, 1);
	free(touch(f, "crash-1.capture"));
	f->count = 0;
	capture_files_each(f->directory, note_path, f);
	assert_int_equal(f->count, 2);
	f->count = 0;
	capture_files_each("/nowhere", note_path, f);
	assert_int_equal(f->count, 0);
}

/* A process that crashes again and again fills no disk: the oldest go. */
static void the_newest_64_are_kept(void **state)
{
	struct fixture *f = *state;
	char name[64], *oldest = touch(f, "crash-0000000000000000-1.capture");
	char *second = touch(f, "crash-0000000000000001-1.capture");

	for (int i = 2; i < 64; i++) {
		snprintf(name, sizeof(name), "crash-%016x-1.capture", i);
		free(touch(f, name));
	}
	f->count = 0; /* 65 with that of the crash */
	capture_files_each(f->directory, note_path, f);
	assert_int_equal(f->count, 64);
	assert_int_not_equal(access(oldest, F_OK), 0);
	assert_int_equal(access(second, F_OK), 0);
	f->count = 0;
	capture_files_each(f->directory, note_path, f);
	assert_int_equal(f->count, 64);
	free(oldest);
	free(second);
}

static char *deep_directory(const struct fixture *f, size_t length)
{
	char *path = xmalloc(length + 1);
	size_t used = (size_t)snprintf(path, length + 1, "%s", f->directory);

	while (used < length) {
		size_t part = length - used > 200 ? 200 : length - used;

		if (length - used - part == 1)
			part--; /* no name would be left */
		path[used] = '/';
		memset(path + used + 1, 'd', part - 1);
		used += part;
	}
	return path;
}

/* A name that would be cut is refused, and one that just fits is not. */
static void a_path_that_is_too_long_is_refused_at_the_start(void **state)
{
	struct fixture *f = *state;
	bool was_refused = false, was_taken = false;

	for (size_t length = 4040; length < 4070; length++) {
		char *directory = deep_directory(f, length);
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(capture_install_file(directory, "ingress", &f->why) ? 0
			      : strstr(f->why.text, "name is too long") != NULL   ? 3
										  : 4);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 3);
		was_taken |= WEXITSTATUS(status) == 0;
		was_refused |= WEXITSTATUS(status) == 3;
		assert_true(was_refused || WEXITSTATUS(status) == 0); /* longer ones, too */
		free(directory);
	}
	assert_true(was_taken && was_refused);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_head_is_what_the_writer_said),
		TEST(texts_that_fill_their_place_end_there),
		TEST(another_version_of_the_program_is_named_as_the_reason),
		TEST(what_is_too_short_or_too_long_is_no_capture),
		TEST(only_files_of_captures_are_shown),
		TEST(the_newest_64_are_kept),
		TEST(a_path_that_is_too_long_is_refused_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
