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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_successor_learns_of_a_dead_session_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
