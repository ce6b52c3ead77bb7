/* feds_bans.c - bans of a federation: here at once, in the other groups as a job, and as a rule for
 * whoever joins or writes. */
#include "workers/modules/moderation/feds.h"

#include <string.h>

#include "workers/modules/moderation/words.h"

#define GROUPS_A_STEP 20
#define TOLD_S 60

static int64_t id_of(struct target target)
{
	return target.user ? target.user->id : target.channel ? target.channel->id : 0;
}

/* --- whether somebody is banned --------------------------------------------------------------- */

struct found_ban {
	int64_t fed; /* whose ban it is */
	const char *reason;
};

/* Of whom nobody has noted a ban this is known without a query. */
static bool find_ban(struct ctx *ctx, int64_t fed, int64_t person, struct found_ban *out)
{
	const int64_t *others;
	struct fact ban;
	size_t count;

	out->fed = fed;
	if (!fed || !person)
		return false;
	if (fact_find(ctx, fed_list(fed), FED_BAN, person, &ban)) {
		out->reason = fed_reason(ctx, fed, ban.number);
		return true;
	}
	others = fed_subscriptions(ctx, fed, &count);
	for (size_t i = 0; i < count; i++) {
		if (!fact_find(ctx, fed_list(others[i]), FED_BAN, person, &ban))
			continue;
		out->fed = others[i];
		out->reason = fed_reason(ctx, others[i], ban.number);
		return true;
	}
	return false;
}

/* What administrators read. */
static const char *words_of(struct ctx *ctx, const struct found_ban *ban)
{
	const char *words = ctx_printf(ctx, "%s “%s”", _("federation"), fed_name(ctx, ban->fed));

	return ban->reason[0] ? ctx_printf(ctx, "%s: %s", words, ban->reason) : words;
}

/* In the chat in hand. NULL, or why not, for people. */
static const char *act(struct ctx *ctx, struct target target, const char *reason)
{
	const struct fed_options *chosen = ctx_options(ctx);
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true, .dry_run = chosen->trial };

	if (target.user && ctx_is_exempt_user(ctx, target.user))
		return _("The rules of this group leave them alone.");
	return ctx_act(ctx, ban, target, ACT_QUEUED, reason);
}

static void act_back(struct ctx *ctx, struct target target)
{
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true };

	ctx_undo(ctx, ban, target, ACT_QUEUED);
}

/* --- by hand ---------------------------------------------------------------------------------- */

/* NULL, or why it cannot be, for people; "" after a failure. */
static const char *note(struct ctx *ctx, int64_t fed, int64_t person, const char *reason)
{
	struct fact ban = { .person = person };

	if (fed_is_admin(ctx, fed, person))
		return _("Nobody can do that to an administrator of the federation.");
	if (!reason[0] && fed_wants_reasons(ctx, fed))
		return _("In this federation every ban needs a reason: /fban, who, and why.");
	ban.number = fed_note_reason(ctx, fed, reason);
	if (!ban.number || !fact_set(ctx, fed_list(fed), FED_BAN, &ban))
		return "";
	return NULL;
}

/* In the other groups, as a job: the one in hand is left out. */
static bool go_through(struct ctx *ctx, int64_t fed, int64_t person, bool undo)
{
	const struct chat *chat = ctx_find_chat(ctx);
	int64_t here = chat_is_group(chat) ? chat->id : 0;

	return ctx_jobf(ctx, "fedact:%lld:%lld:%lld:%d", (long long)fed, (long long)person,
			(long long)here, (int)undo) != 0;
}

static void tell_of_ban(struct ctx *ctx, int64_t fed, struct target target, const char *reason)
{
	struct draft *log = fed_find_log(ctx, fed, _("Banned"));

	if (!log)
		return;
	draft_add(log, ": ");
	if (target.user)
		add_person(ctx, log, target.user);
	draft_add(log, " <code>%lld</code>", (long long)id_of(target));
	if (reason[0])
		draft_add(log, "\n<b>%s</b> %s", _("Reason:"), reason);
	add_doer(ctx, log, ctx_find_user(ctx));
	draft_reply(log);
}

enum verdict fed_ban(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take(ctx), person = id_of(values->target);
	struct found_ban ban = { fed, values->reason };
	struct draft *draft = ctx_draft(ctx);
	const char *why;

	if (!fed)
		return fed_none(ctx);
	if (!fed_is_admin(ctx, fed, cmd->from->id))
		return ctx_reply(ctx, _("Only administrators of the federation can do that."));
	why = note(ctx, fed, person, values->reason);
	if (why)
		return why[0] ? ctx_reply(ctx, "%s", why) : FAIL;
	if (chat_is_group(cmd->chat) && fed_here(ctx) == fed)
		why = act(ctx, values->target, words_of(ctx, &ban));
	if (!go_through(ctx, fed, person, false))
		return FAIL;
	tell_of_ban(ctx, fed, values->target, values->reason);
	draft_add(draft, _("Banned in all groups of <b>%s</b>."), fed_name(ctx, fed));
	if (why)
		draft_add(draft, "\n%s %s", _("Not in this one:"), why);
	draft_button(draft, _("Unban"), "unfban:%lld:%lld", (long long)fed, (long long)person);
	return draft_reply(draft);
}

/* NULL, or why not, for people; "" after a failure. */
static const char *take_back(struct ctx *ctx, int64_t fed, int64_t person)
{
	if (!fact_remove(ctx, fed_list(fed), FED_BAN, person))
		return ctx_has_failed(ctx) ? "" : _("They are not banned by the federation.");
	if (chat_is_group(ctx_find_chat(ctx)) && fed_here(ctx) == fed)
		act_back(ctx, target_of(ctx, person));
	if (!go_through(ctx, fed, person, true))
		return "";
	fed_tell_log(ctx, fed, _("No longer banned"), person);
	return NULL;
}

enum verdict fed_unban(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take(ctx);
	const char *why;

	if (!fed)
		return fed_none(ctx);
	if (!fed_is_admin(ctx, fed, cmd->from->id))
		return ctx_reply(ctx, _("Only administrators of the federation can do that."));
	why = take_back(ctx, fed, id_of(values->target));
	if (why)
		return why[0] ? ctx_reply(ctx, "%s", why) : FAIL;
	return ctx_reply(ctx, _("No longer banned in all groups of <b>%s</b>."),
			 fed_name(ctx, fed));
}

enum verdict fed_unban_by_button(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0);
	struct draft *draft = ctx_draft(ctx);
	const char *why;

	if (!fed_is_admin(ctx, fed, button->from->id))
		return ctx_alert(ctx, _("Only administrators of the federation can do that."));
	why = take_back(ctx, fed, slug_integer(ctx, 1));
	if (why)
		return why[0] ? ctx_alert(ctx, "%s", why) : FAIL;
	draft_add(draft, _("No longer banned in all groups of <b>%s</b>."), fed_name(ctx, fed));
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

enum verdict fed_next_groups(struct ctx *ctx, const struct job *job)
{
	const char *value = ctx_printf(ctx, "%lld", (long long)slug_integer(ctx, 0));
	const struct target target = target_of(ctx, slug_integer(ctx, 1));
	bool undo = slug_integer(ctx, 3) != 0;
	struct found_ban ban = { slug_integer(ctx, 0), "" };
	int64_t groups[GROUPS_A_STEP];
	size_t count = ctx_holders(ctx, OF_CHAT, FED_OF_GROUP, value, job->cursor, groups,
				   GROUPS_A_STEP);

	if (count == 0)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	find_ban(ctx, ban.fed, id_of(target), &ban);
	for (size_t i = 0; i < count; i++) {
		if (groups[i] == slug_integer(ctx, 2))
			continue;
		ctx_enter_by_rule(ctx, groups[i]);
		if (undo)
			act_back(ctx, target);
		else
			act(ctx, target, words_of(ctx, &ban));
	}
	ctx_enter(ctx, 0, RIGHT_NONE);
	job_count(ctx, "groups", (int64_t)count);
	return job_next(ctx, groups[count - 1], 0);
}

/* --- what people can ask ---------------------------------------------------------------------- */

static const char *name_of(struct ctx *ctx, struct target target)
{
	if (target.user && target.user->first_name[0])
		return target.user->first_name;
	if (target.channel && target.channel->title[0])
		return target.channel->title;
	return ctx_printf(ctx, "%lld", (long long)id_of(target));
}

static enum verdict show_in(struct ctx *ctx, int64_t fed, struct target target)
{
	struct draft *draft = ctx_draft(ctx);
	struct found_ban ban;

	if (!find_ban(ctx, fed, id_of(target), &ban)) {
		draft_add(draft, _("<b>%s</b> is not banned by the federation <b>%s</b>."),
			  name_of(ctx, target), fed_name(ctx, fed));
		return draft_reply(draft);
	}
	draft_add(draft, _("<b>%s</b> is banned by the federation <b>%s</b>."),
		  name_of(ctx, target), fed_name(ctx, ban.fed));
	if (ban.reason[0])
		draft_add(draft, "\n<b>%s</b> %s", _("Reason:"), ban.reason);
	return draft_reply(draft);
}

enum verdict fed_show_ban(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const struct target own = { .user = cmd->from };
	int64_t fed = fed_take(ctx);

	if (!fed)
		return fed_none(ctx);
	return show_in(ctx, fed, id_of(values->target) ? values->target : own);
}

/* Everybody learns which federations ban them, and nobody that of others. */
static enum verdict show_all(struct ctx *ctx)
{
	const struct answer *data = ctx_find_data(ctx, SUBJECT_PERSON);
	struct draft *draft = ctx_draft(ctx);
	size_t shown = 0;

	for (size_t i = 0; data && i < answer_count(data, "facts"); i++) {
		const char *path = ctx_printf(ctx, "facts.%zu", i);
		int64_t fed = answer_integer(data, ctx_printf(ctx, "%s.id", path));
		int64_t number = answer_integer(data, ctx_printf(ctx, "%s.number", path));
		const char *reason;

		if (strcmp(answer_text(data, ctx_printf(ctx, "%s.module", path)), "feds") != 0 ||
		    strcmp(answer_text(data, ctx_printf(ctx, "%s.kind", path)), FED_BAN) != 0)
			continue;
		if (!shown++)
			draft_add(draft, "%s", _("These federations ban you:"));
		reason = fed_reason(ctx, fed, number);
		draft_add(draft, "\n• <b>%s</b> <code>%lld</code>%s%s", fed_name(ctx, fed),
			  (long long)fed, reason[0] ? ": " : "", reason);
	}
	if (!data)
		return FAIL;
	if (!shown)
		draft_add(draft, "%s", _("No federation bans you."));
	return draft_reply(draft);
}

enum verdict fed_show_own(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;

	if (id_of(values->target) && id_of(values->target) != cmd->from->id)
		return fed_show_ban(ctx, cmd);
	return show_all(ctx);
}

/* --- the rule --------------------------------------------------------------------------------- */

/* In the group, once a minute for each, unless it wants none of it. */
static enum verdict announce(struct ctx *ctx, int64_t person)
{
	const struct fed_options *chosen = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (chosen->quiet ||
	    !brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "told/%lld", (long long)person), TOLD_S))
		return DONE;
	draft_acts(draft);
	draft_to(draft, ctx_find_chat(ctx)->id, ctx_topic(ctx));
	return draft_reply(draft);
}

/* `message` NULL: they did not write. What is only tried keeps nobody out. */
static enum verdict enforce(struct ctx *ctx, struct target target, const struct message *message)
{
	const struct fed_options *chosen = ctx_options(ctx);
	struct found_ban ban;

	if (!find_ban(ctx, fed_here(ctx), id_of(target), &ban) ||
	    (message && ctx_is_exempt(ctx, message)) || act(ctx, target, words_of(ctx, &ban)) ||
	    chosen->trial)
		return PASS;
	if (message)
		ctx_delete(ctx, message->id);
	return announce(ctx, id_of(target));
}

enum verdict fed_keep_out(struct ctx *ctx, const struct member_change *change)
{
	if (change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN)
		return PASS;
	return enforce(ctx, (struct target) { .user = change->member }, NULL);
}

enum verdict fed_turn_away(struct ctx *ctx, const struct join_request *request)
{
	if (enforce(ctx, (struct target) { .user = request->from }, NULL) == PASS)
		return PASS;
	return ctx_queuef(ctx, "declineChatJoinRequest", "{user_id: %lld}",
			  (long long)request->from->id);
}

/* Who was in before the group joined, and channels. */
enum verdict fed_check(struct ctx *ctx, const struct message *message)
{
	return enforce(ctx, message_author(message), message);
}
