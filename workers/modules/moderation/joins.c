/* joins.c - requests to join, for administrators to decide with a button. Requests that a captcha
 * takes never come here. */
#include "workers/modules/moderation/joins.h"

#include "workers/modules/moderation/words.h"

extern const struct module joins_module;

struct join_options {
	bool ask;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct join_options, ask,
		      N_("show requests to join here, with buttons for administrators"),
		      .preset = "off", .admin = RIGHT_INVITE_USERS),
	END_OF_FIELDS(struct join_options),
};

/* Whoever asks can write a few words about themselves. */
static void add_request(struct ctx *ctx, struct draft *draft, const struct user *who)
{
	const char *bio = answer_text(ctx_update(ctx), "chat_join_request.bio");

	draft_add(draft, "%s ", _("Asks to join:"));
	add_person(ctx, draft, who);
	if (who->username[0])
		draft_add(draft, " (@%s)", who->username);
	if (bio[0])
		draft_add(draft, "\n<blockquote expandable>%s</blockquote>", bio);
}

enum verdict joins_show(struct ctx *ctx, const struct join_request *request)
{
	struct draft *draft;

	if (!is_loaded(ctx, &joins_module))
		return PASS;
	draft = ctx_draft(ctx);
	add_request(ctx, draft, request->from);
	draft_button(draft, _("Let in"), "letin:%lld", (long long)request->from->id);
	draft_button(draft, _("Turn away"), "turnaway:%lld", (long long)request->from->id);
	draft_name(draft, 47 * 3600, "joins:%lld", (long long)request->from->id);
	return draft_reply(draft);
}

static enum verdict ask_administrators(struct ctx *ctx, const struct join_request *request)
{
	const struct join_options *chosen = ctx_options(ctx);

	return chosen->ask ? joins_show(ctx, request) : PASS;
}

static enum verdict decide(struct ctx *ctx, const struct button *button, const char *decision,
			   const struct answer *answer)
{
	const struct user *who = target_of(ctx, slug_integer(ctx, 0)).user;
	struct draft *log, *draft = ctx_draft(ctx);

	add_person(ctx, draft, who);
	if (!answer_ok(answer) && !answer_refused(answer))
		return ctx_alert(ctx, "%s", explain_refusal(ctx, answer));
	if (!answer_ok(answer)) { /* somebody decided in Telegram, or it was taken back */
		draft_add(draft, ": %s", _("Telegram knows no such request any more."));
		return draft_edit(draft, button);
	}
	draft_add(draft, ": %s", decision);
	add_doer(ctx, draft, button->from);
	log = ctx_find_log(ctx, LOG_MEMBERS);
	if (log) {
		add_person(ctx, log, who);
		draft_add(log, ": %s", decision);
		add_doer(ctx, log, button->from);
		draft_reply(log);
	}
	return draft_edit(draft, button);
}

static enum verdict let_in(struct ctx *ctx, const struct button *button)
{
	return decide(ctx, button, _("let in."),
		      ctx_callf(ctx, "approveChatJoinRequest", "{user_id: %lld}",
				(long long)slug_integer(ctx, 0)));
}

static enum verdict turn_away(struct ctx *ctx, const struct button *button)
{
	return decide(ctx, button, _("turned away."),
		      ctx_callf(ctx, "declineChatJoinRequest", "{user_id: %lld}",
				(long long)slug_integer(ctx, 0)));
}

static const struct route routes[] = {
	JOIN_REQUEST(ask_administrators),
	BUTTON("letin:%lld", let_in, .admin = RIGHT_INVITE_USERS, .bot = RIGHT_INVITE_USERS),
	BUTTON("turnaway:%lld", turn_away, .admin = RIGHT_INVITE_USERS, .bot = RIGHT_INVITE_USERS),
	END_OF_ROUTES,
};

const struct module joins_module = {
	.name = "joins",
	.title = N_("Requests to join"),
	.icon = "🚪",
	.about = N_("For groups whose link lets people ask to join."),
	.options = options,
	.routes = routes,
};
