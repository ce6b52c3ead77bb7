/* settings_presence.c - a Bloom filter of atomic words, each marked with the build that wrote
 * it. */
#include "workers/storage/settings_presence.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/xalloc.h"

/* A word: a checksum, the number of its build, then bits, of which an id sets three. With as many
 * ids as words 1 in 400 other ids is taken for one of them, with eight times as many 1 in 8. */
#define BITS 36u
#define TAG_BITS 16u
#define CHECK_SHIFT (BITS + TAG_BITS)
#define BITS_PER_ID 3u

/* In front of it are the words: those of the builds with odd numbers, then those of the others. */
struct shared {
	/* Of the last two finished builds, by the lowest bit of their number. */
	_Atomic uint64_t versions[2][SETTINGS_CACHE_BUCKETS];
	_Atomic uint64_t began_ms[2];
	_Atomic uint64_t finished; /* number of the last finished build; 0: none */
	_Atomic uint64_t begun;    /* number of the last build that was begun */
	_Atomic uint64_t alive_ms; /* when a part was last read, or checked for */
};

struct settings_presence {
	_Atomic uint64_t *words;
	uint64_t count; /* of words for a build */
	struct shared *shared;
};

static size_t words_size(uint64_t count)
{
	return 2 * count * sizeof(uint64_t);
}

struct settings_presence *settings_presence_create(uint64_t words)
{
	struct settings_presence *settings_presence = xmalloc(sizeof(*settings_presence));
	char *memory = xshare(words_size(words) + sizeof(struct shared));

	*settings_presence = (struct settings_presence) {
		.words = (_Atomic uint64_t *)(void *)memory,
		.count = words,
		.shared = (struct shared *)(void *)(memory + words_size(words)),
	};
	return settings_presence;
}

void settings_presence_destroy(struct settings_presence *settings_presence)
{
	if (!settings_presence)
		return;
	xshare_end(settings_presence_memory(settings_presence),
		   words_size(settings_presence->count) + sizeof(struct shared));
	free(settings_presence);
}

void *settings_presence_memory(struct settings_presence *settings_presence)
{
	return settings_presence->words;
}

static bool is_odd(uint64_t build)
{
	return build & 1;
}

/* A build leaves the words of the last finished one alone, which are read until it is finished. */
static _Atomic uint64_t *words_of(const struct settings_presence *settings_presence, uint64_t build)
{
	return settings_presence->words + (is_odd(build) ? 0 : settings_presence->count);
}

/* --- the filter --- */

/* splitmix64 */
static uint64_t hash_of(int64_t id)
{
	uint64_t hash = (uint64_t)id + UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 31;
}

static uint64_t bits_of(uint64_t hash)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < BITS_PER_ID; i++)
		bits |= UINT64_C(1) << (hash >> (16 + 16 * i) & UINT16_MAX) % BITS;
	return bits;
}

static uint64_t check_of(uint64_t index, uint64_t word)
{
	uint64_t low = word & ((UINT64_C(1) << CHECK_SHIFT) - 1);

	return hash_of((int64_t)(low ^ index << CHECK_SHIFT)) >> CHECK_SHIFT;
}

static uint64_t word_make(uint64_t index, uint64_t build, uint64_t bits)
{
	uint64_t word = (build & UINT16_MAX) << BITS | bits;

	return check_of(index, word) << CHECK_SHIFT | word;
}

/* False for a word that was never written, or that is corrupted: it tells nothing. */
static bool is_valid(uint64_t index, uint64_t word)
{
	return word >> CHECK_SHIFT == check_of(index, word);
}

/* How many builds later than `build` the word was written. */
static int age(uint64_t word, uint64_t build)
{
	return (int16_t)(uint16_t)((word >> BITS) - build);
}

/* Marks the word with the build, even if no id has bits there. */
static void add_bits(struct settings_presence *settings_presence, uint64_t index, uint64_t build,
		     uint64_t bits)
{
	_Atomic uint64_t *word = &words_of(settings_presence, build)[index];
	uint64_t before = atomic_load(word), all;

	do {
		int newer = is_valid(index, before) ? age(before, build) : -1;

		if (newer > 0)
			return;
		all = newer == 0 ? before | bits : bits;
		all &= (UINT64_C(1) << BITS) - 1;
	} while (!atomic_compare_exchange_weak(word, &before, word_make(index, build, all)));
}

bool settings_presence_may_have(const struct settings_presence *settings_presence,
				const struct settings_cache *settings_cache, int64_t id)
{
	const struct shared *shared = settings_presence->shared;
	uint64_t build = atomic_load(&shared->finished);
	uint64_t hash = hash_of(id), bits = bits_of(hash);
	uint64_t index = hash % settings_presence->count, word;
	unsigned bucket = settings_cache_bucket(id);

	if (!build ||
	    !settings_cache_is_fresh(settings_cache, atomic_load(&shared->began_ms[build & 1])) ||
	    atomic_load(&shared->versions[build & 1][bucket]) !=
		    settings_cache_version(settings_cache, id))
		return true;
	word = atomic_load(&words_of(settings_presence, build)[index]);
	return !is_valid(index, word) || age(word, build) != 0 || (word & bits) == bits;
}

/* --- building --- */

static bool has_changed(const struct settings_presence *settings_presence,
			const struct settings_cache *settings_cache, uint64_t build)
{
	const struct shared *shared = settings_presence->shared;

	for (unsigned i = 0; i < SETTINGS_CACHE_BUCKETS; i++)
		if (atomic_load(&shared->versions[build & 1][i]) !=
		    settings_cache_bucket_version(settings_cache, i))
			return true;
	return false;
}

static bool is_outdated(const struct settings_presence *settings_presence,
			const struct settings_cache *settings_cache, uint64_t now_ms)
{
	const struct shared *shared = settings_presence->shared;
	uint64_t build = atomic_load(&shared->finished);
	uint64_t age_ms = now_ms - atomic_load(&shared->began_ms[build & 1]);

	return !build || age_ms > SETTINGS_CACHE_KEPT_MS / 2 ||
	       (age_ms > PRESENCE_REBUILD_MS &&
		(!settings_cache_is_followed(settings_cache) ||
		 has_changed(settings_presence, settings_cache, build)));
}

/* The next that is not of the side of the last finished build. */
static bool take_number(struct shared *shared, uint64_t *out)
{
	uint64_t begun = atomic_load(&shared->begun), finished = atomic_load(&shared->finished);
	uint64_t number = begun + (finished && is_odd(begun + 1) == is_odd(finished) ? 2 : 1);

	if (!atomic_compare_exchange_strong(&shared->begun, &begun, number))
		return false;
	*out = number;
	return true;
}

static bool begin(struct settings_presence *settings_presence,
		  const struct settings_cache *settings_cache,
		  struct settings_presence_build *build, uint64_t now_ms)
{
	struct shared *shared = settings_presence->shared;
	uint64_t alive_ms = atomic_load(&shared->alive_ms);
	bool is_building = atomic_load(&shared->begun) != atomic_load(&shared->finished);

	build->number = 0;
	if (now_ms - alive_ms < (is_building ? PRESENCE_PATIENCE_MS : PRESENCE_PART_MS) ||
	    !atomic_compare_exchange_strong(&shared->alive_ms, &alive_ms, now_ms) ||
	    !is_outdated(settings_presence, settings_cache, now_ms))
		return false;
	if (!take_number(shared, &build->number))
		return false;
	build->began_ms = build->at_ms = now_ms;
	build->after = INT64_MIN;
	build->parts = 0;
	for (unsigned i = 0; i < SETTINGS_CACHE_BUCKETS; i++)
		build->versions[i] = settings_cache_bucket_version(settings_cache, i);
	for (uint64_t i = 0; i < settings_presence->count; i++)
		add_bits(settings_presence, i, build->number, 0);
	return true;
}

bool settings_presence_is_due(struct settings_presence *settings_presence,
			      const struct settings_cache *settings_cache,
			      struct settings_presence_build *build)
{
	struct shared *shared = settings_presence->shared;
	uint64_t now_ms = clock_boot_ms();

	if (!build->number || build->number != atomic_load(&shared->begun))
		return begin(settings_presence, settings_cache, build, now_ms);
	if (now_ms - build->at_ms < PRESENCE_PART_MS)
		return false;
	build->at_ms = now_ms;
	atomic_store(&shared->alive_ms, now_ms);
	return true;
}

/* Unless a newer one is finished. A reader may see this build in one load and the previous one in
 * the next: the older of the two is trusted less, and the words are of the newer one. */
static void finish(struct settings_presence *settings_presence,
		   const struct settings_presence_build *build)
{
	struct shared *shared = settings_presence->shared;
	uint64_t finished = atomic_load(&shared->finished);
	unsigned side = build->number & 1;

	if (build->number != atomic_load(&shared->begun) || finished >= build->number)
		return;
	atomic_store(&shared->began_ms[side], build->began_ms);
	for (unsigned i = 0; i < SETTINGS_CACHE_BUCKETS; i++)
		atomic_store(&shared->versions[side][i], build->versions[i]);
	(void)atomic_compare_exchange_strong(&shared->finished, &finished, build->number);
}

void settings_presence_add(struct settings_presence *settings_presence,
			   struct settings_presence_build *build, const int64_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t hash = hash_of(ids[i]);

		add_bits(settings_presence, hash % settings_presence->count, build->number,
			 bits_of(hash));
	}
	if (count)
		build->after = ids[count - 1];
	build->parts++;
	if (count == PRESENCE_PART)
		return;
	finish(settings_presence, build);
	build->number = 0;
}
