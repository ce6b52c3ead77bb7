/* say.c - the module of a test build of korone-worker: /say WAY says something in each way that
 * drafts know, /slow works for some seconds. Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <string.h>
#include <time.h>

#define SLOW_S 2
#define SLOWER_S 8

/* A GIF of one pixel. */
static const unsigned char pixel[] = {
	'G',  'I',  'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0,    0, 0, 0xff, 0xff,
	0xff, 0x2c, 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x44, 1, 0, 0x3b,
};

static struct file *picture(struct ctx *ctx, const char *name)
{
	struct file *file = file_made(ctx, name);

	file_add_bytes(file, pixel, sizeof(pixel));
	return file;
}

static struct file *list(struct ctx *ctx, const char *name)
{
	struct file *file = file_made(ctx, name);

	file_add(file, "a,b\n");
	return file;
}

static void add_photo(struct ctx *ctx, struct draft *draft)
{
	draft_media(draft, "photo", NULL, picture(ctx, "a.gif"));
	draft_add(draft, "A <b>photo</b>");
	draft_flags(draft, DRAFT_SPOILER | DRAFT_SILENT | DRAFT_PROTECTED);
	draft_button(draft, "Media", "media");
	draft_button(draft, "Caption", "caption");
	draft_button(draft, "Buttons", "buttons");
	draft_button(draft, "Delete", "delete");
}

static void add_long(struct ctx *ctx, struct draft *draft)
{
	draft_media(draft, "document", NULL, list(ctx, "a.csv"));
	draft_add(draft, "%01000d\n%04000d", 1, 2);
}

static void add_album(struct ctx *ctx, struct draft *draft)
{
	draft_media(draft, "document", NULL, list(ctx, "a.csv"));
	draft_media(draft, "document", NULL, list(ctx, "b.csv"));
	draft_add(draft, "Two <i>lists</i>");
}

static void add_poll(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_poll(draft, "Tea?");
	draft_option(draft, "Yes");
	draft_option(draft, "No");
}

static void add_quote(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "You said that.");
	draft_quote(draft, "quote");
}

static void add_secret(struct ctx *ctx, struct draft *draft)
{
	add_album(ctx, draft);
	draft_flags(draft, DRAFT_ONLY_FOR_THEM);
}

static void add_keys(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "Which?");
	draft_choose_chat(draft, "Group", RIGHT_RESTRICT_MEMBERS, "group");
	draft_share(draft, "Phone", SHARE_CONTACT);
	draft_key(draft, "None");
}

static void add_markup(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft,
		  "<tg-time unix=\"%d\" format=\"wDT\">then</tg-time> "
		  "<blockquote expandable>quotation</blockquote>",
		  1647531900);
	draft_copy(draft, "Copy", "text");
	draft_style(draft, STYLE_PRIMARY);
	draft_disabled(draft, "Soon");
	draft_preview(draft, "https://example.org/");
}

static const struct way {
	const char *name;
	void (*add)(struct ctx *ctx, struct draft *draft);
} ways[] = {
	{ "photo", add_photo }, { "long", add_long },     { "album", add_album },
	{ "poll", add_poll },   { "quote", add_quote },   { "secret", add_secret },
	{ "keys", add_keys },   { "markup", add_markup },
};

static enum verdict say(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, cmd->args) == 0)
			ways[i].add(ctx, draft);
	return draft_reply(draft);
}

static enum verdict change_media(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	add_photo(ctx, draft);
	draft_add(draft, ", another");
	return draft_edit(draft, button);
}

static enum verdict change_caption(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Other words");
	draft_button(draft, "Buttons", "buttons");
	draft_button(draft, "Delete", "delete");
	return draft_edit(draft, button);
}

static enum verdict change_buttons(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_button(draft, "Delete", "delete");
	return draft_edit(draft, button);
}

static enum verdict delete_it(struct ctx *ctx, const struct button *button)
{
	return ctx_delete(ctx, button->message_id);
}

static enum verdict take_group(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return ctx_reply(ctx, "chosen: %lld",
			 (long long)answer_integer(ctx_update(ctx), "message.chat_shared.chat_id"));
}

static enum verdict work(struct ctx *ctx, const struct command *cmd)
{
	time_t seconds = strcmp(cmd->name, "slower") == 0 ? SLOWER_S : SLOW_S;

	nanosleep(&(struct timespec) { .tv_sec = seconds }, NULL);
	return ctx_reply(ctx, "done %s", cmd->args);
}

static const struct route routes[] = {
	COMMAND("say", say, .typing = "typing"),
	COMMAND("slow", work, .typing = "upload_document"),
	COMMAND("slower", work, .typing = "typing"),
	COMMAND("silent", work),
	BUTTON("media", change_media),
	BUTTON("caption", change_caption),
	BUTTON("buttons", change_buttons),
	BUTTON("delete", delete_it),
	SERVICE("chat_shared", take_group, .step = "group"),
	END_OF_ROUTES,
};

static const struct module say_module = { .name = "say", .title = "Saying", .routes = routes };

const struct module *const compiled_modules[] = { &say_module, NULL };
