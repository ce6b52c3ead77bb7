/* admins.h - who may do what in a group: asked of Telegram, remembered for a minute. */
#ifndef WORKERS_ADMINS_H
#define WORKERS_ADMINS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/module.h"

#define ADMIN_CACHE_SIZE 256
#define ADMIN_CACHE_MS 60000

struct admin_entry {
	int64_t chat_id, user_id;
	uint64_t until_ms;
	uint32_t rights; /* bit per enum right */
};

struct admin_cache {
	struct admin_entry entries[ADMIN_CACHE_SIZE];
};

/* The rights of a person in a group, a bit per enum right; false when Telegram does not say. */
bool admins_rights(struct ctx *ctx, const struct chat *chat, const struct user *user,
		   uint32_t *rights);
/* A change of membership that is passing by: what was remembered of it is forgotten. */
void admins_forget(struct admin_cache *cache, int64_t chat_id, int64_t user_id);

#endif
