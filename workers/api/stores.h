/* stores.h - what a module stores: texts by name, of a chat, a person, a member, the bot or a
 * list. */
#ifndef WORKERS_API_STORES_H
#define WORKERS_API_STORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/people.h"
#include "workers/api/verdict.h"

/* Whose it is. */
enum scope {
	OF_CHAT,   /* a chat; that of a private chat is the person's */
	OF_PERSON, /* a person, wherever they are */
	OF_MEMBER, /* a person in one chat */
	OF_BOT,    /* the bot's, of no chat and nobody */
	OF_LIST,   /* a list that chats share; the module makes up its id, with ctx_random() */
};

/* An id (or person) of 0 is that of the chat (or person) of the update: (struct holder) { OF_CHAT }
 * is this chat. An account that Telegram shows for chats (`stands_for`) holds nothing: for it
 * store_find() finds nothing, and store_set() fails the handler. */
struct holder {
	enum scope scope;
	int64_t id;     /* of the chat, the person or the list */
	int64_t person; /* OF_MEMBER: whose */
};

#define THIS_CHAT ((struct holder) { .scope = OF_CHAT })
#define THIS_PERSON ((struct holder) { .scope = OF_PERSON })
#define THIS_MEMBER ((struct holder) { .scope = OF_MEMBER })
#define THIS_BOT ((struct holder) { .scope = OF_BOT })

#define STORE_KEY_MAX 64            /* bytes */
#define STORE_VALUE_MAX (12u << 10) /* of a setting: 4096 UTF-16 units as UTF-8 */
#define STORE_ENTRY_MAX (64u << 10) /* of an entry */

/* A module sees only what it stored itself. What a key looks like says how it is kept:
 *
 * - "size", without a slash, is a setting of a chat, a person or the bot. All settings of a holder
 *   are read together and shared by the pool, so that reading one costs no query. They should be
 *   few: together at most 15 KiB are shared.
 * - "note/rules", with a slash, is an entry: as many as wanted, read when asked for, one query each
 *   time. So is everything of members and lists, whatever its key. What must be known at every
 *   message is made from entries by ctx_derived().
 *
 * A change is committed when the call returns, and takes effect at once in this pool and within
 * seconds in others. While the database is away the calls fail the handler, as ctx_fail() does.
 * People see, export and erase what is stored about them with /privacy, whatever the module.
 *
 * Nothing happens twice. A handler runs again when its process died. Each write is marked with the
 * update and with the how-manieth write to the same key it is; the mark is stored in the same
 * transaction, apart from the value, for 24 hours. The second time the same write changes nothing,
 * and until a handler comes to it reading shows what was there before it: so a handler that reads,
 * decides and writes decides the same again. One that decides otherwise all the same (somebody else
 * has changed something) is right, too: what it writes to a key for the first time is written. */

/* NULL when it is not set; lives until the handler returns. */
const char *store_find(struct ctx *ctx, struct holder holder, const char *key);
/* NULL removes. False after a failure: return FAIL. A key is 1 to STORE_KEY_MAX bytes. */
bool store_set(struct ctx *ctx, struct holder holder, const char *key, const char *value);
/* The next value whose key begins with the prefix, in the order of the bytes of the keys: *key is
 * NULL before the first, and is what the call returned before for the others. False: that was the
 * last, or the handler has failed. A prefix with a slash goes over entries, one without over
 * settings (of members and lists: over all). It may be removed or set while they are gone over,
 * which shows the values of when it began.
 *
 *     const char *key = NULL, *value;
 *
 *     while (store_each(ctx, THIS_CHAT, "note/", &key, &value))
 *             draft_add(draft, "• %s\n", key + strlen("note/")); */
bool store_each(struct ctx *ctx, struct holder holder, const char *prefix, const char **key,
		const char **value);

/* What is made from the values of a holder, to be used by many updates: a compiled list of words,
 * for example. It is bytes without pointers. */
struct derived;
/* Writes it, by store_find(), store_each() and derived_add(); false: it failed the handler. */
typedef bool derived_fn(struct ctx *ctx, struct holder holder, struct derived *out);
void derived_add(struct derived *derived, const void *bytes, size_t size);
/* What `build` writes about a chat, a person, the bot or a list, at most DERIVED_MAX bytes. It is
 * built when it is first asked for and after each change of the holder's values (by anybody, within
 * seconds), and shared by the processes of the pool, so that asking again costs no query. `name`
 * tells it from others of the same module. All together may take DERIVED_POOL_BYTES of a pool's
 * memory; what was built first is built again when more is wanted. The bytes are a copy, aligned
 * for any type, and live until the handler returns. NULL after a failure: return FAIL; with nothing
 * written it is "" and *size is 0. */
#define DERIVED_MAX (512u << 10)
#define DERIVED_POOL_BYTES (24u << 20)
const void *ctx_derived(struct ctx *ctx, struct holder holder, const char *name, derived_fn *build,
			size_t *size);

/* The person recorded under an id or a username; NULL when there is none, or more than one, or when
 * whoever did this may not see it: what is recorded is for operators, for the person, and for
 * people in a group where that person is (PRIVACY.md). */
const struct user *ctx_find_recorded(struct ctx *ctx, int64_t id);
const struct user *ctx_find_username(struct ctx *ctx, const char *username);

#endif
