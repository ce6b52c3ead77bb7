/* bench_nursery.c - how long a pool waits for a new child: from the parent's request until the
 * process exists, and until it says that it can take work. One at a time, next to as many children
 * as a busy pool has. For comparison it prints how long the machine takes to send a single byte to
 * another process and back: on a busy machine that is most of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/settings.h"
#include "common/xalloc.h"
#include "workers/child/nursery.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"
#include "workers/parent/nursery_link.h"
#include "workers/wire/frame.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

#define FORKS 500u
#define BESIDE 64u

struct bench {
	struct loop *loop;
	struct nursery_link *nursery;
	int sockets[BESIDE]; /* of the latest children, in rotation; 0: none */
	unsigned count;
	uint64_t asked_us;
	uint64_t echo_us[FORKS], fork_us[FORKS], ready_us[FORKS];
	int echo; /* a process that echoes what it receives */
	struct buffer in;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *what, uint64_t *times_us)
{
	qsort(times_us, FORKS, sizeof(*times_us), compare);
	printf("  %-28s p50 %5.2f ms, p99 %5.2f ms, at most %5.2f ms\n", what,
	       (double)times_us[FORKS / 2] / 1000, (double)times_us[FORKS * 99 / 100] / 1000,
	       (double)times_us[FORKS - 1] / 1000);
}

static int start_echo(void)
{
	int pair[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		panic("no socket");
	if (fork() == 0) {
		close(pair[0]);
		while (read(pair[1], &byte, 1) == 1 && write(pair[1], &byte, 1) == 1)
			;
		_exit(0);
	}
	close(pair[1]);
	return pair[0];
}

static uint64_t time_echo(int echo)
{
	uint64_t began_us = clock_boot_us();
	char byte = 0;

	if (write(echo, &byte, 1) != 1 || read(echo, &byte, 1) != 1)
		panic("the echo is silent");
	return clock_boot_us() - began_us;
}

static void start_child(struct bench *bench);

static void on_child(void *owner, int fd, uint32_t events)
{
	struct bench *bench = owner;
	struct frame frame;

	(void)events;
	if (frame_fill(fd, &bench->in, 4096, NULL) == FRAME_IO_END)
		panic("a child ended");
	if (frame_take(&bench->in, &frame) != FRAME_TAKEN || frame.type != WIRE_READY)
		return;
	loop_unwatch(bench->loop, fd);
	bench->ready_us[bench->count++] = clock_boot_us() - bench->asked_us;
	if (bench->count == FORKS)
		loop_stop(bench->loop);
	else
		start_child(bench);
}

static void start_child(struct bench *bench)
{
	const struct bot bot = { .id = 42, .username = "bench_bot" };
	int *place = &bench->sockets[bench->count % BESIDE];
	struct buffer out = { 0 };
	struct why why;
	int pair[2], scoreboard = scoreboard_create(&why);

	if (*place)
		close(*place); /* the oldest leaves */
	if (scoreboard < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		panic("no scoreboard or no socket");
	bench->echo_us[bench->count] = time_echo(bench->echo);
	bench->asked_us = clock_boot_us();
	if (!nursery_link_fork(bench->nursery, NURSERY_CHILD, bench->count + 1, pair[1],
			       scoreboard))
		panic("the nursery does not take requests");
	frame_append(&out, WIRE_BOT, &bot, sizeof(bot), NULL, 0);
	if (frame_flush(pair[0], &out, NULL) != FRAME_IO_OK)
		panic("a child takes no frame");
	loop_watch(bench->loop, pair[0], EPOLLIN, on_child, bench);
	*place = pair[0];
	buffer_finish(&out);
	close(pair[1]);
	close(scoreboard);
}

static void on_ready(void *owner, struct nursery_link *link, const struct nursery_ready *ready)
{
	(void)link;
	(void)ready;
	start_child(owner);
}

static void on_failed(void *owner, struct nursery_link *link, const char *reason)
{
	(void)owner;
	(void)link;
	panic("cannot load the modules: %s", reason);
}

static void on_forked(void *owner, uint64_t serial, pid_t pid, int error)
{
	struct bench *bench = owner;

	if (!pid)
		panic("fork: %s", strerror(error));
	bench->fork_us[serial - 1] = clock_boot_us() - bench->asked_us;
}

static void on_died(void *owner, pid_t pid, int status, uint32_t max_rss_kib)
{
	(void)owner;
	(void)pid;
	(void)status;
	(void)max_rss_kib;
}

static void on_gone(void *owner, struct nursery_link *link, int status)
{
	(void)owner;
	(void)link;
	panic("the nursery is gone, status %d", status);
}

int main(int argc, char **argv)
{
	const struct settings settings = { .database_url = "postgresql:///bench",
					   .redis_url = "unix:///nowhere",
					   .privacy_key = "a privacy key for the bench",
					   .state_dir = argc == 2 ? argv[1] : "",
					   .run_dir = argc == 2 ? argv[1] : "",
					   .default_locale = "en_US",
					   .modules_load = "*",
					   .child_memory_max = 256 << 20,
					   .log_level = LOG_LEVEL_WARN };
	struct bench bench = { .loop = loop_create() };
	const struct nursery_events events = { .owner = &bench,
					       .ready = on_ready,
					       .failed = on_failed,
					       .forked = on_forked,
					       .died = on_died,
					       .gone = on_gone };
	struct why why;

	if (argc == 2 && !strcmp(argv[1], NURSERY_OPTION))
		return nursery_main(compiled_modules);
	if (argc != 2) {
		fprintf(stderr, "usage: bench_nursery DIRECTORY\n");
		return 64;
	}
	bench.echo = start_echo();
	bench.nursery = nursery_link_create(bench.loop, &settings, STDERR_FILENO, &events);
	if (!nursery_link_start(bench.nursery, &why))
		panic("%s", why.text);
	loop_run(bench.loop);
	nursery_link_destroy(bench.nursery);
	printf("a new child, %u of them, %u at a time\n", FORKS, BESIDE);
	print("a byte there and back", bench.echo_us);
	print("asked until it exists", bench.fork_us);
	print("asked until it takes work", bench.ready_us);
	return 0;
}
