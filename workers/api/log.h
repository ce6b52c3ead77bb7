/* log.h - a group's log channel: where its administrators read what the bot and they do. */
#ifndef WORKERS_API_LOG_H
#define WORKERS_API_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/drafts.h"

/* What is told there. Administrators can leave each of them out. */
enum log_category {
	LOG_ACTIONS,  /* what administrators do to somebody: ctx_act() tells it by itself */
	LOG_RULES,    /* the same by a rule of the group; at most LOG_RULES_MOST a minute */
	LOG_SETTINGS, /* what they change in the bot's settings */
	LOG_MEMBERS,  /* who comes, leaves, asks to join, solves a captcha */
	LOG_REPORTS,  /* what members tell administrators */
	LOG_OTHER,
	LOG_CATEGORIES,
};

#define LOG_RULES_MOST 15

/* A message to the log channel of the group in hand that begins with the group's title, to be
 * filled and sent with draft_reply(). NULL: the group has none, or not for this. Its buttons work
 * there: a handler enters the group again with ctx_enter(). */
struct draft *ctx_find_log(struct ctx *ctx, enum log_category category);

/* For the module that sets it. The id of the channel or supergroup; 0: none. */
int64_t ctx_log_channel(struct ctx *ctx);
/* False after a failure. */
bool ctx_set_log_channel(struct ctx *ctx, int64_t chat_id);
bool ctx_is_logged(struct ctx *ctx, enum log_category category);
bool ctx_set_logged(struct ctx *ctx, enum log_category category, bool logged);

#endif
