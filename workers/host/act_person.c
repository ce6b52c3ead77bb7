/* act_person.c - who may write nothing, or only text, is told so in private: where, how long and
 * why. Telegram lets it through to who has started the bot; it goes after all answers, once for
 * each silence, and to so many of a group in a minute, so that a raid does not keep the bot busy
 * with people who never see it. */
#include <inttypes.h>

#include "workers/host/act.h"
#include "workers/host/brief.h"
#include "workers/host/draft.h"
#include "workers/host/duration.h"

#define MOST 20 /* of a group in WINDOW_S */
#define WINDOW_S 60
#define CLAIM_MIN_S 60
#define CLAIM_MAX_S 3600

static bool is_to_be_told(const struct act *act)
{
	const struct action *action = &act->action;
	const struct user *user = act->target.user;

	return (action->kind == ACTION_MUTE || action->kind == ACTION_RESTRICT) && !act->undo &&
	       !action->dry_run && !action->untold && user && !user->is_bot &&
	       !user_is_stand_in(user) && act->chat->title[0];
}

/* Two administrators, or two rules, silence somebody at once; for another time it is told again. */
static bool is_first(struct ctx *ctx, const struct act *act)
{
	int64_t seconds = act->action.seconds;
	const struct brief_key key = {
		.holder = { .scope = OF_MEMBER,
			    .id = act->chat->id,
			    .person = act->target.user->id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "silenced/%d/%" PRId64, (int)act->action.kind,
				     seconds),
	};

	if (!seconds || seconds > CLAIM_MAX_S)
		seconds = CLAIM_MAX_S;
	return brief_claim_at(ctx, &key, seconds < CLAIM_MIN_S ? CLAIM_MIN_S : seconds);
}

static bool has_room(struct ctx *ctx, const struct act *act)
{
	const struct brief_key key = {
		.holder = { .scope = OF_CHAT, .id = act->chat->id },
		.module = "korone",
		.name = "silenced",
	};

	return count_recent_at(ctx, &key, WINDOW_S) <= MOST;
}

static void add_sentence(struct ctx *ctx, struct draft *draft, const struct act *act)
{
	bool mute = act->action.kind == ACTION_MUTE;

	if (act->action.seconds)
		draft_add(draft,
			  mute ? _("You cannot write in <b>%s</b> for %s.")
			       : _("You can write only text in <b>%s</b> for %s."),
			  act->chat->title, duration_words(ctx, act->action.seconds));
	else
		draft_add(
			draft,
			mute ? _("You cannot write in <b>%s</b> until an administrator lifts that.")
			     : _("You can write only text in <b>%s</b> until an administrator "
				 "lifts that."),
			act->chat->title);
}

void act_tell_person(struct ctx *ctx, const struct act *act)
{
	struct draft *draft;

	if (!is_to_be_told(act) || !is_first(ctx, act) || !has_room(ctx, act))
		return;
	draft = ctx_draft(ctx);
	draft->bulk = true;
	draft_to(draft, act->target.user->id, 0);
	add_sentence(ctx, draft, act);
	act_add_reason(ctx, draft, act);
	draft_reply(draft);
}
