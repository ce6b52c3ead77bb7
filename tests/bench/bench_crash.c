/* bench_crash.c - how long a crash takes, from the failing instruction until the waiting nursery
 * may fork another child; and how long a trace takes, from the capture to the named frames,
 * including the symbolizer's process and everything in between: cold (a new symbolizer, and the
 * program's pages dropped from the page cache as far as the kernel allows) and warm (the same
 * address space again).
 *
 * The crash is a call chain of this program, which is linked with all our code, so its debug
 * information is that of all programs together. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"
#include "common/loop.h"
#include "crashd/helper.h"
#include "crashd/zygote.h"
#include "tests/system/capture_end.h"

#define LOG_SUBSYSTEM "bench"

#define DEATHS 200
#define WARM_RUNS 200
#define COLD_RUNS 10

static volatile int zero;

struct bench {
	struct loop *loop;
	struct capture capture;
	char directory[64];
	double seconds;
	size_t frames;
};

__attribute__((noinline)) static int crash_below(int depth)
{
	if (depth > 0)
		return crash_below(depth - 1) + zero;
	*(volatile int *)(uintptr_t)(unsigned)zero = 1;
	return zero;
}

struct death {
	struct capture_slot slot;
	uint64_t began_us;
};

/* Seconds from the signal to its end. */
static double die(struct death *death, struct capture *out)
{
	struct rlimit none = { 0, 0 };
	double seconds;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		capture_install(&death->slot);
		death->began_us = clock_boot_us();
		_exit(crash_below(20));
	}
	waitpid(pid, &status, 0);
	seconds = (double)(clock_boot_us() - death->began_us) / 1e6;
	capture_from_slot(&death->slot, out);
	capture_add_end(out, status);
	return seconds;
}

static void on_done(void *owner, const struct frames *frames, const char *fault, double seconds)
{
	struct bench *bench = owner;

	if (fault[0] != '\0' || !frames_place(frames))
		fatal(EX_SOFTWARE, "no trace", log_text("error", fault));
	bench->seconds = seconds;
	bench->frames = frames->count;
	loop_stop(bench->loop);
}

static double run_once(struct bench *bench, struct helper *helper)
{
	struct why why;

	if (!helper_start(helper, &bench->capture, &why))
		fatal(EX_OSERR, "cannot start", log_text("error", why.text));
	loop_run(bench->loop);
	return bench->seconds;
}

/* The pages mapped by a running process stay; this program's debug information does not. */
static void drop_from_page_cache(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static int by_value(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

static void print_row(const char *name, double *runs, size_t count)
{
	qsort(runs, count, sizeof(runs[0]), by_value);
	printf("%-6s %5zu runs   median %7.2f ms   90 %% %7.2f ms   worst %7.2f ms\n", name, count,
	       runs[count / 2] * 1e3, runs[count * 9 / 10] * 1e3, runs[count - 1] * 1e3);
}

int main(int argc, char **argv)
{
	double deaths[DEATHS], warm[WARM_RUNS], cold[COLD_RUNS];
	struct death *death = mmap(NULL, sizeof(*death), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct bench bench = { .directory = "/tmp/korone-bench-XXXXXX" };
	struct helper *helper;
	struct stat program;

	zygote_run_if_wanted(argc, argv);
	log_open("bench", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	if (!mkdtemp(bench.directory))
		fatal(EX_CANTCREAT, "no directory in /tmp");
	for (size_t i = 0; i < DEATHS; i++)
		deaths[i] = die(death, &bench.capture);
	bench.loop = loop_create();
	for (size_t i = 0; i < COLD_RUNS; i++) {
		drop_from_page_cache();
		helper = helper_create(bench.loop, bench.directory, on_done, &bench);
		cold[i] = run_once(&bench, helper);
		helper_destroy(helper);
	}
	helper = helper_create(bench.loop, bench.directory, on_done, &bench);
	run_once(&bench, helper);
	for (size_t i = 0; i < WARM_RUNS; i++)
		warm[i] = run_once(&bench, helper);
	helper_destroy(helper);
	loop_destroy(bench.loop);
	rmdir(bench.directory);
	stat("/proc/self/exe", &program);
	printf("symbolizing %zu frames of a program of %.1f MiB\n", bench.frames,
	       (double)program.st_size / 1048576);
	print_row("death", deaths, DEATHS);
	print_row("cold", cold, COLD_RUNS);
	print_row("warm", warm, WARM_RUNS);
	return deaths[DEATHS / 2] < 0.001 && warm[WARM_RUNS / 2] < 0.005 &&
			       cold[COLD_RUNS / 2] < 0.150
		       ? 0
		       : 1;
}
