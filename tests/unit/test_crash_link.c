/* test_crash_link.c - a link to a crashd played by the test: captures stay until they are
 * confirmed, are resent if they are not, and files of earlier runs are sent and deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/capture_file.h"
#include "common/clock.h"
#include "common/crash_link.h"
#include "common/crash_metric.h"
#include "common/log.h"
#include "common/message.h"
#include "tests/unit/memory_directory.h"
#include "tests/unit/moved_clock.h"

struct fixture {
	char *directory;
	char endpoint[128];
	struct settings settings;
	struct loop *loop;
	struct zcontext *context;
	struct zlink *crashd;
	struct crash_link *link;
	struct loop_timer timer;
	bool confirms;
	size_t received;
	struct trace_id last_id;
	char last_process[64];
	char last_message[200];
	uint64_t last_started_ns, last_ended_ns;
};

static void on_capture(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct fixture *fixture = owner;
	struct arena arena = { 0 };
	struct buffer frame = { 0 };
	struct message_capture message;
	struct capture capture;
	struct why why;

	assert_true(message_decode_capture(data, size, &arena, &message, &why));
	assert_true(capture_decode(message.body.data, message.body.length, &capture, &why));
	fixture->received++;
	fixture->last_id = message.id;
	fixture->last_started_ns = capture.started_ns;
	fixture->last_ended_ns = capture.ended_ns;
	snprintf(fixture->last_process, sizeof(fixture->last_process), "%.*s",
		 (int)capture.process.length, capture.process.data);
	snprintf(fixture->last_message, sizeof(fixture->last_message), "%.*s",
		 (int)capture.message.length, capture.message.data);
	if (fixture->confirms) {
		struct message_capture_stored stored = { .id = message.id };

		message_encode_capture_stored(&stored, &frame);
		assert_int_equal(zlink_send(fixture->crashd, from, buffer_unread(&frame),
					    buffer_unread_size(&frame)),
				 ZLINK_SENT);
	}
	buffer_finish(&frame);
	arena_finish(&arena);
}

static void on_timer(void *owner)
{
	struct fixture *fixture = owner;

	loop_stop(fixture->loop);
}

static void run_for(struct fixture *fixture, uint64_t ms)
{
	loop_timer_set(fixture->loop, &fixture->timer, ms);
	loop_run(fixture->loop);
}

static void run_until_received(struct fixture *fixture, size_t count)
{
	for (int i = 0; i < 300 && fixture->received < count; i++) {
		run_for(fixture, 10);
		if (i == 1)
			put_clock_forward(250); /* what was not sent is retried */
	}
	run_for(fixture, 20);
	assert_int_equal(fixture->received, count);
}

static void open_crashd(struct fixture *fixture)
{
	struct zlink_options options = { .endpoint = fixture->endpoint, .receive_max = 4u << 20 };
	struct why why;

	fixture->crashd = zlink_bind(fixture->context, &options, &why);
	assert_non_null(fixture->crashd);
	zlink_attach(fixture->crashd, fixture->loop, on_capture, fixture);
}

static void open_link(struct fixture *fixture)
{
	struct why why;

	fixture->link = crash_link_create(fixture->context, fixture->loop, &fixture->settings,
					  "ingress", &why);
	assert_non_null(fixture->link);
}

static int open_fixture(void **state)
{
	static struct metric *const metrics[] = { &captures_dropped, NULL };
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->directory = make_memory_directory("korone-test");
	assert_non_null(fixture->directory);
	snprintf(fixture->endpoint, sizeof(fixture->endpoint), "ipc://%s/crashes",
		 fixture->directory);
	fixture->settings.state_dir = fixture->directory;
	fixture->settings.crashes_endpoint = fixture->endpoint;
	fixture->settings.curve_dir = "";
	metrics_register(metrics);
	metric_set(&captures_dropped, 0);
	fixture->loop = loop_create();
	fixture->timer = (struct loop_timer) { .fn = on_timer, .owner = fixture };
	fixture->confirms = true;
	*state = fixture;
	return 0;
}

static void open_sockets(struct fixture *fixture)
{
	fixture->context = zcontext_create(1);
	open_crashd(fixture);
	open_link(fixture);
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	crash_link_destroy(fixture->link);
	zlink_close(fixture->crashd);
	zcontext_destroy(fixture->context);
	loop_timer_clear(fixture->loop, &fixture->timer);
	loop_destroy(fixture->loop);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
	assert_int_equal(system(command), 0);
	free(fixture->directory);
	free(fixture);
	return 0;
}

static void report(struct fixture *fixture, const char *message)
{
	struct capture capture = { .kind = CAPTURE_KILLED };

	capture.process = (struct text) { "child", 5 };
	capture.message = (struct text) { message, strlen(message) };
	crash_link_report(fixture->link, &capture);
}

static void test_capture_leaves_when_confirmed(void **state)
{
	struct fixture *fixture = *state;

	open_sockets(fixture);
	report(fixture, "one");
	assert_int_equal(crash_link_pending(fixture->link), 1);
	run_until_received(fixture, 1);
	assert_string_equal(fixture->last_process, "child");
	assert_string_equal(fixture->last_message, "one");
	assert_int_equal(crash_link_pending(fixture->link), 0);
}

static void test_many_pass_through_the_window(void **state)
{
	struct fixture *fixture = *state;

	open_sockets(fixture);
	for (int i = 0; i < 200; i++)
		report(fixture, "many");
	run_until_received(fixture, 200);
	assert_int_equal(crash_link_pending(fixture->link), 0);
	assert_int_equal(metric_get(&captures_dropped), 0);
}

static void test_unconfirmed_comes_again_with_the_same_id(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id first;

	open_sockets(fixture);
	fixture->confirms = false;
	report(fixture, "again");
	run_until_received(fixture, 1);
	first = fixture->last_id;
	assert_int_equal(crash_link_pending(fixture->link), 1);
	fixture->confirms = true;
	put_clock_forward(5000);
	run_for(fixture, 300);
	assert_int_equal(fixture->received, 1);
	put_clock_forward(5000);
	run_until_received(fixture, 2);
	assert_memory_equal(&first, &fixture->last_id, sizeof(first));
	assert_int_equal(crash_link_pending(fixture->link), 0);
}

static void test_crashd_away_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->context = zcontext_create(1);
	open_link(fixture);
	report(fixture, "early");
	run_for(fixture, 50);
	assert_int_equal(crash_link_pending(fixture->link), 1);
	open_crashd(fixture);
	run_until_received(fixture, 1);
	assert_int_equal(crash_link_pending(fixture->link), 0);
}

static void test_memory_is_bounded_and_drops_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct capture capture = { .kind = CAPTURE_SIGNAL };
	char *stack = calloc(1, CAPTURE_STACK_MAX);

	fixture->context = zcontext_create(1);
	open_link(fixture);
	capture.stack = (struct text) { stack, CAPTURE_STACK_MAX };
	for (int i = 0; i < 300; i++)
		crash_link_report(fixture->link, &capture);
	assert_in_range(crash_link_pending(fixture->link), 240, 256);
	assert_int_equal(metric_get(&captures_dropped), 300 - crash_link_pending(fixture->link));
	free(stack);
}

static void leave_file(const char *directory)
{
	struct rlimit none = { 0, 0 };
	struct why why;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		setrlimit(RLIMIT_CORE, &none);
		dup2(null, STDERR_FILENO);
		signals_reset_after_fork();
		if (capture_install_file(directory, "ingress", &why))
			panic("left for the next start");
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static size_t count_files(const char *directory)
{
	DIR *files = opendir(directory);
	const struct dirent *file;
	size_t count = 0;

	while ((file = readdir(files)) != NULL)
		count += file->d_name[0] != '.';
	closedir(files);
	return count;
}

static void test_files_of_earlier_runs_are_sent_and_deleted(void **state)
{
	struct fixture *fixture = *state;
	char directory[128];

	snprintf(directory, sizeof(directory), "%s/ingress", fixture->directory);
	leave_file(directory);
	assert_int_equal(count_files(directory), 1);
	open_sockets(fixture);
	run_until_received(fixture, 1);
	assert_string_equal(fixture->last_process, "ingress");
	assert_string_equal(fixture->last_message, "left for the next start");
	assert_int_equal(crash_link_pending(fixture->link), 0);
	assert_int_equal(count_files(directory), 0);
}

/* crashd is away during a clean shutdown: the captures are sent at the next start. */
static void test_unconfirmed_captures_outlive_a_stop(void **state)
{
	struct fixture *fixture = *state;
	char directory[80];

	snprintf(directory, sizeof(directory), "%s/ingress", fixture->directory);
	fixture->context = zcontext_create(1);
	open_link(fixture);
	report(fixture, "one");
	report(fixture, "two");
	crash_link_destroy(fixture->link);
	assert_int_equal(count_files(directory), 2);
	open_link(fixture);
	assert_int_equal(crash_link_pending(fixture->link), 2);
	open_crashd(fixture);
	run_until_received(fixture, 2);
	assert_int_equal(crash_link_pending(fixture->link), 0);
	assert_int_equal(count_files(directory), 0);
}

static void test_what_was_held_for_a_day_is_gone(void **state)
{
	struct fixture *fixture = *state;
	char command[256], directory[80];

	snprintf(directory, sizeof(directory), "%s/ingress", fixture->directory);
	fixture->context = zcontext_create(1);
	open_link(fixture);
	report(fixture, "old");
	crash_link_destroy(fixture->link);
	snprintf(command, sizeof(command), "touch -d '25 hours ago' %s/held-*", directory);
	assert_int_equal(system(command), 0);
	open_link(fixture);
	assert_int_equal(crash_link_pending(fixture->link), 0);
	assert_int_equal(metric_get(&captures_dropped), 1);
	assert_int_equal(count_files(directory), 0);
}

static void test_file_of_a_sibling_is_found_later(void **state)
{
	struct fixture *fixture = *state;
	char directory[128];

	snprintf(directory, sizeof(directory), "%s/ingress", fixture->directory);
	open_sockets(fixture);
	fixture->confirms = false;
	leave_file(directory);
	crash_link_take_files(fixture->link);
	crash_link_take_files(fixture->link);
	assert_int_equal(crash_link_pending(fixture->link), 1);
	run_until_received(fixture, 1);
	assert_string_equal(fixture->last_message, "left for the next start");
}

static void test_torn_file_is_reported_as_such(void **state)
{
	struct fixture *fixture = *state;
	char path[160], directory[128];
	int fd;

	snprintf(directory, sizeof(directory), "%s/ingress", fixture->directory);
	snprintf(path, sizeof(path), "%s/crash-0-1.capture", directory);
	assert_int_equal(mkdir(directory, 0700), 0);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "KORONECR", 8), 8);
	close(fd);
	open_sockets(fixture);
	run_until_received(fixture, 1);
	assert_non_null(strstr(fixture->last_message, "cannot read a crash capture"));
	/* When it was found: nobody knows when it was. */
	assert_in_range(clock_utc_ns() - fixture->last_started_ns, 0, UINT64_C(60000000000));
	assert_int_equal(fixture->last_ended_ns, fixture->last_started_ns);
	assert_int_equal(count_files(directory), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(test_capture_leaves_when_confirmed),
		TEST(test_many_pass_through_the_window),
		TEST(test_unconfirmed_comes_again_with_the_same_id),
		TEST(test_crashd_away_is_waited_for),
		TEST(test_memory_is_bounded_and_drops_are_counted),
		TEST(test_files_of_earlier_runs_are_sent_and_deleted),
		TEST(test_unconfirmed_captures_outlive_a_stop),
		TEST(test_what_was_held_for_a_day_is_gone),
		TEST(test_file_of_a_sibling_is_found_later),
		TEST(test_torn_file_is_reported_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
