/* bench_routing.c - the host's cost per update, in isolation: an update that no module wants, a
 * command until its handler starts, and the same including its reply.
 *
 * Prints "name value unit" lines. Goals: unwanted under 2 us, a command under 10 us until the
 * handler starts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"

#define ROUNDS 200000
#define REPEATS 5

/* As Telegram sends them: with all usual fields of a group message. */
#define GROUP_MESSAGE(text)                                                                        \
	"{\"update_id\":123456789,\"message\":{\"message_id\":4711,\"from\":{\"id\":7000000001,"   \
	"\"is_bot\":false,\"first_name\":\"Alice\",\"last_name\":\"Liddell\",\"username\":"        \
	"\"alice\",\"language_code\":\"en\"},\"chat\":{\"id\":-1001234567890,\"title\":"           \
	"\"Wonderland\",\"username\":\"wonderland\",\"type\":\"supergroup\"},\"date\":1767225600," \
	"\"reply_to_message\":{\"message_id\":4710,\"from\":{\"id\":7000000002,\"is_bot\":false,"  \
	"\"first_name\":\"Bob\"},\"chat\":{\"id\":-1001234567890,\"title\":\"Wonderland\","        \
	"\"type\":\"supergroup\"},\"date\":1767225500,\"text\":\"down the rabbit hole\"},"         \
	"\"text\":\"" text                                                                         \
	"\",\"entities\":[{\"offset\":0,\"length\":5,\"type\":\"bot_command\"}]}}"

static const struct sample {
	const char *name;
	enum update_kind kind;
	const char *json;
} samples[] = {
	{ "text nobody wants", KIND_MESSAGE, GROUP_MESSAGE("curiouser and curiouser, said Alice") },
	{ "command nobody wants", KIND_MESSAGE, GROUP_MESSAGE("/drink me") },
	{ "poll answer nobody wants", KIND_POLL_ANSWER,
	  "{\"update_id\":1,\"poll_answer\":{\"poll_id\":\"5\",\"user\":{\"id\":7,\"is_bot\":false,"
	  "\"first_name\":\"A\"},\"option_ids\":[1]}}" },
	{ "command refused silently", KIND_MESSAGE, GROUP_MESSAGE("/op_crash") },
	{ "/ping with its reply", KIND_MESSAGE, GROUP_MESSAGE("/ping hello world") },
	{ "/help with its reply", KIND_MESSAGE, GROUP_MESSAGE("/help") },
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void call_nobody(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner;
	(void)call;
	(void)arena;
	*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_nothing(void *owner)
{
	(void)owner;
}

static double measure(struct host *host, const struct message_item *item)
{
	struct host_outcome outcome;
	uint64_t best = UINT64_MAX;

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		uint64_t start = now_ns(), taken;

		for (int i = 0; i < ROUNDS; i++)
			host_handle(host, item, &outcome);
		taken = now_ns() - start;
		best = taken < best ? taken : best;
	}
	return (double)best / ROUNDS / 1000;
}

static bool run_sample(struct host *host, const struct sample *sample)
{
	struct buffer body = { 0 };
	struct message_item item = { .seq = 1, .kind = sample->kind, .attempt = 1 };
	struct why why;

	if (!transcode(sample->json, strlen(sample->json), &body, &why)) {
		fprintf(stderr, "%s: %s\n", sample->name, why.text);
		return false;
	}
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	printf("%-28s %6.2f us\n", sample->name, measure(host, &item));
	buffer_finish(&body);
	return true;
}

int main(void)
{
	const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "",
		.default_locale = "en_US",
		.privacy_key = "key",
	};
	struct fake_storage *memory = fake_storage_create();
	const struct host_services services = { .call = call_nobody,
						.release = release_nothing,
						.storage = &fake_storage_table,
						.storage_owner = memory };
	struct capture_slot *slot = calloc(1, sizeof(*slot));
	struct why why;
	struct host *host = host_create(compiled_modules, &settings, &why);
	bool ok = true;

	if (!host) {
		fprintf(stderr, "%s\n", why.text);
		return EXIT_FAILURE;
	}
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, slot);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		ok = run_sample(host, &samples[i]) && ok;
	host_destroy(host);
	fake_storage_destroy(memory);
	free(slot);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
