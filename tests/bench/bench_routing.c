/* bench_routing.c - the host's cost per update, in isolation: an update that no module wants, with
 * the bot's own modules and with 60 more of them, a command until its handler starts, the same
 * including its reply, and a handler that asks for 100 facts which are not there.
 *
 * Prints "name value unit" lines. Goals: unwanted under 2 us, a command under 10 us until the
 * handler starts, an absent fact 1 us. */
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

#define GROUP_VOICE                                                                                \
	"{\"update_id\":123456789,\"message\":{\"message_id\":4711,\"from\":{\"id\":7000000001,"   \
	"\"is_bot\":false,\"first_name\":\"Alice\",\"last_name\":\"Liddell\",\"username\":"        \
	"\"alice\",\"language_code\":\"en\"},\"chat\":{\"id\":-1001234567890,\"title\":"           \
	"\"Wonderland\",\"username\":\"wonderland\",\"type\":\"supergroup\"},\"date\":1767225600," \
	"\"voice\":{\"duration\":3,\"mime_type\":\"audio/ogg\",\"file_id\":\"AwACAgIAAx\","        \
	"\"file_unique_id\":\"AgAD\",\"file_size\":12345}}}"

static const struct sample {
	const char *name;
	enum update_kind kind;
	const char *json;
} samples[] = {
	{ "text nobody wants", KIND_MESSAGE, GROUP_MESSAGE("curiouser and curiouser, said Alice") },
	{ "command nobody wants", KIND_MESSAGE, GROUP_MESSAGE("/drink me") },
	{ "voice nobody wants", KIND_MESSAGE, GROUP_VOICE },
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

/* --- a crowd of modules that want none of the samples ------------------------------------------
 */

#define CROWD 60
#define NAME_SIZE 32

#define HANDLER(event, fn)                                                \
	static enum verdict fn(struct ctx *ctx, const struct event *what) \
	{                                                                 \
		(void)ctx;                                                \
		(void)what;                                               \
		return DONE;                                              \
	}

HANDLER(command, on_command)
HANDLER(button, on_button)
HANDLER(link, on_link)
HANDLER(text_message, on_text)
HANDLER(message, on_message)
HANDLER(service_message, on_service)
HANDLER(message, on_edited)

struct crowd {
	struct module modules[CROWD];
	struct route routes[CROWD][10];
	char names[CROWD][4][NAME_SIZE];
	const struct module *list[CROWD + 256]; /* and the bot's own; NULL at the end */
};

static void make_module(struct crowd *crowd, size_t i)
{
	char(*names)[NAME_SIZE] = crowd->names[i];
	const struct route routes[] = {
		COMMAND(names[0], on_command, .help = "does nothing"),
		COMMAND(names[1], on_command, .group = true, .admin = RIGHT_ADMIN),
		BUTTON(names[2], on_button),
		LINK(names[2], on_link),
		TEXT(on_text, .step = names[2]),
		MESSAGE(on_message, .contents = CONTENT_PHOTO | CONTENT_VIDEO),
		MESSAGE(on_message, .contents = CONTENT_STICKER,
			.first = i < CROWD / 2 ? (unsigned)i + (i < 20 ? 50 : 51) : 0),
		SERVICE("new_chat_members", on_service),
		EDITED(on_edited),
		END_OF_ROUTES,
	};

	snprintf(names[0], NAME_SIZE, "first%zu also%zu", i, i);
	snprintf(names[1], NAME_SIZE, "second%zu", i);
	snprintf(names[2], NAME_SIZE, "page%zu:%%d", i);
	snprintf(names[3], NAME_SIZE, "crowd%zu", i);
	memcpy(crowd->routes[i], routes, sizeof(routes));
	crowd->modules[i] = (struct module) { .name = names[3], .routes = crowd->routes[i] };
	crowd->list[i] = &crowd->modules[i];
}

static const struct module *const *make_crowd(struct crowd *crowd)
{
	size_t count = CROWD;

	for (size_t i = 0; i < CROWD; i++)
		make_module(crowd, i);
	for (const struct module *const *module = compiled_modules; *module; module++)
		crowd->list[count++] = *module;
	return crowd->list;
}

/* --- absent facts ----------------------------------------------------------------------------- */

static enum verdict find_facts(struct ctx *ctx, const struct text_message *message)
{
	for (int64_t i = 0; i < 100; i++)
		if (fact_find(ctx, THIS_CHAT, "ban", message->from->id + i, NULL))
			return FAIL;
	return DONE;
}

static const struct route facts_routes[] = { TEXT(find_facts), END_OF_ROUTES };
static const struct module facts_module = { .name = "facts",
					    .routes = facts_routes,
					    .facts = FACTS(FACT("ban", "bans")) };
static const struct module *const facts_modules[] = { &facts_module, NULL };
static const struct sample facts_sample[] = {
	{ "text, 100 absent facts", KIND_MESSAGE, GROUP_MESSAGE("hello") },
};

/* --- options of 40 modules ---------------------------------------------------------------------
 */

#define OPTION_MODULES 40

struct bench_options {
	bool on;
	int64_t limit, window_s;
	const char *style;
	struct action action;
};

static const char *const styles[] = { "short", "long", NULL };

static const struct field options[] = {
	BOOLEAN_FIELD(struct bench_options, on, "on"),
	INTEGER_FIELD(struct bench_options, limit, "limit", .preset = "8"),
	DURATION_FIELD(struct bench_options, window_s, "within", .preset = "10s"),
	CHOICE_FIELD(struct bench_options, style, "style", .choices = styles, .preset = "short"),
	ACTION_FIELD(struct bench_options, action, "action", .preset = "mute 2h"),
	END_OF_FIELDS(struct bench_options),
};

/* As guards look at theirs, and want nothing. */
static enum verdict look_at_options(struct ctx *ctx, const struct text_message *message)
{
	const struct bench_options *values = ctx_options(ctx);

	(void)message;
	return values->limit == 3 ? DONE : PASS;
}

static const struct route option_routes[] = { TEXT(look_at_options), END_OF_ROUTES };

/* Two are chosen in each module. */
static bool choose_options(struct fake_storage *memory, const struct module *const *modules)
{
	static const struct {
		const char *key, *value;
	} chosen[] = { { "limit", "12" }, { "action", "ban 1d delete" } };
	struct why why;

	for (; *modules; modules++)
		for (size_t i = 0; i < 2; i++) {
			const struct stored_write write = {
				.mark = { .nth = 1 },
				.holder = { .scope = OF_CHAT, .id = -1001234567890 },
				.module = (*modules)->name,
				.key = chosen[i].key,
				.value = chosen[i].value,
			};

			if (!fake_storage_table.save(memory, &write, 1, &why))
				return false;
		}
	return true;
}

static const struct module *const *make_option_modules(void)
{
	static struct module modules[OPTION_MODULES];
	static char names[OPTION_MODULES][NAME_SIZE];
	static const struct module *list[OPTION_MODULES + 1];

	for (size_t i = 0; i < OPTION_MODULES; i++) {
		snprintf(names[i], NAME_SIZE, "options%zu", i);
		modules[i] = (struct module) { .name = names[i],
					       .routes = option_routes,
					       .options = options };
		list[i] = &modules[i];
	}
	return list;
}

static const struct sample options_samples[] = {
	{ "text, options of 40 modules", KIND_MESSAGE, GROUP_MESSAGE("hello") },
};

/* --- measuring -------------------------------------------------------------------------------- */

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

static bool run_sample(struct host *host, const struct sample *sample, const char *with)
{
	struct buffer body = { 0 };
	struct message_item item = { .seq = 1, .kind = sample->kind, .attempt = 1 };
	struct why why;

	if (!transcode(sample->json, strlen(sample->json), &body, &why)) {
		fprintf(stderr, "%s: %s\n", sample->name, why.text);
		return false;
	}
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	printf("%-28s %6.2f us%s\n", sample->name, measure(host, &item), with);
	buffer_finish(&body);
	return true;
}

static bool run(const struct module *const *modules, const struct sample *list, size_t count,
		const char *with, bool chosen)
{
	const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "",
		.links_sites = "all",
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
	struct host *host = host_create(modules, &settings, &why);
	bool ok = host && (!chosen || choose_options(memory, modules));

	if (host)
		host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services,
			   slot);
	else
		fprintf(stderr, "%s\n", why.text);
	for (size_t i = 0; host && i < count; i++)
		ok = run_sample(host, &list[i], with) && ok;
	host_destroy(host);
	fake_storage_destroy(memory);
	free(slot);
	return ok;
}

int main(void)
{
	static struct crowd crowd;
	const size_t count = sizeof(samples) / sizeof(samples[0]);
	bool ok = run(compiled_modules, samples, count, "", false);

	ok = run(make_crowd(&crowd), samples, count, ", with 60 modules more", false) && ok;
	ok = run(make_option_modules(), options_samples, 1, ", nothing chosen", false) && ok;
	ok = run(make_option_modules(), options_samples, 1, ", 80 chosen", true) && ok;
	return run(facts_modules, facts_sample, 1, "", false) && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
