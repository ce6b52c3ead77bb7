/* bench_ingress.c - what an update costs in ingress: JSON -> spool -> durable -> dispatched ->
 * done.
 *
 *     bench_ingress flow    [UPDATES [POOLS]]   updates/s and CPU per update with synthetic pools
 *     bench_ingress backlog [UPDATES [LANES]]   memory per waiting update, start-up, dispatch rate
 *     bench_ingress latency [UPDATES]           poll -> pool when nothing else is to be done
 *
 * The real intake, spool, dispatcher and ZeroMQ link run here; Telegram is replaced by batches in
 * memory, the pools by processes that say DONE at once, the recorder by nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "ingress/intake.h"
#include "ingress/metrics.h"
#include "ingress/pools.h"
#include "ingress/sightings.h"
#include "ingress/spool.h"

#define BATCH 100
#define WINDOW 512
#define BACKLOG_MAX 20000

/* --- the recorder's side: nothing ------------------------------------------------------------- */

void sightings_add(struct sightings *sightings, const struct sighting *sighting)
{
	(void)sightings;
	(void)sighting;
}

void sightings_durable(struct sightings *sightings)
{
	(void)sightings;
}

/* --- when a pool got the latest update, in memory that the processes share ---------------------
 */

struct arrival {
	_Atomic uint64_t seq, at_us;
};

static struct arrival *arrival;

static void share_arrival(void)
{
	arrival = mmap(NULL, sizeof(*arrival), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (arrival == MAP_FAILED)
		fatal_at(70, "bench", "no memory to share");
}

/* --- a synthetic pool ------------------------------------------------------------------------- */

struct pool {
	struct zlink *link;
	struct loop *loop;
	struct loop_timer beat;
	uint64_t session, received, number;
	bool open;
	struct message_verdict verdicts[MESSAGE_ITEMS_MAX];
	size_t count;
	struct buffer out;
	struct arena arena;
};

static void pool_send(struct pool *pool)
{
	(void)zlink_send(pool->link, NULL, buffer_unread(&pool->out),
			 buffer_unread_size(&pool->out));
	buffer_clear(&pool->out);
}

static void pool_beat(void *owner)
{
	struct pool *pool = owner;

	loop_timer_set(pool->loop, &pool->beat, BEAT_MS);
	if (pool->open) {
		struct message_pool_beat beat = { .session = pool->session,
						  .credit_limit = pool->received + WINDOW };

		message_encode_pool_beat(&beat, &pool->out);
	} else {
		struct message_pool_hello hello = { .oldest = PROTOCOL_OLDEST,
						    .newest = PROTOCOL_VERSION,
						    .session = pool->session,
						    .pool = { "bench", 5 },
						    .host = { "bench", 5 },
						    .version = { "0", 1 },
						    .kinds = 1u << KIND_MESSAGE };

		message_encode_pool_hello(&hello, &pool->out);
	}
	pool_send(pool);
}

static bool pool_flush(void *owner)
{
	struct pool *pool = owner;
	struct message_verdicts message = { .session = pool->session,
					    .credit_limit = pool->received + WINDOW,
					    .verdicts = pool->verdicts,
					    .count = pool->count };

	if (pool->count == 0)
		return false;
	message_encode_verdicts(&message, &pool->out);
	pool->count = 0;
	pool_send(pool);
	return false;
}

static void pool_take(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct pool *pool = owner;
	enum message_number number;
	struct message_updates updates;
	struct why why;

	(void)from;
	if (!message_number(data, size, &number, &why))
		return;
	if (number == MESSAGE_WELCOME) {
		pool->open = true;
		pool_beat(pool);
	}
	if (number != MESSAGE_UPDATES ||
	    !message_decode_updates(data, size, &pool->arena, &updates, &why))
		return;
	pool->received += updates.count;
	if (updates.count > 0) {
		arrival->at_us = clock_boot_us();
		arrival->seq = updates.items[updates.count - 1].seq;
	}
	for (size_t i = 0; i < updates.count; i++) {
		if (pool->count == MESSAGE_ITEMS_MAX)
			pool_flush(pool);
		pool->verdicts[pool->count++] = (struct message_verdict) {
			.number = ++pool->number, .seq = updates.items[i].seq, .step = VERDICT_DONE
		};
	}
	arena_reset(&pool->arena);
}

static pid_t start_pool(const char *endpoint)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);

	struct pool *pool = xmalloc(sizeof(*pool));
	struct zlink_options options = { .endpoint = endpoint, .receive_max = MESSAGE_SIZE_MAX };
	struct why why;
	pool->loop = loop_create();
	pool->session = random_u64() | 1;
	pool->link = zlink_connect(zcontext_create(1), &options, &why);
	if (!pool->link)
		fatal_at(70, "bench", "%s", why.text);
	pool->beat = (struct loop_timer) { .fn = pool_beat, .owner = pool };
	zlink_attach(pool->link, pool->loop, pool_take, pool);
	loop_add_hook(pool->loop, pool_flush, pool);
	pool_beat(pool);
	loop_run(pool->loop);
	_exit(0);
}

/* --- Telegram's side -------------------------------------------------------------------------- */

struct bench {
	struct loop *loop;
	struct spool *spool;
	struct pools *pools;
	struct intake *intake;
	struct zcontext *context;
	size_t updates, lanes, fed;
	struct loop_timer timer;
	struct buffer answer;
	size_t first, step; /* of the elements in the answer */
	bool only_feed;
	bool feeding;
};

/* Numbers of fixed width are written into a finished text, so that little of what is measured is
 * this. */
static void put_number(char *at, size_t number)
{
	for (size_t i = 10; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
}

static const char element[] =
	"{\"update_id\":UUUUUUUUUU,\"message\":{\"message_id\":12345,\"from\":{\"id\":CCCCCCCCCC,"
	"\"is_bot\":false,\"first_name\":\"Ann\",\"username\":\"ann_of_the_bench\","
	"\"language_code\":\"en\"},\"chat\":{\"id\":DDDDDDDDDD,\"first_name\":\"Ann\","
	"\"username\":\"ann_of_the_bench\",\"type\":\"private\"},\"date\":1700000000,"
	"\"text\":\"%s\"}},";

static void make_template(struct bench *bench)
{
	char padding[700];

	memset(padding, 'x', sizeof(padding) - 1);
	padding[sizeof(padding) - 1] = '\0';
	buffer_append_text(&bench->answer, "{\"ok\":true,\"result\":[");
	bench->first = buffer_unread_size(&bench->answer);
	for (size_t i = 0; i < BATCH; i++)
		buffer_printf(&bench->answer, element, padding);
	bench->step = (buffer_unread_size(&bench->answer) - bench->first) / BATCH;
	buffer_unread(&bench->answer)[buffer_unread_size(&bench->answer) - 1] = ']';
	buffer_append_text(&bench->answer, "}");
}

static void make_batch(struct bench *bench)
{
	size_t user = (size_t)(strchr(element, 'C') - element);
	size_t chat = (size_t)(strchr(element, 'D') - element);

	for (size_t i = 0; i < BATCH; i++) {
		char *at = buffer_text(&bench->answer) + bench->first + i * bench->step;
		size_t id = bench->fed + i;
		/* A few chats that write much and many that write little. */
		size_t lane = (id * 2654435761u >> 7) %
			      (id % 3 ? bench->lanes : bench->lanes / 20 + 1);

		put_number(at + strlen("{\"update_id\":"), 1000000000 + id);
		put_number(at + user, 5000000000 + lane);
		put_number(at + chat, 5000000000 + lane);
	}
}

static void feed(void *owner);

static void on_durable(void *owner)
{
	struct bench *bench = owner;

	bench->feeding = false;
	feed(bench);
}

static void feed(void *owner)
{
	struct bench *bench = owner;
	struct intake_batch batch;
	struct why why;

	if (bench->feeding || bench->fed >= bench->updates)
		return;
	if (!bench->only_feed && dispatch_backlog(pools_dispatch(bench->pools)) > BACKLOG_MAX) {
		loop_timer_set(bench->loop, &bench->timer, 1);
		return;
	}
	make_batch(bench);
	if (!intake_take_answer(bench->intake, buffer_text(&bench->answer),
				buffer_unread_size(&bench->answer), false, &batch, on_durable,
				bench, &why))
		fatal_at(70, "bench", "%s", why.text);
	bench->feeding = true;
	bench->fed += BATCH;
}

static bool stop_when_done(void *owner)
{
	struct bench *bench = owner;

	if (bench->fed >= bench->updates && !bench->feeding &&
	    (bench->only_feed || dispatch_backlog(pools_dispatch(bench->pools)) == 0))
		loop_stop(bench->loop);
	return false;
}

static void on_update(void *owner, const struct spool_update *update)
{
	struct bench *bench = owner;

	pools_restore_update(bench->pools, update);
	intake_restore_update(bench->intake, update);
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	(void)owner;
	(void)sighting;
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	struct bench *bench = owner;

	intake_restore_meta(bench->intake, key, value, size);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	fprintf(stderr, "damage: %s %llu %llu %s\n", segment, (unsigned long long)offset,
		(unsigned long long)bytes, what);
}

static void open_all(struct bench *bench, const char *directory, const char *endpoint)
{
	static struct settings settings = { .max_attempts = 2, .curve_dir = "" };
	struct spool_options options = { .directory = directory,
					 .bot_id = 1,
					 .max_bytes = (int64_t)8 << 30 };
	struct spool_replay replay = { bench, on_update, on_sighting, on_meta, on_damage };
	struct why why;

	settings.updates_endpoint = endpoint;
	bench->loop = loop_create();
	bench->pools = pools_create();
	bench->intake = intake_create();
	bench->spool = spool_open(&options, &replay, &why);
	if (!bench->spool)
		fatal_at(70, "bench", "%s", why.text);
	spool_attach(bench->spool, bench->loop);
	bench->context = zcontext_create(1);
	struct pools_options links = { bench->context, bench->loop, bench->spool, &settings };
	if (!pools_open(bench->pools, &links, &why))
		fatal_at(70, "bench", "%s", why.text);
	intake_open(bench->intake,
		    &(struct intake_options) { .spool = bench->spool, .pools = bench->pools });
	bench->timer = (struct loop_timer) { .fn = feed, .owner = bench };
	loop_add_hook(bench->loop, stop_when_done, bench);
	bench->fed = 0;
}

static void close_all(struct bench *bench)
{
	spool_flush(bench->spool, 5000);
	loop_timer_clear(bench->loop, &bench->timer);
	pools_destroy(bench->pools);
	intake_destroy(bench->intake);
	spool_close(bench->spool);
	zcontext_destroy(bench->context);
	loop_destroy(bench->loop);
}

/* --- measuring -------------------------------------------------------------------------------- */

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static size_t resident_bytes(void)
{
	size_t pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*s %zu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void run(struct bench *bench, const char *what)
{
	uint64_t start_us = clock_boot_us();
	double cpu = cpu_us();
	uint64_t syncs = spool_syncs(bench->spool);
	size_t before = dispatch_backlog(pools_dispatch(bench->pools));

	feed(bench);
	loop_run(bench->loop);
	double seconds = (double)(clock_boot_us() - start_us) / 1e6;
	double count = (double)(bench->fed > before ? bench->fed : before);
	printf("%-28s %9.0f updates/s  %6.2f us CPU/update  %8.1f s  %llu syncs\n", what,
	       count / seconds, (cpu_us() - cpu) / count, seconds,
	       (unsigned long long)(spool_syncs(bench->spool) - syncs));
}

static void measure_flow(struct bench *bench, const char *directory, const char *endpoint,
			 size_t pools)
{
	pid_t pids[64];

	for (size_t i = 0; i < pools; i++)
		pids[i] = start_pool(endpoint);
	open_all(bench, directory, endpoint);
	run(bench, "poll to done");
	for (size_t i = 0; i < pools; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	close_all(bench);
}

/* One update after the other, each after a pause in which everything falls asleep. */
#define PAUSE_MS 5

struct latency {
	struct bench *bench;
	struct loop_timer timer;
	uint64_t asked_us, durable_us;
	uint64_t *added_us, *sync_us; /* by update */
	size_t done;
};

static void on_latency_durable(void *owner)
{
	((struct latency *)owner)->durable_us = clock_boot_us();
}

static void take_one(struct latency *latency)
{
	struct bench *bench = latency->bench;
	struct json_slice one = { buffer_text(&bench->answer) + bench->first, bench->step - 1 };

	make_batch(bench);
	bench->fed++;
	latency->asked_us = clock_boot_us();
	latency->durable_us = 0;
	intake_take_update(bench->intake, one, on_latency_durable, latency);
}

/* The update before this one has long arrived. */
static void on_pause_over(void *owner)
{
	struct latency *latency = owner;
	struct bench *bench = latency->bench;

	loop_timer_set(bench->loop, &latency->timer, PAUSE_MS);
	if (pools_ready(bench->pools) == 0 || dispatch_backlog(pools_dispatch(bench->pools)) > 0)
		return;
	if (latency->durable_us != 0 && arrival->at_us >= latency->durable_us) {
		uint64_t sync_us = spool_sync_us(bench->spool);
		uint64_t all_us = arrival->at_us - latency->asked_us;

		latency->sync_us[latency->done] = sync_us;
		latency->added_us[latency->done++] = all_us > sync_us ? all_us - sync_us : 0;
	}
	if (latency->done == bench->updates)
		loop_stop(bench->loop);
	else
		take_one(latency);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void print_percentiles(const char *what, uint64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_u64);
	printf("%-28s p50 %6llu us  p99 %6llu us  max %6llu us\n", what,
	       (unsigned long long)values[count / 2],
	       (unsigned long long)values[count - 1 - count / 100],
	       (unsigned long long)values[count - 1]);
}

static void measure_latency(struct bench *bench, const char *directory, const char *endpoint)
{
	struct latency latency = { .bench = bench };
	pid_t pid = start_pool(endpoint);

	open_all(bench, directory, endpoint);
	loop_remove_hook(bench->loop, stop_when_done, bench);
	latency.added_us = xcalloc(bench->updates, sizeof(*latency.added_us));
	latency.sync_us = xcalloc(bench->updates, sizeof(*latency.sync_us));
	latency.timer = (struct loop_timer) { .fn = on_pause_over, .owner = &latency };
	loop_timer_set(bench->loop, &latency.timer, PAUSE_MS);
	loop_run(bench->loop);
	loop_timer_clear(bench->loop, &latency.timer);
	print_percentiles("poll to pool, idle, less sync", latency.added_us, latency.done);
	print_percentiles("the sync", latency.sync_us, latency.done);
	free(latency.added_us);
	free(latency.sync_us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close_all(bench);
}

static void measure_backlog(struct bench *bench, const char *directory, const char *endpoint)
{
	size_t resident;
	pid_t pid;

	open_all(bench, directory, endpoint);
	resident = resident_bytes();
	bench->only_feed = true;
	run(bench, "filling the backlog");
	printf("%-28s %9.1f bytes/update\n", "memory of what waits",
	       (double)(resident_bytes() - resident) / (double)bench->fed);
	close_all(bench);

	pid = start_pool(endpoint);
	uint64_t start_us = clock_boot_us();
	open_all(bench, directory, endpoint);
	printf("%-28s %9.2f s\n", "start-up with the backlog",
	       (double)(clock_boot_us() - start_us) / 1e6);
	bench->only_feed = false;
	bench->fed = bench->updates;
	run(bench, "emptying the backlog");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close_all(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = { .updates = argc > 2 ? strtoul(argv[2], NULL, 10) : 300000,
			       .lanes = 10000 };
	size_t third = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	char base[] = "/tmp/bench-ingress.XXXXXX";

	if (argc < 2 || !mkdtemp(base)) {
		fprintf(stderr,
			"usage: bench_ingress flow|backlog|latency [UPDATES [POOLS|LANES]]\n");
		return 64;
	}
	char *directory = xasprintf("%s/spool", base);
	char *endpoint = xasprintf("ipc://%s/run/updates", base);
	char *clean = xasprintf("rm -rf '%s'", base);
	log_open("bench", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	ingress_metrics_register();
	make_template(&bench);
	share_arrival();
	if (!strcmp(argv[1], "latency")) {
		measure_latency(&bench, directory, endpoint);
	} else if (!strcmp(argv[1], "flow")) {
		measure_flow(&bench, directory, endpoint, third && third <= 64 ? third : 4);
	} else {
		bench.lanes = third ? third : 10000;
		measure_backlog(&bench, directory, endpoint);
	}
	return system(clean) == 0 ? 0 : 1;
}
