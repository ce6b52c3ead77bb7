/* examples_keep.c - what modules keep: settings, entries, what is derived from them, values for an
 * hour; each in a handler that would be wrong if it did something twice. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

/* --- settings --------------------------------------------------------------------------------- */

/* Reads, decides and writes: twice it would count two. */
static enum verdict count(struct ctx *ctx, const struct command *cmd)
{
	const char *before = store_find(ctx, THIS_CHAT, "count");
	const char *now = ctx_printf(ctx, "%ld", before ? strtol(before, NULL, 10) + 1 : 1);

	(void)cmd;
	if (!store_set(ctx, THIS_CHAT, "count", now))
		return FAIL;
	return ctx_reply(ctx, "%s, and %s", now, store_find(ctx, THIS_CHAT, "count"));
}

static enum verdict light(struct ctx *ctx, const struct command *cmd)
{
	bool on = store_find(ctx, THIS_PERSON, "light") == NULL;

	(void)cmd;
	if (!store_set(ctx, THIS_PERSON, "light", on ? "on" : NULL))
		return FAIL;
	return ctx_reply(ctx, "The light is %s.", on ? "on" : "off");
}

/* --- entries ---------------------------------------------------------------------------------- */

struct page_values {
	const char *name, *text;
};

static const struct field page_arguments[] = {
	WORD_FIELD(struct page_values, name, "name"),
	TEXT_FIELD(struct page_values, text, "text", .optional = true),
	END_OF_FIELDS(struct page_values),
};

static enum verdict page(struct ctx *ctx, const struct command *cmd)
{
	const struct page_values *values = cmd->values;
	const char *key = ctx_printf(ctx, "page/%s", values->name);
	const char *before = store_find(ctx, THIS_CHAT, key);

	if (!store_set(ctx, THIS_CHAT, key, values->text[0] ? values->text : NULL))
		return FAIL;
	return ctx_reply(ctx, "%s: %s", values->name, before ? before : "new");
}

static enum verdict pages(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;

	(void)cmd;
	draft_add(draft, "Pages:");
	while (store_each(ctx, THIS_CHAT, "page/", &key, &value))
		draft_add(draft, "\n%s: %s", key + strlen("page/"), value);
	return draft_reply(draft);
}

/* Goes over all of them while it removes them. */
static enum verdict burn(struct ctx *ctx, const struct command *cmd)
{
	const char *key = NULL, *value;
	int burnt = 0;

	(void)cmd;
	for (; store_each(ctx, THIS_CHAT, "page/", &key, &value); burnt++)
		if (!store_set(ctx, THIS_CHAT, key, NULL))
			return FAIL;
	return ctx_reply(ctx, "%d are burnt.", burnt);
}

/* One list for all groups in which it is told. */
static enum verdict tell(struct ctx *ctx, const struct command *cmd)
{
	const struct holder list = { .scope = OF_LIST, .id = 77 };
	const char *before = store_find(ctx, list, "told");
	const char *mine = store_find(ctx, THIS_MEMBER, "told");

	if (!store_set(ctx, list, "told", cmd->args) ||
	    !store_set(ctx, THIS_MEMBER, "told", cmd->args) ||
	    !store_set(ctx, THIS_BOT, "told", "yes"))
		return FAIL;
	return ctx_reply(ctx, "“%s” before, “%s” by you here, %s", before ? before : "",
			 mine ? mine : "", store_find(ctx, THIS_BOT, "told"));
}

/* --- derived ---------------------------------------------------------------------------------- */

/* All words, each with its end. */
static bool list_words(struct ctx *ctx, struct holder holder, struct derived *out)
{
	const char *key = NULL, *value;

	while (store_each(ctx, holder, "word/", &key, &value))
		derived_add(out, key + strlen("word/"), strlen(key) + 1 - strlen("word/"));
	return true;
}

static enum verdict watch(struct ctx *ctx, const struct text_message *message)
{
	size_t size;
	const char *words = ctx_derived(ctx, THIS_CHAT, "words", list_words, &size);

	if (!words)
		return FAIL;
	for (size_t at = 0; at < size; at += strlen(words + at) + 1)
		if (strstr(message->text, words + at))
			return ctx_reply(ctx, "Not %s!", words + at);
	return PASS;
}

static enum verdict forbid(struct ctx *ctx, const struct command *cmd)
{
	const char *key = ctx_printf(ctx, "word/%s", cmd->args);

	return store_set(ctx, THIS_CHAT, key, "") ? ctx_reply(ctx, "Forbidden.") : FAIL;
}

/* --- for an hour, and the same each time ------------------------------------------------------ */

static enum verdict first(struct ctx *ctx, const struct command *cmd)
{
	const char *last = brief_find(ctx, THIS_CHAT, "last");
	bool mine = brief_claim(ctx, THIS_CHAT, "first", 60);

	brief_set(ctx, THIS_CHAT, "last", cmd->from->first_name, 600);
	return ctx_reply(ctx, "%s after %s", mine ? "first" : "too late", last ? last : "nobody");
}

/* The state of a game needs no store: the same numbers come again. */
static enum verdict draw(struct ctx *ctx, const struct command *cmd)
{
	long long one = (long long)ctx_random(ctx, 1000000);
	long long two = (long long)ctx_random(ctx, 1000000);
	long long at = (long long)ctx_now(ctx);

	(void)cmd;
	if (!store_set(ctx, THIS_CHAT, "drawn", "yes"))
		return FAIL;
	return ctx_reply(ctx, "%lld %lld at %lld", one, two, at);
}

/* --- calls ------------------------------------------------------------------------------------ */

/* Each link would be another. */
static enum verdict invite(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *one = ctx_callf(ctx, "createChatInviteLink",
					     "{\"chat_id\":%lld,\"name\":\"a\"}",
					     (long long)cmd->chat->id);
	const struct answer *two = ctx_callf(ctx, "createChatInviteLink",
					     "{\"chat_id\":%lld,\"name\":\"a\"}",
					     (long long)cmd->chat->id);

	if (!answer_ok(one))
		return ctx_reply(ctx, "No: %s", answer_error(one));
	if (!store_set(ctx, THIS_CHAT, "link", answer_text(one, "invite_link")))
		return FAIL;
	return ctx_reply(ctx, "%s %s", answer_text(one, "invite_link"),
			 answer_text(two, "invite_link"));
}

const struct module keep_example = {
	.name = "keep",
	.routes =
		(const struct route[]) {
			COMMAND("count", count),
			COMMAND("light", light),
			COMMAND("page", page, .arguments = page_arguments),
			COMMAND("leaves", pages),
			COMMAND("burn", burn),
			COMMAND("pass_on", tell),
			COMMAND("forbid", forbid),
			COMMAND("first", first),
			COMMAND("draw", draw),
			COMMAND("link", invite),
			TEXT(watch),
			END_OF_ROUTES,
		},
};
