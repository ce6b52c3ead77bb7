/* database.h - a child's connection to Postgres: opened at its first use, closed when it is not
 * needed, reopened when it was lost.
 *
 * A pool has only DATABASE_SLOTS connections open at a time. A child that wants one while all are
 * taken waits until another child has finished its update and closes its own, if that is older than
 * DATABASE_HOLD_MS: connecting costs Postgres as much as dozens of queries. After DATABASE_WAIT_MS
 * it exceeds the number. The slots are locks, which end with the process that holds them. */
#ifndef WORKERS_STORAGE_DATABASE_H
#define WORKERS_STORAGE_DATABASE_H

#include <stdbool.h>

#include "common/database/postgres.h"
#include "common/why.h"

#define DATABASE_SLOTS 8
#define DATABASE_WAIT_MS 250u
#define DATABASE_HOLD_MS 100u
#define DATABASE_PATIENCE_MS 5000u /* to wait for an answer */
#define DATABASE_RETRY_MS 1000u    /* after a failure no child tries for this long */

struct database;

/* Call it before the processes that use it are forked; connects to nothing. */
struct database *database_create(const char *url, struct why *why);
void database_destroy(struct database *database);

/* Runs a statement that may be repeated: it runs again on a new connection if the first was lost.
 * NULL and a reason on failure. */
struct postgres_result *database_query(struct database *database, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct why *why);
/* Closes the connection, if there is one. */
void database_close(struct database *database);
/* Closes it if another child waits and it is not too new. */
void database_yield(struct database *database);

#endif
