/* rule.c - what rules look at, and what they do. */
#include "workers/modules/moderation/rule.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX 32768 /* bytes; a message has at most 4096 characters of text */
#define ALBUM_S 60

struct writer {
	char *text;
	size_t size;
};

static void add(struct writer *writer, const char *text)
{
	size_t length = strnlen(text, TEXT_MAX - 1 - writer->size);

	if (!length || writer->size + length + 1 >= TEXT_MAX)
		return;
	if (writer->size)
		writer->text[writer->size++] = '\n';
	memcpy(writer->text + writer->size, text, length);
	writer->size += length;
	writer->text[writer->size] = '\0';
}

/* What has no member in struct message. `%zu` stands for each of what there are. */
static const struct {
	const char *list, *field;
} paths[] = {
	{ "poll.options", "text" },
	{ "checklist.tasks", "text" },
	{ NULL, "poll.question" },
	{ NULL, "poll.description" },
	{ NULL, "checklist.title" },
	{ NULL, "contact.first_name" },
	{ NULL, "contact.last_name" },
	{ NULL, "venue.title" },
	{ NULL, "venue.address" },
	{ NULL, "game.title" },
	{ NULL, "external_reply.poll.question" },
	{ NULL, "external_reply.chat.title" },
	{ NULL, "story.chat.title" },
};

static void add_paths(struct ctx *ctx, const char *root, struct writer *writer)
{
	const struct answer *update = ctx_update(ctx);

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *list;

		if (!paths[i].list) {
			add(writer,
			    answer_text(update, ctx_printf(ctx, "%s.%s", root, paths[i].field)));
			continue;
		}
		list = ctx_printf(ctx, "%s.%s", root, paths[i].list);
		for (size_t j = 0; j < answer_count(update, list); j++)
			add(writer, answer_text(update, ctx_printf(ctx, "%s.%zu.%s", list, j,
								   paths[i].field)));
	}
}

/* Most messages are a text and nothing else. */
static bool has_more(const struct message *message)
{
	return !message->text[0] || message->media || message->reply_elsewhere;
}

const char *rule_text(struct ctx *ctx, const struct message *message)
{
	struct writer writer = { .text = ctx_alloc(ctx, TEXT_MAX) };

	add(&writer, message->text);
	add(&writer, message->quote);
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "text_link") == 0)
			add(&writer, message->entities[i].value);
	for (size_t i = 0; i < message->links_count; i++) {
		add(&writer, message->links[i].label);
		add(&writer, message->links[i].url);
	}
	if (message->media)
		add(&writer, message->media->name);
	if (message->via_bot)
		add(&writer, message->via_bot->username);
	if (has_more(message))
		add_paths(ctx, message->edited ? "edited_message" : "message", &writer);
	return writer.text;
}

/* The rest of an album only goes. */
static bool is_album_begun(struct ctx *ctx, const struct message *message)
{
	return message->album[0] &&
	       !brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "album/%.40s", message->album),
			    ALBUM_S);
}

/* What people should know of, and administrators take back. */
static enum verdict announce(struct ctx *ctx, const struct message *message)
{
	struct draft *draft = ctx_draft(ctx);

	draft_acts(draft);
	draft_to(draft, message->chat->id, message->topic);
	return draft_reply(draft);
}

enum verdict rule_enforce(struct ctx *ctx, const struct message *message, struct action action,
			  const char *reason, bool trial)
{
	struct target author = message_author(message);
	const char *why;

	if (action.kind == ACTION_NONE || ctx_is_exempt(ctx, message))
		return PASS;
	action.by_rule = true;
	action.dry_run = trial;
	/* A channel can only be banned, and not for a while. */
	if (author.channel && action.kind > ACTION_DELETE && action.kind != ACTION_BAN)
		action = (struct action) { .kind = ACTION_DELETE,
					   .by_rule = true,
					   .dry_run = trial };
	if (author.channel)
		action.seconds = 0;
	if (action.kind > ACTION_DELETE && !trial && is_album_begun(ctx, message))
		action = (struct action) { .kind = ACTION_DELETE, .by_rule = true };
	why = ctx_act(ctx, action, author, ACT_QUEUED, reason);
	if (why || trial || action.kind == ACTION_LOG)
		return PASS;
	return action.kind > ACTION_DELETE ? announce(ctx, message) : DONE;
}
