/* test_session_lock.c - who holds the lock, and what its holder left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workers/parent/session_lock.h"

static void a_successor_learns_of_a_dead_session_only(void **state)
{
	char directory[] = "/tmp/test_session_lock.XXXXXX", path[64];
	struct session_lock first, second, third;
	struct why why;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_true(session_lock_take(&first, directory, &why));
	assert_int_equal(first.predecessor, 0);
	session_lock_write(&first, 0xabcdef);
	/* A second pool on the same host learns nothing about the first. */
	assert_true(session_lock_take(&second, directory, &why));
	assert_int_equal(second.predecessor, 0);
	/* A process that inherited the lock keeps the session alive. */
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	session_lock_release(&first);
	assert_true(session_lock_take(&third, directory, &why));
	assert_int_equal(third.predecessor, 0);
	session_lock_release(&third);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(session_lock_take(&third, directory, &why));
	assert_int_equal(third.predecessor, 0xabcdef);
	/* After a BYE there is nothing to prove. */
	session_lock_write(&third, 0);
	session_lock_release(&third);
	assert_true(session_lock_take(&third, directory, &why));
	assert_int_equal(third.predecessor, 0);
	session_lock_release(&third);
	session_lock_release(&second);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/session.%d", directory, i);
		unlink(path);
	}
	rmdir(directory);
}

static void what_is_no_session_proves_nothing(void **state)
{
	static const char *const contents[] = { "",   "abc", "xyz 7",
						"7 ", "0 1", "abcdef 2147483646x" };
	char directory[] = "/tmp/test_session_lock.XXXXXX", path[64];
	struct session_lock lock;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/session.0", directory);
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		FILE *file = fopen(path, "w");

		fputs(contents[i], file);
		fclose(file);
		lock.predecessor = 99;
		assert_true(session_lock_take(&lock, directory, &why));
		/* Of the last one the pid is read: nobody has it, so the session is dead. */
		assert_int_equal(lock.predecessor,
				 i + 1 == sizeof(contents) / sizeof(*contents) ? 0xabcdef : 0);
		session_lock_release(&lock);
		unlink(path);
	}
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_successor_learns_of_a_dead_session_only),
		cmocka_unit_test(what_is_no_session_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
