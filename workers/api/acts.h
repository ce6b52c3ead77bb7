/* acts.h - actions on people and channels in groups: bans and their like. */
#ifndef WORKERS_API_ACTS_H
#define WORKERS_API_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/people.h"

struct ctx;

enum action_kind {
	ACTION_NONE,
	ACTION_DELETE, /* only the message */
	ACTION_MUTE,   /* they may write nothing */
	ACTION_KICK,   /* they may come back */
	ACTION_BAN,
};

struct action {
	enum action_kind kind;
	int64_t seconds;     /* of MUTE and BAN; 0: for good, as from 366 days on */
	bool delete_message; /* as well; it is no mistake if there is none */
	/* The chat has a rule for it, so that it does not matter who caused the update. */
	bool by_rule;
};

/* NOW: waits for Telegram, which may refuse. QUEUED: when the handler has returned. */
enum act_wait { ACT_NOW, ACT_QUEUED };

/* Does this to somebody in this group. NULL, or why not, as a sentence for people in the language
 * of the answer:
 *
 *     why = ctx_act(ctx, (struct action) { .kind = ACTION_BAN, .seconds = 3600 }, target, ACT_NOW);
 *     return why ? ctx_reply(ctx, "%s", why) : ctx_reply(ctx, _("Banned."));
 *
 * Whoever caused the update needs the right for it, unless it is about themselves or by a rule; so
 * does the bot. Nothing but their messages can be taken from administrators, and nothing from the
 * bot itself. A basic group can neither mute nor ban for a while, and a channel that writes can
 * only be banned for good. When something of that is missing, nothing at all is done.
 *
 * The message is that of the target: the one that this update is about or that it replies to; with
 * a command only the one that it replies to. */
const char *ctx_act(struct ctx *ctx, struct action action, struct target target,
		    enum act_wait wait);

/* Takes a MUTE or BAN back, with the same checks and answers; who wants it for themselves needs the
 * right, too. Whoever was neither stays as they are. For a button below what was said of it:
 *
 *     draft_button(draft, _("Take it back"), "unban:%lld", id);
 *     why = ctx_undo(ctx, (struct action) { .kind = ACTION_BAN },
 *                    target_of(ctx, slug_integer(ctx, 0)), ACT_NOW); */
const char *ctx_undo(struct ctx *ctx, struct action action, struct target target,
		     enum act_wait wait);

#endif
