/* names.c - a hash table of the batch's usernames, without case. */
#include "recorder/names.h"

#include <string.h>
#include <strings.h>

#include "common/hash_table.h"
#include "common/random.h"
#include "common/trace.h"

/* A cell is a pointer to a row; usernames are compared without case, which is that of ASCII. */
static const void *name_of(const void *cell, const void *seed)
{
	const struct row *row = *(struct row *const *)cell;

	(void)seed;
	return row ? &row->seen.username : NULL;
}

/* Word by word, in lower case. People choose their names: the seed keeps them from choosing ones
 * that collide. */
static uint64_t hash_folded(const void *key, const void *seed)
{
	const struct text *name = key;
	uint64_t hash = *(const uint64_t *)seed;

	for (size_t at = 0; at < name->length; at += sizeof(uint64_t)) {
		size_t left = name->length - at;
		uint64_t word = 0;

		memcpy(&word, name->data + at, left < sizeof(word) ? left : sizeof(word));
		hash = hash_mix(hash, word | UINT64_C(0x2020202020202020));
	}
	return hash;
}

static bool same_name(const void *key, const void *other)
{
	const struct text *a = key, *b = other;

	return a->length == b->length && !strncasecmp(a->data, b->data, a->length);
}

static const struct hash_shape shape = { sizeof(struct row *), name_of, hash_folded, same_name };

void names_resolve(struct row *const *rows, size_t count)
{
	const uint64_t seed = random_u64();
	struct hash_table by_name = { 0 };

	hash_table_reserve(&by_name, &shape, count, &seed);
	for (size_t i = 0; i < count; i++) {
		struct row **cell;

		rows[i]->name_lost = false;
		if (!rows[i]->seen.username.length)
			continue;
		cell = hash_table_require(&by_name, &shape, &rows[i]->seen.username, &seed);
		if (*cell && (*cell)->seen.version > rows[i]->seen.version) {
			rows[i]->name_lost = true;
			continue;
		}
		if (*cell)
			(*cell)->name_lost = true;
		*cell = rows[i];
	}
	hash_table_finish(&by_name);
}
