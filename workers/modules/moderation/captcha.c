/* captcha.c - who joins may write once they have shown to be a person. One message in the group
 * serves all who wait; whoever asks to join is asked in private. There is no picture to read. */
#include <string.h>

#include "workers/module.h"

#define WAITING "waiting"
#define PASSED "passed"
#define SHOWN_AGAIN_S 20 /* Telegram takes 20 messages a minute in a group */
#define CHOICES 4

struct captcha_options {
	bool on, requests;
	const char *kind;
	int64_t seconds;
	struct action failure;
};

static const char *const questions[] = { "button", "sum", NULL };
static const char *const question_labels[] = { N_("a button"), N_("a sum"), NULL };

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	BOOLEAN_FIELD(struct captcha_options, on, N_("ask who joins"), .preset = "off", FOR_ADMINS),
	BOOLEAN_FIELD(struct captcha_options, requests, N_("ask who asks to join, and let them in"),
		      .preset = "off", FOR_ADMINS),
	CHOICE_FIELD(struct captcha_options, kind, N_("what is asked"), .choices = questions,
		     .labels = question_labels, .preset = "button", FOR_ADMINS),
	DURATION_FIELD(struct captcha_options, seconds, N_("how long they have"), .minimum = 60,
		       .maximum = 86400, .preset = "10m", FOR_ADMINS),
	ACTION_FIELD(struct captcha_options, failure, N_("what happens to who does not answer"),
		     .actions = 1u << ACTION_MUTE | 1u << ACTION_KICK | 1u << ACTION_BAN,
		     .preset = "kick", FOR_ADMINS),
	END_OF_FIELDS(struct captcha_options),
};

/* --- who waits -------------------------------------------------------------------------------- */

static bool note_passed(struct ctx *ctx, int64_t id)
{
	const struct fact passed = { .person = id, .number = 1 };

	return fact_set(ctx, THIS_CHAT, PASSED, &passed);
}

/* True for the one who ends the waiting: an answer, or its time. */
static bool end_waiting(struct ctx *ctx, int64_t id)
{
	return fact_remove(ctx, THIS_CHAT, WAITING, id);
}

static enum verdict let_in(struct ctx *ctx, int64_t id)
{
	const struct action mute = { .kind = ACTION_MUTE, .by_rule = true };

	if (!end_waiting(ctx, id))
		return DONE;
	ctx_cancel(ctx, "captchalate:%lld", (long long)id);
	if (!note_passed(ctx, id))
		return FAIL;
	/* In a basic group nobody was restricted. */
	ctx_undo(ctx, mute, target_of(ctx, id), ACT_QUEUED);
	return DONE;
}

static enum verdict fail_them(struct ctx *ctx, int64_t id, const char *reason)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct action failure = chosen->failure;

	if (!end_waiting(ctx, id))
		return DONE;
	ctx_cancel(ctx, "captchalate:%lld", (long long)id);
	failure.by_rule = true;
	ctx_act(ctx, failure, target_of(ctx, id), ACT_QUEUED, reason);
	return DONE;
}

static enum verdict time_is_up(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return fail_them(ctx, slug_integer(ctx, 0), _("no answer to the captcha"));
}

/* --- who joins -------------------------------------------------------------------------------- */

static enum verdict show_message(struct ctx *ctx)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct draft *draft;

	if (!brief_claim(ctx, THIS_CHAT, "shown", SHOWN_AGAIN_S))
		return DONE;
	draft = ctx_draft(ctx);
	draft_add(draft,
		  _("<b>New here?</b> Show that you are a person: press the button, then you can "
		    "write."));
	draft_button(draft, _("I am a person"), "captcha");
	draft_name(draft, chosen->seconds + SHOWN_AGAIN_S, "captcha");
	return draft_reply(draft);
}

static enum verdict ask(struct ctx *ctx, const struct member_change *change)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	const struct action mute = { .kind = ACTION_MUTE, .by_rule = true };
	int64_t id = change->member->id;
	const struct fact waiting = { .person = id,
				      .number = 1,
				      .until_s = ctx_now(ctx) + chosen->seconds + 3600 };

	if (!chosen->on || change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN ||
	    change->member->is_bot || change->by->id != id)
		return PASS;
	if (fact_find(ctx, THIS_CHAT, PASSED, id, NULL) || ctx_is_exempt_user(ctx, change->member))
		return PASS;
	if (!fact_set(ctx, THIS_CHAT, WAITING, &waiting))
		return FAIL;
	ctx_act(ctx, mute, (struct target) { .user = change->member }, ACT_QUEUED, _("captcha"));
	if (ctx_laterf(ctx, chosen->seconds, "captchalate:%lld", (long long)id) != DONE)
		return FAIL;
	return show_message(ctx) == FAIL ? FAIL : PASS;
}

/* Whoever leaves waits no more. */
static enum verdict forget(struct ctx *ctx, const struct member_change *change)
{
	if ((change->after == MEMBER_OUTSIDE || change->after == MEMBER_BANNED) &&
	    fact_find(ctx, THIS_CHAT, WAITING, change->member->id, NULL)) {
		end_waiting(ctx, change->member->id);
		ctx_cancel(ctx, "captchalate:%lld", (long long)change->member->id);
	}
	return PASS;
}

/* What they write before Telegram has restricted them, and in a basic group, where it does not. */
static enum verdict guard(struct ctx *ctx, const struct message *message)
{
	struct target author = message_author(message);

	if (!author.user || !fact_find(ctx, THIS_CHAT, WAITING, author.user->id, NULL))
		return PASS;
	ctx_delete(ctx, message->id);
	return DONE;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The sum, with buttons: for who waits in this group, or (`chat_id`) wants to join one. The place
 * of the right one is as random as the others' numbers. */
static void add_sum(struct ctx *ctx, struct draft *draft, int64_t chat_id)
{
	int64_t one = 2 + ctx_random(ctx, 8), other = 2 + ctx_random(ctx, 8);
	int64_t right = ctx_random(ctx, CHOICES), step = 1 + ctx_random(ctx, 2);

	draft_add(draft, _("How much is %lld + %lld?"), (long long)one, (long long)other);
	for (int64_t i = 0; i < CHOICES; i++) {
		int64_t shown = one + other + (i - right) * step;
		const char *label = ctx_printf(ctx, "%lld", (long long)shown);

		if (!chat_id)
			draft_button(draft, label, "captchasum:%d", (int)(i == right));
		else
			draft_button(draft, label, "captchajoin:%lld:%d", (long long)chat_id,
				     (int)(i == right));
	}
}

static enum verdict press(struct ctx *ctx, const struct button *button)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct draft *draft;

	if (!fact_find(ctx, THIS_CHAT, WAITING, button->from->id, NULL))
		return ctx_toast(ctx, _("You need not: you can write."));
	if (strcmp(chosen->kind, "button") == 0) {
		ctx_toast(ctx, _("Welcome! You can write now."));
		return let_in(ctx, button->from->id);
	}
	draft = ctx_draft(ctx);
	add_sum(ctx, draft, 0);
	draft_flags(draft, DRAFT_ONLY_FOR_THEM);
	return draft_reply(draft);
}

static enum verdict answer_sum(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	bool right = slug_integer(ctx, 0) != 0;

	draft_add(draft, "%s", right ? _("Welcome! You can write now.") : _("That was wrong."));
	if (draft_edit(draft, button) != DONE)
		return FAIL;
	return right ? let_in(ctx, button->from->id)
		     : fail_them(ctx, button->from->id, _("a wrong answer to the captcha"));
}

/* --- requests to join ------------------------------------------------------------------------- */

/* Telegram lets a bot write to them for five minutes; later it is for administrators. */
static enum verdict ask_in_private(struct ctx *ctx, const struct join_request *request)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct draft *draft;

	if (!chosen->requests || request->late || !request->user_chat_id)
		return PASS;
	draft = ctx_draft(ctx);
	draft_to(draft, request->user_chat_id, 0);
	draft_add(draft, _("You want to join <b>%s</b>. Show that you are a person.\n\n"),
		  request->chat->title);
	add_sum(ctx, draft, request->chat->id);
	return draft_reply(draft);
}

static enum verdict answer_in_private(struct ctx *ctx, const struct button *button)
{
	long long chat_id = slug_integer(ctx, 0);
	bool right = slug_integer(ctx, 1) != 0;
	struct draft *draft = ctx_draft(ctx);

	ctx_queuef(ctx, right ? "approveChatJoinRequest" : "declineChatJoinRequest",
		   "{chat_id: %lld, user_id: %lld}", chat_id, (long long)button->from->id);
	draft_add(draft, "%s", right ? _("Welcome!") : _("That was wrong. You can ask again."));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	MESSAGE(guard, .group = true, .first = 4),
	EDITED(guard, .group = true, .first = 4),
	MEMBER(ask, .group = true, .first = 4),
	MEMBER(forget, .group = true, .first = 4),
	BUTTON("captcha", press, .group = true),
	BUTTON("captchasum:%d", answer_sum, .asker = true),
	WORK("captchalate:%lld", time_is_up),
	JOIN_REQUEST(ask_in_private),
	BUTTON("captchajoin:%lld:%d", answer_in_private, .asker = true),
	END_OF_ROUTES,
};

const struct module captcha_module = {
	.name = "captcha",
	.title = N_("Captcha"),
	.icon = "🤖",
	.about = N_("Who joins can write nothing until they have answered. Whoever has passed once "
		    "is not asked again, and whom an "
		    "administrator adds is not asked at all."),
	.options = options,
	.routes = routes,
	.facts = FACTS(FACT(WAITING, N_("waiting captchas"), .keep_s = 2 * 86400,
			    .outlives_erasure = true),
		       FACT(PASSED, N_("passed captchas"), .keep_s = INT64_C(365) * 86400)),
};
