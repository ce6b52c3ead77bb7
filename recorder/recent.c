/* recent.c - see recent.h. Two places per id; a new entry goes to the first and moves what was
 * there to the second, so that who is seen often stays. */
#include "recorder/recent.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define SETS (UINT64_C(1) << 16)

struct entry {
	uint64_t id; /* half of its hash; 0: empty */
	uint64_t row;
};

struct set {
	struct entry entries[2];
};

struct recent {
	struct set sets[SETS];
};

struct recent *recent_create(void)
{
	return xmalloc(sizeof(struct recent));
}

void recent_destroy(struct recent *recent)
{
	free(recent);
}

void recent_clear(struct recent *recent)
{
	memset(recent, 0, sizeof(*recent));
}

static uint64_t load(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* The halves of the hash: one chooses the set, the other tells the entries of a set apart. */
static uint64_t set_of(const uint8_t id_hash[ID_HASH_SIZE])
{
	return load(id_hash) % SETS;
}

static uint64_t id_of(const uint8_t id_hash[ID_HASH_SIZE])
{
	return load(id_hash + sizeof(uint64_t)) | 1;
}

bool recent_has(const struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
		const uint8_t row_hash[ROW_HASH_SIZE])
{
	const struct set *set = &recent->sets[set_of(id_hash)];
	uint64_t id = id_of(id_hash), row = load(row_hash);

	for (int i = 0; i < 2; i++)
		if (set->entries[i].id == id)
			return set->entries[i].row == row;
	return false;
}

void recent_put(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
		const uint8_t row_hash[ROW_HASH_SIZE])
{
	struct set *set = &recent->sets[set_of(id_hash)];
	struct entry entry = { id_of(id_hash), load(row_hash) };

	if (set->entries[0].id != entry.id)
		set->entries[1] = set->entries[0];
	set->entries[0] = entry;
}

void recent_remove(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE])
{
	struct set *set = &recent->sets[set_of(id_hash)];
	uint64_t id = id_of(id_hash);

	for (int i = 0; i < 2; i++)
		if (set->entries[i].id == id)
			set->entries[i] = (struct entry) { 0 };
}
