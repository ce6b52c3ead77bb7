/* feds_bans.c - bans of a federation: here at once, in the other groups as a job, and as a rule for
 * whoever joins or writes. */
#include "workers/modules/moderation/feds.h"

#include <string.h>

#include "workers/modules/moderation/keep_out.h"
#include "workers/modules/moderation/reasons.h"
#include "workers/modules/moderation/words.h"

#define GROUPS_A_STEP 20
#define REASONS_WANTED "reasons" /* a value of the list */

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
		out->reason = reason_find(ctx, fed_list(fed), ban.number);
		return true;
	}
	others = fed_subscriptions(ctx, fed, &count);
	for (size_t i = 0; i < count; i++) {
		if (!fact_find(ctx, fed_list(others[i]), FED_BAN, person, &ban))
			continue;
		out->fed = others[i];
		out->reason = reason_find(ctx, fed_list(others[i]), ban.number);
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

static struct kept_out kept_out_of(struct ctx *ctx, const struct found_ban *ban)
{
	const struct fed_options *chosen = ctx_options(ctx);

	return (struct kept_out) { .reason = words_of(ctx, ban),
				   .action = { .kind = ACTION_BAN },
				   .quiet = chosen->quiet,
				   .trial = chosen->trial };
}

/* In the group in hand. NULL, or why not, for people. */
static const char *act(struct ctx *ctx, struct target target, const struct found_ban *ban)
{
	const struct kept_out kept_out = kept_out_of(ctx, ban);

	return keep_out_act(ctx, target, &kept_out);
}

static void act_back(struct ctx *ctx, struct target target)
{
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true };

	ctx_undo(ctx, ban, target, ACT_QUEUED);
}

/* --- reasons ---------------------------------------------------------------------------------- */

bool fed_wants_reasons(struct ctx *ctx, int64_t fed)
{
	return store_find(ctx, fed_list(fed), REASONS_WANTED) != NULL;
}

enum verdict fed_choose_reasons(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (!store_set(ctx, fed_list(fed), REASONS_WANTED, values->yes ? "yes" : NULL))
		return FAIL;
	return ctx_reply(ctx, values->yes ? _("Every ban of your federation needs a reason now.")
					  : _("Bans of your federation need no reason."));
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
	ban.number = reason_note(ctx, fed_list(fed), reason);
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
	add_target(ctx, log, target);
	draft_add(log, " <code>%lld</code>", (long long)target_id(target));
	if (reason[0])
		draft_add(log, "\n<b>%s</b> %s", _("Reason:"), reason);
	add_doer(ctx, log, ctx_find_user(ctx));
	draft_reply(log);
}

enum verdict fed_ban(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take(ctx), person = target_id(values->target);
	struct found_ban ban = { fed, values->reason };
	struct draft *draft = ctx_draft(ctx);
	const char *why;

	if (!fed)
		return fed_none(ctx);
	why = fed_refusal(ctx, fed);
	if (why)
		return ctx_reply(ctx, "%s", why);
	why = note(ctx, fed, person, values->reason);
	if (why)
		return why[0] ? ctx_reply(ctx, "%s", why) : FAIL;
	if (chat_is_group(cmd->chat) && fed_here(ctx) == fed)
		why = act(ctx, values->target, &ban);
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
	why = fed_refusal(ctx, fed);
	if (why)
		return ctx_reply(ctx, "%s", why);
	why = take_back(ctx, fed, target_id(values->target));
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

	why = fed_refusal(ctx, fed);
	if (why)
		return ctx_alert(ctx, "%s", why);
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
	/* What was decided since counts. */
	if (fact_find(ctx, fed_list(ban.fed), FED_BAN, target_id(target), NULL) == undo)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	find_ban(ctx, ban.fed, target_id(target), &ban);
	for (size_t i = 0; i < count; i++) {
		if (groups[i] == slug_integer(ctx, 2))
			continue;
		ctx_enter_by_rule(ctx, groups[i]);
		if (undo)
			act_back(ctx, target);
		else
			act(ctx, target, &ban);
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
	return ctx_printf(ctx, "%lld", (long long)target_id(target));
}

static enum verdict show_in(struct ctx *ctx, int64_t fed, struct target target)
{
	struct draft *draft = ctx_draft(ctx);
	struct found_ban ban;

	if (!find_ban(ctx, fed, target_id(target), &ban)) {
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
	return show_in(ctx, fed, target_id(values->target) ? values->target : own);
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
		reason = reason_find(ctx, fed_list(fed), number);
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

	if (target_id(values->target) && target_id(values->target) != cmd->from->id)
		return fed_show_ban(ctx, cmd);
	return show_all(ctx);
}

/* --- the rule --------------------------------------------------------------------------------- */

static bool find_kept_out(struct ctx *ctx, struct target target, struct kept_out *out)
{
	struct found_ban ban;

	if (!find_ban(ctx, fed_here(ctx), target_id(target), &ban))
		return false;
	*out = kept_out_of(ctx, &ban);
	return true;
}

enum verdict fed_keep_out(struct ctx *ctx, const struct member_change *change)
{
	return keep_out_member(ctx, change, find_kept_out);
}

enum verdict fed_turn_away(struct ctx *ctx, const struct join_request *request)
{
	return keep_out_request(ctx, request, find_kept_out);
}

enum verdict fed_check(struct ctx *ctx, const struct message *message)
{
	return keep_out_writer(ctx, message, find_kept_out);
}
