/* fuzz_slug.c - slugs as they come back: buttons, questions and links with any bytes and a seal
 * that fits, as if the key were known; and the readers below them. The first byte says which. */
#include <stdio.h>
#include <string.h>

#include "common/base64url.h"
#include "common/buffer.h"
#include "tests/fuzz/host_checks.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/job.h"
#include "workers/host/link.h"
#include "workers/host/row.h"
#include "workers/host/slug.h"
#include "workers/storage/seal.h"

#define KEY "key"
#define BOT 1
#define ANN 7
#define TEXT_MAX 12
#define VALUES ":%lld:%.12s/%d"

/* --- handlers --------------------------------------------------------------------------------- */

static void look(struct ctx *ctx)
{
	PROMISE(strlen(slug_text(ctx, 1)) <= TEXT_MAX);
	PROMISE(slug_integer(ctx, 2) >= INT32_MIN && slug_integer(ctx, 2) <= INT32_MAX);
	(void)slug_integer(ctx, 0);
}

static enum verdict on_button(struct ctx *ctx, const struct button *button)
{
	(void)button;
	look(ctx);
	return ctx_reply(ctx, "%s", slug_text(ctx, 1));
}

static enum verdict on_answer(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	look(ctx);
	return DONE;
}

static enum verdict on_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	look(ctx);
	return DONE;
}

static enum verdict on_work(struct ctx *ctx, const struct work *work)
{
	(void)work;
	look(ctx);
	return DONE;
}

static const struct route routes[] = {
	BUTTON("button" VALUES, on_button),
	TEXT(on_answer, .step = "step" VALUES),
	LINK("link" VALUES, on_link),
	WORK("work" VALUES, on_work),
	END_OF_ROUTES,
};

static void call_nobody(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner;
	(void)call;
	(void)arena;
	*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_lane(void *owner)
{
	(void)owner;
}

static struct host *make_host(void)
{
	static const struct module module = { .name = "slugs", .routes = routes };
	static const struct module *const modules[] = { &module, NULL };
	static const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "",
		.links_sites = "all",
		.default_locale = "en_US",
		.privacy_key = KEY,
	};
	const struct host_services services = { .call = call_nobody,
						.release = release_lane,
						.storage = &fake_storage_table,
						.storage_owner = fake_storage_create() };
	struct why why;
	struct host *host = host_create(modules, &settings, &why);

	PROMISE(host);
	host_start(host, &(struct bot) { .id = BOT, .username = "korone_bot" }, &services, NULL);
	return host;
}

/* --- updates ---------------------------------------------------------------------------------- */

static void write_who(struct buffer *out, const char *key, int64_t id)
{
	pack_text(out, key);
	pack_map(out, 2);
	pack_text(out, "id");
	pack_int(out, id);
	pack_text(out, strcmp(key, "chat") == 0 ? "type" : "first_name");
	pack_text(out, "private");
}

static void handle(enum update_kind kind, unsigned flags, const struct buffer *body)
{
	static struct host *host;
	struct message_item item = {
		.seq = 1, .attempt = 1, .kind = kind, .flags = (uint8_t)flags
	};
	struct host_outcome outcome;

	if (!host)
		host = make_host();
	item.body = (struct text) { (char *)buffer_unread(body), buffer_unread_size(body) };
	host_handle(host, &item, &outcome);
	check_outcome(&outcome);
}

static void press(struct text data)
{
	struct buffer out = { 0 };

	pack_map(&out, 1);
	pack_text(&out, "callback_query");
	pack_map(&out, 4);
	pack_text(&out, "id");
	pack_text(&out, "p");
	write_who(&out, "from", ANN);
	pack_text(&out, "data");
	pack_text_n(&out, data.data, data.length);
	pack_text(&out, "message");
	pack_map(&out, 1);
	write_who(&out, "chat", ANN);
	handle(KIND_CALLBACK_QUERY, 0, &out);
	buffer_finish(&out);
}

/* A text; with a link, in the question of the bot that it answers. */
static void say(struct text text, struct text link)
{
	struct buffer out = { 0 };

	pack_map(&out, 1);
	pack_text(&out, "message");
	pack_map(&out, link.data ? 4 : 3);
	write_who(&out, "from", ANN);
	write_who(&out, "chat", ANN);
	pack_text(&out, "text");
	pack_text_n(&out, text.data, text.length);
	if (link.data) {
		pack_text(&out, "reply_to_message");
		pack_map(&out, 2);
		write_who(&out, "from", BOT);
		pack_text(&out, "entities");
		pack_array(&out, 1);
		pack_map(&out, 1);
		pack_text(&out, "url");
		pack_text_n(&out, link.data, link.length);
	}
	handle(KIND_MESSAGE, 0, &out);
	buffer_finish(&out);
}

/* --- sealed ----------------------------------------------------------------------------------- */

#define SEALED_MAX 100 /* bytes of the input that are sealed */

static void seal(enum seal_use use, int64_t first, int64_t second, struct text data,
		 struct buffer *out)
{
	char mark[SEAL_SIZE];

	seal_make(KEY, use, first, second, data.data, data.length, mark);
	buffer_append(out, mark, SEAL_SIZE);
}

static void press_sealed(struct text data)
{
	struct buffer out = { 0 };

	buffer_append(&out, data.data, data.length);
	seal(SEAL_BUTTON, ANN, 0, data, &out);
	press((struct text) { (char *)buffer_unread(&out), buffer_unread_size(&out) });
	buffer_finish(&out);
}

static void answer_sealed(struct text data)
{
	struct buffer out = { 0 };

	buffer_append_text(&out, "http://t.me/#ask-");
	buffer_append(&out, data.data, data.length);
	buffer_append_text(&out, "-");
	seal(SEAL_QUESTION, ANN, ANN, data, &out);
	say(text_of("answer"),
	    (struct text) { (char *)buffer_unread(&out), buffer_unread_size(&out) });
	buffer_finish(&out);
}

/* As link.c seals: the name, a NUL, the values. */
static void open_sealed(struct text data)
{
	struct buffer out = { 0 }, sealed = { 0 };
	char coded[BASE64URL_SIZE(SEALED_MAX)], hint[LINK_HINT_SIZE];
	const struct slug slug = { .literal = "link" VALUES };

	if (data.length > LINK_VALUES_MAX)
		data.length = LINK_VALUES_MAX;
	link_hint(&slug, hint);
	buffer_append_text(&out, "/start ");
	buffer_append(&out, hint, LINK_HINT_SIZE);
	buffer_append(&out, coded, base64url_encode(data.data, data.length, coded));
	buffer_append(&sealed, "link", sizeof("link"));
	buffer_append(&sealed, data.data, data.length);
	seal(SEAL_LINK, 0, 0,
	     (struct text) { (char *)buffer_unread(&sealed), buffer_unread_size(&sealed) }, &out);
	say((struct text) { (char *)buffer_unread(&out), buffer_unread_size(&out) },
	    (struct text) { 0 });
	buffer_finish(&out);
	buffer_finish(&sealed);
}

/* What is taken for a job's place is what it is written as. */
static void read_job(struct text data)
{
	struct job_place place, again;
	struct arena arena = { 0 };

	if (job_place_read(data, &place)) {
		const char *written = job_place_write(&place, &arena);

		PROMISE(strlen(written) <= JOB_TEXT_MAX);
		PROMISE(job_place_read(text_of(written), &again));
		PROMISE(strcmp(job_place_write(&again, &arena), written) == 0);
		(void)job_counts_write(&place, &arena);
	}
	arena_finish(&arena);
}

static void do_work(struct text slug)
{
	struct buffer out = { 0 }, update = { 0 };

	read_job(slug);
	pack_map(&update, 1);
	pack_text(&update, "message");
	pack_map(&update, 2);
	write_who(&update, "from", ANN);
	write_who(&update, "chat", ANN);
	pack_array(&out, 4);
	pack_uint(&out, 2);
	pack_text_n(&out, slug.data, slug.length);
	pack_uint(&out, KIND_MESSAGE);
	pack_bytes(&out, buffer_unread(&update), buffer_unread_size(&update));
	handle(KIND_MESSAGE, ITEM_WORK, &out);
	buffer_finish(&out);
	buffer_finish(&update);
}

/* --- readers ---------------------------------------------------------------------------------- */

static void check_values(const struct slug_values *read)
{
	PROMISE(strlen(read->values[1].text) <= TEXT_MAX);
	PROMISE(read->values[2].integer >= INT32_MIN && read->values[2].integer <= INT32_MAX);
}

static void read_alone(struct text data)
{
	struct arena arena = { 0 };
	struct slug slug;
	struct slug_values read;
	struct why why;

	PROMISE(slug_parse("alone" VALUES, &slug, &why));
	if (slug_read(&slug, data, &arena, &read))
		check_values(&read);
	if (slug_unpack(&slug, data, &arena, &read))
		check_values(&read);
	arena_finish(&arena);
}

/* What decodes is what it is encoded to. */
static void decode(struct text data)
{
	char bytes[SEALED_MAX], coded[BASE64URL_SIZE(SEALED_MAX)];
	size_t size;

	if (!base64url_decode(data.data, data.length, bytes, &size))
		return;
	PROMISE(base64url_encode(bytes, size, coded) == data.length);
	PROMISE(memcmp(coded, data.data, data.length) == 0);
}

/* A literal that a module might have; what is taken has a length. */
static void parse(struct text data)
{
	char literal[SEALED_MAX + 1];
	struct slug slug;
	struct why why;

	memcpy(literal, data.data, data.length);
	literal[data.length] = '\0';
	if (slug_parse(literal, &slug, &why))
		PROMISE(slug.longest > 0 && slug_name(text_of(literal)).length > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct text data) = {
		press_sealed, answer_sealed, open_sealed, do_work, press, read_alone, decode, parse,
	};
	struct text rest = { (const char *)data + 1, size - 1 };

	if (size < 2)
		return 0;
	if (rest.length > SEALED_MAX)
		rest.length = SEALED_MAX;
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](rest);
	return 0;
}
