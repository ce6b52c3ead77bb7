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

static const struct route say_routes[] = {
	COMMAND("markup", show_markup),
	END_OF_ROUTES,
};

extern const struct module say_example;
const struct module say_example = { .name = "say", .routes = say_routes };
