/* storage.h - where the data of the modules is kept: Postgres and Redis in a pool (pool_storage.c),
 * lists in tests (tests/modules/fake_storage.c). The host uses this table and knows neither.
 *
 * All functions block, for a few seconds at most. Reasons contain no personal data. */
#ifndef WORKERS_STORAGE_STORAGE_H
#define WORKERS_STORAGE_STORAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/hash_table.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/module.h"
#include "workers/storage/settings_cache.h"
#include "workers/storage/settings_presence.h"

/* A row of the table users, as far as it is known. */
struct recorded_person {
	int64_t id;
	const char *first_name, *last_name, *username; /* "" for none */
};

/* The name of a short-lived value: Redis sees a keyed hash of it. */
struct brief_key {
	struct holder holder;
	const char *module, *name;
};

/* Which write it is: of which update, in which part of its handling (workers/host/turn.h), and the
 * how-manieth to its key. The mark of a write is stored with it, in the same transaction; a write
 * whose mark is there already changes nothing. Kept for MARK_SECONDS. */
struct mark {
	int64_t update_id;
	int32_t stage;
	uint32_t nth; /* from 1 */
};

/* What an update is counted under (briefs.h), and the mark of that; those of one call are of one
 * update. */
struct recent_key {
	struct mark mark;
	struct brief_key key;
};

#define MARK_SECONDS 86400 /* PRIVACY.md; in Postgres the recorder removes them */

#define RECENT_SECONDS 600 /* PRIVACY.md */

/* A setting, or an entry where storage_is_entry() says so; `value` NULL removes. */
struct stored_write {
	struct mark mark;
	struct holder holder;
	const char *module, *key, *value;
};

struct mark_head {
	struct holder holder;
	uint32_t nth;
};

/* What was there before a write, as far as its mark is there. */
enum before { BEFORE_UNMARKED, BEFORE_NOTHING, BEFORE_VALUE };

/* A fact; in lists person 0. */
struct fact_key {
	struct holder holder; /* a chat, the bot or a list */
	const char *module, *kind;
	int64_t person;
};

enum fact_change { FACT_SET, FACT_ADD, FACT_REMOVE };

struct fact_write {
	enum fact_change change;
	struct fact fact; /* FACT_ADD: `number` is added, and what else is 0 stays as it is */
	bool outlives_erasure;
	int64_t now_s; /* what has ended by then is not there */
};

/* One of many writes. */
struct fact_one {
	struct mark mark; /* of the same turn in all of them */
	int64_t person, number;
	bool changed; /* out: set, it was not there; removed, it was; also when it was made before
		       */
};

struct fact_state {
	bool is_there;
	struct fact fact;
};

/* A job (workers/api/jobs.h) as others see it. */
struct job_row {
	int64_t id, cursor; /* id 0: there is none */
	enum job_state state;
	const char *slug; /* of job_begin() only */
};

/* Groups that are recorded, or, with a key, whoever has a setting with that value. */
struct ids_query {
	enum scope scope; /* OF_CHAT: groups, whose ids are negative; OF_PERSON */
	const char *module, *key, *value;
};

/* What the marks of facts have in place of a module, "warns/facts", and of a key, "warning/12". */
#define FACT_MARKS "/facts"
/* So that a transaction takes few of the locks of all connections. */
#define FACTS_AT_ONCE 500u
/* So that Redis holds at most 512 MiB of them, whatever people ask for. */
#define FETCHED_MAX (64u << 10)
#define FETCHED_PLACES 8192u

struct storage {
	/* Appends the settings of a person, a chat or the bot: "module\0key\0value\0", by
	 * module. */
	bool (*load)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	/* Appends the entries of a module whose key is this, or begins with it: "key\0value\0", in
	 * the order of the bytes of the keys. */
	bool (*entry)(void *owner, struct holder holder, const char *module, const char *key,
		      struct buffer *out, struct why *why);
	bool (*entries)(void *owner, struct holder holder, const char *module, const char *prefix,
			struct buffer *out, struct why *why);
	/* All or none of them. Committed when it returns; other pools learn of it. */
	bool (*save)(void *owner, const struct stored_write *writes, size_t count, struct why *why);
	/* Appends all writes of a turn (`nth` does not matter) and what was there before, in any
	 * order: a struct mark_head each, then "module\0key\0=value\0", with "" for nothing in
	 * place of "=value". Without those of short-lived values. */
	bool (*marks)(void *owner, const struct mark *turn, struct buffer *out, struct why *why);
	/* Makes a write of a fact, whose mark is among those of marks(). *before is what was there
	 * before it, also when it had been made before: what the write returns follows from that.
	 */
	bool (*fact_write)(void *owner, const struct mark *mark, const struct fact_key *key,
			   const struct fact_write *write, struct fact_state *before,
			   struct why *why);
	/* Up to FACTS_AT_ONCE of them in one transaction, of the holder and kind of `key` and with
	 * what else `write` says: FACT_REMOVE, or FACT_SET, which leaves those that are there. */
	bool (*fact_write_many)(void *owner, const struct fact_key *key,
				const struct fact_write *write, struct fact_one *ones, size_t count,
				struct why *why);
	bool (*fact_count)(void *owner, const struct fact_key *key, int64_t now_s, int64_t *out,
			   struct why *why);
	bool (*fact_find)(void *owner, const struct fact_key *key, int64_t now_s,
			  struct fact_state *out, struct why *why);
	/* Appends all facts of a holder and kind as struct fact, up to one more than
	 * FACTS_LISTED_MAX, in any order. */
	bool (*facts)(void *owner, const struct fact_key *key, int64_t now_s, struct buffer *out,
		      struct why *why);
	/* Appends the fact_presence_id() of up to PRESENCE_PART pairs of a person and a kind of
	 * whom there are facts, after those before *cursor: a position, empty at first. May be
	 * NULL. */
	bool (*fact_ids)(void *owner, struct buffer *cursor, struct buffer *out, struct why *why);
	/* A group became a supergroup: moves its settings, entries and facts. */
	bool (*migrate)(void *owner, int64_t from, int64_t to, struct why *why);
	/* Appends up to PRESENCE_PART ids after `after` that have settings or entries, ascending,
	 * as int64_t. May be NULL. */
	bool (*ids_with_settings)(void *owner, int64_t after, struct buffer *out, struct why *why);
	/* Makes the settings cache follow the changes of other pools. */
	void (*follow)(void *owner, struct settings_cache *settings_cache);

	/* Values that may vanish at any time, and do after that many seconds; `value` NULL removes.
	 * False: Redis is away, or there is no such value. */
	bool (*brief_set)(void *owner, const struct mark *mark, const struct brief_key *key,
			  const char *value, int64_t seconds);
	bool (*brief_find)(void *owner, const struct brief_key *key, struct buffer *out);
	/* What was there before the write with this mark, which it appends. */
	enum before (*brief_before)(void *owner, const struct mark *mark,
				    const struct brief_key *key, struct buffer *out);
	/* True if nobody else claimed it within that many seconds, and while Redis is away. The
	 * claim is its own mark. */
	bool (*brief_claim)(void *owner, const struct mark *mark, const struct brief_key *key,
			    int64_t seconds);
	/* Counts the mark of each key at the time, once, and tells how many of the key there were
	 * then less than that many seconds away: briefs.h. One trip for up to COUNT_RECENT_KEYS.
	 * The marks are kept for RECENT_SECONDS more than them. 0 each: Redis is away. */
	void (*count_recent)(void *owner, const struct recent_key *keys, size_t count,
			     int64_t now_s, int64_t window_s, int64_t *out);

	/* Adds a number to a set that is there for that many seconds after it was last added to;
	 * and appends those of several sets as int64_t, each once. False: Redis is away. */
	bool (*number_add)(void *owner, const struct brief_key *key, int64_t number,
			   int64_t seconds);
	bool (*numbers)(void *owner, const struct brief_key *keys, size_t count,
			struct buffer *out);

	/* What other hosts answered, for all pools: what was asked is seen by Redis as a keyed
	 * hash. find() appends the answer; keep() is without a promise, and never of more than
	 * FETCHED_MAX bytes. */
	bool (*fetched_find)(void *owner, struct text asked, struct buffer *out);
	void (*fetched_keep)(void *owner, struct text asked, struct text answer, int64_t seconds);
	/* Milliseconds until the next of so many requests a second to a host, of all pools, and
	 * takes that turn; -1: it would be over `wait_max_ms`, and none is taken. 0, too, while
	 * Redis is away. */
	int64_t (*fetch_turn)(void *owner, const char *host, unsigned per_second,
			      int64_t wait_max_ms);

	/* The person recorded under a username (case does not matter) or, when that is NULL, an id.
	 * NULL in *out: nobody, or several. */
	bool (*find_person)(void *owner, const char *username, int64_t id, struct arena *arena,
			    const struct recorded_person **out, struct why *why);
	/* Everything that is stored about a person or a group, as JSON: {"user": row or null,
	 * "settings": […]}, with "group" for a group. */
	bool (*export)(void *owner, struct holder holder, struct buffer *out, struct why *why);
	bool (*has_objected)(void *owner, struct holder holder, bool *out, struct why *why);
	/* forget() erases it and records the objection; remember() withdraws that. The mark of
	 * remember() keeps whether there was one, under REMEMBER_MODULE and REMEMBER_KEY; what is
	 * forgotten leaves none. */
	bool (*forget)(void *owner, struct holder holder, struct why *why);
	bool (*remember)(void *owner, const struct mark *mark, struct holder holder,
			 struct why *why);
	bool (*count)(void *owner, struct recorded_counts *out, struct why *why);

	/* Starts one, unless this turn has started the same: *id is that of it. */
	bool (*job_start)(void *owner, const struct mark *turn, const char *module,
			  const char *slug, int64_t *id, struct why *why);
	/* Everything before that step is over: notes it, and tells how the job stands. */
	bool (*job_begin)(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
			  struct arena *arena, struct job_row *out, struct why *why);
	/* Of this module, or any (""); what is cancelled stays so. *found: there is such a job. */
	bool (*job_set)(void *owner, int64_t id, const char *module, enum job_state state,
			const char *trouble, bool *found, struct why *why);
	bool (*job_find)(void *owner, int64_t id, const char *module, struct job_row *out,
			 struct why *why);
	bool (*job_remove)(void *owner, int64_t id, struct why *why);
	/* Up to `max` ids behind that one, ascending; 0: from the first on. */
	bool (*ids)(void *owner, const struct ids_query *query, int64_t after, int64_t *out,
		    size_t max, size_t *count, struct why *why);
	bool (*count_ids)(void *owner, const struct ids_query *query, int64_t *out,
			  struct why *why);

	/* Called after each update, and after a while without work: closes connections that others
	 * wait for, or that are not needed. */
	void (*rest)(void *owner);
	void (*idle)(void *owner);
};

/* In the filter of who has facts (settings_presence.h): of a person and a kind, in any chat. */
static inline int64_t fact_presence_id(const char *module, const char *kind, int64_t person)
{
	uint64_t hash = hash_bytes(module, strlen(module), 1);

	return (int64_t)hash_mix(hash_bytes(kind, strlen(kind), hash), (uint64_t)person);
}

/* What a mark keeps of a fact, "number until message_id"; NULL: nothing was there. */
static inline struct fact_state fact_state_read(const char *text, int64_t person)
{
	struct fact_state state = { .is_there = text != NULL };
	char *rest = NULL;

	if (!text)
		return state;
	state.fact.person = person;
	state.fact.number = strtoll(text, &rest, 10);
	state.fact.until_s = strtoll(rest, &rest, 10);
	state.fact.message_id = strtoll(rest, &rest, 10);
	return state;
}

/* What FACT_ADD makes of what was there (zeroed: nothing); with the number 0 it is gone. */
static inline struct fact fact_after_adding(const struct fact *added, const struct fact *before)
{
	struct fact now = { .person = before->person,
			    .until_s = added->until_s ? added->until_s : before->until_s,
			    .message_id = added->message_id ? added->message_id
							    : before->message_id };

	if (__builtin_add_overflow(before->number, added->number, &now.number))
		now.number = added->number < 0 ? INT64_MIN : INT64_MAX;
	return now.number ? now : (struct fact) { .person = before->person };
}

#define REMEMBER_MODULE "korone"
#define REMEMBER_KEY "objection"

/* Whether it is read on demand, and no setting that is read with all others (stores.h). */
static inline bool storage_is_entry(struct holder holder, const char *key)
{
	return holder.scope == OF_MEMBER || holder.scope == OF_LIST || strchr(key, '/');
}

/* The next of the texts that end with NUL; NULL when there is none. */
static inline const char *storage_next_text(struct text *rest)
{
	const char *text = rest->data;
	const char *end = rest->length ? memchr(text, '\0', rest->length) : NULL;

	if (!end)
		return NULL;
	rest->length -= (size_t)(end + 1 - text);
	rest->data = end + 1;
	return text;
}

#endif
