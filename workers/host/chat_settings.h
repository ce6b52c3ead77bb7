/* chat_settings.h - what people and admins chose, for the host and for module_store.c: settings
 * through the settings cache. The current update keeps the two sets that it needs. */
#ifndef WORKERS_HOST_CHAT_SETTINGS_H
#define WORKERS_HOST_CHAT_SETTINGS_H

#include "common/why.h"
#include "workers/host/ctx.h"
#include "workers/storage/settings_cache.h"

/* False when the settings cannot be read. *value: NULL when it is not set; lives until the update
 * is handled. */
MUST_CHECK bool chat_settings_find(struct ctx *ctx, struct holder holder, const char *module,
				   const char *key, const char **value, struct why *why);
/* Calls `fn` for each setting of the holder, as it is now: without a look at marks (turn.h). False
 * when they cannot be read. */
typedef void chat_setting_fn(void *owner, const char *module, const char *key, const char *value);
MUST_CHECK bool chat_settings_each(struct ctx *ctx, struct holder holder, chat_setting_fn *fn,
				   void *owner, struct why *why);
/* The same for those of one module. */
MUST_CHECK bool chat_settings_each_of(struct ctx *ctx, struct holder holder, const char *module,
				      chat_setting_fn *fn, void *owner, struct why *why);
/* An entry, as chat_settings_find(); one query. */
MUST_CHECK bool chat_settings_entry(struct ctx *ctx, struct holder holder, const char *module,
				    const char *key, const char **value, struct why *why);
/* Several in one transaction, in any order; their marks are filled in. */
MUST_CHECK bool chat_settings_set_all(struct ctx *ctx, struct stored_write *writes, size_t count,
				      struct why *why);
/* A setting or an entry (stores.h). Stored when it returns; `value` NULL removes. */
MUST_CHECK bool chat_settings_set(struct ctx *ctx, struct holder holder, const char *module,
				  const char *key, const char *value, struct why *why);
/* Learns, when it is time, what other pools have changed and who has any settings or entries. */
void chat_settings_follow(struct host *host);
/* False: nothing is stored for the holder. */
bool chat_settings_may_have(const struct host *host, struct holder holder);
/* Drops what the host has read of these settings. */
void chat_settings_forget(struct ctx *ctx, struct holder holder);

/* A setting of the chat, if there is one, that the host itself goes by; NULL, too, while the
 * database is away, which its back-off logs at most once a second. */
const char *chat_settings_own(struct ctx *ctx, const struct chat *chat, const char *module,
			      const char *key);
/* The language in which the chat is answered: its choice, else that of the person's client, else
 * the default. */
const struct language *chat_settings_language(struct ctx *ctx);
/* Of any chat, or person: its choice, else that locale. */
const struct language *chat_settings_language_of(struct ctx *ctx, int64_t id, const char *locale);
/* The chat's choice, else `other`. */
const struct language *chat_settings_language_or(struct ctx *ctx, const struct language *other);
/* Whether admins of the chat, which may be NULL, switched this command off. */
bool chat_settings_disabled(struct ctx *ctx, const struct chat *chat, const struct route *route);

/* A group became a supergroup, according to one of the two messages about it. True when this is the
 * supergroup's, and its settings are there now. */
bool chat_settings_migrate(struct ctx *ctx);

#endif
