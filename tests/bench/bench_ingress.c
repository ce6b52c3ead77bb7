/* bench_ingress.c - the cost of an update in ingress: JSON -> spool -> durable -> dispatched ->
 * done.
 *
 *     bench_ingress flow    [UPDATES [POOLS]]   updates/s, and CPU per update by step
 *     bench_ingress backlog [UPDATES [LANES]]   memory per waiting update, start-up, dispatch rate
 *                                               compared with an empty spool
 *     bench_ingress latency [UPDATES]           poll -> child on an idle system
 *
 * The real intake, spool, dispatcher and ZeroMQ link run here; Telegram is replaced by batches in
 * memory, the pools by processes that say DONE at once; there is no recorder. To measure latency
 * each pool passes its updates to a child over a socket pair, as a parent does. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "ingress/intake/intake.h"
#include "ingress/metrics.h"
#include "ingress/pools/pools.h"
#include "ingress/sightings/sightings.h"
#include "ingress/spool/spool.h"
#include "tests/bench/sync_time.h"
#include "tests/bench/synthetic_pool.h"

#define LOG_SUBSYSTEM "bench"

#define BATCH 100
#define BACKLOG_MAX 20000
#define DRIVERS_MAX 100u /* processes that play pools */

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
	size_t pools_wanted;
	bool is_waiting; /* for them */
	bool held;       /* what is in flight is unknown, and a session is awaited */
	struct steps {
		uint64_t taken_us; /* CPU of this thread, in all */
		uint64_t intake_us, hooks_us;
		uint64_t entered_us; /* of the hooks of this turn */
	} steps;
};

static uint64_t thread_cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Wraps ingress' only hook, which dispatches and sends. */
static bool before_hook(void *owner)
{
	((struct bench *)owner)->steps.entered_us = thread_cpu_us();
	return false;
}

static bool after_hook(void *owner)
{
	struct steps *steps = &((struct bench *)owner)->steps;

	steps->hooks_us += thread_cpu_us() - steps->entered_us;
	return false;
}

/* Writes numbers of fixed width into a prepared text, so that this takes little of the time
 * measured. */
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
		/* A few chats that write a lot and many that write little. */
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
	const struct intake_answer answer = { .json = buffer_text(&bench->answer),
					      .size = buffer_unread_size(&bench->answer) };
	uint64_t start_us = thread_cpu_us();
	if (!intake_take_answer(bench->intake, &answer, &batch, on_durable, bench, &why))
		fatal(70, "cannot start", log_text("error", why.text));
	bench->steps.intake_us += thread_cpu_us() - start_us;
	bench->feeding = true;
	bench->fed += BATCH;
}

static bool stop_when_done(void *owner)
{
	struct bench *bench = owner;

	if (!bench->is_waiting && bench->fed >= bench->updates && !bench->feeding &&
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
		fatal(70, "cannot start", log_text("error", why.text));
	spool_attach(bench->spool, bench->loop);
	bench->context = zcontext_create(1);
	loop_add_hook(bench->loop, before_hook, bench);
	if (bench->held) /* an array of one number */
		pools_restore_meta(bench->pools, "sessions", "\x91\x07", 2);
	struct pools_options links = { bench->context, bench->loop, bench->spool, &settings };
	if (!pools_open(bench->pools, &links, &why))
		fatal(70, "cannot start", log_text("error", why.text));
	intake_open(bench->intake,
		    &(struct intake_options) { .spool = bench->spool, .pools = bench->pools });
	bench->timer = (struct loop_timer) { .fn = feed, .owner = bench };
	loop_add_hook(bench->loop, after_hook, bench);
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

/* CPU time so far of this process' threads whose name starts like this. */
static double threads_cpu_us(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	double ticks = 0;

	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		char path[300], comm[64] = "";
		unsigned long user = 0, system = 0;

		snprintf(path, sizeof(path), "/proc/self/task/%s/stat", entry->d_name);
		FILE *file = *entry->d_name != '.' ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		if (fscanf(file,
			   "%*d (%63[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			   comm, &user, &system) == 3 &&
		    !strncmp(comm, name, strlen(name)))
			ticks += (double)(user + system);
		fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static void print_steps(const struct bench *bench, double count)
{
	const struct steps *steps = &bench->steps;
	double main_us = (double)(thread_cpu_us() - steps->taken_us);
	const struct {
		const char *name;
		double us;
	} rows[] = {
		{ "transcode, extract, append", (double)steps->intake_us },
		{ "dispatch, read back, encode, send", (double)steps->hooks_us },
		{ "verdicts, and the loop",
		  main_us - (double)steps->intake_us - (double)steps->hooks_us },
		{ "the commit thread: write, sync", threads_cpu_us("spool") },
		{ "ZeroMQ's thread", threads_cpu_us("ZMQ") },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		printf("    %-36s %6.2f us CPU/update\n", rows[i].name, rows[i].us / count);
}

/* Returns updates/s. */
static double run(struct bench *bench, const char *what)
{
	uint64_t start_us = clock_boot_us();
	double cpu = cpu_us();
	uint64_t syncs = spool_syncs(bench->spool);
	size_t before = dispatch_backlog(pools_dispatch(bench->pools));

	bench->steps = (struct steps) { .taken_us = thread_cpu_us() };
	feed(bench);
	loop_run(bench->loop);
	double seconds = (double)(clock_boot_us() - start_us) / 1e6;
	double count = (double)(bench->fed > before ? bench->fed : before);
	printf("%-28s %9.0f updates/s  %6.2f us CPU/update  %8.1f s  %llu syncs\n", what,
	       count / seconds, (cpu_us() - cpu) / count, seconds,
	       (unsigned long long)(spool_syncs(bench->spool) - syncs));
	return count / seconds;
}

/* Those that come during the measurement would be part of it. */
static void check_pools(void *owner)
{
	struct bench *bench = owner;

	loop_timer_set(bench->loop, &bench->timer, 10);
	if (pools_ready(bench->pools) >= bench->pools_wanted)
		loop_stop(bench->loop);
}

static void wait_for_pools(struct bench *bench, size_t count)
{
	uint64_t start_us = clock_boot_us();

	bench->pools_wanted = count;
	bench->timer.fn = check_pools;
	bench->is_waiting = true;
	check_pools(bench);
	loop_run(bench->loop);
	loop_timer_clear(bench->loop, &bench->timer);
	bench->timer.fn = feed;
	bench->is_waiting = false;
	printf("%-28s %9.2f s\n", "until all pools are there",
	       (double)(clock_boot_us() - start_us) / 1e6);
}

static double measure_flow(struct bench *bench, const char *directory, const char *endpoint,
			   size_t pools, const char *what)
{
	pid_t pids[DRIVERS_MAX];
	size_t drivers = pools < DRIVERS_MAX ? pools : DRIVERS_MAX;

	for (size_t i = 0; i < drivers; i++)
		pids[i] = start_pools(endpoint, NULL, pools / drivers + (i < pools % drivers));
	open_all(bench, directory, endpoint);
	wait_for_pools(bench, pools);
	double rate = run(bench, what);
	print_steps(bench, (double)bench->fed);
	for (size_t i = 0; i < drivers; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	close_all(bench);
	return rate;
}

/* One update at a time, each after a pause in which everything goes idle: by then even the commit
 * of what is done, 5 ms later, is over. */
#define PAUSE_MS 20

enum moment { ASKED, APPENDED, DURABLE, SENT, AT_POOL, AT_CHILD, MOMENTS };

struct latency {
	struct bench *bench;
	struct loop_timer timer;
	uint64_t at_us[MOMENTS], sync_us; /* of the current update */
	uint64_t *values[MOMENTS + 1];    /* by step and update; the sync; all but the sync */
	size_t done;
};

static void on_latency_durable(void *owner)
{
	struct latency *latency = owner;

	latency->at_us[DURABLE] = clock_boot_us();
	latency->sync_us = atomic_load(&last_sync_us);
}

/* The end of the turn in which it was dispatched. */
static bool on_latency_turn(void *owner)
{
	struct latency *latency = owner;

	if (latency->at_us[DURABLE] && !latency->at_us[SENT])
		latency->at_us[SENT] = clock_boot_us();
	return false;
}

static void take_one(struct latency *latency)
{
	struct bench *bench = latency->bench;
	struct json_slice one = { buffer_text(&bench->answer) + bench->first, bench->step - 1 };

	make_batch(bench);
	bench->fed++;
	memset(latency->at_us, 0, sizeof(latency->at_us));
	latency->at_us[ASKED] = clock_boot_us();
	intake_take_update(bench->intake, one, on_latency_durable, latency);
	latency->at_us[APPENDED] = clock_boot_us();
}

static uint64_t less(uint64_t all, uint64_t part)
{
	return all > part ? all - part : 0;
}

static void note_steps(struct latency *latency)
{
	const uint64_t *at_us = latency->at_us;

	for (int i = APPENDED; i < MOMENTS; i++)
		latency->values[i][latency->done] = less(at_us[i], at_us[i - 1]);
	latency->values[DURABLE][latency->done] = less(latency->values[DURABLE][latency->done],
						       latency->sync_us);
	latency->values[ASKED][latency->done] = latency->sync_us;
	latency->values[MOMENTS][latency->done] = less(at_us[AT_CHILD] - at_us[ASKED],
						       latency->sync_us);
	latency->done++;
}

/* The update before this one has long arrived. */
static void on_pause_over(void *owner)
{
	struct latency *latency = owner;
	struct bench *bench = latency->bench;

	loop_timer_set(bench->loop, &latency->timer, PAUSE_MS);
	if (pools_ready(bench->pools) == 0 || dispatch_backlog(pools_dispatch(bench->pools)) > 0)
		return;
	latency->at_us[AT_POOL] = arrival->pool_us;
	latency->at_us[AT_CHILD] = arrival->child_us;
	if (latency->at_us[SENT] && latency->at_us[AT_CHILD] > latency->at_us[DURABLE])
		note_steps(latency);
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
	printf("%-36s p50 %6llu us  p99 %6llu us  max %6llu us\n", what,
	       (unsigned long long)values[count / 2],
	       (unsigned long long)values[count - 1 - count / 100],
	       (unsigned long long)values[count - 1]);
}

static void print_latency(struct latency *latency)
{
	static const char *const steps[] = {
		[APPENDED] = "    transcode, extract, append",
		[DURABLE] = "    to the commit thread and back",
		[SENT] = "    dispatch, read back, encode, send",
		[AT_POOL] = "    to the pool",
		[AT_CHILD] = "    to its child",
	};

	print_percentiles("poll to child, idle, less the sync", latency->values[MOMENTS],
			  latency->done);
	for (int i = APPENDED; i < MOMENTS; i++)
		print_percentiles(steps[i], latency->values[i], latency->done);
	print_percentiles("the sync", latency->values[ASKED], latency->done);
}

static void measure_latency(struct bench *bench, const char *directory, const char *endpoint)
{
	struct latency latency = { .bench = bench };
	pid_t pid = start_pool(endpoint, true);

	open_all(bench, directory, endpoint);
	loop_remove_hook(bench->loop, stop_when_done, bench);
	loop_add_hook(bench->loop, on_latency_turn, &latency);
	for (int i = 0; i <= MOMENTS; i++)
		latency.values[i] = xcalloc(bench->updates, sizeof(*latency.values[i]));
	latency.timer = (struct loop_timer) { .fn = on_pause_over, .owner = &latency };
	loop_timer_set(bench->loop, &latency.timer, PAUSE_MS);
	loop_run(bench->loop);
	loop_timer_clear(bench->loop, &latency.timer);
	print_latency(&latency);
	for (int i = 0; i <= MOMENTS; i++)
		free(latency.values[i]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close_all(bench);
}

/* As after a power failure: everything waits for a pool. */
static void measure_held(struct bench *bench, const char *directory, const char *endpoint)
{
	char *note = xasprintf("%s/boot", directory);
	uint64_t start_us = clock_boot_us();

	unlink(note);
	bench->held = true;
	open_all(bench, directory, endpoint);
	printf("%-28s %9.2f s\n", "start-up, all of it held",
	       (double)(clock_boot_us() - start_us) / 1e6);
	if (dispatch_ready(pools_dispatch(bench->pools)) > 0)
		fatal(70, "it is not held");
	close_all(bench);
	bench->held = false;
	free(note);
}

static void measure_backlog(struct bench *bench, const char *base, const char *endpoint)
{
	char *empty = xasprintf("%s/empty", base), *full = xasprintf("%s/full", base);
	double rate_empty = measure_flow(bench, empty, endpoint, 1, "with an empty spool");
	double rate_full, empty_us = (double)bench->steps.hooks_us;
	size_t resident;
	pid_t pid;

	open_all(bench, full, endpoint);
	resident = resident_bytes();
	bench->only_feed = true;
	run(bench, "filling the backlog");
	printf("%-28s %9.1f bytes/update\n", "memory of what waits",
	       (double)(resident_bytes() - resident) / (double)bench->fed);
	close_all(bench);
	measure_held(bench, full, endpoint);

	pid = start_pool(endpoint, false);
	uint64_t start_us = clock_boot_us();
	open_all(bench, full, endpoint);
	printf("%-28s %9.2f s\n", "start-up with the backlog",
	       (double)(clock_boot_us() - start_us) / 1e6);
	bench->only_feed = false;
	bench->fed = bench->updates;
	rate_full = run(bench, "emptying the backlog");
	print_steps(bench, (double)bench->updates);
	printf("%-28s %9.0f %% of that with an empty spool, which polls as well;\n"
	       "%-28s %9.0f %% by the CPU of the step that dispatches\n",
	       "dispatch rate", 100 * rate_full / rate_empty, "",
	       100 * empty_us / (double)bench->steps.hooks_us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close_all(bench);
	free(empty);
	free(full);
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
		(void)measure_flow(&bench, directory, endpoint,
				   third && third <= CONSUMERS_MAX ? third : 4, "poll to done");
	} else {
		bench.lanes = third ? third : 10000;
		measure_backlog(&bench, base, endpoint);
	}
	return system(clean) == 0 ? 0 : 1;
}
