/* snapshots.c - see snapshots.h. */
#include "workers/snapshots.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "common/clock.h"
#include "common/log.h"

#define WORD sizeof(uint64_t)
#define HEAD_WORDS 5

/* Snapshots of two sizes, each in a table of its own. Pages that nobody writes cost nothing. */
#define SMALL_SLOTS 8192u
#define SMALL_WORDS (512u / WORD)
#define LARGE_SLOTS 512u
#define LARGE_WORDS ((SNAPSHOT_SIZE_MAX + 1024u) / WORD)

/* In a slot, word by word: checksum, id, scope and size, version, time, then the bytes. */
enum slot_word { SLOT_CHECK, SLOT_ID, SLOT_SHAPE, SLOT_VERSION, SLOT_TIME };

struct snapshots {
	_Atomic uint64_t versions[SNAPSHOT_BUCKETS];
	_Atomic uint64_t tokens[SNAPSHOT_BUCKETS]; /* in Redis, as last seen; 0: none */
	_Atomic uint64_t all;
	_Atomic uint64_t follow_at_ms, followed_ms;
	_Atomic uint64_t small[SMALL_SLOTS * SMALL_WORDS];
	_Atomic uint64_t large[LARGE_SLOTS * LARGE_WORDS];
};

struct snapshots *snapshots_create(void)
{
	void *memory = mmap(NULL, sizeof(struct snapshots), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		panic("no memory to share: %s", strerror(errno));
	return memory;
}

void snapshots_destroy(struct snapshots *snapshots)
{
	if (snapshots)
		munmap(snapshots, sizeof(*snapshots));
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

uint64_t snapshots_version(const struct snapshots *snapshots, int64_t id)
{
	return atomic_load(&snapshots->versions[snapshot_bucket(id)]);
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

static struct slot slot_of(struct snapshots *snapshots, struct holder holder, bool large)
{
	uint64_t hash = mix((uint64_t)holder.scope, (uint64_t)holder.id) >> 8;

	if (large)
		return (struct slot) { snapshots->large + hash % LARGE_SLOTS * LARGE_WORDS,
				       (LARGE_WORDS - HEAD_WORDS) * WORD };
	return (struct slot) { snapshots->small + hash % SMALL_SLOTS * SMALL_WORDS,
			       (SMALL_WORDS - HEAD_WORDS) * WORD };
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

static bool is_fresh(const struct snapshots *snapshots, uint64_t read_ms)
{
	uint64_t now = clock_boot_ms();
	uint64_t followed = atomic_load(&snapshots->followed_ms);
	bool alone = followed + SNAPSHOT_ALONE_MS / 2 < now;

	return read_ms + (alone ? SNAPSHOT_ALONE_MS : SNAPSHOT_KEPT_MS) > now;
}

static bool read_slot(struct snapshots *snapshots, const struct slot *slot, struct holder holder,
		      struct buffer *out)
{
	uint64_t words[LARGE_WORDS];
	size_t size, count;

	for (size_t i = 0; i < HEAD_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	size = words[SLOT_SHAPE] & UINT32_MAX;
	if (words[SLOT_ID] != (uint64_t)holder.id || words[SLOT_SHAPE] != shape_of(holder, size) ||
	    size > slot->room || !is_fresh(snapshots, words[SLOT_TIME]) ||
	    words[SLOT_VERSION] != snapshots_version(snapshots, holder.id))
		return false;
	count = HEAD_WORDS + (size + WORD - 1) / WORD;
	for (size_t i = HEAD_WORDS; i < count; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	if (words[SLOT_CHECK] != checksum(words, count))
		return false;
	buffer_append(out, words + HEAD_WORDS, size);
	return true;
}

bool snapshots_find(const struct snapshots *snapshots, struct holder holder, struct buffer *out)
{
	struct snapshots *table = (struct snapshots *)(uintptr_t)snapshots; /* only read */
	struct slot small = slot_of(table, holder, false), large = slot_of(table, holder, true);

	return read_slot(table, &small, holder, out) || read_slot(table, &large, holder, out);
}

void snapshots_put(struct snapshots *snapshots, struct holder holder, uint64_t version,
		   const void *data, size_t size)
{
	struct slot slot = slot_of(snapshots, holder, false);
	size_t count = HEAD_WORDS + (size + WORD - 1) / WORD;
	uint64_t words[LARGE_WORDS];

	if (size > slot.room)
		slot = slot_of(snapshots, holder, true);
	if (size > slot.room)
		return;
	words[count - 1] = 0; /* bytes behind the last one */
	words[SLOT_ID] = (uint64_t)holder.id;
	words[SLOT_SHAPE] = shape_of(holder, size);
	words[SLOT_VERSION] = version;
	words[SLOT_TIME] = clock_boot_ms();
	memcpy(words + HEAD_WORDS, data, size);
	words[SLOT_CHECK] = checksum(words, count);
	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(&slot.words[i], words[i], memory_order_relaxed);
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

void snapshots_note_followed(struct snapshots *snapshots)
{
	atomic_store(&snapshots->followed_ms, clock_boot_ms());
}
