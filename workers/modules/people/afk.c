/* afk.c - /afk: who is away. Whoever replies to them or mentions them is told, in all groups; the
 * reason only where it was given. They are back with the next thing that they write. */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "workers/module.h"

#define KIND "away"
#define KEEP_S (INT64_C(30) * 86400)
#define DAY_S 86400
#define REASON_MAX 200 /* characters */
#define LOOKED_UP 5    /* names of a message: each may cost a query */
#define QUIET_S 60     /* the same is not said again in a chat */

/* Settings. Of the bot: until when anybody can be away, so that no message costs a trip while
 * nobody is. Of a person: the reason, and the chat in which it was given. */
#define UNTIL "until"
#define WHY "why"
#define WHERE "where"

struct afk_options {
	bool told;
	int64_t seconds;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct afk_options, told, N_("tell who is away"), .preset = "on"),
	DURATION_FIELD(struct afk_options, seconds, N_("how long that is shown"), .minimum = 5,
		       .maximum = 47 * 3600, .preset = "1m", .may_be_off = true),
	END_OF_FIELDS(struct afk_options),
};

struct afk_values {
	const char *reason;
};

static const struct field arguments[] = {
	TEXT_FIELD(struct afk_values, reason, N_("reason"), .optional = true),
	END_OF_FIELDS(struct afk_values),
};

static struct holder of(int64_t person)
{
	return (struct holder) { OF_PERSON, .id = person };
}

/* --- what is said ----------------------------------------------------------------------------- */

static const char *time_in_words(struct ctx *ctx, int64_t seconds)
{
	uint64_t minutes = seconds > 0 ? (uint64_t)seconds / 60 : 0;

	if (minutes == 0)
		return _("less than a minute");
	if (minutes < 2 * 60)
		return ctx_printf(ctx, ctx_plural(ctx, "a minute", "%llu minutes", minutes),
				  (unsigned long long)minutes);
	if (minutes < UINT64_C(48) * 60)
		return ctx_printf(ctx, ctx_plural(ctx, "an hour", "%llu hours", minutes / 60),
				  (unsigned long long)minutes / 60);
	return ctx_printf(ctx, ctx_plural(ctx, "a day", "%llu days", minutes / 60 / 24),
			  (unsigned long long)minutes / 60 / 24);
}

static void add_name(struct draft *draft, const struct user *who)
{
	draft_add(draft, "<b>%s%s%s</b>", who->first_name, who->last_name[0] ? " " : "",
		  who->last_name);
}

/* In a group it is gone after a while. */
static enum verdict say(struct ctx *ctx, struct draft *draft, int64_t message_id)
{
	const struct afk_options *chosen = ctx_options(ctx);

	if (chat_is_group(ctx_find_chat(ctx)) && chosen->seconds) {
		draft_name(draft, NAME_SECONDS_MAX, "afk:%lld", (long long)message_id);
		ctx_laterf(ctx, chosen->seconds, "afkshown:%lld", (long long)message_id);
	}
	return draft_reply(draft);
}

static enum verdict take_back(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return ctx_unsay(ctx, "afk:%lld", (long long)slug_integer(ctx, 0));
}

/* --- away ------------------------------------------------------------------------------------- */

static bool forget_reason(struct ctx *ctx, int64_t person)
{
	return store_set(ctx, of(person), WHY, NULL) && store_set(ctx, of(person), WHERE, NULL);
}

static bool keep_reason(struct ctx *ctx, int64_t person, const char *reason)
{
	const char *where = ctx_printf(ctx, "%lld", (long long)ctx_find_chat(ctx)->id);

	if (!reason[0])
		return forget_reason(ctx, person);
	return store_set(ctx, of(person), WHY, reason) &&
	       store_set(ctx, of(person), WHERE, where) &&
	       ctx_laterf(ctx, KEEP_S, "afkend:%lld", (long long)person) != FAIL;
}

/* Written about once a day, however many go away. */
static bool note_somebody(struct ctx *ctx)
{
	const char *until = store_find(ctx, THIS_BOT, UNTIL);
	int64_t needed_s = ctx_now(ctx) + KEEP_S;

	if (until && strtoll(until, NULL, 10) >= needed_s)
		return true;
	return store_set(ctx, THIS_BOT, UNTIL,
			 ctx_printf(ctx, "%lld", (long long)needed_s + DAY_S));
}

static enum verdict go(struct ctx *ctx, const struct command *cmd)
{
	const struct afk_values *values = cmd->values;
	const struct fact fact = { .person = cmd->from->id, .number = 1 };
	const struct afk_options *chosen = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (user_is_stand_in(cmd->from))
		return ctx_reply(ctx, _("Only a person can be away. Write as yourself."));
	if (utf8_units(values->reason, strlen(values->reason)) > REASON_MAX)
		return ctx_reply(ctx, _("A reason has at most %d characters."), REASON_MAX);
	if (!fact_set(ctx, THIS_BOT, KIND, &fact))
		return FAIL;
	/* Of somebody who objected nothing is kept. */
	if (!fact_find(ctx, THIS_BOT, KIND, cmd->from->id, NULL))
		return ctx_reply(ctx, _("You told me to keep nothing about you, so I cannot note "
					"this. /rememberme takes that back."));
	if (!keep_reason(ctx, cmd->from->id, values->reason) || !note_somebody(ctx))
		return FAIL;
	add_name(draft, cmd->from);
	draft_add(draft, " %s", _("is away now."));
	if (chosen->told)
		draft_add(draft, " %s", _("I tell so whoever replies to them or mentions them."));
	return say(ctx, draft, cmd->message_id);
}

/* --- back ------------------------------------------------------------------------------------- */

/* /afk itself brings nobody back: it says anew that they are away. */
static bool says_afk(struct ctx *ctx, const struct message *message)
{
	const struct route *route;

	if (!(ctx_contents(ctx) & CONTENT_COMMAND))
		return false;
	route = ctx_find_command(
		ctx, ctx_printf(ctx, "%.*s", (int)strcspn(message->text, " \t\n"), message->text));
	return route && route->on.command == go;
}

static enum verdict come_back(struct ctx *ctx, const struct message *message,
			      const struct fact *fact)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t since_s = fact->until_s - KEEP_S;

	if (!fact_remove(ctx, THIS_BOT, KIND, message->from->id))
		return ctx_has_failed(ctx) ? FAIL : PASS;
	if (!forget_reason(ctx, message->from->id))
		return FAIL;
	add_name(draft, message->from);
	draft_add(draft, _(" is back after %s."), time_in_words(ctx, ctx_now(ctx) - since_s));
	return say(ctx, draft, message->id) == FAIL ? FAIL : PASS;
}

/* --- who is meant ----------------------------------------------------------------------------- */

struct told {
	struct ctx *ctx;
	struct draft *draft;
	size_t count;
};

static const char *find_reason(struct ctx *ctx, int64_t person)
{
	const char *why = store_find(ctx, of(person), WHY);
	const char *where = why ? store_find(ctx, of(person), WHERE) : NULL;
	int64_t chat_id = where ? strtoll(where, NULL, 10) : 0;

	/* What was said to the bot alone is for all. */
	return chat_id == person || chat_id == ctx_find_chat(ctx)->id ? why : NULL;
}

static void tell(struct told *told, const struct user *who, const struct fact *fact)
{
	struct ctx *ctx = told->ctx;
	const char *reason;

	if (!brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "told/%lld", (long long)who->id), QUIET_S))
		return;
	reason = find_reason(ctx, who->id);
	if (told->count++)
		draft_add(told->draft, "\n");
	add_name(told->draft, who);
	draft_add(told->draft, _(" has been away for %s."),
		  time_in_words(ctx, ctx_now(ctx) - (fact->until_s - KEEP_S)));
	/* Of fixed width, so that nothing in it is a link or mentions anybody. */
	if (reason)
		draft_add(told->draft, " <code>%s</code>", reason);
}

static void look_at(struct told *told, const struct message *message, const struct user *who)
{
	struct fact fact;

	if (who && who->id != message->from->id &&
	    fact_find(told->ctx, THIS_BOT, KIND, who->id, &fact))
		tell(told, who, &fact);
}

static void look_up(struct told *told, const struct message *message,
		    const struct message_entity *entity)
{
	const char *name = ctx_printf(told->ctx, "%.*s", (int)entity->size - 1,
				      message->text + entity->start + 1);
	struct fact fact;
	const struct user *who = fact_find_username(told->ctx, THIS_BOT, KIND, name, &fact);

	if (who && who->id != message->from->id)
		tell(told, who, &fact);
}

static enum verdict tell_who_is_away(struct ctx *ctx, const struct message *message)
{
	struct told told = { .ctx = ctx, .draft = ctx_draft(ctx) };
	size_t names = 0;

	if (message->reply && !message->reply->sender_chat)
		look_at(&told, message, message->reply->from);
	for (size_t i = 0; i < message->entities_count; i++) {
		const struct message_entity *entity = &message->entities[i];

		if (entity->user)
			look_at(&told, message, entity->user);
		else if (strcmp(entity->type, "mention") == 0 && names++ < LOOKED_UP)
			look_up(&told, message, entity);
	}
	return told.count && say(ctx, told.draft, message->id) == FAIL ? FAIL : PASS;
}

/* Whatever is written comes here: without the database the bot answers, and nobody is away. */
static bool somebody_is_away(struct ctx *ctx)
{
	const char *until = store_find(ctx, THIS_BOT, UNTIL);

	return until && strtoll(until, NULL, 10) > ctx_now(ctx);
}

static enum verdict watch(struct ctx *ctx, const struct message *message)
{
	const struct afk_options *chosen;
	struct fact fact;
	enum verdict verdict = PASS;

	if (!somebody_is_away(ctx))
		return PASS;
	if (!user_is_stand_in(message->from) &&
	    fact_find(ctx, THIS_BOT, KIND, message->from->id, &fact) && !says_afk(ctx, message))
		verdict = come_back(ctx, message, &fact);
	chosen = ctx_options(ctx);
	/* A command is for the bot, and what is forwarded for whoever got it first. */
	if (verdict != PASS || !chosen->told || !chat_is_group(message->chat) || message->forward ||
	    ctx_contents(ctx) & CONTENT_COMMAND)
		return verdict;
	return tell_who_is_away(ctx, message);
}

/* --- what is left behind ---------------------------------------------------------------------- */

/* A reason is for the chat in which it was given: it ends with the bot's time there. */
static enum verdict forget_reasons(struct ctx *ctx, const struct member_change *change)
{
	const char *where = ctx_printf(ctx, "%lld", (long long)change->chat->id);
	int64_t people[50], after = 0;
	size_t count;

	if (change->after != MEMBER_OUTSIDE && change->after != MEMBER_BANNED)
		return PASS;
	while ((count = ctx_holders(ctx, OF_PERSON, WHERE, where, after, people, 50)) > 0)
		for (size_t i = 0; i < count; i++) {
			after = people[i];
			if (!forget_reason(ctx, after))
				return FAIL;
		}
	return ctx_has_failed(ctx) ? FAIL : PASS;
}

/* When they did not come back: who went away again since has another 30 days. */
static enum verdict end_reason(struct ctx *ctx, const struct work *work)
{
	int64_t person = slug_integer(ctx, 0);

	(void)work;
	if (fact_find(ctx, THIS_BOT, KIND, person, NULL))
		return DONE;
	return !ctx_has_failed(ctx) && forget_reason(ctx, person) ? DONE : FAIL;
}

static const struct route routes[] = {
	MESSAGE(watch, .first = 70),
	COMMAND("afk", go, .arguments = arguments,
		.help = N_("say that you are away, until you write again")),
	WORK("afkshown:%lld", take_back),
	WORK("afkend:%lld", end_reason),
	OWN_MEMBER(forget_reasons),
	END_OF_ROUTES,
};

const struct module afk_module = {
	.name = "afk",
	.title = N_("Away"),
	.icon = "💤",
	.about = N_("You are away in all groups; your reason is told only where you gave it, or "
		    "everywhere if you told it to me in private. I forget both when you write "
		    "again, and after 30 days."),
	.options = options,
	.routes = routes,
	.facts = FACTS(FACT(KIND, N_("absences"), .keep_s = KEEP_S)),
};
