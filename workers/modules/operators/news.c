/* news.c - /news: whether this person, or this group, gets the operators' news. People ask for
 * them; groups get them unless an administrator switches them off. */
#include "workers/modules/operators/news.h"

#include <string.h>

const struct field news_fields[] = {
	BOOLEAN_FIELD(struct news_options, news, N_("news from those who run the bot"),
		      .preset = "on"),
	END_OF_FIELDS(struct news_options),
};

static bool wants(struct ctx *ctx, const struct chat *chat)
{
	const struct news_options *options;

	if (chat->type == CHAT_PRIVATE)
		return store_find(ctx, THIS_PERSON, NEWS_KEY) != NULL;
	options = ctx_options(ctx);
	return options->news;
}

/* The language in which they ask is the one in which they are told how to end it. */
static bool set_for_person(struct ctx *ctx, bool on)
{
	return store_set(ctx, THIS_PERSON, NEWS_KEY, on ? NEWS_YES : NULL) &&
	       store_set(ctx, THIS_PERSON, NEWS_LOCALE_KEY, on ? ctx_locale(ctx) : NULL);
}

/* False: the handler has failed, or has said why not. */
static bool set(struct ctx *ctx, const struct chat *chat, bool on)
{
	const char *why;

	if (chat->type == CHAT_PRIVATE)
		return set_for_person(ctx, on);
	why = ctx_set_option(ctx, "news", on ? "on" : "off");
	if (why)
		ctx_alert(ctx, "%s", why);
	return !why;
}

static void describe(struct ctx *ctx, struct draft *draft, const struct chat *chat, bool on)
{
	if (chat->type == CHAT_PRIVATE)
		draft_add(draft, "%s",
			  on ? _("You get news from those who run this bot.")
			     : _("You get no news from those who run this bot."));
	else
		draft_add(draft, "%s",
			  on ? _("This group gets news from those who run this bot.")
			     : _("This group gets no news from those who run this bot."));
	draft_button(draft, on ? _("No more news") : _("I want news"), NEWS_SWITCH, !on);
}

enum verdict news_show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	describe(ctx, draft, cmd->chat, wants(ctx, cmd->chat));
	return draft_reply(draft);
}

enum verdict news_switch(struct ctx *ctx, const struct button *button)
{
	bool on = slug_integer(ctx, 0);
	struct draft *draft = ctx_draft(ctx);

	if (!set(ctx, button->chat, on))
		return DONE;
	describe(ctx, draft, button->chat, on);
	return draft_edit(draft, button);
}

/* The message stays as it is: it has buttons of its own. */
enum verdict news_stop(struct ctx *ctx, const struct button *button)
{
	if (!set(ctx, button->chat, false))
		return DONE;
	return ctx_toast(ctx, "%s", _("No more news will come. /news has them come again."));
}
