/* test_log_pipe.c - standard error as our own pipe, with and without someone who reads it. */
#include "common/log_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/capture.h"
#include "common/log.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "test"

#define MANY 20000

static char captured[MANY * 256];

static void open_log(void)
{
	struct why why;

	signal(SIGPIPE, SIG_IGN);
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	if (!log_pipe_open(&why))
		_exit(99);
}

/* Runs fn in a process whose standard error is `descriptor`. */
static pid_t start(int descriptor, void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(descriptor, STDERR_FILENO);
		for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
			close(fd);
		open_log();
		fn();
		exit(0);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Until all writers are gone. */
static void read_all(int fd)
{
	size_t length = 0;
	ssize_t got;

	while ((got = read(fd, captured + length, sizeof(captured) - 1 - length)) > 0)
		length += (size_t)got;
	captured[length] = '\0';
}

static size_t count(const char *text)
{
	size_t found = 0;

	for (const char *at = captured; (at = strstr(at, text)); at++)
		found++;
	return found;
}

static void fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	char bytes[PIPE_BUF];

	memset(bytes, '.', sizeof(bytes));
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	while (write(fd, bytes, 1) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

/* --- somebody reads --- */

static void write_and_exit(void)
{
	log_notice("the last words");
	fatal(74, "the disk is gone");
}

static void test_the_last_lines_of_an_end_arrive(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		pid_t pid = start(ends[1], write_and_exit);
		close(ends[1]);
		read_all(ends[0]);
		assert_int_equal(WEXITSTATUS(end_of(pid)), 74);
		assert_int_equal(count("the last words"), 1);
		assert_int_equal(count("the disk is gone"), 1);
		close(ends[0]);
	}
}

static struct capture_slot *slot;

static void write_and_crash(void)
{
	capture_install(slot);
	log_notice("the last words");
	abort();
}

static void test_the_last_lines_before_a_crash_arrive(void **state)
{
	(void)state;
	slot = xshare(sizeof(*slot));
	for (int i = 0; i < 100; i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		pid_t pid = start(ends[1], write_and_crash);
		close(ends[1]);
		read_all(ends[0]);
		assert_int_equal(WTERMSIG(end_of(pid)), SIGABRT);
		assert_int_equal(count("the last words"), 1);
		close(ends[0]);
	}
	xshare_end(slot, sizeof(*slot));
}

static void write_bits(void)
{
	assert_int_equal(write(STDERR_FILENO, "no end", 6), 6);
	log_pipe_drain(1000);
	assert_int_equal(write(STDERR_FILENO, " yet\n", 5), 5);
}

static void test_what_is_no_line_passes_too(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = start(ends[1], write_bits);
	close(ends[1]);
	read_all(ends[0]);
	assert_int_equal(end_of(pid), 0);
	assert_string_equal(captured, "no end yet\n");
	close(ends[0]);
}

/* --- nobody reads --- */

static void write_many(void)
{
	for (int i = 0; i < MANY; i++)
		log_notice("one line of many", log_signed("number", i));
}

static bool is_whole(const char *line)
{
	const char *end = strstr(line, " of many\" number=");
	int length = 0;

	return end && sscanf(end, " of many\" number=%*d%n", &length) == 0 && length > 0 &&
	       end[length] == '\0';
}

static size_t lines_that_are_whole(size_t *announced)
{
	size_t whole = 0, said;

	for (char *line = strtok(captured, "\n"); line; line = strtok(NULL, "\n")) {
		const char *lost = strstr(line, " lines=");

		while (*line == '.')
			line++;
		if (*line == '\0')
			continue;
		assert_int_equal(strncmp(line, "ts=", 3), 0);
		if (lost && sscanf(lost, " lines=%zu", &said) == 1)
			*announced += said;
		else
			whole += is_whole(line);
	}
	return whole;
}

struct unread {
	int ends[2];
	int flags;
	pid_t pid;
};

static void start_unread(struct unread *unread)
{
	unread->flags = fcntl(unread->ends[1], F_GETFL);
	fill(unread->ends[1]);
	unread->pid = start(unread->ends[1], write_many);
}

/* It ends by itself while the descriptor is full, and leaves the description unchanged. */
static void check_unread(const struct unread *unread)
{
	assert_int_equal(end_of(unread->pid), 0);
	assert_int_equal(fcntl(unread->ends[1], F_GETFL), unread->flags);
	close(unread->ends[1]);
	close(unread->ends[0]);
}

/* All at the same time: each waits a second for a reader when it ends. */
static void test_a_pipe_and_a_socket_that_nobody_reads(void **state)
{
	struct unread by_pipe, by_socket;

	(void)state;
	assert_int_equal(pipe(by_pipe.ends), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, by_socket.ends), 0);
	start_unread(&by_pipe);
	start_unread(&by_socket);
	check_unread(&by_pipe);
	check_unread(&by_socket);
}

static atomic_bool *wrote;

static void write_many_and_wait(void)
{
	write_many();
	atomic_store(wrote, true);
	log_pipe_drain(60000);
}

static void test_what_was_lost_is_said_once(void **state)
{
	size_t announced = 0, whole;
	int ends[2];

	(void)state;
	wrote = xshare(sizeof(*wrote));
	assert_int_equal(pipe(ends), 0);
	fill(ends[1]);
	pid_t pid = start(ends[1], write_many_and_wait);
	close(ends[1]);
	while (!atomic_load(wrote))
		usleep(1000);
	read_all(ends[0]);
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(count(" lines="), 1);
	whole = lines_that_are_whole(&announced);
	assert_in_range(whole, 1, MANY - 1);
	assert_int_equal(whole + announced, MANY);
	close(ends[0]);
	xshare_end(wrote, sizeof(*wrote));
}

/* --- it cannot be written --- */

static void write_ten(void)
{
	for (int i = 0; i < 10; i++) {
		log_notice("line", log_signed("number", i));
		log_pipe_drain(1000);
	}
	_exit(log_pipe_lost() == 10 ? 0 : 1);
}

static void test_a_reader_that_is_gone(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(end_of(start(ends[1], write_ten)), 0);
	close(ends[1]);
}

static void test_a_full_disk(void **state)
{
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(end_of(start(full, write_ten)), 0);
	close(full);
}

static void check_nothing_is_lost(void)
{
	_exit(log_pipe_lost() == 0 && log_pipe_shared() == -1 ? 0 : 1);
}

static void test_no_standard_error_at_all(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		close(STDERR_FILENO);
		open_log();
		check_nothing_is_lost();
	}
	assert_int_equal(end_of(pid), 0);
}

/* --- programs below --- */

static void lose_in_a_program_below(void)
{
	int shared = fcntl(log_pipe_shared(), F_DUPFD_CLOEXEC, 0);
	pid_t pid = fork();

	if (pid == 0) {
		log_pipe_join(shared);
		write_many();
		_exit(0);
	}
	close(shared);
	_exit(end_of(pid) == 0 && log_pipe_lost() > 0 && log_pipe_lost() < MANY ? 0 : 1);
}

static void test_what_a_program_below_lost_is_counted(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fill(ends[1]);
	assert_int_equal(end_of(start(ends[1], lose_in_a_program_below)), 0);
	close(ends[0]);
	close(ends[1]);
}

static void scribble(void)
{
	uint8_t bytes[16];

	memset(bytes, 0xff, sizeof(bytes));
	if (pwrite(log_pipe_shared(), bytes, sizeof(uint64_t), 0) != sizeof(uint64_t))
		_exit(2);
	if (log_pipe_lost() != 0)
		_exit(1);
	_exit(log_pipe_lost() == 0 ? 0 : 1); /* nor the second time */
}

static void test_a_count_that_was_written_over_is_passed_over(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(end_of(start(ends[1], scribble)), 0);
	close(ends[0]);
	close(ends[1]);
}

/* No leak check: children of fork() end by exit(). */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_lines_of_an_end_arrive),
		cmocka_unit_test(test_the_last_lines_before_a_crash_arrive),
		cmocka_unit_test(test_what_is_no_line_passes_too),
		cmocka_unit_test(test_a_pipe_and_a_socket_that_nobody_reads),
		cmocka_unit_test(test_what_was_lost_is_said_once),
		cmocka_unit_test(test_a_reader_that_is_gone),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_no_standard_error_at_all),
		cmocka_unit_test(test_what_a_program_below_lost_is_counted),
		cmocka_unit_test(test_a_count_that_was_written_over_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
