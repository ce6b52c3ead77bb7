/* test_command_socket.c - commands over a unix socket: asked from a thread, answered by a loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/command_socket.h"
#include "common/curve.h"

#define LARGE (3u << 20) /* more than a socket holds */

struct question {
	const char *path;
	const char *words[3];
	size_t count;
	struct buffer answer;
	struct why why;
	bool ok;
	int asked; /* eventfd */
};

static char directory[] = "/tmp/test-command.XXXXXX"; /* only ours, as the key is in it */

static int make_directory(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	return 0;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void path_of(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", directory, name);
}

static bool on_command(void *owner, char *const words[], size_t count, struct buffer *out,
		       struct why *why)
{
	(void)owner;
	if (!strcmp(words[0], "large")) {
		memset(buffer_reserve(out, LARGE), 'x', LARGE);
		buffer_commit(out, LARGE);
		return true;
	}
	if (strcmp(words[0], "echo") != 0)
		return why_set(why, "no such command: %s", words[0]);
	for (size_t i = 1; i < count; i++)
		buffer_printf(out, "[%s]", words[i]);
	return true;
}

static void *ask(void *argument)
{
	struct question *question = argument;

	question->ok = command_socket_ask(question->path, question->words, question->count, 4000,
					  &question->answer, &question->why);
	eventfd_write(question->asked, 1);
	return NULL;
}

static void on_timer(void *owner)
{
	loop_stop(owner);
}

static void on_asked(void *owner, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	loop_stop(owner);
}

static void asks(struct question *question)
{
	struct loop *loop = loop_create();
	struct command_socket *commands;
	struct stat status;
	pthread_t thread;
	struct why why;
	char path[64];

	path_of("left", path, sizeof(path));
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0); /* by an earlier run */
	question->path = path;
	question->asked = eventfd(0, EFD_CLOEXEC);
	loop_watch(loop, question->asked, EPOLLIN, on_asked, loop);
	commands = command_socket_open(loop, path, on_command, NULL, &why);
	assert_non_null(commands);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0600);
	assert_int_equal(pthread_create(&thread, NULL, ask, question), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	command_socket_close(commands);
	assert_int_equal(access(path, F_OK), -1);
	loop_unwatch(loop, question->asked);
	close(question->asked);
	loop_destroy(loop);
}

static void words_arrive_and_the_answer_comes_back(void **state)
{
	struct question question = { .words = { "echo", "a", "b" }, .count = 3 };

	(void)state;
	asks(&question);
	assert_true(question.ok);
	assert_string_equal(buffer_text(&question.answer), "[a][b]");
	buffer_finish(&question.answer);
}

static void a_refusal_says_why(void **state)
{
	struct question question = { .words = { "fly" }, .count = 1 };

	(void)state;
	asks(&question);
	assert_false(question.ok);
	assert_string_equal(question.why.text, "no such command: fly");
}

static void a_large_answer_arrives_whole(void **state)
{
	struct question question = { .words = { "large" }, .count = 1 };

	(void)state;
	asks(&question);
	assert_true(question.ok);
	assert_int_equal(question.answer.size, LARGE);
	buffer_finish(&question.answer);
}

static void nobody_there_is_told(void **state)
{
	const char *const words[] = { "echo" };
	struct buffer out = { 0 };
	struct why why;

	(void)state;
	assert_false(command_socket_ask("/tmp/test-command.none", words, 1, 100, &out, &why));
	assert_non_null(strstr(why.text, "No such file"));
}

/* It could wait for its answer for ever. */
static void who_is_connected_at_the_end_is_let_go(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct loop *loop = loop_create();
	struct loop_timer stop = { .fn = on_timer, .owner = loop };
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct command_socket *commands;
	struct why why;
	char byte;

	(void)state;
	path_of("silent", address.sun_path, sizeof(address.sun_path));
	commands = command_socket_open(loop, address.sun_path, on_command, NULL, &why);
	assert_non_null(commands);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	loop_timer_set(loop, &stop, 0);
	loop_run(loop); /* it is accepted */
	command_socket_close(commands);
	assert_int_equal(recv(client, &byte, 1, 0), 0);
	close(client);
	loop_destroy(loop);
}

/* --- who has not the key ---------------------------------------------------------------------- */

/* Sends a line as it is; the answer, of at most `size` bytes. */
static void say(struct loop *loop, const char *path, const char *line, char *out, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct loop_timer stop = { .fn = on_timer, .owner = loop };
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t got;

	strcpy(address.sun_path, path);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(client, line, strlen(line)), (ssize_t)strlen(line));
	for (int i = 0; i < 3; i++) { /* it is accepted, read, answered */
		loop_timer_set(loop, &stop, 0);
		loop_run(loop);
	}
	got = recv(client, out, size - 1, MSG_DONTWAIT);
	assert_true(got > 0);
	out[got] = '\0';
	close(client);
}

/* A child of a pool has the same user, but cannot open the file of the key. */
static void without_the_key_no_command_is_obeyed(void **state)
{
	struct loop *loop = loop_create();
	struct command_socket *commands;
	struct curve_pair pair;
	struct stat status;
	struct why why;
	char path[64], line[128], answer[256];

	(void)state;
	path_of("guarded", path, sizeof(path));
	commands = command_socket_open(loop, path, on_command, NULL, &why);
	assert_non_null(commands);
	path_of(CURVE_SHARED_NAME, line, sizeof(line));
	assert_int_equal(stat(line, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);

	say(loop, path, "echo a\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "refused: the key is not that of"));
	say(loop, path, "\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "refused"));
	assert_true(curve_read_shared(directory, &pair, &why));
	snprintf(line, sizeof(line), "%s echo a\n", pair.secret_key);
	say(loop, path, line, answer, sizeof(answer));
	assert_string_equal(answer, "ok\n[a]");
	line[0] ^= 1;
	say(loop, path, line, answer, sizeof(answer));
	assert_non_null(strstr(answer, "refused"));
	assert_null(strstr(answer, pair.secret_key));
	snprintf(line, sizeof(line), "%s echo a\n", pair.public_key);
	say(loop, path, line, answer, sizeof(answer));
	assert_non_null(strstr(answer, "refused"));
	command_socket_close(commands);
	loop_destroy(loop);
}

/* --- many who say nothing --------------------------------------------------------------------- */

#define SILENT 120

static void the_silent_hold_up_nobody(void **state)
{
	char path[64];
	struct loop *loop = loop_create();
	struct question question = { .path = path, .words = { "echo", "a" }, .count = 2 };
	struct command_socket *commands;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int silent[SILENT];
	pthread_t thread;

	(void)state;
	path_of("many", path, sizeof(path));
	strcpy(address.sun_path, path);
	question.asked = eventfd(0, EFD_CLOEXEC);
	loop_watch(loop, question.asked, EPOLLIN, on_asked, loop);
	commands = command_socket_open(loop, path, on_command, NULL, &question.why);
	assert_non_null(commands);
	for (size_t i = 0; i < SILENT; i++) {
		silent[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_int_equal(connect(silent[i], (struct sockaddr *)&address, sizeof(address)),
				 0);
	}
	assert_int_equal(pthread_create(&thread, NULL, ask, &question), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	assert_true(question.ok);
	assert_string_equal(buffer_text(&question.answer), "[a]");
	for (size_t i = 0; i < SILENT; i++)
		close(silent[i]);
	command_socket_close(commands);
	loop_unwatch(loop, question.asked);
	close(question.asked);
	loop_destroy(loop);
	buffer_finish(&question.answer);
}

/* A path that no socket can have is named with its cause, however long it is. */
/* Where all endpoints are TCP nothing else needs KORONE_RUN_DIR. */
static void its_directory_is_made(void **state)
{
	struct loop *loop = loop_create();
	struct command_socket *commands;
	struct stat status;
	struct why why;
	char path[64];

	(void)state;
	path_of("own/socket", path, sizeof(path));
	commands = command_socket_open(loop, path, on_command, NULL, &why);
	assert_non_null(commands);
	path_of("own", path, sizeof(path));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	command_socket_close(commands);
	loop_destroy(loop);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	const char *const words[] = { "echo" };
	struct buffer out = { 0 };
	char path[4000];
	struct why why;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(command_socket_ask(path, words, 1, 100, &out, &why));
	assert_non_null(strstr(why.text, "is too long for a socket: 3999 characters, allowed are "
					 "107; choose a shorter KORONE_RUN_DIR"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_arrive_and_the_answer_comes_back),
		cmocka_unit_test(a_refusal_says_why),
		cmocka_unit_test(a_large_answer_arrives_whole),
		cmocka_unit_test(nobody_there_is_told),
		cmocka_unit_test(who_is_connected_at_the_end_is_let_go),
		cmocka_unit_test(without_the_key_no_command_is_obeyed),
		cmocka_unit_test(the_silent_hold_up_nobody),
		cmocka_unit_test(its_directory_is_made),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
