/* test_sender_files.c - files at the sender: uploads that come from a child, and downloads into a
 * file of a child, over HTTP and from the disk of a local Bot API server. */
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/files.h"
#include "tests/unit/sender_world.h"
#include "tests/unit/standing_clock.h"

/* --- uploads ---------------------------------------------------------------------------------- */

/* With a call that wants so many, how they came. */
static void say_files(uint64_t id, size_t wanted, const int *fds, size_t count)
{
	static const struct call_file file = { .part = { "file0", 5 } };
	const struct call_file files[] = { file, file };
	const struct call call = { .method = { "sendPhoto", 9 },
				   .body = { "{}", 2 },
				   .files = files,
				   .files_count = wanted };
	const struct wire_send head = { .id = id, .files = (uint8_t)count };
	struct buffer encoded = { 0 }, out = { 0 };
	struct descriptors go = { 0 };

	call_encode(&call, &encoded);
	for (size_t i = 0; i < count; i++)
		descriptors_add(&go, &out, dup(fds[i]));
	frame_append(&out, WIRE_SEND, &head, sizeof(head), buffer_unread(&encoded),
		     buffer_unread_size(&encoded));
	assert_int_equal(frame_flush(to_sender, &out, &go), FRAME_IO_OK);
	buffer_finish(&encoded);
	buffer_finish(&out);
	descriptors_finish(&go);
	turn();
}

static void hear_refused(uint64_t id, const char *why)
{
	struct frame frame = hear(WIRE_SENT);
	struct wire_sent sent;

	assert_true(frame_head(&frame, &sent, sizeof(sent)));
	assert_int_equal(sent.id, id);
	assert_int_equal(sent.outcome, OUTCOME_REFUSED);
	assert_true(sent.final);
	assert_int_equal(sent.why_size, strlen(why));
	assert_memory_equal(frame.data, why, strlen(why));
}

/* They come from a child, which may have been taken over: reading a pipe would stop the sender. */
static void only_a_file_is_sent_as_one(void **state)
{
	char path[64];
	int pipe_ends[2], file = memfd_create("file", MFD_CLOEXEC), other;

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	say_files(1, 1, &pipe_ends[0], 1);
	hear_refused(1, "a file that cannot be read");
	say_files(2, 1, &to_sender, 1);
	hear_refused(2, "a file that cannot be read");
	say_files(3, 1, &file, 1);
	hear_refused(3, "an empty file");
	assert_int_equal(write(file, "x", 1), 1);
	say_files(4, 1, NULL, 0);
	hear_refused(4, "a file is missing");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	other = open(path, O_WRONLY | O_CLOEXEC);
	say_files(5, 1, &other, 1);
	hear_refused(5, "a file that cannot be read");
	close(other);
	other = open("/", O_PATH | O_CLOEXEC);
	say_files(6, 1, &other, 1);
	hear_refused(6, "a file that cannot be read");
	close(other);
	assert_int_equal(ftruncate(file, INT64_C(2000000001)), 0);
	say_files(7, 1, &file, 1);
	hear_refused(7, "a file of over 2000 MB");
	assert_int_equal(ftruncate(file, INT64_C(64000000)), 0);
	say_files(8, 1, &file, 1);
	assert_int_equal(next_request("sendPhoto").timeout_ms, 300000 + 1000000);
	/* Past the limit of open files none would come, were they not closed. */
	for (unsigned i = 0; i < OPEN_FILES_MAX; i++) {
		say_files(9 + i, 2, (const int[]) { file, pipe_ends[0] }, 2);
		hear_refused(9 + i, "a file that cannot be read");
	}
	close(file);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* --- downloads -------------------------------------------------------------------------------- */

static int sink;

static void say_download_into(uint64_t id, int fd, bool wants_result)
{
	const struct call_file file = { .part = { "file", 4 } };
	const struct call call = { .method = text_of(CALL_DOWNLOAD),
				   .body = text_of("{\"file_id\":\"AgAC\"}"),
				   .want_result = wants_result,
				   .files = &file,
				   .files_count = 1 };
	const struct wire_send head = { .id = id, .files = 1 };
	struct buffer encoded = { 0 }, out = { 0 };
	struct descriptors go = { 0 };

	call_encode(&call, &encoded);
	descriptors_add(&go, &out, dup(fd));
	frame_append(&out, WIRE_SEND, &head, sizeof(head), buffer_unread(&encoded),
		     buffer_unread_size(&encoded));
	assert_int_equal(frame_flush(to_sender, &out, &go), FRAME_IO_OK);
	buffer_finish(&encoded);
	buffer_finish(&out);
	descriptors_finish(&go);
	turn();
}

static void say_download(uint64_t id)
{
	sink = memfd_create("sink", MFD_CLOEXEC);
	assert_true(write_all(sink, "what was there before", 21));
	say_download_into(id, sink, true);
}

/* getFile is answered. */
static void tell_path(const char *path, int64_t size)
{
	struct request request = next_request("getFile");
	char text[256];

	assert_string_equal(request.body, "{\"file_id\":\"AgAC\"}");
	snprintf(text, sizeof(text),
		 "{\"ok\":true,\"result\":{\"file_id\":\"AgAC\",\"file_size\":%lld,"
		 "\"file_path\":\"%s\"}}",
		 (long long)size, path);
	answer(&request, 200, text);
}

static bool pass_bytes(const struct request *request, const char *bytes)
{
	struct order order = { .step = STEP_FILE, .tag = request->tag };

	snprintf(order.body, sizeof(order.body), "%s", bytes);
	return give_order(&order);
}

static void assert_sink_is(const char *bytes)
{
	char read[64] = "";

	assert_int_equal(pread(sink, read, sizeof(read) - 1, 0), strlen(bytes));
	assert_string_equal(read, bytes);
	close(sink);
}

static void a_file_is_asked_for_and_then_fetched(void **state)
{
	struct request request;

	(void)state;
	say_download(1);
	tell_path("documents/file_3.pdf", 10);
	request = next_request("download");
	assert_string_equal(request.body, "documents/file_3.pdf");
	assert_true(write_request(&request, 1));
	assert_true(pass_bytes(&request, "first "));
	assert_true(pass_bytes(&request, "second"));
	assert_true(is_on_scoreboard(1));
	end_request(&request, 200, true, "");
	assert_true(text_is(hear_result_of(1).result, "{\"name\":\"file_3.pdf\"}"));
	assert_false(is_on_scoreboard(1));
	assert_sink_is("first second");
}

static void assert_refused(uint64_t id, int code)
{
	struct call_result result = hear_result_of(id);

	assert_int_equal(result.status, CALL_REFUSED);
	assert_int_equal(result.error_code, code);
	close(sink);
	no_request();
}

static void one_that_is_too_large_or_gone_is_told_apart(void **state)
{
	static const char too_big[] = "{\"ok\":false,\"error_code\":400,\"description\":"
				      "\"Bad Request: file is too big\"}";
	static const char unknown[] = "{\"ok\":false,\"error_code\":400,\"description\":\"Bad "
				      "Request: wrong file_id or the file is temporarily "
				      "unavailable\"}";
	struct request request;

	(void)state;
	say_download(1);
	request = next_request("getFile");
	answer(&request, 400, too_big);
	assert_refused(1, 413);
	say_download(2);
	request = next_request("getFile");
	answer(&request, 400, unknown);
	assert_refused(2, 410);
	say_download(3);
	tell_path("a", INT64_C(2000000001));
	assert_refused(3, 413);
	/* Telegram says 404 to a token, too, that it does not know: here it is about the file. */
	say_download(4);
	tell_path("a", 1);
	request = next_request("download");
	answer(&request, 404, NOT_FOUND);
	assert_refused(4, 410);
	say_message(5, 5);
	next_request("sendMessage");
}

static void a_transfer_that_fails_begins_again(void **state)
{
	struct request request;

	(void)state;
	say_download(1);
	tell_path("a", 0);
	request = next_request("download");
	assert_true(write_request(&request, 1));
	assert_true(pass_bytes(&request, "part of a longer file"));
	end_request(&request, 0, true, "");
	hear_sent_of(1, OUTCOME_NETWORK, false);
	pass(500);
	tell_path("b", 0);
	request = next_request("download");
	assert_string_equal(request.body, "b");
	assert_true(write_request(&request, 1));
	assert_true(pass_bytes(&request, "whole"));
	end_request(&request, 200, true, "");
	assert_int_equal(hear_result_of(1).status, CALL_OK);
	assert_sink_is("whole");
	say_download(2);
	for (unsigned try = 1; try <= 3; try++) {
		tell_path("a", 0);
		request = next_request("download");
		answer(&request, 502, "<html>");
		if (try < 3)
			hear_sent_of(2, OUTCOME_SERVER_ERROR, false);
		pass(1000);
	}
	assert_int_equal(hear_result_of(2).status, CALL_FAILED);
	close(sink);
}

static void what_would_leave_the_path_of_files_is_not_fetched(void **state)
{
	static const char *const paths[] = { "",    "../getMe", "a/../../getMe", "a//b", "a?b",
					     "a#b", ".",        "a/.",           "a/..", "a\\\\b" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		say_download(i + 1);
		tell_path(paths[i], 1);
		assert_refused(i + 1, 410);
	}
	say_download(100);
	tell_path("a/..b/.c", 1);
	next_request("download");
	close(sink);
}

static void only_a_file_is_written(void **state)
{
	int pipe_ends[2], read_only = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int appends = memfd_create("file", MFD_CLOEXEC), file = memfd_create("file", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(fcntl(appends, F_SETFL, O_APPEND), 0);
	assert_int_equal(pipe(pipe_ends), 0);
	say_download_into(1, pipe_ends[1], true);
	hear_refused(1, "a file that cannot be written");
	say_download_into(2, read_only, true);
	hear_refused(2, "a file that cannot be written");
	say_download_into(3, appends, true);
	hear_refused(3, "a file that cannot be written");
	say_download_into(4, file, false);
	hear_refused(4, "a download without a place for it");
	close(file);
	close(appends);
	close(read_only);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* --- from the disk of a local server ---------------------------------------------------------- */

static char directory[] = "/tmp/test_sender_files.XXXXXX";

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void make_file(const char *name, const char *bytes)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && write_all(fd, bytes, strlen(bytes)));
	close(fd);
}

static void remove_all(void)
{
	static const char *const names[] = { "file", "large", "link", "fifo", "inner" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)remove(path_of(names[i]));
	assert_int_equal(rmdir(directory), 0);
	memcpy(strrchr(directory, '.'), ".XXXXXX", 7);
}

static void a_local_server_is_read_from_disk(void **state)
{
	char bytes[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	make_file("file", "on disk");
	say_download(1);
	tell_path(path_of("file"), 7);
	turn();
	assert_true(text_is(hear_result_of(1).result, "{\"name\":\"file\"}"));
	assert_sink_is("on disk");
	/* More than is copied in a turn. */
	make_file("large", "x");
	assert_int_equal(truncate(path_of("large"), 3000001), 0);
	say_download(2);
	tell_path(path_of("large"), 3000001);
	for (unsigned i = 0; i < 8; i++)
		turn();
	assert_int_equal(hear_result_of(2).status, CALL_OK);
	assert_int_equal(pread(sink, bytes, sizeof(bytes), 3000000), 1);
	close(sink);
	remove_all();
}

static void nothing_else_on_disk_is_read(void **state)
{
	static const struct {
		const char *name;
		int code;
	} cases[] = { { "missing", 410 }, { "link", 403 },         { "inner/../file", 410 },
		      { "fifo", 403 },    { "inner/passwd", 403 }, { "inner", 403 } };

	(void)state;
	assert_non_null(mkdtemp(directory));
	make_file("file", "x");
	assert_int_equal(symlink("/etc/passwd", path_of("link")), 0);
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	assert_int_equal(symlink("/etc", path_of("inner")), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		say_download(i + 1);
		tell_path(path_of(cases[i].name), 1);
		turn();
		assert_refused(i + 1, cases[i].code);
	}
	say_download(100);
	tell_path("/etc/passwd", 1);
	turn();
	assert_refused(100, 403);
	say_download(101);
	tell_path("/tmp", 1);
	turn();
	assert_refused(101, 403);
	remove_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_file_is_sent_as_one),
		TEST(a_file_is_asked_for_and_then_fetched),
		TEST(one_that_is_too_large_or_gone_is_told_apart),
		TEST(a_transfer_that_fails_begins_again),
		TEST(what_would_leave_the_path_of_files_is_not_fetched),
		TEST(only_a_file_is_written),
		TEST(a_local_server_is_read_from_disk),
		TEST(nothing_else_on_disk_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
