/* name_table.h - from names to whatever belongs to them: commands, buttons, service events. Built
 * once at the start, then only read. */
#ifndef WORKERS_HOST_NAME_TABLE_H
#define WORKERS_HOST_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct name_entry {
	const char *name; /* borrowed; NULL: free */
	size_t length;
	void *value;
};

struct name_table {
	struct name_entry *entries;
	size_t count, capacity; /* a power of two, at most half full */
};

void name_table_finish(struct name_table *table);
/* The place for the value of a name; a new name has NULL there. The pointer lives until the next
 * call. */
void **name_table_place(struct name_table *table, const char *name, size_t length);
/* NULL when the name is not there. */
void *name_table_find(const struct name_table *table, const char *name, size_t length);

#endif
