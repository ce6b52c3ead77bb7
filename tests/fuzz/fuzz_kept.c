/* fuzz_kept.c - kept texts: what is kept of any message can be read, and what can be read is filled
 * into a text whose entities lie in it, whatever people are called. The input is a message as JSON,
 * or a kept text; up to a NUL, and after it the name of a person. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "ingress/update/transcode.h"
#include "tests/fuzz/host_checks.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/chat_message.h"
#include "workers/host/filling.h"
#include "workers/host/written_buttons.h"

static const char *value, *name;

static void check_filled(const struct markup *filled, const struct kept *kept)
{
	PROMISE(filled->fault[0] == '\0');
	PROMISE(filled->units == utf8_units(filled->text, filled->size));
	PROMISE(filled->entities_count <= kept->entities_count + FILLINGS_MAX);
	for (size_t i = 0; i < filled->entities_count; i++) {
		const struct entity *entity = &filled->entities[i];

		PROMISE(entity->length > 0 && entity->offset < filled->units);
		PROMISE(entity->length <= filled->units - entity->offset);
		PROMISE(i == 0 || filled->entities[i - 1].offset <= entity->offset);
	}
}

/* What can be read can be said. */
static enum verdict say(struct ctx *ctx, const struct user *about)
{
	struct draft *draft = ctx_draft(ctx);

	draft_fill(draft, "rules", name, "https://t.me/x");
	draft_kept(draft, value, about);
	return draft_reply(draft);
}

static enum verdict fill(struct ctx *ctx)
{
	const struct user about = {
		.id = 7, .first_name = name, .last_name = name, .username = ""
	};
	const struct filling rules = { "rules", name, "https://t.me/x", NULL };
	struct filler filler = { .ctx = ctx, .about = &about, .fillings = &rules };
	struct markup filled;
	struct kept kept;
	struct why why;

	if (!kept_read(value, ctx->arena, &kept, &why)) {
		PROMISE(why.text[0]);
		return DONE;
	}
	markup_init(&filled, ctx->arena);
	filling_add(&filler, &kept, &filled);
	check_filled(&filled, &kept);
	for (size_t i = 0; i < kept.buttons_count; i++)
		PROMISE(!utf8_is_blank(filling_label(&filler, kept.buttons[i].label)));
	return say(ctx, &about);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return fill(ctx);
}

static void answer_call(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner;
	(void)call;
	(void)arena;
	*out = (struct call_result) { .status = CALL_OK, .result = text_of("5") };
}

static struct host *make_host(void)
{
	static const struct route routes[] = { ANY(on_any), END_OF_ROUTES };
	static const struct module module = { .name = "kept", .routes = routes };
	static const struct module *const modules[] = { &module, NULL };
	static const struct settings settings = {
		.modules_load = "*",
		.modules_not_load = "",
		.links_sites = "all",
		.default_locale = "en_US",
		.privacy_key = "key",
	};
	const struct host_services services = { .call = answer_call,
						.storage = &fake_storage_table,
						.storage_owner = fake_storage_create() };
	struct why why;
	struct host *host = host_create(modules, &settings, &why);

	PROMISE(host);
	host_start(host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services, NULL);
	return host;
}

static void handle(void)
{
	static const char update[] = "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,"
				     "\"chat\":{\"id\":-5,\"type\":\"supergroup\",\"title\":\"T\"},"
				     "\"from\":{\"id\":2,\"first_name\":\"B\"},\"text\":\"a\"}}";
	static struct host *host;
	struct message_item item = { .seq = 1, .attempt = 1, .kind = KIND_MESSAGE };
	struct buffer body = { 0 };
	struct host_outcome outcome;
	struct why why;

	if (!host)
		host = make_host();
	PROMISE(transcode(update, sizeof(update) - 1, &body, &why));
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(host, &item, &outcome);
	PROMISE(outcome.end == HOST_DONE);
	check_outcome(&outcome);
	buffer_finish(&body);
}

/* What people wrote as buttons is taken out: entities lie in what is left, links lead somewhere. */
static const struct message *take_buttons(const struct message *message, size_t *size,
					  struct arena *arena)
{
	const struct message *taken = written_buttons_take(message, 0, size, arena);

	PROMISE(*size <= strlen(message->text) && strlen(taken->text) == *size);
	PROMISE(taken->links_count >= message->links_count);
	for (size_t i = message->links_count; i < taken->links_count; i++) {
		PROMISE(kept_is_button_url(taken->links[i].url));
		PROMISE(!utf8_is_blank(taken->links[i].label));
		PROMISE(i == 0 || taken->links[i].row >= taken->links[i - 1].row);
	}
	for (size_t i = 0; taken != message && i < taken->entities_count; i++) {
		const struct message_entity *entity = &taken->entities[i];

		PROMISE(entity->size && entity->start <= *size &&
			entity->size <= *size - entity->start);
	}
	return taken;
}

/* NULL: nothing of it can be kept, or it is no message. */
static const char *keep(const char *json, struct arena *arena)
{
	struct buffer packed = { 0 };
	const struct message *message = NULL;
	const char *kept = NULL;
	size_t size;
	struct kept read;
	struct why why;

	if (transcode(json, strlen(json), &packed, &why))
		message = message_read(
			cursor_make(buffer_unread(&packed), buffer_unread_size(&packed)), arena);
	if (message) {
		size = strlen(message->text);
		message = take_buttons(message, &size, arena);
		kept = kept_make(message, 0, size, arena);
	}
	PROMISE(!kept || !kept[0] || kept_read(kept, arena, &read, &why));
	buffer_finish(&packed);
	return kept && kept[0] ? kept : NULL;
}

/* As those of updates are. */
static bool is_well_formed(const char *text)
{
	size_t size = strlen(text), length;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_character(text + at, size - at);
		if (length == 0)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *input = xmalloc(size + 1);
	const char *kept;

	memcpy(input, data, size);
	input[size] = '\0';
	name = input + strlen(input) + (strlen(input) < size);
	name = is_well_formed(name) ? name : "";
	kept = keep(input, &arena);
	value = kept ? kept : input;
	handle();
	arena_finish(&arena);
	free(input);
	return 0;
}
