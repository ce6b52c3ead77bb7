/* act_lasting.c - what was done to somebody a moment ago and lasts. What they wrote before it had
 * its effect is still to be handled, and a rule that mutes for it would lift a ban: Bot API
 * "restrictChatMember" takes the place of what was before. */
#include <inttypes.h>
#include <stdlib.h>

#include "workers/host/act.h"
#include "workers/host/brief.h"

#define REMEMBERED_S 300 /* longer than a group's updates wait in a raid */

static bool lasts(enum action_kind kind)
{
	return kind == ACTION_RESTRICT || kind == ACTION_MUTE || kind == ACTION_KICK ||
	       kind == ACTION_BAN;
}

static struct brief_key key_of(const struct chat *chat, const struct user *user)
{
	return (struct brief_key) {
		.holder = { .scope = OF_MEMBER, .id = chat->id, .person = user->id },
		.module = "acts",
		.name = "lasting",
	};
}

static int64_t end_of(struct ctx *ctx, const struct action *action)
{
	return action->seconds ? ctx_now(ctx) + action->seconds : INT64_MAX;
}

void act_remember(struct ctx *ctx, const struct act *act)
{
	const struct action *action = &act->action;
	struct brief_key key;

	if (!act->target.user || !lasts(action->kind) || action->dry_run)
		return;
	key = key_of(act->chat, act->target.user);
	(void)brief_set_at(ctx, &key,
			   act->undo ? NULL
				     : arena_printf(ctx->arena, "%d %" PRId64, (int)action->kind,
						    end_of(ctx, action)),
			   REMEMBERED_S);
}

/* What the bot lifts is undone, and what ends by itself has no update. */
static bool is_lifted(struct ctx *ctx, const struct member_change *change)
{
	const struct user *by = ctx_find_user(ctx);

	return (change->before == MEMBER_BANNED || change->before == MEMBER_RESTRICTED) &&
	       (change->after == MEMBER_OUTSIDE || change->after == MEMBER_PLAIN) && by &&
	       by->id != ctx->host->bot.id && by->id != change->member->id;
}

void act_notice_change(struct ctx *ctx, const struct member_change *change)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct brief_key key;

	if (!chat || !is_lifted(ctx, change))
		return;
	key = key_of(chat, change->member);
	(void)brief_set_at(ctx, &key, NULL, REMEMBERED_S);
}

bool ctx_is_outdone(struct ctx *ctx, struct action action, struct target target)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct brief_key key;
	const char *done;
	char *end;
	enum action_kind kind;

	if (!chat || !target.user || !lasts(action.kind))
		return false;
	key = key_of(chat, target.user);
	done = brief_find_at(ctx, &key);
	if (!done)
		return false;
	kind = (enum action_kind)strtol(done, &end, 10);
	return kind > action.kind ||
	       (kind == action.kind && strtoll(end, NULL, 10) >= end_of(ctx, &action));
}
