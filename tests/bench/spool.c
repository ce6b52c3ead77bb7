/* spool.c - the spool's cost: appending and finishing batches of 100 updates of 1 KB, then building
 * a backlog (default 1,000,000) and starting with it, then with as much work that is put off, and
 * what that costs beside traffic. Usage: spool [DIRECTORY [UPDATES]] */
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "ingress/spool/spool.h"
#include "tests/bench/sync_time.h"

#define BATCH 100
#define BODY 1000
#define FLOW_BATCHES 2000
#define READS 100000
/* Of work that is put off (workers/host/skeleton.h), with a short slug. */
#define WAITING_BODY 330
#define WAITING_SEGMENT_MS 2000 /* a 20th of what it is: so 20 s are as 400 */
#define WAITING_ROUNDS 200
#define WAITING_ROUND_US 100000

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
	(void)update;
	++*(uint64_t *)owner;
}

static struct spool *open_spool(const char *directory, uint64_t segment_ms, uint64_t *found)
{
	struct spool_options options = { .directory = directory,
					 .bot_id = 1,
					 .segment_ms = segment_ms,
					 .max_bytes = INT64_C(8) << 30 };
	struct spool_replay replay = { .owner = found, .update = on_update };
	struct why why = { "" };
	struct spool *spool = spool_open(&options, &replay, &why);

	if (!spool) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	return spool;
}

static void append_batch(struct spool *spool, uint64_t *seqs)
{
	static char body[BODY];

	for (int i = 0; i < BATCH; i++) {
		struct spool_update update = { .update_id = i, .received_ms = 1 };

		memset(body, 'a' + i % 26, sizeof(body));
		spool_append_update(spool, &update, body, sizeof(body));
		seqs[i] = update.seq;
	}
	spool_commit(spool, true, NULL, NULL);
}

/* Each batch is durable before the next is appended, and done two batches later. */
static void measure_flow(const char *directory)
{
	uint64_t found = 0, seqs[3][BATCH], wall = 0, cpu;
	struct spool *spool = open_spool(directory, 0, &found);
	struct buffer body = { 0 };

	wall = clock_boot_us();
	cpu = cpu_us();
	for (int i = 0; i < FLOW_BATCHES; i++) {
		append_batch(spool, seqs[i % 3]);
		spool_flush(spool, 10000);
		for (int j = 0; j < BATCH; j++) {
			buffer_clear(&body);
			if (!spool_read(spool, seqs[i % 3][j], &body, NULL))
				abort();
		}
		if (i >= 2)
			spool_append_done(spool, seqs[(i + 1) % 3], BATCH);
	}
	wall = clock_boot_us() - wall;
	cpu = cpu_us() - cpu;
	printf("flow: %d batches of %d: %.0f updates/s, CPU %.2f us/update, last sync %" PRIu64
	       " us\n",
	       FLOW_BATCHES, BATCH, FLOW_BATCHES * (double)BATCH * 1e6 / (double)wall,
	       (double)cpu / (FLOW_BATCHES * BATCH), atomic_load(&last_sync_us));
	buffer_finish(&body);
	spool_close(spool);
}

static void measure_backlog(const char *directory, uint64_t count)
{
	uint64_t found = 0, seqs[BATCH], first = 0, start_us;
	struct spool *spool = open_spool(directory, 0, &found);
	struct buffer body = { 0 };
	size_t before;

	for (uint64_t i = 0; i < count; i += BATCH) {
		append_batch(spool, seqs);
		first = first ? first : seqs[0];
		if (!spool_flush(spool, 60000))
			abort();
	}
	spool_close(spool);
	xtrim();
	before = memory_in_use();
	found = 0;
	start_us = clock_boot_us();
	spool = open_spool(directory, 0, &found);
	printf("start: %" PRIu64 " updates, %.2f GB in %.2f s, %.1f bytes of memory each\n", found,
	       (double)spool_bytes(spool) / 1e9, (double)(clock_boot_us() - start_us) / 1e6,
	       (double)(memory_in_use() - before) / (double)found);
	start_us = clock_boot_us();
	for (uint64_t i = 0; i < READS; i++) {
		buffer_clear(&body);
		if (!spool_read(spool, first + i * 7919 % count, &body, NULL))
			abort();
	}
	printf("read: %.2f us each, in random order\n",
	       (double)(clock_boot_us() - start_us) / READS);
	start_us = clock_boot_us();
	for (uint64_t i = 0; i < READS; i++)
		spool_append_done(spool, &(uint64_t) { first + i * 7919 % count }, 1);
	printf("done: %.2f us each, in random order\n",
	       (double)(clock_boot_us() - start_us) / READS);
	buffer_finish(&body);
	spool_close(spool);
}

/* The updates of a batch become work that is due in a hundred years. */
static void put_off_batch(struct spool *spool, const uint64_t *seqs)
{
	static char body[WAITING_BODY];

	for (int i = 0; i < BATCH; i++) {
		const struct spool_update work = { .seq = seqs[i],
						   .update_id = i,
						   .received_ms = 1,
						   .flags = ITEM_WORK,
						   .due_ms = UINT64_C(4900000000000) };

		spool_append_replacement(spool, &work, body, sizeof(body));
	}
	spool_commit(spool, true, NULL, NULL);
}

/* What this process has given to write, since it started. */
static uint64_t bytes_written(void)
{
	uint64_t bytes = 0;
	char line[128];
	FILE *file = fopen("/proc/self/io", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "wchar: %" SCNu64, &bytes) == 1)
			break;
	if (file)
		fclose(file);
	return bytes;
}

/* Traffic of 1,000 updates a second, each done 100 ms later, beside what waits. */
static void pass_time(struct spool *spool)
{
	uint64_t seqs[2][BATCH], next_us = clock_boot_us();

	for (int i = 0; i < WAITING_ROUNDS; i++) {
		append_batch(spool, seqs[i % 2]);
		if (i > 0)
			spool_append_done(spool, seqs[(i + 1) % 2], BATCH);
		spool_commit(spool, true, NULL, NULL);
		next_us += WAITING_ROUND_US;
		while (clock_boot_us() < next_us) {
			uint64_t rest_us = spool_tend(spool) * 1000;

			usleep((useconds_t)(rest_us < 10000 ? rest_us : 10000));
			if (!spool_flush(spool, 60000))
				abort();
		}
	}
}

static void measure_waiting(const char *directory, uint64_t count)
{
	const double traffic = (double)WAITING_ROUNDS * BATCH * BODY;
	uint64_t found = 0, seqs[BATCH], before;
	struct spool *spool = open_spool(directory, WAITING_SEGMENT_MS, &found);

	for (uint64_t i = 0; i < count; i += BATCH) {
		append_batch(spool, seqs);
		put_off_batch(spool, seqs);
		if (!spool_flush(spool, 60000))
			abort();
	}
	pass_time(spool);
	before = bytes_written();
	pass_time(spool);
	printf("waiting: %" PRIu64 " pieces of work, %.2f GB; beside traffic of %.0f MB in %d "
	       "lifetimes of a segment %.0f MB are written\n",
	       count, (double)spool_bytes(spool) / 1e9, traffic / 1e6,
	       WAITING_ROUNDS * WAITING_ROUND_US / 1000 / WAITING_SEGMENT_MS,
	       (double)(bytes_written() - before) / 1e6);
	spool_close(spool);
}

int main(int argc, char **argv)
{
	char template[] = "/var/tmp/korone-bench-XXXXXX";
	const char *directory = argc > 1 ? argv[1] : mkdtemp(template);
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	char *command = xasprintf("rm -rf '%s'", directory);
	char *waiting = xasprintf("%s/waiting", directory);

	measure_flow(directory);
	measure_backlog(directory, count);
	if (mkdir(waiting, 0700) != 0)
		return 1;
	measure_waiting(waiting, count);
	if (argc < 2 && system(command) != 0)
		return 1;
	free(waiting);
	free(command);
	return 0;
}
