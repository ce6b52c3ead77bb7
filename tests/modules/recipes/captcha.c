/* captcha.c - who joins may write once they have pressed a button, and must within ten minutes. */
#include "workers/module.h"

#define PERSON "recipehuman:%lld"
#define TIME_OUT "recipetoolate:%lld"
#define TIME_S 600
/* Each of these stands for others, too (Bot API, "restrictChatMember"): with all, nothing is
 * restricted. */
#define EVERYTHING                                                                          \
	"{can_send_polls: true, can_send_other_messages: true, can_add_web_page_previews: " \
	"true, can_change_info: true, can_invite_users: true, can_pin_messages: true, "     \
	"can_manage_topics: true}"

static enum verdict ask(struct ctx *ctx, const struct member_change *change)
{
	long long id = change->member->id;
	struct draft *draft = ctx_draft(ctx);

	if (change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN)
		return PASS;
	ctx_queuef(ctx, "restrictChatMember",
		   "{user_id: %lld, permissions: {can_send_messages: false}}", id);
	draft_add(draft, _("Welcome, <b>%s</b>! Are you a person?"), change->member->first_name);
	draft_button(draft, _("I am"), PERSON, id);
	draft_reply(draft);
	return ctx_laterf(ctx, TIME_S, TIME_OUT, id);
}

static enum verdict let_write(struct ctx *ctx, const struct button *button)
{
	long long id = slug_integer(ctx, 0);

	if (button->from->id != id)
		return ctx_toast(ctx, _("This is not for you."));
	ctx_cancel(ctx, TIME_OUT, id);
	ctx_queuef(ctx, "restrictChatMember", "{user_id: %lld, permissions: " EVERYTHING "}", id);
	return ctx_delete(ctx, button->message_id);
}

static enum verdict give_up(struct ctx *ctx, const struct work *work)
{
	long long id = slug_integer(ctx, 0);

	(void)work;
	return ctx_queuef(ctx, "banChatMember", "{user_id: %lld, until_date: 60}", id);
}

static const struct route routes[] = {
	MEMBER(ask, .bot = RIGHT_RESTRICT_MEMBERS),
	BUTTON(PERSON, let_write),
	WORK(TIME_OUT, give_up),
	END_OF_ROUTES,
};

const struct module captcha_recipe = { .name = "recipe_captcha", .routes = routes };
