/* stores.h - what a module stores. */
#ifndef WORKERS_API_STORES_H
#define WORKERS_API_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/people.h"
#include "workers/api/verdict.h"

/* Settings: texts by name, of a chat or of a person, under the module's name in the table of
 * settings. Those of a private chat are the person's; who writes in the name of a chat has none.
 * A store is made by open():
 *
 *     static void *open_notes(const struct settings *settings, struct why *why)
 *     {
 *             return store_open("note", STORE_OF_CHAT);
 *     }
 *
 * Reading costs no query: the pool shares a cache. A change is committed when the call returns, and
 * takes effect at once in this pool and within seconds in others. While the database is away the
 * calls fail the handler, as ctx_fail() does. People see, export and erase what is stored about
 * them with /privacy, whatever the module. */
struct store;

enum store_scope { STORE_OF_CHAT, STORE_OF_PERSON };

/* Connects to nothing and cannot fail. */
struct store *store_open(const char *module, enum store_scope scope);
void store_close(struct store *store);
/* NULL when it is not set; lives until the handler returns. */
const char *store_find(const struct store *store, struct ctx *ctx, const char *key);
/* Keys of at most 64 bytes, values of 12 KiB. False after a failure: return FAIL. */
bool store_set(struct store *store, struct ctx *ctx, const char *key, const char *value);
bool store_remove(struct store *store, struct ctx *ctx, const char *key);

/* Values of this module and chat for at most an hour, which may vanish at any time. While Redis is
 * away none is found, and functions that return bool return false. */
bool ephemeral_set(struct ctx *ctx, const char *key, const char *value, int64_t seconds);
const char *ephemeral_find(struct ctx *ctx, const char *key);
bool ephemeral_remove(struct ctx *ctx, const char *key);
/* True for the first caller within that many seconds; for every caller while Redis is away. */
bool ephemeral_claim(struct ctx *ctx, const char *key, int64_t seconds);

/* The person recorded under an id or a username; NULL when there is none, or more than one, or when
 * whoever did this may not see it: what is recorded is for operators, for the person, and for
 * people in a group where that person is (PRIVACY.md). */
const struct user *ctx_find_recorded(struct ctx *ctx, int64_t id);
const struct user *ctx_find_username(struct ctx *ctx, const char *username);

#endif
