/* storage.h - where the data of the modules is kept: Postgres and Redis in a pool (pool_storage.c),
 * lists in tests (tests/modules/fake_storage.c). The host uses this table and knows neither.
 *
 * All functions block, for a few seconds at most. Reasons contain no personal data. */
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

/* A row of the table users, as far as it is known. */
struct recorded_person {
	int64_t id;
	const char *first_name, *last_name, *username; /* "" for none */
};

/* Who was told what, or the name of a short-lived value: Redis sees a keyed hash of it. */
struct ephemeral_key {
	const char *module, *name;
	int64_t chat_id;
};

struct storage {
	/* Appends the settings of a person or chat: "module\0key\0value\0", in any order. */
	bool (*load)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	/* Committed when it returns; `value` NULL removes. Other pools learn of it. */
	bool (*save)(void *owner, struct holder holder, const char *module, const char *key,
		     const char *value, struct why *why);
	/* A group became a supergroup: moves its settings. */
	bool (*migrate)(void *owner, int64_t from, int64_t to, struct why *why);
	/* Appends up to PRESENCE_PART ids after `after` that have settings, ascending, as int64_t.
	 * May be NULL. */
	bool (*ids_with_settings)(void *owner, int64_t after, struct buffer *out, struct why *why);
	/* Makes the settings cache follow the changes of other pools. */
	void (*follow)(void *owner, struct settings_cache *settings_cache);

	/* Values that may vanish at any time, and do after that many seconds. False: Redis is away,
	 * or there is no such value. */
	bool (*ephemeral_set)(void *owner, const struct ephemeral_key *key, const char *value,
			      int64_t seconds);
	bool (*ephemeral_find)(void *owner, const struct ephemeral_key *key, struct buffer *out);
	bool (*ephemeral_remove)(void *owner, const struct ephemeral_key *key);
	/* True if nobody claimed it within that many seconds, and while Redis is away. */
	bool (*ephemeral_claim)(void *owner, const struct ephemeral_key *key, int64_t seconds);

	/* The person recorded under a username (case does not matter) or, when that is NULL, an id.
	 * NULL in *out: nobody, or several. */
	bool (*find_person)(void *owner, const char *username, int64_t id, struct arena *arena,
			    const struct recorded_person **out, struct why *why);
	/* Everything that is stored about a person or a group, as JSON: {"user": row or null,
	 * "settings": […]}, with "group" for a group. */
	bool (*export)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	bool (*has_objected)(void *owner, struct holder holder, bool *out, struct why *why);
	/* forget() erases it and records the objection; remember() withdraws that. */
	bool (*forget)(void *owner, struct holder holder, struct why *why);
	bool (*remember)(void *owner, struct holder holder, struct why *why);
	bool (*count)(void *owner, struct recorded_counts *out, struct why *why);

	/* Called after each update, and after a while without work: closes connections that others
	 * wait for, or that are not needed. */
	void (*rest)(void *owner);
	void (*idle)(void *owner);
};

#endif
