/* act_told.c - what is said of what was done to somebody: in the answer, and in the log channel. */
#include <inttypes.h>
#include <string.h>

#include "workers/host/act.h"
#include "workers/host/draft.h"
#include "workers/host/duration.h"
#include "workers/host/here.h"
#include "workers/host/log_channel.h"

#define REASON_UNITS_MAX 500
#define BUTTONS_MAX 20

struct acted *act_note(struct ctx *ctx, const struct act *act)
{
	struct acted *acted = arena_alloc(ctx->arena, sizeof(*acted)), **end = &ctx->acted;

	while (*end)
		end = &(*end)->next;
	acted->act = *act;
	*end = acted;
	return acted;
}

void act_forget(struct ctx *ctx, const struct acted *acted)
{
	struct acted **at = &ctx->acted;

	while (*at != acted)
		at = &(*at)->next;
	*at = acted->next;
}

/* --- words ------------------------------------------------------------------------------------ */

static const char *word_for(struct ctx *ctx, const struct act *act)
{
	switch (act->action.kind) {
	case ACTION_NONE:
		break;
	case ACTION_LOG:
		return _("Noticed");
	case ACTION_DELETE:
		return _("Message deleted");
	case ACTION_WARN:
		return act->undo ? _("Warning taken back") : _("Warned");
	case ACTION_RESTRICT:
		return act->undo ? _("May write everything again") : _("May only write text");
	case ACTION_MUTE:
		return act->undo ? _("May write again") : _("Muted");
	case ACTION_KICK:
		return _("Removed");
	case ACTION_BAN:
		return act->undo ? _("No longer banned") : _("Banned");
	}
	return "";
}

static const char *name_of(struct ctx *ctx, const struct user *user)
{
	if (user->first_name[0] || user->last_name[0])
		return arena_printf(ctx->arena, "%s%s%s", user->first_name,
				    user->last_name[0] ? " " : "", user->last_name);
	return arena_printf(ctx->arena, "%" PRId64, user->id);
}

/* A person who is named so can be found; a chat has its title. */
static void add_target(struct ctx *ctx, struct draft *draft, struct target target)
{
	if (target.user)
		draft_add(draft, "<a href=\"tg://user?id=%lld\">%s</a>", (long long)target.user->id,
			  name_of(ctx, target.user));
	else if (target.channel)
		draft_add(draft, "%s",
			  target.channel->title[0]
				  ? target.channel->title
				  : arena_printf(ctx->arena, "%" PRId64, target.channel->id));
}

static void add_sentence(struct ctx *ctx, struct draft *draft, const struct act *act)
{
	draft_add(draft, "<b>%s:</b> ", word_for(ctx, act));
	add_target(ctx, draft, act->target);
	if (act->action.seconds && !act->undo)
		draft_add(draft, ", %s", duration_words(ctx, act->action.seconds));
	if (act->said && act->said[0])
		draft_add(draft, ", %s", act->said);
}

static void add_reason(struct ctx *ctx, struct draft *draft, const struct act *act)
{
	if (act->reason[0])
		draft_add(draft, "\n<b>%s</b> %.*s", _("Reason:"), REASON_UNITS_MAX, act->reason);
}

void act_add_asker(struct ctx *ctx, struct draft *draft)
{
	if (!ctx_find_user(ctx))
		return;
	draft_add(draft, "\n<b>%s</b> ", _("By:"));
	add_target(ctx, draft, act_asker(ctx));
}

/* --- in the answer ---------------------------------------------------------------------------- */

/* Whoever is told why a rule acted learns to get around it. */
static bool shows_reason(struct ctx *ctx, const struct act *act)
{
	return !act->action.by_rule || !ctx_log_channel(ctx) || !ctx_is_logged(ctx, LOG_RULES);
}

static bool is_to_be_said(const struct act *act)
{
	return act->action.kind != ACTION_LOG && !act->action.dry_run;
}

/* Said once for all that have it. */
static bool has_same_reason(const struct acted *next, const struct act *act)
{
	return next && is_to_be_said(&next->act) && strcmp(next->act.reason, act->reason) == 0;
}

void act_add_reason(struct ctx *ctx, struct draft *draft, const struct act *act)
{
	if (shows_reason(ctx, act))
		add_reason(ctx, draft, act);
}

void draft_acts(struct draft *draft)
{
	struct ctx *ctx = draft_ctx(draft);
	const char *between = "";

	for (const struct acted *at = ctx->acted; at; at = at->next) {
		if (!is_to_be_said(&at->act))
			continue;
		draft_add(draft, "%s", between);
		add_sentence(ctx, draft, &at->act);
		if (!has_same_reason(at->next, &at->act))
			act_add_reason(ctx, draft, &at->act);
		between = "\n";
	}
	draft_undo(draft);
}

static bool is_about_same(const struct act *a, const struct act *b)
{
	if (a->target.user && b->target.user)
		return a->target.user->id == b->target.user->id;
	return a->target.channel && b->target.channel &&
	       a->target.channel->id == b->target.channel->id;
}

static bool is_about_several(const struct acted *first)
{
	for (const struct acted *at = first; at; at = at->next)
		if (!is_about_same(&at->act, &first->act))
			return true;
	return false;
}

/* What came of the last warning is taken back, and not the warning. */
static bool is_overtaken(const struct acted *acted)
{
	for (const struct acted *at = acted->next; at; at = at->next)
		if (is_to_be_said(&at->act) && is_about_same(&at->act, &acted->act))
			return true;
	return false;
}

void draft_undo(struct draft *draft)
{
	struct ctx *ctx = draft_ctx(draft);
	bool several = is_about_several(ctx->acted);
	bool elsewhere = ctx->entered || (draft->elsewhere && draft->chat_id > 0);
	unsigned count = 0;

	for (const struct acted *at = ctx->acted; at && count < BUTTONS_MAX; at = at->next, count++)
		if (is_to_be_said(&at->act) && !is_overtaken(at))
			undo_add_button(draft, &at->act, elsewhere ? at->act.chat->id : 0, several);
}

/* --- in the log channel ----------------------------------------------------------------------- */

/* Of the message that tells most: the target's, if it stays, else the one that asked for it. */
static int64_t message_of(struct ctx *ctx, const struct act *act)
{
	const struct message *message = ctx_find_message(ctx);
	int64_t deleted = act_deletes(act) && act->message && !act->action.dry_run
				  ? act->message->id
				  : 0;

	if (act->message && !deleted)
		return act->message->id;
	return message && !ctx->entered && message->id != deleted ? message->id : 0;
}

static void add_link(struct ctx *ctx, struct draft *draft, const struct act *act)
{
	int64_t id = message_of(ctx, act);
	const char *url = id ? message_url(ctx, act->chat, id) : "";

	if (url[0])
		draft_link(draft, _("Message"), url);
}

static void add_rule(struct ctx *ctx, struct draft *draft)
{
	const char *title = ctx->row->module->title;

	draft_add(draft, "\n<b>%s</b> %s", _("By:"),
		  title ? ctx_translate(ctx, title) : ctx->row->module->name);
}

/* The message in the log channel with the button says it by itself. */
static bool is_told_here(struct ctx *ctx, const struct act *act)
{
	const struct chat *here = ctx_find_here(ctx);

	return act->undo && here && here->id == ctx_log_channel(ctx);
}

void act_log(struct ctx *ctx, const struct act *act)
{
	struct target target = act->target;
	struct draft *draft;

	if (is_told_here(ctx, act))
		return;
	draft = log_find_rationed(ctx, act->action.by_rule ? LOG_RULES : LOG_ACTIONS);
	if (!draft)
		return;
	add_sentence(ctx, draft, act);
	draft_add(draft, " (<code>%lld</code>)",
		  (long long)(target.user      ? target.user->id
			      : target.channel ? target.channel->id
					       : 0));
	if (act->action.dry_run)
		draft_add(draft, "\n<i>%s</i>", _("This was a trial: nothing was done."));
	if (act->action.by_rule)
		add_rule(ctx, draft);
	else
		act_add_asker(ctx, draft);
	add_reason(ctx, draft, act);
	add_link(ctx, draft, act);
	if (is_to_be_said(act))
		undo_add_button(draft, act, act->chat->id, false);
	draft_reply(draft);
}
