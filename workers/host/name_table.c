/* name_table.c - see name_table.h. Open addressing, FNV-1a. */
#include "workers/host/name_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

void name_table_finish(struct name_table *table)
{
	free(table->entries);
	*table = (struct name_table) { 0 };
}

static size_t hash_name(const char *name, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32);
}

/* The name's own entry, or the free one where it would go. */
static struct name_entry *find_entry(const struct name_table *table, const char *name,
				     size_t length)
{
	size_t mask = table->capacity - 1;

	for (size_t i = hash_name(name, length) & mask;; i = (i + 1) & mask) {
		struct name_entry *entry = &table->entries[i];

		if (!entry->name ||
		    (entry->length == length && memcmp(entry->name, name, length) == 0))
			return entry;
	}
}

static void enlarge(struct name_table *table)
{
	struct name_table old = *table;

	table->capacity = old.capacity ? old.capacity * 2 : 16;
	table->entries = xcalloc(table->capacity, sizeof(*table->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].name)
			*find_entry(table, old.entries[i].name,
				    old.entries[i].length) = old.entries[i];
	free(old.entries);
}

void **name_table_place(struct name_table *table, const char *name, size_t length)
{
	struct name_entry *entry;

	if (table->count * 2 >= table->capacity)
		enlarge(table);
	entry = find_entry(table, name, length);
	if (!entry->name) {
		*entry = (struct name_entry) { .name = name, .length = length };
		table->count++;
	}
	return &entry->value;
}

void *name_table_find(const struct name_table *table, const char *name, size_t length)
{
	return table->capacity ? find_entry(table, name, length)->value : NULL;
}
