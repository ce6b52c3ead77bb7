/* bench_sender.c - the sender's cost per call: CPU per sendMessage at a given concurrency.
 *
 *     bench_sender API_URL TOKEN CHAT CALLS AT_ONCE
 *
 * Only the requests (telegram.h): no queue, no parent. calls.py starts the simulator for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "workers/sender/telegram.h"

struct bench {
	struct loop *loop;
	struct telegram *telegram;
	struct call call;
	unsigned long left, flying, at_once, failed;
};

static bool before(void *owner, void *tag, unsigned times)
{
	(void)owner;
	(void)tag;
	return times == 1;
}

static void after(void *owner, void *tag, const struct telegram_answer *answer)
{
	struct bench *bench = owner;

	(void)tag;
	bench->failed += answer->http_status != 200;
	bench->flying--;
	if (!bench->left && !bench->flying)
		loop_stop(bench->loop);
}

static bool on_turn(void *owner)
{
	struct bench *bench = owner;

	while (bench->left && bench->flying < bench->at_once) {
		bench->left--;
		bench->flying++;
		telegram_request(bench->telegram, &bench->call, 40000, bench);
	}
	telegram_kick(bench->telegram);
	/* The call may be over already. */
	return bench->left && bench->flying < bench->at_once;
}

static double microseconds(struct timeval time)
{
	return 1e6 * (double)time.tv_sec + (double)time.tv_usec;
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };
	const struct telegram_events events = { .owner = &bench, .before = before, .after = after };
	struct rusage spent;
	struct why why;

	if (argc != 6) {
		fprintf(stderr, "usage: bench_sender API_URL TOKEN CHAT CALLS AT_ONCE\n");
		return 64;
	}
	char *body = xasprintf("{\"chat_id\":%s,\"text\":\"pong 123456\"}", argv[3]);
	unsigned long calls = strtoul(argv[4], NULL, 10);

	bench.call = (struct call) { .method = { "sendMessage", 11 },
				     .body = { body, strlen(body) } };
	bench.left = calls;
	bench.at_once = strtoul(argv[5], NULL, 10);
	bench.loop = loop_create();
	bench.telegram = telegram_create(bench.loop, argv[1], argv[2], &events, &why);
	if (!bench.telegram || !calls || !bench.at_once)
		return 64;
	loop_add_hook(bench.loop, on_turn, &bench);
	uint64_t began_us = clock_boot_us();
	loop_run(bench.loop);
	double seconds = (double)(clock_boot_us() - began_us) / 1e6;

	getrusage(RUSAGE_SELF, &spent);
	printf("%6lu at once %8.0f calls/s %6.1f us of CPU each (user %.1f, system %.1f)\n",
	       bench.at_once, (double)calls / seconds,
	       (microseconds(spent.ru_utime) + microseconds(spent.ru_stime)) / (double)calls,
	       microseconds(spent.ru_utime) / (double)calls,
	       microseconds(spent.ru_stime) / (double)calls);
	telegram_destroy(bench.telegram);
	loop_destroy(bench.loop);
	free(body);
	return bench.failed ? 1 : 0;
}
