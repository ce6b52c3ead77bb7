/* pool_fetched.c - what other hosts answered, in Redis: a keyed hash of what was asked chooses one
 * of FETCHED_PLACES, and lies there before the answer. The later one takes the place, so there are
 * never more answers than places. */
#include <string.h>

#include "workers/storage/pool_parts.h"
#include "workers/storage/seal.h"

static void choose_place(const struct pool_storage *pool_storage, struct text asked,
			 uint8_t digest[SEAL_DIGEST_SIZE], char out[REDIS_NAME_SIZE])
{
	unsigned place;

	seal_digest(pool_storage->privacy_key, SEAL_FETCHED, asked.data, asked.length, digest);
	place = ((unsigned)digest[0] << 8 | digest[1]) % FETCHED_PLACES;
	snprintf(out, REDIS_NAME_SIZE, "korone:fetched:%u", place);
}

bool pool_fetched_find(void *owner, struct text asked, struct buffer *out)
{
	struct pool_storage *pool_storage = owner;
	uint8_t digest[SEAL_DIGEST_SIZE];
	struct buffer kept = { 0 };
	char name[REDIS_NAME_SIZE];
	bool found;

	choose_place(pool_storage, asked, digest, name);
	found = pool_redis_find(pool_storage->redis, name, &kept) &&
		buffer_unread_size(&kept) >= sizeof(digest) &&
		memcmp(buffer_unread(&kept), digest, sizeof(digest)) == 0;
	if (found)
		buffer_append(out, buffer_unread(&kept) + sizeof(digest),
			      buffer_unread_size(&kept) - sizeof(digest));
	buffer_finish(&kept);
	return found;
}

void pool_fetched_keep(void *owner, struct text asked, struct text answer, int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	uint8_t digest[SEAL_DIGEST_SIZE];
	struct buffer kept = { 0 };
	char name[REDIS_NAME_SIZE];

	if (answer.length > FETCHED_MAX)
		return;
	choose_place(pool_storage, asked, digest, name);
	buffer_append(&kept, digest, sizeof(digest));
	buffer_append(&kept, answer.data, answer.length);
	(void)pool_redis_set_bytes(pool_storage->redis, name, buffer_unread(&kept),
				   buffer_unread_size(&kept), seconds);
	buffer_finish(&kept);
}

int64_t pool_fetch_turn(void *owner, const char *host, unsigned per_second, int64_t wait_max_ms)
{
	const struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	snprintf(name, sizeof(name), "korone:paced:%s", host);
	return pool_redis_take_turn(pool_storage->redis, name, per_second, wait_max_ms);
}
