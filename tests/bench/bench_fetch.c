/* bench_fetch.c - what a handler that asks another host waits for when Redis has the answer: the
 * whole update, and the part of it that is the fetch. With the Redis that REDIS_URL names
 * (tests/bench/fetch.py) and no database.
 *
 * Prints "name value unit" lines. Goal: a fetch from the cache under 200 us. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"
#include "workers/module.h"
#include "workers/storage/pool_storage.h"

#define ROUNDS 20000

#define WRITTEN(text)                                                                   \
	"{\"update_id\":1,\"message\":{\"message_id\":1,\"from\":{\"id\":7,\"is_bot\":" \
	"false,\"first_name\":\"Alice\"},\"chat\":{\"id\":7,\"type\":\"private\","      \
	"\"first_name\":\"Alice\"},\"date\":1767225600,\"text\":\"" text                \
	"\",\"entities\":[{\"offset\":0,\"length\":5,\"type\":\"bot_command\"}]}}"

static char answer_text_of_host[4096];
static unsigned asked; /* of the fetcher, not of Redis */
static struct pool_storage *redis;

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_fetch_json(
		ctx, 3600, "https://api.example.org/v1/tracks?user=%s", cmd->args);

	return ctx_reply(ctx, "%s", answer_text(answer, "tracks.7.name"));
}

static enum verdict say(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "%s", cmd->args);
}

static const struct route routes[] = {
	COMMAND("ask", ask),
	COMMAND("say", say),
	END_OF_ROUTES,
};

static const struct module bench_module = {
	.name = "bench",
	.routes = routes,
	.hosts = HOSTS(HOST("api.example.org")),
};

/* What an API answers: ten entries, 2 KB. */
static void write_answer(void)
{
	size_t used = (size_t)snprintf(answer_text_of_host, sizeof(answer_text_of_host),
				       "{\"tracks\":[");

	for (int i = 0; i < 10; i++)
		used += (size_t)snprintf(
			answer_text_of_host + used, sizeof(answer_text_of_host) - used,
			"%s{\"name\":\"Track %d\",\"artist\":{\"name\":\"Somebody\","
			"\"url\":\"https://example.org/artists/somebody/%d\"},"
			"\"played\":%d,\"loved\":false,\"image\":"
			"\"https://example.org/i/300x300/0123456789abcdef%d.jpg\"}",
			i ? "," : "", i, i, 1700000000 + i, i);
	snprintf(answer_text_of_host + used, sizeof(answer_text_of_host) - used, "]}");
}

static void fetch(void *owner, const struct fetch_request *request, struct arena *arena,
		  struct fetch_answer *out)
{
	(void)owner;
	(void)request;
	(void)arena;
	asked++;
	*out = (struct fetch_answer) { .outcome = FETCH_OK,
				       .status = 200,
				       .body = text_of(answer_text_of_host) };
}

static bool find(void *owner, struct text what, struct buffer *out)
{
	(void)owner;
	return pool_storage_table.fetched_find(redis, what, out);
}

static void keep(void *owner, struct text what, struct text answer, int64_t seconds)
{
	(void)owner;
	pool_storage_table.fetched_keep(redis, what, answer, seconds);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double measure(struct host *host, const char *json)
{
	struct message_item item = { .seq = 1, .kind = KIND_MESSAGE, .attempt = 1 };
	struct host_outcome outcome;
	struct buffer body = { 0 };
	struct why why;
	double began;

	if (!transcode(json, strlen(json), &body, &why)) {
		fprintf(stderr, "%s\n", why.text);
		exit(EXIT_FAILURE);
	}
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(host, &item, &outcome);
	began = now_us();
	for (int i = 0; i < ROUNDS; i++)
		host_handle(host, &item, &outcome);
	buffer_finish(&body);
	return (now_us() - began) / ROUNDS;
}

int main(void)
{
	static const struct module *const modules[] = { &bench_module, NULL };
	const struct settings settings = { .modules_load = "*",
					   .modules_not_load = "",
					   .links_sites = "all",
					   .default_locale = "en_US",
					   .database_url = "postgresql:///nowhere",
					   .redis_url = getenv("REDIS_URL"),
					   .privacy_key = "a key for the bench" };
	struct fake_storage *memory = fake_storage_create();
	struct storage storage = fake_storage_table;
	const struct host_services services = { .fetch = fetch,
						.storage = &storage,
						.storage_owner = memory };
	struct host *host = NULL;
	double with, without;
	struct why why;

	storage.fetched_find = find;
	storage.fetched_keep = keep;
	redis = pool_storage_create(&settings, &why);
	if (redis)
		host = host_create(modules, &settings, &why);
	if (!host) {
		fprintf(stderr, "%s\n", why.text);
		return EXIT_FAILURE;
	}
	write_answer();
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, NULL);
	with = measure(host, WRITTEN("/ask alice"));
	without = measure(host, WRITTEN("/say alice"));
	printf("%-28s %6.2f us\n", "a command that fetches", with);
	printf("%-28s %6.2f us\n", "a fetch from the cache", with - without);
	printf("%-28s %6u of %d\n", "asked of the fetcher", asked, ROUNDS);
	host_destroy(host);
	pool_storage_destroy(redis);
	fake_storage_destroy(memory);
	return EXIT_SUCCESS;
}
