/* tables.h - writes rows into users and groups: one statement for each kind of rows (batch.h) of a
 * table, one transaction, one round trip. Rows must be sorted with row_compare(), which is also the
 * order in which they are locked. */
#ifndef RECORDER_TABLES_H
#define RECORDER_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/database/postgres.h"
#include "recorder/batch.h"

struct tables;

struct tables *tables_create(void);
void tables_destroy(struct tables *tables);

/* Once per connection. */
MUST_CHECK bool tables_prepare(struct postgres *postgres, struct postgres_error *error);
/* By scope, then kind, then id, for qsort() of pointers to rows. */
int row_compare(const void *left, const void *right);

enum tables_mode {
	TABLES_RENEW = 1 << 0,   /* invalidate the cache in Redis in the same transaction */
	TABLES_CAREFUL = 1 << 1, /* others may add the same rows meanwhile */
	TABLES_NOTE = 1 << 2,    /* set the write marker (state.h) */
};

/* Gives every row that is ROW_PENDING its outcome and counts it. Registration dates only move to
 * earlier ones; people who objected are left out. A row that Postgres rejects is found by halving
 * and quarantined, so that the rest is written. After a failure (never POSTGRES_DATA) what was not
 * yet written is still pending; repeating is harmless. */
MUST_CHECK bool tables_write(struct tables *tables, struct postgres *postgres,
			     struct row *const *rows, size_t count, enum tables_mode mode,
			     struct batch_counts *counts, struct postgres_error *error);

/* The same in two calls, between which the server works, without halving: after POSTGRES_DATA,
 * tables_write() with TABLES_CAREFUL finds the row. The rows must stay valid. tables_fill() does
 * what can be done before tables_send(), while the server works on the previous transaction. */
void tables_fill(struct tables *tables, struct row *const *rows, size_t count);
MUST_CHECK bool tables_send(struct tables *tables, struct postgres *postgres,
			    struct row *const *rows, size_t count, enum tables_mode mode,
			    struct postgres_error *error);
MUST_CHECK bool tables_receive(struct tables *tables, struct postgres *postgres,
			       struct batch_counts *counts, struct postgres_error *error);

/* Ids of rows that lost their username to rows written since the last call: what Redis holds about
 * them is wrong. Borrowed until the next call. */
const int64_t *tables_take_released(struct tables *tables, size_t *count);

#endif
