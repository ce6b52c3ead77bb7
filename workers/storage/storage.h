/* storage.h - where what the modules keep lies: Postgres and Redis in a pool (pool_storage.c),
 * lists in tests (tests/modules/fake_storage.c). The host asks through this table and knows
 * neither.
 *
 * Everything blocks, for a few seconds at most. What fails says why, without personal data. */
#ifndef WORKERS_STORAGE_STORAGE_H
#define WORKERS_STORAGE_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/why.h"
#include "workers/module.h"
#include "workers/storage/settings_cache.h"
#include "workers/storage/settings_presence.h"

/* A row of the table users, or what there is of it. */
struct recorded_person {
	int64_t id;
	const char *first_name, *last_name, *username; /* "" for none */
};

/* Who was told what, or what a short-lived value is called: the store sees a keyed hash of it. */
struct ephemeral_key {
	const char *module, *name;
	int64_t chat_id;
};

struct storage {
	/* Appends the settings of a person or chat: "module\0key\0value\0", in any order. */
	bool (*load)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	/* Confirmed when it returns; `value` NULL removes. Other pools learn of it. */
	bool (*save)(void *owner, struct holder holder, const char *module, const char *key,
		     const char *value, struct why *why);
	/* A group became a supergroup: its settings go with it. */
	bool (*migrate)(void *owner, int64_t from, int64_t to, struct why *why);
	/* Appends the ids after `after` of which there are settings, ascending, PRESENCE_PART of
	 * them at most, as int64_t. May be NULL. */
	bool (*ids_with_settings)(void *owner, int64_t after, struct buffer *out, struct why *why);
	/* Has the settings cache follow what other pools changed. */
	void (*follow)(void *owner, struct settings_cache *settings_cache);

	/* Values that may vanish at any time, and do after so many seconds. False: the store is
	 * away, or there is no such value. */
	bool (*ephemeral_set)(void *owner, const struct ephemeral_key *key, const char *value,
			      int64_t seconds);
	bool (*ephemeral_find)(void *owner, const struct ephemeral_key *key, struct buffer *out);
	bool (*ephemeral_remove)(void *owner, const struct ephemeral_key *key);
	/* Whether nobody has claimed it in the last so many seconds; while the store is away, too.
	 */
	bool (*ephemeral_claim)(void *owner, const struct ephemeral_key *key, int64_t seconds);

	/* Who is recorded under a username (whatever its case) or, when it is NULL, an id. NULL in
	 * *out: nobody, or several. */
	bool (*find_person)(void *owner, const char *username, int64_t id, struct arena *arena,
			    const struct recorded_person **out, struct why *why);
	/* All that is stored about a person or a group, as JSON: {"user": row or null, "settings":
	 * […]}, with "group" for a group. */
	bool (*export)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	bool (*has_objected)(void *owner, struct holder holder, bool *out, struct why *why);
	/* Erases it and notes the objection; takes that back. */
	bool (*forget)(void *owner, struct holder holder, struct why *why);
	bool (*remember)(void *owner, struct holder holder, struct why *why);
	bool (*count)(void *owner, struct recorded_counts *out, struct why *why);

	/* After each update, and when there was nothing to do for a while: lets go of connections
	 * that others wait for, or that nobody needs. */
	void (*rest)(void *owner);
	void (*idle)(void *owner);
};

#endif
