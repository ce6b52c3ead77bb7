/* admins.h - who may do what in a group: asked of Telegram, remembered for a minute for the whole
 * pool, and learned from updates about changes of membership.
 *
 * Memory that the children share, without locks (settings_cache.h says why): an entry that does not
 * check is not there. */
#ifndef WORKERS_HOST_ADMINS_H
#define WORKERS_HOST_ADMINS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/pack.h"
#include "workers/module.h"

#define ADMIN_CACHE_MS 60000

struct admin_cache;

struct admin_cache *admins_create(void);
void admins_destroy(struct admin_cache *cache);

enum admins_answer {
	ADMINS_KNOWN,
	ADMINS_HIDDEN,  /* Telegram tells it only to administrators, and the bot is none */
	ADMINS_UNKNOWN, /* Telegram gives no answer for now */
};

/* The rights of a person (or the bot) in a group, a bit per enum right; set when known. */
enum admins_answer admins_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				 uint32_t *rights);
/* Whether somebody is in the group now; false when Telegram does not say. */
bool admins_is_member(struct ctx *ctx, int64_t chat_id, int64_t user_id);
/* A change of membership: `member` is the new Bot API "ChatMember". */
void admins_learn(struct admin_cache *cache, int64_t chat_id, int64_t user_id,
		  struct cursor member);
/* Forgets everything about the group. */
void admins_forget(struct admin_cache *cache, int64_t chat_id);

#endif
