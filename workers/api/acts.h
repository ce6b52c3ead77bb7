/* acts.h - actions on people and channels in groups: bans and their like. */
#ifndef WORKERS_API_ACTS_H
#define WORKERS_API_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/people.h"

struct ctx;
struct message;
struct draft;

enum action_kind {
	ACTION_NONE,
	ACTION_LOG,      /* a line in the log channel, nothing else */
	ACTION_DELETE,   /* only the message */
	ACTION_WARN,     /* by the module that has the column `.warnings` */
	ACTION_RESTRICT, /* they may write text, and send nothing else */
	ACTION_MUTE,     /* they may write nothing */
	ACTION_KICK,     /* they may come back */
	ACTION_BAN,
};

struct action {
	enum action_kind kind;
	int64_t seconds;     /* of RESTRICT, MUTE and BAN; 0: for good, as from 366 days on */
	bool delete_message; /* as well; it is no mistake if there is none */
	/* The chat has a rule for it, so that it does not matter who caused the update. */
	bool by_rule;
	bool dry_run; /* is only logged: what would be done */
	bool untold;  /* of RESTRICT and MUTE: they are not told so in private */
};

/* NOW: waits for Telegram, which may refuse. QUEUED: when the handler has returned. */
enum act_wait { ACT_NOW, ACT_QUEUED };

/* Does this to somebody in this group. NULL, or why not, as a sentence for people in the language
 * of the answer:
 *
 *     why = ctx_act(ctx, (struct action) { .kind = ACTION_BAN, .seconds = 3600 }, target, ACT_NOW,
 *                   values->reason);
 *     if (why)
 *             return ctx_reply(ctx, "%s", why);
 *     draft_acts(draft);
 *     return draft_reply(draft);
 *
 * Whoever caused the update needs the right for it, unless it is about themselves or by a rule; so
 * does the bot. Nothing but their messages can be taken from administrators, and nothing from the
 * bot itself. A basic group can neither restrict nor mute, nor ban for a while, and a channel that
 * writes can only be banned for good. When something of that is missing, nothing at all is done.
 *
 * The message is that of the target: the one that this update is about or that it replies to; with
 * a command only the one that it replies to.
 *
 * What was done, to whom, by whom and why is told in the group's log channel (log.h), with a link
 * to the message and a button that takes it back. `reason` is for people; "": none. */
const char *ctx_act(struct ctx *ctx, struct action action, struct target target, enum act_wait wait,
		    const char *reason);

/* Takes a RESTRICT, a MUTE, a BAN or a WARN back, with the same checks and answers; who wants it
 * for themselves needs the right, too. Whoever was neither stays as they are. */
const char *ctx_undo(struct ctx *ctx, struct action action, struct target target,
		     enum act_wait wait);

/* Whether what was done to somebody a moment ago, or is about to be, is more than this and lasts at
 * least as long: a ban is more than a mute. A rule then only deletes what they wrote meanwhile: to
 * mute who is banned would let them in again. One trip to Redis. */
bool ctx_is_outdone(struct ctx *ctx, struct action action, struct target target);

/* Adds to what is said in this group a sentence for each thing that this handler has done by now
 * with ctx_act() and ctx_undo(), with the reason (of a rule only when there is no log channel that
 * tells it), and buttons that take it back. They need no route: whoever presses one needs the
 * right, the first who does takes it back, and the message and the log channel say who it was. */
void draft_acts(struct draft *draft);
/* The buttons alone. */
void draft_undo(struct draft *draft);

/* The column `.warnings` of the one module that has it: what ACTION_WARN is. Both run as if that
 * module's own handler did, with its facts and stores, when all was checked, and may use ctx_act()
 * themselves, for what comes after the last warning: then `.by_rule`. NULL, or why not, for people.
 * `*said` is what to say of it besides that somebody was warned, or no longer is: "2 of 3"; NULL:
 * nothing. */
struct warnings {
	const char *(*warn)(struct ctx *ctx, struct target target, const char *reason,
			    const char **said);
	const char *(*take_back)(struct ctx *ctx, struct target target, const char **said);
};

/* Whether a group's own rules leave this message alone, or this person: of administrators, of the
 * group itself, of its channel, of the bot, and of whom the module with the column `.exempts`
 * says. Worth asking only when a rule would act. */
bool ctx_is_exempt(struct ctx *ctx, const struct message *message);
bool ctx_is_exempt_user(struct ctx *ctx, const struct user *user);
/* The column `.exempts` of the one module that has it; it runs as if that module's own handler
 * did. */
typedef bool exempts_fn(struct ctx *ctx, const struct user *user);

#endif
