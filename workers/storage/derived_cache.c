/* derived_cache.c - a ring in shared memory and its index, read and written without locks. */
#include "workers/storage/derived_cache.h"

#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash_table.h"
#include "common/log.h"
#include "common/xalloc.h"

#define WORD sizeof(uint64_t)
#define RING_WORDS (DERIVED_POOL_BYTES / WORD)
#define SETS 16384u
#define WAYS 4u

/* The words of an entry, then its bytes. */
enum head_word { HEAD_CHECK, HEAD_ID, HEAD_SHAPE, HEAD_NAME, HEAD_VERSION, HEAD_TIME, HEAD_WORDS };

/* Of an entry: what it is about. */
struct subject_key {
	uint64_t id, scope, name;
};

struct derived_cache {
	_Atomic uint64_t taken;             /* words of the ring that were ever taken */
	_Atomic uint64_t index[SETS][WAYS]; /* where an entry begins, counted from 1; 0: none */
	_Atomic uint64_t ring[RING_WORDS];
};

struct derived_cache *derived_cache_create(void)
{
	return xshare(sizeof(struct derived_cache));
}

void derived_cache_destroy(struct derived_cache *cache)
{
	xshare_end(cache, sizeof(*cache));
}

uint64_t derived_cache_taken(const struct derived_cache *cache)
{
	return atomic_load(&cache->taken) * WORD;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	size_t length = strlen(text) + 1; /* with its end, so that two texts do not run together */

	for (size_t at = 0; at < length; at += WORD) {
		uint64_t word = 0;

		memcpy(&word, text + at, length - at < WORD ? length - at : WORD);
		hash = hash_mix(hash, word);
	}
	return hash;
}

static struct subject_key key_of(struct holder holder, const char *module, const char *name)
{
	return (struct subject_key) {
		.id = (uint64_t)holder.id,
		.scope = (uint64_t)holder.scope,
		.name = hash_text(hash_text(0x64657269, module), name),
	};
}

static size_t set_of(const struct subject_key *key)
{
	return (hash_mix(hash_mix(key->name, key->id), key->scope) >> 16) % SETS;
}

static uint64_t load_word(const struct derived_cache *cache, uint64_t at)
{
	return atomic_load_explicit(&cache->ring[at % RING_WORDS], memory_order_relaxed);
}

static void store_word(struct derived_cache *cache, uint64_t at, uint64_t word)
{
	atomic_store_explicit(&cache->ring[at % RING_WORDS], word, memory_order_relaxed);
}

static size_t words_in(size_t size)
{
	return HEAD_WORDS + (size + WORD - 1) / WORD;
}

static uint64_t hash_head(const uint64_t head[HEAD_WORDS])
{
	uint64_t hash = 0x64657269766564;

	for (size_t i = HEAD_CHECK + 1; i < HEAD_WORDS; i++)
		hash = hash_mix(hash, head[i]);
	return hash;
}

/* The head of the entry at a place of the index; false when it is not about `key`. */
static bool read_head(const struct derived_cache *cache, uint64_t place,
		      const struct subject_key *key, uint64_t head[HEAD_WORDS])
{
	if (!place || atomic_load(&cache->taken) - (place - 1) > RING_WORDS)
		return false; /* none, or overwritten */
	for (size_t i = 0; i < HEAD_WORDS; i++)
		head[i] = load_word(cache, place - 1 + i);
	return head[HEAD_ID] == key->id && head[HEAD_NAME] == key->name &&
	       head[HEAD_SHAPE] >> 32 == key->scope &&
	       (head[HEAD_SHAPE] & UINT32_MAX) <= DERIVED_MAX;
}

static bool read_entry(const struct derived_cache *cache, uint64_t place,
		       const uint64_t head[HEAD_WORDS], struct buffer *out)
{
	size_t size = head[HEAD_SHAPE] & UINT32_MAX, count = words_in(size) - HEAD_WORDS;
	uint64_t hash = hash_head(head);
	uint8_t *to = buffer_reserve(out, count * WORD);

	for (size_t i = 0; i < count; i++) {
		uint64_t word = load_word(cache, place - 1 + HEAD_WORDS + i);

		hash = hash_mix(hash, word);
		memcpy(to + i * WORD, &word, WORD);
	}
	if (head[HEAD_CHECK] != hash)
		return false;
	buffer_commit(out, size);
	return true;
}

bool derived_cache_find(const struct derived_cache *cache, const struct settings_cache *versions,
			struct holder holder, const char *module, const char *name,
			struct buffer *out)
{
	struct subject_key key = key_of(holder, module, name);
	const _Atomic uint64_t *set = cache->index[set_of(&key)];
	uint64_t head[HEAD_WORDS];

	for (unsigned way = 0; way < WAYS; way++) {
		uint64_t place = atomic_load(&set[way]);

		if (read_head(cache, place, &key, head))
			return head[HEAD_VERSION] == settings_cache_version(versions, holder.id) &&
			       settings_cache_is_fresh(versions, head[HEAD_TIME]) &&
			       read_entry(cache, place, head, out);
	}
	return false;
}

/* Where to write it: its old place if that is large enough, else a new one. */
static uint64_t take_place(struct derived_cache *cache, const struct subject_key *key, size_t count)
{
	_Atomic uint64_t *set = cache->index[set_of(key)], *oldest = &set[0];
	uint64_t head[HEAD_WORDS], place;

	for (unsigned way = 0; way < WAYS; way++) {
		place = atomic_load(&set[way]);
		if (read_head(cache, place, key, head)) {
			if (words_in(head[HEAD_SHAPE] & UINT32_MAX) >= count)
				return place - 1;
			oldest = &set[way];
			break;
		}
		if (place < atomic_load(oldest))
			oldest = &set[way];
	}
	place = atomic_fetch_add(&cache->taken, count);
	atomic_store(oldest, place + 1);
	return place;
}

void derived_cache_put(struct derived_cache *cache, struct holder holder, const char *module,
		       const char *name, uint64_t version, const void *data, size_t size)
{
	struct subject_key key = key_of(holder, module, name);
	size_t count = words_in(size);
	uint64_t head[HEAD_WORDS] = {
		[HEAD_ID] = key.id,
		[HEAD_SHAPE] = key.scope << 32 | size,
		[HEAD_NAME] = key.name,
		[HEAD_VERSION] = version,
		[HEAD_TIME] = clock_boot_ms(),
	};
	uint64_t hash = hash_head(head), place;

	if (size > DERIVED_MAX)
		panic("%zu bytes derived from a store", size);
	place = take_place(cache, &key, count);
	for (size_t at = 0; at < size; at += WORD) {
		uint64_t word = 0;

		memcpy(&word, (const char *)data + at, size - at < WORD ? size - at : WORD);
		hash = hash_mix(hash, word);
		store_word(cache, place + HEAD_WORDS + at / WORD, word);
	}
	head[HEAD_CHECK] = hash;
	for (size_t i = 0; i < HEAD_WORDS; i++)
		store_word(cache, place + i, head[i]);
}
