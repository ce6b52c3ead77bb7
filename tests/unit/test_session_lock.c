/* test_session_lock.c - who holds the lock, and what its holder left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "workers/parent/session_lock.h"

#define PATIENCE_MS 2000u /* with a pool that is ending */

static unsigned waited_ms;
static pid_t ends_after_100_ms; /* 0: nobody does */

/* Instead of libc's: time passes at once. */
int nanosleep(const struct timespec *duration, struct timespec *rest)
{
	(void)rest;
	waited_ms += (unsigned)(duration->tv_nsec / 1000000);
	if (ends_after_100_ms && waited_ms >= 100) {
		kill(ends_after_100_ms, SIGKILL);
		waitpid(ends_after_100_ms, NULL, 0);
		ends_after_100_ms = 0;
	}
	return 0;
}

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

static pid_t start_idler(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void write_holder(const char *directory, int pid)
{
	char *path = xasprintf("%s/session.0", directory);
	FILE *file = fopen(path, "w");

	fprintf(file, "%016x %d\n", 0xabcdef, pid);
	fclose(file);
	free(path);
}

static void remove_all(const char *directory)
{
	char *command = xasprintf("rm -r %s", directory);

	assert_int_equal(system(command), 0);
	free(command);
}

static pid_t no_longer_a_process(void)
{
	pid_t pid = start_idler();

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return pid;
}

/* Its parent has died and its children are about to: their lock is the one to wait for. */
static void a_session_that_is_ending_is_waited_for(void **state)
{
	char directory[] = "/tmp/test_session_lock.XXXXXX";
	struct session_lock held, lock;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_true(session_lock_take(&held, directory, &why));
	write_holder(directory, no_longer_a_process());
	ends_after_100_ms = start_idler(); /* inherits the lock */
	session_lock_release(&held);
	waited_ms = 0;
	assert_true(session_lock_take(&lock, directory, &why));
	assert_int_equal(waited_ms, 100);
	assert_int_equal(lock.predecessor, 0xabcdef);
	session_lock_release(&lock);
	remove_all(directory);
}

static void nobody_waits_for_ever_or_for_a_pool_that_lives(void **state)
{
	char directory[] = "/tmp/test_session_lock.XXXXXX";
	struct session_lock held, lock;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_true(session_lock_take(&held, directory, &why));
	write_holder(directory, no_longer_a_process());
	waited_ms = 0;
	assert_true(session_lock_take(&lock, directory, &why)); /* the next one */
	assert_int_equal(waited_ms, PATIENCE_MS);
	assert_int_equal(lock.predecessor, 0);
	session_lock_release(&lock);
	write_holder(directory, getpid());
	waited_ms = 0;
	errno = ESRCH;
	assert_true(session_lock_take(&lock, directory, &why));
	assert_int_equal(waited_ms, 0);
	session_lock_release(&lock);
	write_holder(directory, 0); /* a whole group of processes, for kill(2) */
	assert_true(session_lock_take(&lock, directory, &why));
	assert_int_equal(waited_ms, 0);
	session_lock_release(&lock);
	session_lock_release(&held);
	remove_all(directory);
}

static void the_file_names_session_and_process(void **state)
{
	char directory[] = "/tmp/test_session_lock.XXXXXX";
	char *expected = xasprintf("%016x %d\n", 0xabc, (int)getpid()), text[64] = "";
	struct session_lock lock;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_true(session_lock_take(&lock, directory, &why));
	assert_int_equal(pwrite(lock.file, "something that was longer than it is now", 40, 0), 40);
	/* Handlers inherit the lock. */
	assert_int_equal(pwrite(lock.fd, "x", 1, 0), -1);
	assert_int_equal(errno, EBADF);
	session_lock_write(&lock, 0xabc);
	assert_int_equal(pread(lock.fd, text, sizeof(text) - 1, 0), strlen(expected));
	assert_string_equal(text, expected);
	session_lock_release(&lock);
	assert_int_equal(lock.fd, -1);
	session_lock_release(&lock);
	session_lock_write(&lock, 0xabc); /* without a lock nothing is written */
	remove_all(directory);
	free(expected);
}

static void what_cannot_be_locked_is_named(void **state)
{
	char directory[] = "/tmp/test_session_lock.XXXXXX";
	struct session_lock locks[64], one;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < COUNT_OF(locks); i++)
		assert_true(session_lock_take(&locks[i], directory, &why));
	assert_false(session_lock_take(&one, directory, &why));
	assert_int_equal(one.fd, -1);
	assert_non_null(strstr(why.text, directory));
	assert_non_null(strstr(why.text, "64"));
	session_lock_release(&locks[63]);
	assert_true(session_lock_take(&one, directory, &why));
	session_lock_release(&one);
	for (size_t i = 0; i < COUNT_OF(locks); i++)
		session_lock_release(&locks[i]);
	remove_all(directory);
	assert_false(session_lock_take(&one, directory, &why));
	assert_int_equal(one.fd, -1);
	assert_non_null(strstr(why.text, directory));
	assert_non_null(strstr(why.text, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_successor_learns_of_a_dead_session_only),
		cmocka_unit_test(what_is_no_session_proves_nothing),
		cmocka_unit_test(a_session_that_is_ending_is_waited_for),
		cmocka_unit_test(nobody_waits_for_ever_or_for_a_pool_that_lives),
		cmocka_unit_test(the_file_names_session_and_process),
		cmocka_unit_test(what_cannot_be_locked_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
