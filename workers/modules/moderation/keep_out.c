/* keep_out.c - whoever is on a list, where they join, ask to join or write. */
#include "workers/modules/moderation/keep_out.h"

#include "workers/modules/moderation/rule.h"
#include "workers/modules/moderation/words.h"

#define TOLD_S 60

static bool is_let_in(struct ctx *ctx, struct target target)
{
	return fact_find(ctx, THIS_CHAT, LET_IN, target_id(target), NULL) ||
	       (target.user && ctx_is_exempt_user(ctx, target.user));
}

const char *keep_out_act(struct ctx *ctx, struct target target, const struct kept_out *kept_out)
{
	struct action action = kept_out->action;

	action.by_rule = true;
	action.dry_run = kept_out->trial;
	if (target.channel && action.kind > ACTION_DELETE)
		action = (struct action) { .kind = ACTION_BAN,
					   .by_rule = true,
					   .dry_run = kept_out->trial };
	if (is_let_in(ctx, target))
		return _("The rules of this group leave them alone.");
	return ctx_act(ctx, action, target, ACT_QUEUED, kept_out->reason);
}

/* Once a minute for each: until Telegram has done it, they may write much. */
static bool is_told(struct ctx *ctx, struct target target)
{
	return !brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "told/%lld", target_id(target)),
			    TOLD_S);
}

/* In the group, unless it wants none of it. */
static enum verdict announce(struct ctx *ctx, struct target target, const struct kept_out *kept_out)
{
	struct draft *draft = ctx_draft(ctx);

	if (kept_out->quiet || is_told(ctx, target))
		return DONE;
	draft_acts(draft);
	draft_to(draft, ctx_find_chat(ctx)->id, ctx_topic(ctx));
	return draft_reply(draft);
}

/* What is only tried keeps nobody out. */
static enum verdict enforce(struct ctx *ctx, struct target target, const struct kept_out *kept_out)
{
	if ((kept_out->trial && is_told(ctx, target)) || keep_out_act(ctx, target, kept_out) ||
	    kept_out->trial)
		return PASS;
	return announce(ctx, target, kept_out);
}

/* --- who joins -------------------------------------------------------------------------------- */

static enum verdict let_in(struct ctx *ctx, int64_t person)
{
	const struct fact fact = { .person = person, .number = 1 };

	return fact_set(ctx, THIS_CHAT, LET_IN, &fact) ? PASS : FAIL;
}

static bool is_in(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

/* What the bot does by itself is no decision, but when it lifts a ban somebody has said so. */
enum verdict keep_out_member(struct ctx *ctx, const struct member_change *change, keep_out_fn *find)
{
	const struct target target = { .user = change->member };
	int64_t person = change->member->id;
	bool joins = !is_in(change->before) && is_in(change->after);
	struct kept_out kept_out = { 0 };

	if (change->after == MEMBER_BANNED && change->by->id != ctx_bot_id(ctx) &&
	    fact_find(ctx, THIS_CHAT, LET_IN, person, NULL))
		fact_remove(ctx, THIS_CHAT, LET_IN, person);
	if ((!joins && change->before != MEMBER_BANNED) || change->after == MEMBER_BANNED ||
	    !find(ctx, target, &kept_out))
		return ctx_has_failed(ctx) ? FAIL : PASS;
	if (!joins || rule_is_exempt_adder(ctx, change->by, person))
		return let_in(ctx, person);
	return enforce(ctx, target, &kept_out);
}

enum verdict keep_out_request(struct ctx *ctx, const struct join_request *request,
			      keep_out_fn *find)
{
	const struct target target = { .user = request->from };
	struct kept_out kept_out = { 0 };

	if (!find(ctx, target, &kept_out) || kept_out.action.kind < ACTION_KICK ||
	    enforce(ctx, target, &kept_out) == PASS)
		return ctx_has_failed(ctx) ? FAIL : PASS;
	return ctx_queuef(ctx, "declineChatJoinRequest", "{user_id: %lld}",
			  (long long)request->from->id);
}

/* --- who writes ------------------------------------------------------------------------------- */

/* A right that I lack, or a basic group: what they wrote goes all the same. */
static enum verdict only_delete(struct ctx *ctx, struct target target,
				const struct kept_out *kept_out)
{
	const struct action action = { .kind = ACTION_DELETE, .by_rule = true };

	if (kept_out->trial || is_let_in(ctx, target) ||
	    ctx_act(ctx, action, target, ACT_QUEUED, kept_out->reason))
		return PASS;
	return DONE;
}

enum verdict keep_out_writer(struct ctx *ctx, const struct message *message, keep_out_fn *find)
{
	const struct target target = message_author(message);
	struct kept_out kept_out = { 0 };

	if (!target_id(target) || !find(ctx, target, &kept_out) || ctx_is_exempt(ctx, message))
		return ctx_has_failed(ctx) ? FAIL : PASS;
	if (enforce(ctx, target, &kept_out) == PASS)
		return only_delete(ctx, target, &kept_out);
	return ctx_delete(ctx, message->id);
}
