/* bench_modules.c - what a message that triggers nothing costs a child where every rule is on: 50
 * filters, 200 blocked words, all locks but that of text (which is what the message is), newcomers,
 * night, captcha, raids; and the same with antiflood, which counts in Redis.
 *
 * Prints a table: microseconds of CPU (median of REPEATS), trips to Postgres and to Redis. Goals:
 * under 40 us, no trip, with antiflood one to Redis. Redis itself is not in these figures: it is
 * tests/bench/modules.py that measures a pool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "tests/modules/full_group.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"

#define ROUNDS 20000
#define REPEATS 7
#define TEXT_MAX 4096

/* As Telegram sends it, with what most messages of a group have. */
#define MESSAGE_HEAD                                                                               \
	"{\"update_id\":123456789,\"message\":{\"message_id\":4711,\"from\":{\"id\":7000000001,"   \
	"\"is_bot\":false,\"first_name\":\"Alice\",\"last_name\":\"Liddell\",\"username\":"        \
	"\"alice\",\"language_code\":\"en\"},\"chat\":{\"id\":-1001234567890,\"title\":"           \
	"\"Wonderland\",\"username\":\"wonderland\",\"type\":\"supergroup\"},\"date\":1767225600," \
	"\"reply_to_message\":{\"message_id\":4710,\"from\":{\"id\":7000000002,\"is_bot\":false,"  \
	"\"first_name\":\"Bob\"},\"chat\":{\"id\":-1001234567890,\"title\":\"Wonderland\","        \
	"\"type\":\"supergroup\"},\"date\":1767225500,\"text\":\"down the rabbit hole\"},"         \
	"\"text\":\""
#define MESSAGE_TAIL "\"}}"
#define SENTENCE "We could take the train at nine and be there before noon, said Alice. "

struct bench {
	struct fake_storage *memory;
	struct storage table; /* the fake's, but for the counts of Redis */
	struct host *host;
	unsigned redis_trips;
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- services --------------------------------------------------------------------------------- */

static void call_nobody(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner, (void)call, (void)arena;
	*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_nothing(void *owner)
{
	(void)owner;
}

static struct bench *counting; /* whose trips count: storage functions have the fake as owner */

static void count_one(void *owner, const struct recent_key *keys, size_t count, int64_t now_s,
		      int64_t window_s, int64_t *out)
{
	(void)owner, (void)keys, (void)now_s, (void)window_s;
	counting->redis_trips++;
	for (size_t i = 0; i < count; i++)
		out[i] = 1;
}

static bool find_counted(void *owner, const struct brief_key *key, struct buffer *out)
{
	counting->redis_trips++;
	return fake_storage_table.brief_find(owner, key, out);
}

static bool claim_counted(void *owner, const struct mark *mark, const struct brief_key *key,
			  int64_t seconds)
{
	counting->redis_trips++;
	return fake_storage_table.brief_claim(owner, mark, key, seconds);
}

static bool set_counted(void *owner, const struct mark *mark, const struct brief_key *key,
			const char *value, int64_t seconds)
{
	counting->redis_trips++;
	return fake_storage_table.brief_set(owner, mark, key, value, seconds);
}

/* --- measuring -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double measure(struct host *host, const struct message_item *item, bool *said)
{
	double taken[REPEATS];
	struct host_outcome outcome;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		uint64_t start = cpu_ns();

		for (int i = 0; i < ROUNDS; i++) {
			host_handle(host, item, &outcome);
			*said = *said || outcome.calls_count || outcome.end != HOST_DONE;
		}
		taken[repeat] = (double)(cpu_ns() - start) / ROUNDS / 1000;
	}
	qsort(taken, REPEATS, sizeof(taken[0]), compare);
	return taken[REPEATS / 2];
}

static bool run_text(struct bench *bench, const char *name, size_t length, const char *with)
{
	static char json[sizeof(MESSAGE_HEAD MESSAGE_TAIL) + TEXT_MAX];
	struct message_item item = { .seq = 1, .kind = KIND_MESSAGE, .attempt = 1 };
	struct buffer body = { 0 };
	bool said = false, ok;
	struct why why;
	unsigned trips, redis;
	double taken;
	char *text = stpcpy(json, MESSAGE_HEAD);

	for (size_t i = 0; i < length; i++)
		*text++ = SENTENCE[i % (sizeof(SENTENCE) - 1)];
	strcpy(text, MESSAGE_TAIL);
	ok = transcode(json, strlen(json), &body, &why);
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	for (int warm_up = 0; ok && warm_up < 2; warm_up++)
		host_handle(bench->host, &item, &(struct host_outcome) { 0 });
	trips = fake_storage_trips(bench->memory), redis = bench->redis_trips;
	taken = ok ? measure(bench->host, &item, &said) : 0;
	printf("%-24s %-20s %8.2f us %10.2f %8.2f\n", name, with, taken,
	       (double)(fake_storage_trips(bench->memory) - trips) / (REPEATS * ROUNDS),
	       (double)(bench->redis_trips - redis) / (REPEATS * ROUNDS));
	if (said)
		fprintf(stderr, "%s: the bot did something, so no figure counts\n", name);
	buffer_finish(&body);
	return ok && !said;
}

static bool run_all(struct bench *bench, const char *with)
{
	bool ok = run_text(bench, "text, 70 characters", 70, with);

	ok = run_text(bench, "text, 500 characters", 500, with) && ok;
	return run_text(bench, "text, 4,096 characters", TEXT_MAX, with) && ok;
}

/* A bot that has seen nothing of the group: what is chosen there is read once. */
static bool run(const char *with, bool everything, bool flood)
{
	const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "lastfm", /* needs a key, and has no guard */
		.default_locale = "en_US",
		.links_sites = "all",
		.privacy_key = "key",
	};
	static struct capture_slot slot;
	struct bench bench = { .memory = fake_storage_create(), .table = fake_storage_table };
	const struct host_services services = { .call = call_nobody,
						.release = release_nothing,
						.storage = &bench.table,
						.storage_owner = bench.memory };
	struct why why;
	bool ok;

	counting = &bench;
	bench.table.count_recent = count_one;
	bench.table.brief_find = find_counted;
	bench.table.brief_claim = claim_counted;
	bench.table.brief_set = set_counted;
	bench.host = host_create(compiled_modules, &settings, &why);
	ok = bench.host && (!everything || full_group_choose(bench.memory)) &&
	     (!flood || full_group_choose_flood(bench.memory));
	if (!bench.host)
		fprintf(stderr, "%s\n", why.text);
	if (ok) {
		host_start(bench.host, &(struct bot) { .id = 1, .username = "korone_bot" },
			   &services, &slot);
		ok = run_all(&bench, with);
	}
	host_destroy(bench.host);
	fake_storage_destroy(bench.memory);
	return ok;
}

int main(void)
{
	bool ok;

	printf("%-45s %11s %10s %8s\n", "a message that triggers nothing", "CPU", "Postgres",
	       "Redis");
	ok = run("nothing chosen", false, false);
	ok = run("everything", true, false) && ok;
	return run("and antiflood", true, true) && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
