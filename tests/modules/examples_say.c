/* examples_say.c - markup, media, keyboards, flags, edits: a command for each. */
#include "workers/module.h"

/* --- markup ----------------------------------------------------------------------------------- */

static enum verdict show_markup(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(
		ctx,
		"<strong>bold</strong> <em>italic</em> <ins>underline</ins> <del>gone</del> "
		"<span class=\"tg-spoiler\">hidden</span> "
		"<tg-emoji emoji-id=\"5368324170671202286\">&#128077;</tg-emoji> "
		"<tg-time unix=\"%lld\" format=\"wDT\">then</tg-time>\n"
		"<pre><code class=\"language-%s\">int x;</code></pre>\n"
		"<blockquote expandable>%s</blockquote>",
		1647531900LL, "c", cmd->args);
}

/* --- media ------------------------------------------------------------------------------------ */

#define NEXT "picture:%d"

static void show_picture(struct draft *draft, int number)
{
	draft_media(draft, "photo", number % 2 ? "odd" : "even", NULL);
	draft_add(draft, "Picture <b>%d</b>", number);
	draft_button(draft, "Next", NEXT, number + 1);
	draft_button(draft, "Words only", "words");
	draft_row(draft);
	draft_button(draft, "Delete", "delete");
	draft_style(draft, STYLE_DANGER);
}

static enum verdict picture(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	show_picture(draft, 1);
	draft_flags(draft, DRAFT_SILENT | DRAFT_SPOILER);
	return draft_reply(draft);
}

static enum verdict next_picture(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	show_picture(draft, (int)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict only_words(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "No more pictures.");
	return draft_edit(draft, button);
}

static enum verdict delete_it(struct ctx *ctx, const struct button *button)
{
	return ctx_delete(ctx, button->message_id);
}

static enum verdict album(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "one", NULL);
	draft_media(draft, "video", "two", NULL);
	draft_add(draft, "<i>%s</i>", cmd->args[0] ? cmd->args : "An album");
	if (cmd->args[0])
		draft_button(draft, "Delete", "delete");
	return draft_reply(draft);
}

static enum verdict lists(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *first = file_made(ctx, "first.csv"), *second = file_made(ctx, "second.csv");

	(void)cmd;
	file_add(first, "a,b\n");
	file_add(second, "c,d\n");
	draft_media(draft, "document", NULL, first);
	draft_media(draft, "document", NULL, second);
	draft_add(draft, "Two <b>lists</b>");
	return draft_reply(draft);
}

static enum verdict song(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "audio", "song", NULL);
	draft_with(draft, "{title: %s, duration: %d}", cmd->args, 180);
	return draft_reply(draft);
}

static enum verdict place(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_content(draft, "sendVenue",
		      "{latitude: %f, longitude: %f, title: %s, address: 'Street 1'}", 48.25, 16.5,
		      cmd->args);
	draft_button(draft, "Delete", "delete");
	return draft_reply(draft);
}

static enum verdict mix(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "one", NULL);
	draft_media(draft, cmd->args, "two", NULL);
	return draft_reply(draft);
}

static enum verdict poll(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_poll(draft, "Tea or coffee?");
	draft_option(draft, "Tea");
	draft_option(draft, "Coffee");
	draft_add(draft, "For <b>breakfast</b>");
	return draft_reply(draft);
}

/* --- keyboards -------------------------------------------------------------------------------- */

static enum verdict keys(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Which group?");
	draft_choose_chat(draft, "A group", RIGHT_RESTRICT_MEMBERS, "group");
	draft_choose_users(draft, "People", 2, "people");
	draft_row(draft);
	draft_key(draft, "None");
	draft_flags(draft, DRAFT_KEYS_ONCE);
	return draft_reply(draft);
}

static enum verdict take_group(struct ctx *ctx, const struct service_message *message)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t id = answer_integer(ctx_update(ctx), "message.chat_shared.chat_id");

	(void)message;
	draft_add(draft, "Hello from elsewhere.");
	draft_button(draft, "Delete", "delete");
	draft_to(draft, id, 0);
	draft_reply(draft);
	draft = ctx_draft(ctx);
	draft_add(draft, "Said in %lld.", (long long)id);
	draft_flags(draft, DRAFT_REMOVE_KEYS);
	return draft_reply(draft);
}

static enum verdict take_people(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return ctx_reply(ctx, "Hello, %s.",
			 answer_text(ctx_update(ctx), "message.users_shared.users.0.first_name"));
}

static enum verdict links(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "See https://example.org/");
	draft_preview(draft, "https://example.org/book");
	draft_flags(draft, DRAFT_PREVIEW_LARGE | DRAFT_PREVIEW_ABOVE);
	draft_copy(draft, "Copy", "the text");
	draft_inline_query(draft, "Search", INLINE_HERE, "cats");
	draft_disabled(draft, "Soon");
	return draft_reply(draft);
}

static enum verdict secret(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Only you see this.");
	draft_quote(draft, cmd->args);
	draft_flags(draft, DRAFT_ONLY_FOR_THEM | DRAFT_PROTECTED);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("markup", show_markup),
	COMMAND("gallery", picture),
	COMMAND("album", album),
	COMMAND("lists", lists),
	COMMAND("song", song),
	COMMAND("place", place),
	COMMAND("mix", mix),
	COMMAND("survey", poll),
	COMMAND("keys", keys),
	COMMAND("links", links),
	COMMAND("secret", secret),
	BUTTON(NEXT, next_picture),
	BUTTON("words", only_words),
	BUTTON("delete", delete_it),
	SERVICE("chat_shared", take_group, .step = "group"),
	SERVICE("users_shared", take_people, .step = "people"),
	END_OF_ROUTES,
};

const struct module say_example = { .name = "say", .routes = routes };
