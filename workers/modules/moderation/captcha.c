/* captcha.c - who joins may write once they have shown to be a person. One message in the group
 * serves all who wait; whatever needs more than its button is asked in private (captcha_ask.c), as
 * is who asks to join. */
#include "workers/modules/moderation/captcha.h"

#include <string.h>

#include "workers/modules/moderation/entries.h"
#include "workers/modules/moderation/joins.h"
#include "workers/modules/moderation/welcome.h"
#include "workers/modules/moderation/words.h"

#define WAITING "waiting"
#define PASSED "passed"
#define SHOWN_AGAIN_S 20    /* Telegram takes 20 messages a minute in a group */
#define WAITING_ENDS_S 3600 /* after its time, should nothing else have ended it */
#define KEPT_S (2 * 86400)

static const char *const choices[] = { "button", "sum", "question", "rules", "picture", NULL };
static const char *const choice_labels[] = { N_("a button"),        N_("a sum"),
					     N_("an own question"), N_("to read the rules"),
					     N_("a picture"),       NULL };

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	BOOLEAN_FIELD(struct captcha_options, on, N_("ask who joins"), .preset = "off", FOR_ADMINS),
	BOOLEAN_FIELD(struct captcha_options, requests, N_("ask who asks to join, and let them in"),
		      .preset = "off", FOR_ADMINS),
	CHOICE_FIELD(struct captcha_options, kind, N_("what is asked"), .choices = choices,
		     .labels = choice_labels, .program = "korone-picture", .preset = "button",
		     FOR_ADMINS),
	DURATION_FIELD(struct captcha_options, seconds, N_("how long they have"), .minimum = 60,
		       .maximum = 86400, .preset = "10m", FOR_ADMINS),
	INTEGER_FIELD(struct captcha_options, tries, N_("wrong answers until they have failed"),
		      .minimum = 1, .maximum = 10, .preset = "2", FOR_ADMINS),
	ACTION_FIELD(struct captcha_options, failure, N_("what happens to who does not answer"),
		     .actions = 1u << ACTION_MUTE | 1u << ACTION_KICK | 1u << ACTION_BAN,
		     .preset = "kick", FOR_ADMINS),
	BOOLEAN_FIELD(struct captcha_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", FOR_ADMINS),
	END_OF_FIELDS(struct captcha_options),
};

enum captcha_kind captcha_chosen_kind(const struct captcha_options *chosen)
{
	enum captcha_kind kind = CAPTCHA_BUTTON;

	while (choices[kind + 1] && strcmp(choices[kind], chosen->kind) != 0)
		kind++;
	return kind;
}

/* --- who waits -------------------------------------------------------------------------------- */

/* The number of the fact: from the lowest bit on a 1, asks_to_join, asked, kind (4 bits), wrong (8)
 * and, from the 16th on, the nonce. */
static int64_t pack(const struct captcha *captcha)
{
	return INT64_C(1) | (int64_t)captcha->asks_to_join << 1 | (int64_t)captcha->asked << 2 |
	       (int64_t)captcha->kind << 3 | (int64_t)(captcha->wrong & 0xff) << 8 |
	       (int64_t)captcha->nonce << 16;
}

bool captcha_find(struct ctx *ctx, int64_t person, struct captcha *out)
{
	struct fact fact;
	unsigned kind;

	if (!fact_find(ctx, THIS_CHAT, WAITING, person, &fact))
		return false;
	kind = fact.number >> 3 & 0xf;
	*out = (struct captcha) {
		.person = person,
		.until_s = fact.until_s,
		.asks_to_join = fact.number >> 1 & 1,
		.asked = (fact.number >> 2 & 1) && kind <= CAPTCHA_PICTURE,
		.kind = kind <= CAPTCHA_PICTURE ? (enum captcha_kind)kind : CAPTCHA_BUTTON,
		.wrong = fact.number >> 8 & 0xff,
		.nonce = (uint32_t)(fact.number >> 16),
	};
	return true;
}

bool captcha_enter(struct ctx *ctx, int64_t chat_id, int64_t person, struct captcha *out)
{
	ctx_enter_by_rule(ctx, chat_id);
	if (captcha_find(ctx, person, out))
		return true;
	/* Telegram knows the id of the supergroup that the group has become since then. */
	return !ctx_enter(ctx, chat_id, RIGHT_NONE) && captcha_find(ctx, person, out);
}

bool captcha_note(struct ctx *ctx, const struct captcha *captcha)
{
	const struct fact fact = { .person = captcha->person,
				   .number = pack(captcha),
				   .until_s = captcha->until_s };

	return fact_set(ctx, THIS_CHAT, WAITING, &fact);
}

static bool has_passed(struct ctx *ctx, int64_t id)
{
	return fact_find(ctx, THIS_CHAT, PASSED, id, NULL);
}

static bool note_passed(struct ctx *ctx, int64_t id)
{
	const struct fact passed = { .person = id, .number = 1 };

	return fact_set(ctx, THIS_CHAT, PASSED, &passed);
}

/* True for the one who ends the waiting: an answer, or its time. */
static bool end_waiting(struct ctx *ctx, int64_t id)
{
	if (!fact_remove(ctx, THIS_CHAT, WAITING, id))
		return false;
	ctx_cancel(ctx, "captchalate:%lld", (long long)id);
	return true;
}

/* False after a failure. */
static bool begin_waiting(struct ctx *ctx, const struct captcha *captcha)
{
	const struct captcha_options *chosen = ctx_options(ctx);

	return captcha_note(ctx, captcha) && ctx_laterf(ctx, chosen->seconds, "captchalate:%lld",
							(long long)captcha->person) == DONE;
}

/* Administrators learn of it when Telegram refuses: it is theirs to decide then. */
static const char *approve(struct ctx *ctx, const struct captcha *captcha)
{
	const struct answer *approved = ctx_callf(ctx, "approveChatJoinRequest", "{user_id: %lld}",
						  (long long)captcha->person);
	struct draft *log;

	if (answer_ok(approved))
		return _("Welcome!");
	log = ctx_find_log(ctx, LOG_MEMBERS);
	if (log) {
		add_person(ctx, log, target_of(ctx, captcha->person).user);
		draft_add(log, ": %s %s",
			  _("has answered the captcha, and yet I cannot let them in."),
			  explain_refusal(ctx, approved));
		draft_reply(log);
	}
	return _("That was right. An administrator lets you in.");
}

enum verdict captcha_pass(struct ctx *ctx, const struct captcha *captcha, const char **out)
{
	const struct action mute = { .kind = ACTION_MUTE, .by_rule = true };

	*out = _("Welcome! You can write now.");
	if (!end_waiting(ctx, captcha->person))
		return DONE;
	if (!note_passed(ctx, captcha->person))
		return FAIL;
	if (captcha->asks_to_join) {
		*out = approve(ctx, captcha);
		return DONE;
	}
	/* In a basic group nobody was restricted. */
	ctx_undo(ctx, mute, target_of(ctx, captcha->person), ACT_QUEUED);
	return welcome_now(ctx, captcha->person);
}

enum verdict captcha_fail(struct ctx *ctx, const struct captcha *captcha, const char *reason)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct action failure = chosen->failure;

	if (!end_waiting(ctx, captcha->person))
		return DONE;
	if (captcha->asks_to_join)
		ctx_queuef(ctx, "declineChatJoinRequest", "{user_id: %lld}",
			   (long long)captcha->person);
	/* Who is not in the group can only be banned. */
	if (captcha->asks_to_join && failure.kind != ACTION_BAN)
		return DONE;
	failure.by_rule = true;
	ctx_act(ctx, failure, target_of(ctx, captcha->person), ACT_QUEUED, reason);
	return DONE;
}

static enum verdict time_is_up(struct ctx *ctx, const struct work *work)
{
	struct captcha captcha;

	(void)work;
	if (!captcha_find(ctx, slug_integer(ctx, 0), &captcha))
		return DONE;
	return captcha_fail(ctx, &captcha, _("no answer to the captcha"));
}

/* --- who joins -------------------------------------------------------------------------------- */

/* One for all who wait. It goes when the last of them has no time any more. */
static enum verdict show_message(struct ctx *ctx)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);
	int64_t ends_s = chosen->seconds + SHOWN_AGAIN_S;

	if (captcha_chosen_kind(chosen) == CAPTCHA_BUTTON) {
		draft_add(draft, _("<b>New here?</b> Show that you are a person: press the button, "
				   "then you can write."));
		draft_button(draft, _("I am a person"), "captcha");
	} else {
		draft_add(draft, _("<b>New here?</b> Answer one question in our private chat, then "
				   "you can write."));
		draft_deep_link(draft, _("Answer"), "captchaof:%lld",
				(long long)ctx_find_chat(ctx)->id);
	}
	draft_name(draft, ends_s + WAITING_ENDS_S, "captcha");
	if (ctx_laterf(ctx, ends_s, "captchaover") != DONE)
		return FAIL;
	return draft_reply(draft);
}

static enum verdict take_message_away(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return ctx_unsay(ctx, "captcha");
}

static bool is_in(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

/* Whoever left while waiting is still restricted when they come back: then it was not by an
 * administrator. */
static bool is_to_be_asked(struct ctx *ctx, const struct member_change *change, bool waits)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	int64_t id = change->member->id;

	return chosen->on && !change->member->is_bot && change->by->id == id &&
	       (change->after == MEMBER_PLAIN || (waits && change->after == MEMBER_RESTRICTED)) &&
	       !has_passed(ctx, id) && !ctx_is_exempt_user(ctx, change->member);
}

static enum verdict ask(struct ctx *ctx, const struct member_change *change, unsigned wrong)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	const struct action mute = {
		.kind = ACTION_MUTE, .by_rule = true, .untold = true, .dry_run = chosen->trial
	};
	const struct captcha captcha = {
		.person = change->member->id,
		.until_s = ctx_now(ctx) + chosen->seconds + WAITING_ENDS_S,
		.wrong = wrong,
	};
	const struct target target = { .user = change->member };

	if (chosen->trial) {
		ctx_act(ctx, mute, target, ACT_QUEUED, _("captcha"));
		return PASS;
	}
	if (!begin_waiting(ctx, &captcha))
		return FAIL;
	/* Handled again, this may find that they have passed meanwhile. */
	if (!fact_find(ctx, THIS_CHAT, WAITING, captcha.person, NULL))
		return DONE;
	ctx_act(ctx, mute, target, ACT_QUEUED, _("captcha"));
	if (brief_claim(ctx, THIS_CHAT, "shown", SHOWN_AGAIN_S) && show_message(ctx) == FAIL)
		return FAIL;
	/* They are welcomed when they have answered. */
	return DONE;
}

static enum verdict come(struct ctx *ctx, const struct member_change *change,
			 const struct captcha *before)
{
	bool waits = before && !before->asks_to_join;
	const char *said;

	if (is_to_be_asked(ctx, change, waits))
		return ask(ctx, change, waits ? before->wrong : 0);
	if (!before)
		return PASS;
	if (waits) /* an administrator has added them */
		return captcha_pass(ctx, before, &said) == FAIL ? FAIL : PASS;
	end_waiting(ctx, before->person);
	return PASS;
}

/* Their wrong answers count when they come back, however soon. */
static enum verdict leave(struct ctx *ctx, const struct member_change *change,
			  const struct captcha *before)
{
	struct captcha left = *before;

	if (change->after == MEMBER_BANNED) {
		end_waiting(ctx, before->person);
		return PASS;
	}
	ctx_cancel(ctx, "captchalate:%lld", (long long)before->person);
	left.until_s = ctx_now(ctx) + KEPT_S;
	return captcha_note(ctx, &left) ? PASS : FAIL;
}

/* Who waits no more when this comes has had the restriction lifted by their answer, else by an
 * administrator. */
static enum verdict be_freed(struct ctx *ctx, const struct captcha *before)
{
	end_waiting(ctx, before->person);
	if (!note_passed(ctx, before->person) || welcome_now(ctx, before->person) == FAIL)
		return FAIL;
	return PASS;
}

static enum verdict follow(struct ctx *ctx, const struct member_change *change)
{
	bool was_in = is_in(change->before), is_now = is_in(change->after);
	struct captcha found;
	const struct captcha *before = captcha_find(ctx, change->member->id, &found) ? &found
										     : NULL;

	if (!was_in && is_now)
		return come(ctx, change, before);
	if (!before || before->asks_to_join)
		return PASS;
	if (!is_now)
		return leave(ctx, change, before);
	return change->before == MEMBER_RESTRICTED && change->after == MEMBER_PLAIN
		       ? be_freed(ctx, before)
		       : PASS;
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

static enum verdict press(struct ctx *ctx, const struct button *button)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct captcha captcha;
	const char *said;

	if (!captcha_find(ctx, button->from->id, &captcha))
		return ctx_toast(ctx, _("You need not: you can write."));
	if (captcha_chosen_kind(chosen) != CAPTCHA_BUTTON) {
		ctx_toast(ctx, _("There is a newer question."));
		return show_message(ctx);
	}
	if (captcha_pass(ctx, &captcha, &said) == FAIL)
		return FAIL;
	return ctx_toast(ctx, "%s", said);
}

static enum verdict open_link(struct ctx *ctx, const struct link *link)
{
	struct captcha captcha;

	if (!captcha_enter(ctx, slug_integer(ctx, 0), link->from->id, &captcha))
		return ctx_reply(ctx, _("You need not: you can write."));
	return captcha_ask(ctx, &captcha, captcha_chosen_kind(ctx_options(ctx)), 0, NULL);
}

/* --- requests to join ------------------------------------------------------------------------- */

/* Bot API "ChatJoinRequest": where the bot guards a group it has ten seconds for an answer. "queue"
 * leaves the request open, for administrators and for us. */
static enum verdict answer_query(struct ctx *ctx, const struct join_request *request,
				 const char *result)
{
	const char *query = answer_text(ctx_update(ctx), "chat_join_request.query_id");

	if (!query[0] || request->late)
		return PASS;
	return ctx_queuef(ctx, "answerChatJoinRequestQuery",
			  "{chat_join_request_query_id: %s, result: %s}", query, result);
}

static enum verdict let_in_again(struct ctx *ctx, const struct join_request *request)
{
	if (answer_query(ctx, request, "approve") != PASS)
		return DONE;
	return ctx_queuef(ctx, "approveChatJoinRequest", "{user_id: %lld}",
			  (long long)request->from->id);
}

static enum verdict ask_in_private(struct ctx *ctx, const struct join_request *request)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct captcha captcha = {
		.person = request->from->id,
		.until_s = ctx_now(ctx) + chosen->seconds + WAITING_ENDS_S,
		.asks_to_join = true,
	}, before;
	const char *first;

	/* Who asks again while waiting has no more tries for it. */
	if (captcha_find(ctx, captcha.person, &before))
		captcha.wrong = before.wrong;
	if (!begin_waiting(ctx, &captcha))
		return FAIL;
	first = ctx_printf(ctx, _("You want to join %s. One thing before that:"),
			   request->chat->title);
	return captcha_ask(ctx, &captcha, captcha_chosen_kind(chosen), request->user_chat_id,
			   first);
}

static enum verdict take_request(struct ctx *ctx, const struct join_request *request)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	const struct action noticed = { .kind = ACTION_LOG, .by_rule = true, .dry_run = true };

	if (!chosen->requests)
		return PASS;
	if (chosen->trial) {
		ctx_act(ctx, noticed, (struct target) { .user = request->from }, ACT_QUEUED,
			_("captcha"));
		return PASS;
	}
	if (has_passed(ctx, request->from->id))
		return let_in_again(ctx, request);
	if (answer_query(ctx, request, "queue") == FAIL)
		return FAIL;
	/* It came too late for their private chat: administrators decide. */
	return request->user_chat_id ? ask_in_private(ctx, request) : joins_show(ctx, request);
}

#define QUESTIONERS FOR_ADMINS, .group = true

static const struct route routes[] = {
	MESSAGE(guard, .group = true, .first = 4),
	EDITED(guard, .group = true, .first = 4),
	MEMBER(follow, .group = true, .first = 10), /* after what looks at names */
	BUTTON("captcha", press, .group = true),
	LINK("captchaof:%lld", open_link),
	BUTTON("captchais:%lld:%d:%d", captcha_press, .asker = true),
	BUTTON("captchaother:%lld:%d", captcha_ask_otherwise, .asker = true),
	TEXT(captcha_take_text, .step = "captchatext:%lld:%d"),
	WORK("captchalate:%lld", time_is_up),
	WORK("captchaover", take_message_away),
	JOIN_REQUEST(take_request),
	COMMAND("captchaquestions captchaquestion", captcha_list_questions, QUESTIONERS,
		.rare = true, .help = N_("write own questions for who joins")),
	BUTTON("captchaadd", captcha_add_question, FOR_ADMINS),
	BUTTON("captcharemove:%d", captcha_remove_question, FOR_ADMINS),
	END_OF_ROUTES,
};

const struct module captcha_module = {
	.name = "captcha",
	.title = N_("Captcha"),
	.icon = "🤖",
	.about = N_("Who joins can write nothing until they have answered. Whoever has passed once "
		    "is not asked again, and whom an administrator adds is not asked at all. Own "
		    "questions stay unseen by others when you write them in our private chat, "
		    "after /connect. Whoever cannot see a picture gets one of them, or a sum."),
	.open = entries_open,
	.close = entries_close,
	.options = options,
	.forms = captcha_forms,
	.routes = routes,
	.programs = PROGRAMS("korone-picture"),
	.facts = FACTS(FACT(WAITING, N_("waiting captchas"), .keep_s = KEPT_S,
			    .outlives_erasure = true, .coded = true),
		       FACT(PASSED, N_("passed captchas"), .keep_s = INT64_C(365) * 86400)),
};
