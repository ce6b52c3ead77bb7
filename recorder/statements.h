/* statements.h - the SQL that writes rows into users or groups: templates, filled in with the
 * columns of the table. Rows come as one array for each column: id, the texts, registered_at and
 * the hash of the id.
 *
 * Each gives how many rows were written, the ids of those who objected, and of those who lost their
 * username to what was written; statement_fresh() only how many, as the count of an INSERT. */
#ifndef RECORDER_STATEMENTS_H
#define RECORDER_STATEMENTS_H

#include <stdbool.h>

#include "common/buffer.h"

struct statement_table {
	const char *name;
	const char *const *texts; /* its columns of texts, up to a NULL */
};

/* For rows of which nothing is known; `careful` when somebody else adds rows as well. */
void statement_unsure(struct buffer *out, const struct statement_table *table, bool careful);
/* For rows of which neither id nor username is stored. */
void statement_fresh(struct buffer *out, const struct statement_table *table);
/* For rows whose id is stored, with other fields. */
void statement_stored(struct buffer *out, const struct statement_table *table);

#endif
