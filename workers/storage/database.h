/* database.h - a child's connection to Postgres: opened at its first use, closed when nobody needs
 * it, made anew when it was lost.
 *
 * Few per pool: DATABASE_SLOTS connections are open at a time. A child that wants one while all are
 * taken waits for another's update to end, which then lets go of its own, if it has had it for
 * DATABASE_HOLD_MS: to connect costs Postgres as much as dozens of queries. After DATABASE_WAIT_MS
 * it takes one beyond the number. The slots are locks that end with whoever holds them. */
#ifndef WORKERS_STORAGE_DATABASE_H
#define WORKERS_STORAGE_DATABASE_H

#include <stdbool.h>

#include "common/database/postgres.h"
#include "common/why.h"

#define DATABASE_SLOTS 8
#define DATABASE_WAIT_MS 250u
#define DATABASE_HOLD_MS 100u
#define DATABASE_PATIENCE_MS 5000u /* for an answer */
#define DATABASE_RETRY_MS 1000u    /* after a failure nobody tries for so long */

struct database;

/* Before the processes that use it are forked; connects to nothing. */
struct database *database_create(const char *url, struct why *why);
void database_destroy(struct database *database);

/* Runs a statement, a second time on a new connection if the first was lost: it must be one that
 * may be repeated. NULL and a reason on failure. */
struct postgres_result *database_query(struct database *database, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct why *why);
/* Closes the connection, if there is one. */
void database_close(struct database *database);
/* Closes it if another child waits, and it is not too new. */
void database_yield(struct database *database);

#endif
