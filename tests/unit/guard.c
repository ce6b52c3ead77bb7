/* guard.c - linked with every program of unit tests, for mistakes that no sanitizer of ours sees.
 * What the tests leave behind in the process fails them: open descriptors, shared memory, threads,
 * and children that were not waited for. Who unlocks a mutex must hold it.
 *
 * The Makefile links with --wrap=_cmocka_run_group_tests,--wrap=pthread_mutex_unlock. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DESCRIPTORS_MAX 4096
#define PAGE 4096u
#define SHARED_MEMORY "/dev/zero (deleted)" /* how the kernel names it in /proc/PID/maps */

struct process {
	bool open[DESCRIPTORS_MAX];
	size_t shared, threads;
};

/* In /proc/self; each entry is a number. */
static size_t count_numbers(const char *directory, bool *found)
{
	DIR *entries = opendir(directory);
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(entries)) != NULL) {
		long number = strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (found && number < DESCRIPTORS_MAX && number != dirfd(entries))
			found[number] = true;
	}
	closedir(entries);
	return count;
}

/* But for single pages, like that of the tests' own clock, which goes with the process. */
static size_t count_shared_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4352];
	size_t count = 0;

	while (fgets(line, sizeof(line), maps)) {
		char *end;
		uintptr_t first = strtoul(line, &end, 16);
		uintptr_t last = strtoul(end + 1, NULL, 16);

		count += last - first > PAGE && strstr(line, SHARED_MEMORY) != NULL;
	}
	fclose(maps);
	return count;
}

static void look(struct process *process)
{
	*process = (struct process) { .shared = count_shared_memory(),
				      .threads = count_numbers("/proc/self/task", NULL) };
	count_numbers("/proc/self/fd", process->open);
}

/* A thread that was joined may be seen for a moment longer. */
static bool has_more_threads(const struct process *before)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < 200; i++) {
		if (count_numbers("/proc/self/task", NULL) <= before->threads)
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static int print_descriptor(int fd)
{
	char path[64], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	fprintf(stderr, "guard: descriptor %d is open: %s\n", fd, target);
	return 1;
}

static int print_leftovers(const struct process *before)
{
	struct process now;
	int count = 0;

	if (has_more_threads(before))
		count += fprintf(stderr, "guard: a thread runs\n") > 0;
	look(&now);
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if (now.open[fd] && !before->open[fd])
			count += print_descriptor(fd);
	if (now.shared > before->shared)
		count += fprintf(stderr, "guard: shared memory is mapped\n") > 0;
	if (has_children())
		count += fprintf(stderr, "guard: a child was not waited for\n") > 0;
	return count;
}

int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
				   CMFixtureFunction set_up, CMFixtureFunction tear_down);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
				   CMFixtureFunction set_up, CMFixtureFunction tear_down);

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
				   CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	struct process before;
	int failed;

	look(&before);
	failed = __real__cmocka_run_group_tests(name, tests, count, set_up, tear_down);
	return failed ? failed : print_leftovers(&before);
}

/* --- mutexes ---------------------------------------------------------------------------------- */

int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);

/* glibc writes the owner of a mutex of any kind and looks at it in few. */
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (mutex->__data.__owner != (int)syscall(SYS_gettid)) {
		fprintf(stderr, "guard: a mutex is unlocked by a thread that does not hold it\n");
		abort();
	}
	return __real_pthread_mutex_unlock(mutex);
}
