/* test_file.c - files of handlers: small ones in memory, large ones on disk, what goes wrong with
 * them, and that none outlives its update. */
#include "tests/unit/host_world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "workers/host/file.h"
#include "workers/wire/descriptors.h"

static void (*task)(struct ctx *ctx);
static char large[200000];

static enum verdict run_task(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	task(ctx);
	return DONE;
}

static const struct route routes[] = {
	COMMAND("task", run_task),
	END_OF_ROUTES,
};

static const struct module module = { .name = "files", .title = "Files", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static const struct call *run(struct host_world *world, void (*fn)(struct ctx *ctx))
{
	task = fn;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":7,\"date\":0,"
		     "\"chat\":{\"id\":5,\"type\":\"private\",\"first_name\":\"A\"},"
		     "\"from\":{\"id\":5,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"text\":\"/task\",\"entities\":[{\"type\":\"bot_command\","
		     "\"offset\":0,\"length\":5}]}}");
	return world->outcome.calls;
}

static int set_up(void **state)
{
	struct host_world *world = world_open(modules);

	memset(large, 'l', sizeof(large));
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void send_one(struct ctx *ctx, const struct file *file)
{
	ctx_queuef(ctx, "sendDocument", "{document: %s}", file_part(ctx, file));
}

/* --- making ----------------------------------------------------------------------------------- */

static void make_small(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "a.txt");

	file_add(file, "%s <b>%d</b>\n", "one", 1);
	file_add_bytes(file, "\0x", 2);
	assert_string_equal(file_error(file), "");
	assert_string_equal(file_name(file), "a.txt");
	assert_int_equal(file_size(file), 15);
	assert_memory_equal(file_bytes(file), "one <b>1</b>\n\0x", 16);
	assert_int_equal(file_descriptor(file), -1);
	send_one(ctx, file);
}

static void a_small_one_stays_in_memory(void **state)
{
	const struct call *call = run(*state, make_small);

	assert_int_equal(call->files_count, 1);
	assert_true(text_is(call->files[0].part, "file0"));
	assert_true(text_is(call->files[0].name, "a.txt"));
	assert_int_equal(call->files[0].bytes.length, 15);
}

static void make_large(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "l");
	const char *bytes;

	file_add(file, "%.*s", 100000, large);
	for (unsigned i = 0; i < 100000; i++)
		file_add_bytes(file, "m", 1);
	assert_int_equal(file_size(file), 200000);
	bytes = file_bytes(file);
	assert_int_equal(bytes[0], 'l');
	assert_int_equal(bytes[99999], 'l');
	assert_int_equal(bytes[100000], 'm');
	assert_int_equal(bytes[199999], 'm');
	assert_int_equal(bytes[200000], '\0');
	assert_ptr_equal(file_bytes(file), bytes);
	file_add(file, "end");
	bytes = file_bytes(file);
	assert_string_equal(bytes + 200000, "end");
	send_one(ctx, file);
}

static void a_large_one_is_on_disk_and_nameless(void **state)
{
	struct host_world *world = *state;
	const struct call *call = run(world, make_large);
	struct stat status;
	int fd = call->files[0].descriptor;

	assert_null(call->files[0].bytes.data);
	assert_int_equal(fstat(fd, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_size, 200003);
	assert_int_equal(status.st_nlink, 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	host_release(world->host);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void make_page(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "page");

	file_add_bytes(file, large, 4096 * 20);
	assert_true(file_descriptor(file) >= 0);
	assert_int_equal(strlen(file_bytes(file)), 4096 * 20);
}

static void whole_pages_end_with_a_nul_too(void **state)
{
	run(*state, make_page);
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void make_over_limit(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "l");

	for (unsigned i = 0; i < 250; i++)
		file_add_bytes(file, large, sizeof(large));
	assert_string_equal(file_error(file), "");
	file_add(file, "x");
	assert_string_equal(file_error(file), "The file is too large: at most 50 MB are possible.");
	assert_int_equal(file_size(file), 0);
	assert_string_equal(file_bytes(file), "");
	send_one(ctx, file);
}

static void one_over_the_limit_of_the_bot_api_is_not_made(void **state)
{
	struct host_world *world = *state;

	run(world, make_over_limit);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, "too large"));
}

static void make_with_local_server(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "l");

	for (unsigned i = 0; i < 251; i++)
		file_add_bytes(file, large, sizeof(large));
	assert_string_equal(file_error(file), "");
}

static void a_local_server_takes_more(void **state)
{
	struct host_world *world = *state;

	world->settings.api_url = "https://api.telegram.org.example";
	run(world, make_with_local_server);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static void make_without_room(struct ctx *ctx)
{
	struct file *small = file_made(ctx, "s"), *big = file_made(ctx, "l");

	file_add(small, "x");
	file_add_bytes(big, large, sizeof(large));
	assert_string_equal(file_error(small), "");
	assert_string_equal(file_error(big),
			    "There is no room for this file now. Please try again later.");
	assert_int_equal(file_descriptor(file_received(ctx, "r")), -1);
}

static void without_a_directory_small_ones_can_be_made(void **state)
{
	struct host_world *world = *state;

	world->settings.state_dir = "/nowhere";
	run(world, make_without_room);
	assert_int_equal(world->outcome.end, HOST_DONE);
	world->settings.state_dir = world->directory;
}

static void send_empty(struct ctx *ctx)
{
	send_one(ctx, file_made(ctx, "e"));
}

static void change_sent(struct ctx *ctx)
{
	struct file *file = file_made(ctx, "e");

	file_add(file, "x");
	send_one(ctx, file);
	file_add(file, "y");
}

static void make_many(struct ctx *ctx)
{
	for (unsigned i = 0; i <= FILES_MAX; i++)
		file_add(file_made(ctx, "f"), "x");
}

static void send_many(struct ctx *ctx)
{
	for (unsigned i = 0; i < 3; i++) {
		struct file *file = file_made(ctx, "f");

		file_add_bytes(file, large, sizeof(large));
		for (unsigned times = 0; times < 40; times++)
			send_one(ctx, file);
	}
}

static void a_mistake_fails_the_handler(void **state)
{
	static const struct {
		void (*task)(struct ctx *ctx);
		const char *reason;
	} mistakes[] = {
		{ send_empty, "a file cannot be sent: it is empty" },
		{ change_sent, "a file is changed that was sent" },
		{ make_many, "more than 100 files" },
		{ send_many, "more than 100 large files are sent" },
	};
	struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		run(world, mistakes[i].task);
		assert_int_equal(world->outcome.end, HOST_FAILED);
		assert_string_equal(world->outcome.reason, mistakes[i].reason);
	}
}

/* --- calls ------------------------------------------------------------------------------------ */

static void send_album(struct ctx *ctx)
{
	struct file *files[3];

	for (unsigned i = 0; i < 3; i++) {
		files[i] = file_made(ctx, ctx_printf(ctx, "%u.jpg", i));
		file_add_bytes(files[i], large, i == 1 ? sizeof(large) : 10);
	}
	ctx_queuef(ctx, "sendMediaGroup",
		   "{media: [{type: 'photo', media: %s}, {type: 'photo', media: %s}]}",
		   file_part(ctx, files[0]), file_part(ctx, files[2]));
	ctx_reply(ctx, "Said: %s", file_part(ctx, files[1]));
	send_one(ctx, files[1]);
}

static void a_call_has_the_files_that_it_names(void **state)
{
	const struct call *calls = run(*state, send_album);

	assert_int_equal(calls[0].files_count, 2);
	assert_true(text_is(calls[0].files[0].part, "file2"));
	assert_true(text_is(calls[0].files[1].part, "file0"));
	assert_int_equal(calls[1].files_count, 0); /* a text that only mentions it */
	assert_int_equal(calls[2].files_count, 1);
	assert_true(text_is(calls[2].files[0].part, "file1"));
}

static char on_disk[] = "/tmp/test_file.XXXXXX";

static void open_several(struct ctx *ctx)
{
	const struct file *file = file_opened(ctx, "l.txt", on_disk);

	assert_string_equal(file_error(file), "");
	assert_string_equal(file_name(file), "l.txt");
	assert_int_equal(file_size(file), sizeof(large));
	assert_memory_equal(file_bytes(file), large, sizeof(large));
	send_one(ctx, file);
	assert_string_equal(file_error(file_opened(ctx, "a", "/tmp/there/is/none")),
			    "This file is no longer there.");
	assert_string_equal(file_error(file_opened(ctx, "a", "/tmp")),
			    "This file is no longer there.");
	assert_string_equal(file_error(file_opened(ctx, "a", "/dev/zero")),
			    "This file is no longer there.");
	assert_string_equal(file_bytes(file_opened(ctx, "a", "/tmp")), "");
}

/* Sent by a descriptor of its own, neither read nor copied. */
static void one_that_is_there_is_sent_as_it_is(void **state)
{
	int fd = mkstemp(on_disk);
	const struct call *calls;
	struct stat here, sent;

	assert_true(fd >= 0 && write_all(fd, large, sizeof(large)));
	calls = run(*state, open_several);
	assert_int_equal(calls[0].files_count, 1);
	assert_int_equal(fstat(fd, &here), 0);
	assert_int_equal(fstat(calls[0].files[0].descriptor, &sent), 0);
	assert_true(here.st_ino == sent.st_ino && here.st_dev == sent.st_dev);
	close(fd);
	unlink(on_disk);
}

static void receive(struct ctx *ctx)
{
	struct file *file = file_received(ctx, "name");
	int fd = file_descriptor(file);

	assert_true(fd >= 0);
	assert_true(write_all(fd, "told", 4));
	file_filled(file, "other");
	assert_string_equal(file_name(file), "other");
	assert_int_equal(file_size(file), 4);
	assert_string_equal(file_bytes(file), "told");
	file_rename(file, "film.mp4");
	assert_string_equal(file_name(file), "film.mp4");
	file_fail(file, "gone");
	file_fail(file, "and more");
	assert_string_equal(file_error(file), "gone");
	assert_int_equal(file_descriptor(file), -1);
}

static void another_process_can_fill_one(void **state)
{
	struct host_world *world = *state;

	run(world, receive);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

/* --- from Telegram ---------------------------------------------------------------------------- */

static const char *expected_error;

static void get(struct ctx *ctx)
{
	const struct file *file = ctx_file(ctx, "AgAC\"x");

	assert_string_equal(file_error(file), expected_error);
	assert_string_equal(file_name(file), expected_error[0] ? "file" : "file_1.jpg");
}

static void a_file_of_a_message_is_asked_of_the_sender(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"name\":\"file_1.jpg\"}";
	expected_error = "";
	run(world, get);
	assert_string_equal(world->call, CALL_DOWNLOAD " {\"file_id\":\"AgAC\\\"x\"}");
	world->refusal = "gone";
	expected_error = "This file is no longer there.";
	world->refusal_code = 410;
	run(world, get);
	expected_error = "This file is too large.";
	world->refusal_code = 413;
	run(world, get);
	expected_error = "There is no room for this file now. Please try again later.";
	world->refusal_code = 507;
	run(world, get);
	expected_error = "The file could not be fetched. Please try again later.";
	world->refusal_code = 403;
	run(world, get);
	world->refusal = world->answer = NULL;
	run(world, get);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_one_stays_in_memory),
		TEST(a_large_one_is_on_disk_and_nameless),
		TEST(whole_pages_end_with_a_nul_too),
		TEST(one_over_the_limit_of_the_bot_api_is_not_made),
		TEST(a_local_server_takes_more),
		TEST(without_a_directory_small_ones_can_be_made),
		TEST(a_mistake_fails_the_handler),
		TEST(a_call_has_the_files_that_it_names),
		TEST(one_that_is_there_is_sent_as_it_is),
		TEST(another_process_can_fill_one),
		TEST(a_file_of_a_message_is_asked_of_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
