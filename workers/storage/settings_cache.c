/* settings_cache.c - set-associative tables in shared memory, read and written without locks. */
#include "workers/storage/settings_cache.h"

#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash_table.h"
#include "common/xalloc.h"

#define WORD sizeof(uint64_t)
#define HEAD_WORDS 5

/* Entries of three sizes, each in its own table. Untouched pages cost nothing, so a table is only
 * read when the one before says so: in most chats nobody chose anything except a language, which
 * fits a tiny entry. */
#define TINY_SLOTS 32768u /* 2 MiB, if that many chats are busy */
#define TINY_WORDS (64u / WORD)
#define SMALL_SLOTS 4096u
#define SMALL_WORDS (512u / WORD)
#define LARGE_SLOTS 512u
#define LARGE_WORDS ((SETTINGS_CACHE_ENTRY_MAX + 1024u) / WORD)

enum table { TABLE_TINY, TABLE_SMALL, TABLE_LARGE, TABLES };

/* Slots in which an id may be: with a single one, two busy chats that share it would evict each
 * other with every update. */
#define WAYS 4u

/* The words of a slot: checksum, id, scope and size, version, time, then the bytes, unless they do
 * not fit: then they are in the next table. */
enum slot_word { SLOT_CHECK, SLOT_ID, SLOT_SHAPE, SLOT_VERSION, SLOT_TIME };

struct settings_cache {
	_Atomic uint64_t versions[SETTINGS_CACHE_BUCKETS];
	_Atomic uint64_t tokens[SETTINGS_CACHE_BUCKETS]; /* in Redis, as last seen; 0: none */
	_Atomic uint64_t all;
	_Atomic uint64_t follow_at_ms, followed_ms;
	_Atomic uint64_t tiny[TINY_SLOTS * TINY_WORDS];
	_Atomic uint64_t small[SMALL_SLOTS * SMALL_WORDS];
	_Atomic uint64_t large[LARGE_SLOTS * LARGE_WORDS];
};

struct settings_cache *settings_cache_create(void)
{
	return xshare(sizeof(struct settings_cache));
}

void settings_cache_destroy(struct settings_cache *settings_cache)
{
	xshare_end(settings_cache, sizeof(*settings_cache));
}

unsigned settings_cache_bucket(int64_t id)
{
	return (unsigned)(hash_mix(0x9e3779b9, (uint64_t)id) >> 16) % SETTINGS_CACHE_BUCKETS;
}

uint64_t settings_cache_bucket_version(const struct settings_cache *settings_cache, unsigned bucket)
{
	return atomic_load(&settings_cache->versions[bucket]);
}

uint64_t settings_cache_version(const struct settings_cache *settings_cache, int64_t id)
{
	return settings_cache_bucket_version(settings_cache, settings_cache_bucket(id));
}

void settings_cache_change(struct settings_cache *settings_cache, unsigned bucket)
{
	atomic_fetch_add(&settings_cache->versions[bucket % SETTINGS_CACHE_BUCKETS], 1);
}

/* --- slots ------------------------------------------------------------------------------------ */

struct slot {
	_Atomic uint64_t *words;
	size_t room; /* in bytes */
};

static struct slot slot_of(struct settings_cache *settings_cache, struct holder holder,
			   enum table table, unsigned way)
{
	uint64_t hash = hash_mix((uint64_t)holder.scope, (uint64_t)holder.id) >> 8;
	uint64_t set = hash * WAYS;
	struct slot slot = { 0 };

	switch (table) {
	case TABLE_TINY:
		slot.words = settings_cache->tiny + (set % TINY_SLOTS + way) * TINY_WORDS;
		slot.room = (TINY_WORDS - HEAD_WORDS) * WORD;
		break;
	case TABLE_SMALL:
		slot.words = settings_cache->small + (set % SMALL_SLOTS + way) * SMALL_WORDS;
		slot.room = (SMALL_WORDS - HEAD_WORDS) * WORD;
		break;
	case TABLE_LARGE:
		slot.words = settings_cache->large + (set % LARGE_SLOTS + way) * LARGE_WORDS;
		slot.room = (LARGE_WORDS - HEAD_WORDS) * WORD;
		break;
	case TABLES:
		break;
	}
	return slot;
}

static size_t words_in(const struct slot *slot, size_t size)
{
	return HEAD_WORDS + (size > slot->room ? 0 : (size + WORD - 1) / WORD);
}

static uint64_t shape_of(struct holder holder, size_t size)
{
	return (uint64_t)holder.scope << 32 | size;
}

static uint64_t checksum(const uint64_t *words, size_t count)
{
	uint64_t hash = 0x6b6f726f6e65;

	for (size_t i = SLOT_CHECK + 1; i < count; i++)
		hash = hash_mix(hash, words[i]);
	return hash;
}

enum reading { READ_NOTHING, READ_ALL, READ_ELSEWHERE };

static enum reading read_slot(const struct settings_cache *settings_cache, const struct slot *slot,
			      struct holder holder, struct buffer *out)
{
	uint64_t words[LARGE_WORDS];
	size_t size, count;

	for (size_t i = 0; i < HEAD_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	size = words[SLOT_SHAPE] & UINT32_MAX;
	if (words[SLOT_ID] != (uint64_t)holder.id || words[SLOT_SHAPE] != shape_of(holder, size) ||
	    !settings_cache_is_fresh(settings_cache, words[SLOT_TIME]) ||
	    words[SLOT_VERSION] != settings_cache_version(settings_cache, holder.id))
		return READ_NOTHING;
	count = words_in(slot, size);
	for (size_t i = HEAD_WORDS; i < count; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	if (words[SLOT_CHECK] != checksum(words, count))
		return READ_NOTHING;
	if (size > slot->room)
		return READ_ELSEWHERE;
	buffer_append(out, words + HEAD_WORDS, size);
	return READ_ALL;
}

static enum reading read_table(const struct settings_cache *settings_cache, struct holder holder,
			       enum table table, struct buffer *out)
{
	struct settings_cache *tables = (struct settings_cache *)(uintptr_t)
		settings_cache; /* only read */
	enum reading reading = READ_NOTHING;

	for (unsigned way = 0; way < WAYS && reading == READ_NOTHING; way++) {
		struct slot slot = slot_of(tables, holder, table, way);

		reading = read_slot(settings_cache, &slot, holder, out);
	}
	return reading;
}

bool settings_cache_find(const struct settings_cache *settings_cache, struct holder holder,
			 struct buffer *out)
{
	enum reading reading = READ_ELSEWHERE;

	for (enum table table = 0; table < TABLES && reading == READ_ELSEWHERE; table++)
		reading = read_table(settings_cache, holder, table, out);
	return reading == READ_ALL;
}

/* The one that holds the id already; else the one with the oldest time. */
static struct slot slot_to_write(struct settings_cache *settings_cache, struct holder holder,
				 enum table table)
{
	struct slot best = slot_of(settings_cache, holder, table, 0);

	for (unsigned way = 0; way < WAYS; way++) {
		struct slot slot = slot_of(settings_cache, holder, table, way);

		if (slot.words[SLOT_ID] == (uint64_t)holder.id &&
		    slot.words[SLOT_SHAPE] >> 32 == (uint64_t)holder.scope)
			return slot;
		if (slot.words[SLOT_TIME] < best.words[SLOT_TIME])
			best = slot;
	}
	return best;
}

static void write_slot(const struct slot *slot, uint64_t *words, const void *data, size_t size)
{
	size_t count = words_in(slot, size);

	if (count > HEAD_WORDS) {
		words[count - 1] = 0; /* the bytes past the end */
		memcpy(words + HEAD_WORDS, data, size);
	}
	words[SLOT_CHECK] = checksum(words, count);
	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
}

void settings_cache_put(struct settings_cache *settings_cache, struct holder holder,
			uint64_t version, const void *data, size_t size)
{
	uint64_t words[LARGE_WORDS];

	words[SLOT_ID] = (uint64_t)holder.id;
	words[SLOT_SHAPE] = shape_of(holder, size);
	words[SLOT_VERSION] = version;
	words[SLOT_TIME] = clock_boot_ms();
	for (enum table table = 0; table < TABLES; table++) {
		struct slot slot = slot_to_write(settings_cache, holder, table);

		write_slot(&slot, words, data, size);
		if (size <= slot.room)
			return;
	}
}

/* --- other pools ------------------------------------------------------------------------------ */

bool settings_cache_follow_is_due(struct settings_cache *settings_cache)
{
	uint64_t now = clock_boot_ms(), due = atomic_load(&settings_cache->follow_at_ms);

	return due <= now && atomic_compare_exchange_strong(&settings_cache->follow_at_ms, &due,
							    now + SETTINGS_CACHE_FOLLOW_MS);
}

bool settings_cache_differ(const struct settings_cache *settings_cache, uint64_t all)
{
	return atomic_load(&settings_cache->all) != all;
}

void settings_cache_follow(struct settings_cache *settings_cache, uint64_t all,
			   const uint64_t tokens[SETTINGS_CACHE_BUCKETS])
{
	for (unsigned i = 0; i < SETTINGS_CACHE_BUCKETS; i++)
		if (atomic_exchange(&settings_cache->tokens[i], tokens[i]) != tokens[i])
			settings_cache_change(settings_cache, i);
	atomic_store(&settings_cache->all, all);
}

bool settings_cache_is_followed(const struct settings_cache *settings_cache)
{
	return atomic_load(&settings_cache->followed_ms) + SETTINGS_CACHE_ALONE_MS / 2 >=
	       clock_boot_ms();
}

bool settings_cache_is_fresh(const struct settings_cache *settings_cache, uint64_t read_ms)
{
	bool followed = settings_cache_is_followed(settings_cache);

	return read_ms + (followed ? SETTINGS_CACHE_KEPT_MS : SETTINGS_CACHE_ALONE_MS) >
	       clock_boot_ms();
}

void settings_cache_note_followed(struct settings_cache *settings_cache)
{
	atomic_store(&settings_cache->followed_ms, clock_boot_ms());
}
