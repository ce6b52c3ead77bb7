/* snapshots.c - see snapshots.h. */
#include "workers/snapshots.h"

#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"

#define WORD sizeof(uint64_t)
#define HEAD_WORDS 5

/* Snapshots of three sizes, each in a table of its own. Pages that nobody touches cost nothing, so
 * a table is only looked into when the one before says so: in most chats nobody chose anything but
 * a language, which is a tiny one. */
#define TINY_SLOTS 32768u /* 2 MiB, if so many chats are busy */
#define TINY_WORDS (64u / WORD)
#define SMALL_SLOTS 4096u
#define SMALL_WORDS (512u / WORD)
#define LARGE_SLOTS 512u
#define LARGE_WORDS ((SNAPSHOT_SIZE_MAX + 1024u) / WORD)

enum table { TABLE_TINY, TABLE_SMALL, TABLE_LARGE, TABLES };

/* Slots in which one id may be: with a single one, two busy chats that share it would evict each
 * other with every update. */
#define WAYS 4u

/* In a slot, word by word: checksum, id, scope and size, version, time, then the bytes: none
 * when there is no room for them, they are in the next table then. */
enum slot_word { SLOT_CHECK, SLOT_ID, SLOT_SHAPE, SLOT_VERSION, SLOT_TIME };

struct snapshots {
	_Atomic uint64_t versions[SNAPSHOT_BUCKETS];
	_Atomic uint64_t tokens[SNAPSHOT_BUCKETS]; /* in Redis, as last seen; 0: none */
	_Atomic uint64_t all;
	_Atomic uint64_t follow_at_ms, followed_ms;
	_Atomic uint64_t tiny[TINY_SLOTS * TINY_WORDS];
	_Atomic uint64_t small[SMALL_SLOTS * SMALL_WORDS];
	_Atomic uint64_t large[LARGE_SLOTS * LARGE_WORDS];
};

struct snapshots *snapshots_create(void)
{
	return xshare(sizeof(struct snapshots));
}

void snapshots_destroy(struct snapshots *snapshots)
{
	xshare_end(snapshots, sizeof(*snapshots));
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

unsigned snapshot_bucket(int64_t id)
{
	return (unsigned)(mix(0x9e3779b9, (uint64_t)id) >> 16) % SNAPSHOT_BUCKETS;
}

uint64_t snapshots_bucket_version(const struct snapshots *snapshots, unsigned bucket)
{
	return atomic_load(&snapshots->versions[bucket]);
}

uint64_t snapshots_version(const struct snapshots *snapshots, int64_t id)
{
	return snapshots_bucket_version(snapshots, snapshot_bucket(id));
}

void snapshots_change(struct snapshots *snapshots, unsigned bucket)
{
	atomic_fetch_add(&snapshots->versions[bucket % SNAPSHOT_BUCKETS], 1);
}

/* --- slots ------------------------------------------------------------------------------------ */

struct slot {
	_Atomic uint64_t *words;
	size_t room; /* for bytes */
};

static struct slot slot_of(struct snapshots *snapshots, struct holder holder, enum table table,
			   unsigned way)
{
	uint64_t hash = mix((uint64_t)holder.scope, (uint64_t)holder.id) >> 8;
	uint64_t set = hash * WAYS;
	struct slot slot = { 0 };

	switch (table) {
	case TABLE_TINY:
		slot.words = snapshots->tiny + (set % TINY_SLOTS + way) * TINY_WORDS;
		slot.room = (TINY_WORDS - HEAD_WORDS) * WORD;
		break;
	case TABLE_SMALL:
		slot.words = snapshots->small + (set % SMALL_SLOTS + way) * SMALL_WORDS;
		slot.room = (SMALL_WORDS - HEAD_WORDS) * WORD;
		break;
	case TABLE_LARGE:
		slot.words = snapshots->large + (set % LARGE_SLOTS + way) * LARGE_WORDS;
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
		hash = mix(hash, words[i]);
	return hash;
}

enum reading { READ_NOTHING, READ_ALL, READ_ELSEWHERE };

static enum reading read_slot(const struct snapshots *snapshots, const struct slot *slot,
			      struct holder holder, struct buffer *out)
{
	uint64_t words[LARGE_WORDS];
	size_t size, count;

	for (size_t i = 0; i < HEAD_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	size = words[SLOT_SHAPE] & UINT32_MAX;
	if (words[SLOT_ID] != (uint64_t)holder.id || words[SLOT_SHAPE] != shape_of(holder, size) ||
	    !snapshots_is_fresh(snapshots, words[SLOT_TIME]) ||
	    words[SLOT_VERSION] != snapshots_version(snapshots, holder.id))
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

static enum reading read_table(const struct snapshots *snapshots, struct holder holder,
			       enum table table, struct buffer *out)
{
	struct snapshots *tables = (struct snapshots *)(uintptr_t)snapshots; /* only read */
	enum reading reading = READ_NOTHING;

	for (unsigned way = 0; way < WAYS && reading == READ_NOTHING; way++) {
		struct slot slot = slot_of(tables, holder, table, way);

		reading = read_slot(snapshots, &slot, holder, out);
	}
	return reading;
}

bool snapshots_find(const struct snapshots *snapshots, struct holder holder, struct buffer *out)
{
	enum reading reading = READ_ELSEWHERE;

	for (enum table table = 0; table < TABLES && reading == READ_ELSEWHERE; table++)
		reading = read_table(snapshots, holder, table, out);
	return reading == READ_ALL;
}

/* The one that holds the id already; else the one that was read longest ago. */
static struct slot slot_to_write(struct snapshots *snapshots, struct holder holder,
				 enum table table)
{
	struct slot best = slot_of(snapshots, holder, table, 0);

	for (unsigned way = 0; way < WAYS; way++) {
		struct slot slot = slot_of(snapshots, holder, table, way);

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
		words[count - 1] = 0; /* bytes behind the last one */
		memcpy(words + HEAD_WORDS, data, size);
	}
	words[SLOT_CHECK] = checksum(words, count);
	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
}

void snapshots_put(struct snapshots *snapshots, struct holder holder, uint64_t version,
		   const void *data, size_t size)
{
	uint64_t words[LARGE_WORDS];

	words[SLOT_ID] = (uint64_t)holder.id;
	words[SLOT_SHAPE] = shape_of(holder, size);
	words[SLOT_VERSION] = version;
	words[SLOT_TIME] = clock_boot_ms();
	for (enum table table = 0; table < TABLES; table++) {
		struct slot slot = slot_to_write(snapshots, holder, table);

		write_slot(&slot, words, data, size);
		if (size <= slot.room)
			return;
	}
}

/* --- other pools ------------------------------------------------------------------------------ */

bool snapshots_follow_is_due(struct snapshots *snapshots)
{
	uint64_t now = clock_boot_ms(), due = atomic_load(&snapshots->follow_at_ms);

	return due <= now && atomic_compare_exchange_strong(&snapshots->follow_at_ms, &due,
							    now + SNAPSHOT_FOLLOW_MS);
}

bool snapshots_differ(const struct snapshots *snapshots, uint64_t all)
{
	return atomic_load(&snapshots->all) != all;
}

void snapshots_follow(struct snapshots *snapshots, uint64_t all,
		      const uint64_t tokens[SNAPSHOT_BUCKETS])
{
	for (unsigned i = 0; i < SNAPSHOT_BUCKETS; i++)
		if (atomic_exchange(&snapshots->tokens[i], tokens[i]) != tokens[i])
			snapshots_change(snapshots, i);
	atomic_store(&snapshots->all, all);
}

bool snapshots_is_followed(const struct snapshots *snapshots)
{
	return atomic_load(&snapshots->followed_ms) + SNAPSHOT_ALONE_MS / 2 >= clock_boot_ms();
}

bool snapshots_is_fresh(const struct snapshots *snapshots, uint64_t read_ms)
{
	bool followed = snapshots_is_followed(snapshots);

	return read_ms + (followed ? SNAPSHOT_KEPT_MS : SNAPSHOT_ALONE_MS) > clock_boot_ms();
}

void snapshots_note_followed(struct snapshots *snapshots)
{
	atomic_store(&snapshots->followed_ms, clock_boot_ms());
}
