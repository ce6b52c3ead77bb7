/* pool_briefs.c - short-lived values in Redis, under keyed hashes, and the marks of their writes.
 */
#include <string.h>

#include "common/log.h"
#include "workers/storage/pool_parts.h"
#include "workers/storage/seal.h"

/* Two seals, 96 bits, so that names do not collide. */
#define NAME_SIZE (2 * SEAL_SIZE)

/* Room for a name of 64 bytes (stores.h), a module's of 31, and two numbers; what seal.c takes. */
#define PLAIN_SIZE 129

static void seal_twice(const struct pool_storage *pool_storage, enum seal_use use, int64_t number,
		       const char *data, char out[NAME_SIZE + 1])
{
	size_t size = strlen(data);

	for (int i = 0; i < 2; i++)
		seal_make(pool_storage->privacy_key, use, number, i, data, size,
			  out + (ptrdiff_t)i * SEAL_SIZE);
	out[NAME_SIZE] = '\0';
}

static void name_value(const struct pool_storage *pool_storage, const struct brief_key *key,
		       char out[NAME_SIZE + 1])
{
	char plain[PLAIN_SIZE];

	if (snprintf(plain, sizeof(plain), "%d/%" PRId64 "/%s/%s", (int)key->holder.scope,
		     key->holder.person, key->module, key->name) >= (int)sizeof(plain))
		panic("a short-lived value's name is too long");
	seal_twice(pool_storage, SEAL_VALUE, key->holder.id, plain, out);
}

static void name_turn(const struct pool_storage *pool_storage, const struct mark *mark,
		      char out[NAME_SIZE + 1])
{
	char stage[16];

	snprintf(stage, sizeof(stage), "%d", (int)mark->stage);
	seal_twice(pool_storage, SEAL_MARKS, mark->update_id, stage, out);
}

struct names {
	char value[REDIS_NAME_SIZE];
	char marks[REDIS_NAME_SIZE]; /* of all writes of the update */
	char field[REDIS_NAME_SIZE]; /* of this write */
	char before[REDIS_NAME_SIZE];
	char claim[REDIS_NAME_SIZE]; /* what tells it from the claims of other updates */
};

static struct names name_all(const struct pool_storage *pool_storage, const struct mark *mark,
			     const struct brief_key *key)
{
	char value[NAME_SIZE + 1], turn[NAME_SIZE + 1];
	struct names names;

	name_value(pool_storage, key, value);
	name_turn(pool_storage, mark, turn);
	snprintf(names.value, sizeof(names.value), "korone:brief:%s", value);
	snprintf(names.marks, sizeof(names.marks), "korone:marks:%s", turn);
	snprintf(names.field, sizeof(names.field), "%s:%u", value, mark->nth);
	snprintf(names.before, sizeof(names.before), "korone:brief:%s%s:%u", value, turn,
		 mark->nth);
	snprintf(names.claim, sizeof(names.claim), "%s:%u", turn, mark->nth);
	return names;
}

static struct redis_mark mark_named(const struct names *names)
{
	return (struct redis_mark) { .marks = names->marks,
				     .field = names->field,
				     .before = names->before };
}

bool pool_brief_set(void *owner, const struct mark *mark, const struct brief_key *key,
		    const char *value, int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	struct names names = name_all(pool_storage, mark, key);
	const struct redis_mark redis_mark = mark_named(&names);

	return pool_redis_set(pool_storage->redis, names.value, value, seconds, &redis_mark);
}

bool pool_brief_find(void *owner, const struct brief_key *key, struct buffer *out)
{
	struct pool_storage *pool_storage = owner;
	struct names names = name_all(pool_storage, &(struct mark) { 0 }, key);

	return pool_redis_find(pool_storage->redis, names.value, out);
}

enum before pool_brief_before(void *owner, const struct mark *mark, const struct brief_key *key,
			      struct buffer *out)
{
	struct pool_storage *pool_storage = owner;
	struct names names = name_all(pool_storage, mark, key);
	const struct redis_mark redis_mark = mark_named(&names);

	if (!pool_redis_has_mark(pool_storage->redis, &redis_mark))
		return BEFORE_UNMARKED;
	return pool_redis_find(pool_storage->redis, names.before, out) ? BEFORE_VALUE
								       : BEFORE_NOTHING;
}

bool pool_brief_claim(void *owner, const struct mark *mark, const struct brief_key *key,
		      int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	struct names names = name_all(pool_storage, mark, key);

	return pool_redis_claim(pool_storage->redis, names.value, names.claim, seconds) != 0;
}

static void name_set(const struct pool_storage *pool_storage, const struct brief_key *key,
		     struct redis_recent *out)
{
	char value[NAME_SIZE + 1];

	name_value(pool_storage, key, value);
	snprintf(out->set, sizeof(out->set), "korone:recent:%s", value);
}

void pool_count_recent(void *owner, const struct recent_key *keys, size_t count, int64_t now_s,
		       int64_t window_s, int64_t *out)
{
	struct pool_storage *pool_storage = owner;
	struct redis_recent recents[COUNT_RECENT_KEYS];
	char turn[NAME_SIZE + 1];

	/* All are of one update. */
	name_turn(pool_storage, &keys[0].mark, turn);
	for (size_t i = 0; i < count; i++) {
		name_set(pool_storage, &keys[i].key, &recents[i]);
		snprintf(recents[i].member, sizeof(recents[i].member), "%s:%u", turn,
			 keys[i].mark.nth);
	}
	pool_redis_count_recent(pool_storage->redis, recents, count, now_s, window_s, out);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void name_numbers(const struct pool_storage *pool_storage, const struct brief_key *key,
			 char out[REDIS_NAME_SIZE])
{
	char value[NAME_SIZE + 1];

	name_value(pool_storage, key, value);
	snprintf(out, REDIS_NAME_SIZE, "korone:noted:%s", value);
}

bool pool_number_add(void *owner, const struct brief_key *key, int64_t number, int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	name_numbers(pool_storage, key, name);
	return pool_redis_add_number(pool_storage->redis, name, number, seconds);
}

bool pool_numbers(void *owner, const struct brief_key *keys, size_t count, struct buffer *out)
{
	struct pool_storage *pool_storage = owner;
	char names[REDIS_SETS_MAX][REDIS_NAME_SIZE];
	const char *sets[REDIS_SETS_MAX];

	if (count > REDIS_SETS_MAX)
		panic("%zu sets of numbers", count);
	for (size_t i = 0; i < count; i++) {
		name_numbers(pool_storage, &keys[i], names[i]);
		sets[i] = names[i];
	}
	return pool_redis_numbers(pool_storage->redis, sets, count, out);
}
