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
	TABLES_RENEW = 1 << 0,   /* Redis' memory is made void in the same transaction */
	TABLES_CAREFUL = 1 << 1, /* somebody else may add the same rows meanwhile */
	TABLES_NOTE = 1 << 2,    /* the note that there is writing (state.h) */
};

/* Gives every row that is ROW_PENDING its outcome and counts it. Registration dates only ever move
 * to earlier ones; who objected is left out. A row that Postgres refuses is found by halving and
 * set aside, so that the rest is written. After a failure (never POSTGRES_DATA) what was not yet
 * written is pending still; repeating is harmless. */
MUST_CHECK bool tables_write(struct tables *tables, struct postgres *postgres,
			     struct row *const *rows, size_t count, enum tables_mode mode,
			     struct batch_counts *counts, struct postgres_error *error);

/* The same in two calls, between which the server works; without halving: after POSTGRES_DATA it
 * is for tables_write(), TABLES_CAREFUL, to find out which row it is. The rows must stay. What can
 * be done ahead of tables_send(), while the server works on the transaction before, is
 * tables_fill()'s.
 */
void tables_fill(struct tables *tables, struct row *const *rows, size_t count);
MUST_CHECK bool tables_send(struct tables *tables, struct postgres *postgres,
			    struct row *const *rows, size_t count, enum tables_mode mode,
			    struct postgres_error *error);
MUST_CHECK bool tables_receive(struct tables *tables, struct postgres *postgres,
			       struct batch_counts *counts, struct postgres_error *error);

/* Ids of rows that lost their username to others in what was written since the last call: what
 * Redis knows of them is wrong. Borrowed until the next call. */
const int64_t *tables_take_released(struct tables *tables, size_t *count);

#endif
