/* put_off.c - what work that waits costs ingress: putting off, replacing and cancelling pieces
 * (default 1,000,000), each with its commit of 100; a person who is forgotten, a group that moves;
 * a start; and the memory of each. Usage: put_off [DIRECTORY [PIECES]] */
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "ingress/pools/put_off.h"

#define BATCH 100
/* Of what the host writes behind the head (workers/host/later.h), with a short slug. */
#define BODY 330
#define CHATS 10000u
#define PEOPLE 50000u
#define AFTER_MS (INT64_C(30) * 86400000)

struct bench {
	struct spool *spool;
	struct dispatch *dispatch;
	struct joins joins;
	struct put_off put_off;
	const struct live_update *by;
	uint64_t now_ms;
};

static uint64_t cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static size_t memory_in_use(void)
{
#ifdef __GLIBC__
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#else
	return 0; /* unknown */
#endif
}

static void on_update(void *owner, const struct spool_update *update)
{
	struct bench *bench = owner;

	dispatch_add(bench->dispatch, update, bench->now_ms);
}

/* Opens it with what is there, and an update in flight, whose handler gives all orders. */
static void open_bench(struct bench *bench, const char *directory)
{
	const struct spool_options options = { .directory = directory,
					       .bot_id = 1,
					       .max_bytes = INT64_C(1) << 40 };
	const struct spool_replay replay = { .owner = bench, .update = on_update };
	struct spool_update update = { .seq = 1, .update_id = 1 };
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;
	struct why why;

	*bench = (struct bench) { .now_ms = clock_utc_ns() / 1000000 };
	bench->dispatch = dispatch_create();
	bench->spool = spool_open(&options, &replay, &why);
	if (!bench->spool) {
		fprintf(stderr, "put_off: %s\n", why.text);
		exit(1);
	}
	bench->put_off = (struct put_off) { .spool = bench->spool,
					    .dispatch = bench->dispatch,
					    .joins = &bench->joins };
	dispatch_add(bench->dispatch, &update, bench->now_ms);
	dispatch_open(bench->dispatch, 0);
	dispatch_set_credit(bench->dispatch, 0, 1);
	dispatch_start_turn(bench->dispatch);
	(void)dispatch_take(bench->dispatch, run, &consumer);
	bench->by = run[0];
}

static void close_bench(struct bench *bench)
{
	spool_close(bench->spool);
	put_off_finish(&bench->put_off);
	dispatch_destroy(bench->dispatch);
}

static void write_order(enum order_kind kind, uint64_t number, struct buffer *out)
{
	static char rest[BODY];
	const struct piece piece = { .key = number + 1,
				     .chat_id = -1 - (int64_t)(number % CHATS),
				     .person_id = 1 + (int64_t)(number % PEOPLE) };
	struct order order = { .kind = kind,
			       .after_ms = number * 7919 % (uint64_t)AFTER_MS,
			       .id = piece.chat_id,
			       .key = piece.key };
	struct buffer body = { 0 };

	piece_write(&piece, &body);
	buffer_append(&body, rest, sizeof(rest));
	order.body = (struct text) { (const char *)buffer_unread(&body),
				     buffer_unread_size(&body) };
	order_write(&order, out);
	buffer_finish(&body);
}

static void flush(struct bench *bench)
{
	spool_commit(bench->spool, true, NULL, NULL);
	(void)spool_flush(bench->spool, 60000);
}

static void measure(struct bench *bench, const char *what, enum order_kind kind, uint64_t count)
{
	uint64_t began_us = clock_boot_us(), began_cpu = cpu_us();
	struct buffer orders = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		buffer_clear(&orders);
		write_order(kind, i, &orders);
		put_off_apply(&bench->put_off, bench->by,
			      (struct text) { (const char *)buffer_unread(&orders),
					      buffer_unread_size(&orders) },
			      bench->now_ms);
		if (i % BATCH == BATCH - 1)
			flush(bench);
	}
	flush(bench);
	printf("%s: %.2f us of CPU a piece, %.0f a second\n", what,
	       (double)(cpu_us() - began_cpu) / (double)count,
	       (double)count * 1e6 / (double)(clock_boot_us() - began_us));
	buffer_finish(&orders);
}

int main(int argc, char **argv)
{
	char template[] = "/var/tmp/korone-bench-XXXXXX";
	const char *directory = argc > 1 ? argv[1] : mkdtemp(template);
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	char *command = xasprintf("rm -rf '%s'", directory);
	size_t memory = memory_in_use();
	struct bench bench;
	uint64_t began_us;

	open_bench(&bench, directory);
	measure(&bench, "put off", ORDER_PUT, count);
	printf("%zu pieces wait\n", dispatch_waiting_work(bench.dispatch));
	printf("memory: %.0f bytes a piece\n", (double)(memory_in_use() - memory) / (double)count);
	measure(&bench, "put off again", ORDER_PUT, count);
	began_us = clock_boot_us();
	put_off_forget(&bench.put_off, false, 7);
	printf("a person is forgotten: %.1f ms\n", (double)(clock_boot_us() - began_us) / 1000);
	began_us = clock_boot_us();
	put_off_move(&bench.put_off, -7, -1000007);
	printf("a group of %" PRIu64 " moves: %.1f ms\n", count / CHATS,
	       (double)(clock_boot_us() - began_us) / 1000);
	flush(&bench);
	close_bench(&bench);
	began_us = clock_boot_us();
	open_bench(&bench, directory);
	printf("a start: %.2f s\n", (double)(clock_boot_us() - began_us) / 1e6);
	measure(&bench, "cancel", ORDER_CANCEL, count);
	close_bench(&bench);
	if (argc < 2 && system(command) != 0)
		return 1;
	free(command);
	return 0;
}
