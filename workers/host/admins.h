/* admins.h - who may do what in a group: known from wire/rights.h, or asked of Telegram, whose
 * answer the sender stores there for a minute. A change of membership makes it forget. */
#ifndef WORKERS_HOST_ADMINS_H
#define WORKERS_HOST_ADMINS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/module.h"

enum admins_answer {
	ADMINS_KNOWN,
	ADMINS_HIDDEN,  /* Telegram tells it only to administrators, and the bot is none */
	ADMINS_UNKNOWN, /* Telegram gives no answer for now */
};

/* The rights of a person (or the bot) in a group, a bit per enum right; set when known. RIGHT_NONE:
 * they are in it. */
enum admins_answer admins_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				 uint32_t *rights);
/* Whether Telegram's list of administrators, which is asked for when it is not known, surely lacks
 * somebody. So in a raid nobody is asked for by each. */
bool admins_lack(struct ctx *ctx, int64_t chat_id, const struct user *user);
/* Whether somebody is in the group now; false when Telegram does not say. */
bool admins_is_member(struct ctx *ctx, int64_t chat_id, int64_t user_id);

#endif
