/* routes_table.h - the compiled routes: written by routes_compile.c, searched by routes.c. */
#ifndef WORKERS_HOST_ROUTES_TABLE_H
#define WORKERS_HOST_ROUTES_TABLE_H

#include "common/hash_table.h"
#include "workers/host/row.h"

#define ROUTE_KIND_COUNT (ROUTE_ANY + 1)

struct row_list {
	struct text name;        /* in by_name only */
	const struct row **rows; /* NULL at the end */
	size_t count, capacity;
	enum route_kind kind; /* as its table's */
};

struct routes {
	struct row *rows; /* in the order in which they are tried */
	size_t count;
	/* Of kinds with names: the rows for all names, which every list of by_name has, too.
	 * ROUTE_MESSAGE: TEXT() and MESSAGE(); ROUTE_END: ANY() alone. */
	struct row_list by_kind[ROUTE_KIND_COUNT];
	/* Of struct row_list *. ROUTE_TEXT: steps; ROUTE_LINK: whole names and hints. */
	struct hash_table by_name[ROUTE_KIND_COUNT];
	struct row_list *lists; /* those in by_name */
	size_t lists_count;
	enum route_kind kinds[KIND_COUNT]; /* of updates without names that are no messages */
	bool ask_for_contents;             /* whether any row wants messages by their content */
};

/* The cells of by_name; their keys are struct text. */
extern const struct hash_shape routes_shape;
/* The kind of updates of a kind of route; KIND_UNKNOWN: none. */
extern const enum update_kind routes_update_kinds[ROUTE_KIND_COUNT];

#endif
