/* known.c - a Bloom filter whose four bits per key are in one cache line, and its build from the
 * tables. It uses as many lines as its keys are worth, so that the memory of few people is small:
 * doubled, the new half begins as a copy of the old one, since a key's line is then in either. */
#include "recorder/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define LINES_MIN (UINT64_C(1) << 8) /* 16 KiB; a power of 2 */
#define LINES_MAX (UINT64_C(1) << 15)
#define KEYS_PER_LINE 2 /* until all lines are used; what is copied counts for little then */
#define LINE_BITS 512
#define BITS_PER_KEY 4
#define PART_ROWS 10000 /* at a time, all in memory */
#define CURSOR_SIZE 40

struct known {
	uint64_t lines[LINES_MAX][LINE_BITS / 64]; /* pages beyond those used are not touched */
	uint64_t lines_used;
	uint64_t keys; /* number added */
	enum { LEARN_USERS, LEARN_GROUPS, LEARN_OBJECTIONS, LEARNED, TOO_MANY } stage;
	char after[CURSOR_SIZE]; /* last key read in this stage */
};

struct known *known_create(void)
{
	struct known *known = xcalloc(1, sizeof(*known));

	known_clear(known);
	return known;
}

void known_destroy(struct known *known)
{
	free(known);
}

static void start_stage(struct known *known, int stage)
{
	known->stage = stage;
	snprintf(known->after, sizeof(known->after), "%s",
		 stage == LEARN_OBJECTIONS ? "" : "-9223372036854775808");
}

void known_clear(struct known *known)
{
	xzero(known->lines, sizeof(known->lines));
	known->lines_used = LINES_MIN;
	known->keys = 0;
	start_stage(known, LEARN_USERS);
}

/* --- the filter --- */

/* The line and the bits use different parts of the hash. */
static uint64_t line_of(const struct known *known, const uint8_t hash[ID_HASH_SIZE])
{
	uint64_t value;

	memcpy(&value, hash, sizeof(value));
	return value % known->lines_used;
}

static unsigned bit_of(const uint8_t hash[ID_HASH_SIZE], unsigned number)
{
	uint16_t value;

	memcpy(&value, hash + sizeof(uint64_t) + number * sizeof(value), sizeof(value));
	return value % LINE_BITS;
}

static void grow(struct known *known)
{
	memcpy(known->lines[known->lines_used], known->lines[0],
	       known->lines_used * sizeof(known->lines[0]));
	known->lines_used *= 2;
}

void known_add(struct known *known, const uint8_t hash[ID_HASH_SIZE])
{
	uint64_t *line = known->lines[line_of(known, hash)];
	bool new = false;

	for (unsigned i = 0; i < BITS_PER_KEY; i++) {
		uint64_t *word = &line[bit_of(hash, i) / 64];
		uint64_t bit = UINT64_C(1) << bit_of(hash, i) % 64;

		new |= !(*word & bit);
		*word |= bit;
	}
	known->keys += new;
	if (known->keys > known->lines_used * KEYS_PER_LINE && known->lines_used < LINES_MAX)
		grow(known);
	if (known->keys > KNOWN_KEYS_MAX)
		known->stage = TOO_MANY;
}

bool known_may_have(const struct known *known, const uint8_t hash[ID_HASH_SIZE])
{
	const uint64_t *line = known->lines[line_of(known, hash)];

	if (known->stage != LEARNED)
		return true;
	for (unsigned i = 0; i < BITS_PER_KEY; i++)
		if (!(line[bit_of(hash, i) / 64] & UINT64_C(1) << bit_of(hash, i) % 64))
			return false;
	return true;
}

/* --- learning --- */

static const char *const part_sql[] = {
	[LEARN_USERS] = "SELECT id, username FROM users WHERE id > $1::bigint ORDER BY id LIMIT $2",
	[LEARN_GROUPS] =
		"SELECT id, username FROM groups WHERE id > $1::bigint ORDER BY id LIMIT $2",
	[LEARN_OBJECTIONS] = ("SELECT encode(hash, 'hex') FROM objections"
			      " WHERE hash > decode($1, 'hex') ORDER BY hash LIMIT $2"),
};

static void learn_row(struct known *known, const struct hash_keys *keys, const char *key,
		      const char *name)
{
	uint8_t hash[ID_HASH_SIZE];

	if (known->stage == LEARN_OBJECTIONS)
		hash_from_hex(key, hash);
	else
		hash_id(keys, strtoll(key, NULL, 10), hash);
	known_add(known, hash);
	if (!name)
		return;
	hash_name(keys, (struct text) { name, strlen(name) }, hash);
	known_add(known, hash);
}

static bool learn_part(struct known *known, struct postgres *postgres, const struct hash_keys *keys,
		       int *rows, struct postgres_error *error)
{
	char limit[12];
	struct postgres_value values[] = { postgres_text(known->after), postgres_text(limit) };
	struct postgres_result *part;

	snprintf(limit, sizeof(limit), "%d", PART_ROWS);
	part = postgres_query(postgres, part_sql[known->stage], values, 2, error);
	if (!part)
		return false;
	*rows = postgres_rows(part);
	for (int i = 0; i < *rows && known->stage < LEARNED; i++)
		learn_row(known, keys, postgres_field(part, i, 0),
			  known->stage == LEARN_OBJECTIONS ? NULL : postgres_field(part, i, 1));
	if (*rows)
		snprintf(known->after, sizeof(known->after), "%s",
			 postgres_field(part, *rows - 1, 0));
	postgres_result_free(part);
	return true;
}

bool known_learn(struct known *known, struct postgres *postgres, const struct hash_keys *keys,
		 struct postgres_error *error)
{
	while (known->stage < LEARNED) {
		int rows;

		if (!learn_part(known, postgres, keys, &rows, error))
			return false;
		if (rows == PART_ROWS)
			break;
		if (known->stage < LEARNED)
			start_stage(known, known->stage + 1);
	}
	return true;
}
