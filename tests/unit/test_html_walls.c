/* test_html_walls.c - what korone-html can no longer do once it looks at a page: tried by
 * processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "html/walls.h"

/* What the process learnt, as its exit code. */
typedef int attempt_fn(void);

static int attempt(attempt_fn *fn)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct why why;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(html_walls_enter(&why) ? fn() : 255);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int error_of(int result)
{
	return result >= 0 ? 0 : errno;
}

static int open_password(void)
{
	return error_of(open("/etc/passwd", O_RDONLY));
}

static int write_file(void)
{
	return error_of(open("/tmp/korone-html-walls", O_WRONLY | O_CREAT, 0600));
}

static int open_socket(void)
{
	return error_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int start_process(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return error_of(pid);
}

static int execute(void)
{
	char path[] = "/bin/true";
	char *words[] = { path, NULL };

	return error_of(execve(path, words, NULL));
}

static int signal_parent(void)
{
	return error_of(kill(getppid(), 0));
}

static int write_what_is_open(void)
{
	return error_of((int)write(STDOUT_FILENO, "", 0));
}

static void it_opens_starts_and_asks_nothing(void **state)
{
	(void)state;
	assert_int_equal(attempt(open_password), EPERM);
	assert_int_equal(attempt(write_file), EPERM);
	assert_int_equal(attempt(open_socket), EPERM);
	assert_int_equal(attempt(start_process), EPERM);
	assert_int_equal(attempt(execute), EPERM);
	assert_int_equal(attempt(signal_parent), EPERM);
	assert_int_equal(attempt(write_what_is_open), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_starts_and_asks_nothing),
	};

	return cmocka_run_group_tests_name("html_walls", tests, NULL, NULL);
}
