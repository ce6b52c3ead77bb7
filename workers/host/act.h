/* act.h - actions on somebody (workers/api/acts.h): what act*.c and undo.c share. */
#ifndef WORKERS_HOST_ACT_H
#define WORKERS_HOST_ACT_H

#include "workers/host/ctx.h"

struct act {
	struct action action;
	struct target target;
	const struct chat *chat;
	const struct message *message; /* of the target; NULL: none */
	bool undo;
	const char *reason; /* "": none */
	const char *said;   /* by the module that keeps warnings; NULL: nothing */
};

/* Fills in where it is, and checks what can be known before. NULL, or why not. */
const char *act_check(struct ctx *ctx, struct act *act);
/* What has been checked is done, noted for draft_acts() and told in the log channel. NULL, or why
 * not. */
const char *act_do(struct ctx *ctx, struct act *act, enum act_wait wait);

/* --- act_lasting.c --- */

/* It was done, or is queued. */
void act_remember(struct ctx *ctx, const struct act *act);
/* Somebody's membership has changed: what a person has lifted by Telegram's own means lasts no
 * longer. */
void act_notice_change(struct ctx *ctx, const struct member_change *change);

/* --- act_check.c --- */

/* Whether a message is deleted by it. */
bool act_deletes(const struct act *act);
const char *act_about_administrator(struct ctx *ctx);

/* Whom to name, for who did it: in the name of a chat, or as a person. */
struct target act_asker(struct ctx *ctx);

/* --- act_told.c --- */

/* One that was done, of the current update. */
struct acted {
	struct act act;
	struct acted *next;
};

struct acted *act_note(struct ctx *ctx, const struct act *act);
void act_forget(struct ctx *ctx, const struct acted *acted);
/* In the log channel, if there is one for that. */
void act_log(struct ctx *ctx, const struct act *act);
/* "Reason: spam", unless there is none or people are not to know it: whoever is told why a rule
 * acted learns to get around it. */
void act_add_reason(struct ctx *ctx, struct draft *draft, const struct act *act);
/* "By: Olga" */
void act_add_asker(struct ctx *ctx, struct draft *draft);

/* --- act_person.c --- */

/* Tells in private whom it silenced. */
void act_tell_person(struct ctx *ctx, const struct act *act);

/* --- undo.c --- */

/* A button that takes it back, if it can be; `chat_id` 0: of the chat where the button is. */
void undo_add_button(struct draft *draft, const struct act *act, int64_t chat_id, bool named);
/* Its slug: the action, whom, and in which group. */
#define UNDO_BUTTON "undo:%.1s:%lld:%lld"
button_fn undo_press;

#endif
