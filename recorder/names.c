/* names.c - see names.h. */
#include "recorder/names.h"

#include <stdlib.h>
#include <strings.h>

#include "common/xalloc.h"

/* FNV-1a over the letters without case; usernames are ASCII. */
static size_t slot_hash(struct text name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ ((uint8_t)name.data[i] | 0x20)) * UINT64_C(0x100000001b3);
	return (size_t)(hash >> 16);
}

static bool same_name(struct text a, struct text b)
{
	return a.length == b.length && !strncasecmp(a.data, b.data, a.length);
}

/* The slot of the row's name, used or free. */
static struct row **find_slot(struct row **slots, size_t mask, const struct row *row)
{
	size_t at = slot_hash(row->seen.username) & mask;

	while (slots[at] && !same_name(slots[at]->seen.username, row->seen.username))
		at = (at + 1) & mask;
	return &slots[at];
}

void names_settle(struct row *const *rows, size_t count)
{
	size_t size = 16;
	struct row **slots;

	while (size < 2 * count)
		size *= 2;
	slots = xcalloc(size, sizeof(struct row *));
	for (size_t i = 0; i < count; i++) {
		struct row **slot;

		rows[i]->name_lost = false;
		if (!rows[i]->seen.username.length)
			continue;
		slot = find_slot(slots, size - 1, rows[i]);
		if (*slot && (*slot)->seen.version > rows[i]->seen.version) {
			rows[i]->name_lost = true;
			continue;
		}
		if (*slot)
			(*slot)->name_lost = true;
		*slot = rows[i];
	}
	free(slots);
}
