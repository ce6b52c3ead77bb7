/* recent.c - a set-associative table, four entries per set; a new entry goes first and moves the
 * others down by one, so that the frequently seen stay. Its pages are touched only as people
 * come. */
#include "recorder/recent.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define SETS (UINT64_C(1) << 17)
#define WAYS 4

/* One half of the id's hash selects the set; a part of the other tells its entries apart. `row` is
 * a hash of the id as well, which makes a wrong answer practically impossible. */
struct set {
	uint32_t ids[WAYS]; /* 0: empty */
	uint64_t rows[WAYS];
};

struct recent {
	struct set sets[SETS];
};

struct recent *recent_create(void)
{
	return xcalloc(1, sizeof(struct recent));
}

void recent_destroy(struct recent *recent)
{
	free(recent);
}

void recent_clear(struct recent *recent)
{
	xzero(recent, sizeof(*recent));
}

static uint64_t load(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t set_of(const uint8_t id_hash[ID_HASH_SIZE])
{
	return load(id_hash) % SETS;
}

static uint32_t id_of(const uint8_t id_hash[ID_HASH_SIZE])
{
	return (uint32_t)load(id_hash + sizeof(uint64_t)) | 1;
}

/* WAYS when it is not found. */
static size_t find(const struct set *set, uint32_t id)
{
	size_t way = 0;

	while (way < WAYS && set->ids[way] != id)
		way++;
	return way;
}

enum recent_answer recent_look(const struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
			       const uint8_t row_hash[ROW_HASH_SIZE])
{
	const struct set *set = &recent->sets[set_of(id_hash)];
	size_t way = find(set, id_of(id_hash));

	if (way == WAYS)
		return RECENT_UNKNOWN;
	return set->rows[way] == load(row_hash) ? RECENT_SAME : RECENT_OTHER;
}

void recent_put(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
		const uint8_t row_hash[ROW_HASH_SIZE])
{
	struct set *set = &recent->sets[set_of(id_hash)];
	uint32_t id = id_of(id_hash);
	size_t way = find(set, id);

	for (size_t i = way < WAYS ? way : WAYS - 1; i > 0; i--) {
		set->ids[i] = set->ids[i - 1];
		set->rows[i] = set->rows[i - 1];
	}
	set->ids[0] = id;
	set->rows[0] = load(row_hash);
}

void recent_remove(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE])
{
	struct set *set = &recent->sets[set_of(id_hash)];
	size_t way = find(set, id_of(id_hash));

	if (way < WAYS)
		set->ids[way] = 0;
}
