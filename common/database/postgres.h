/* postgres.h - a connection to Postgres: statements with deadlines, and transactions in one round
 * trip. Only postgres.c includes libpq-fe.h.
 *
 * Calls block the calling thread up to their deadline, or until `stop_fd` becomes readable. */
#ifndef COMMON_DATABASE_POSTGRES_H
#define COMMON_DATABASE_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

struct postgres;

enum postgres_fault {
	POSTGRES_LOST,    /* the connection is unusable: reconnect */
	POSTGRES_REFUSED, /* permanently: login, database or role; someone must act */
	POSTGRES_DATA,    /* the server rejects a value: a retry would fail the same way */
	POSTGRES_TROUBLE, /* any other error (locks, disk space, read-only, …): retry later */
	POSTGRES_STOPPED, /* stop_fd became readable */
};

struct postgres_error {
	enum postgres_fault fault;
	char sqlstate[6]; /* "" when the server gave none */
	char text[256];   /* one line. For POSTGRES_DATA only the SQLSTATE: no values from rows */
};

/* A parameter, in text or binary format; data NULL: NULL. */
struct postgres_value {
	const char *data;
	int size; /* for binary */
	bool binary;
};

/* A statement of a transaction: `name` of a prepared one, or `sql`. */
struct postgres_step {
	const char *name;
	const char *sql;
	const struct postgres_value *values;
	int values_count;
	struct postgres_result *result; /* set by the call; NULL after a failure */
};

/* Whether libpq can parse `url`. */
bool postgres_url_is_valid(const char *url);

/* Calls `fn` for each file that libpq opens to connect: what the URL and the environment name, and
 * the defaults in the home directory. None need exist. A service file is named, what it names is
 * not. */
void postgres_list_files(const char *url, void (*fn)(void *owner, const char *path), void *owner);
/* Calls `fn` for each port of TCP that libpq connects to; for none when all servers have sockets of
 * the file system. False when a service file may name others. */
MUST_CHECK bool postgres_list_ports(const char *url, void (*fn)(void *owner, uint16_t port),
				    void *owner);
/* Whether the server's socket is an abstract one, "@…". */
bool postgres_is_abstract(const char *url);

/* `application` appears in pg_stat_activity. Returns NULL with the error on failure. */
struct postgres *postgres_connect(const char *url, const char *application, int stop_fd,
				  struct postgres_error *error);
void postgres_close(struct postgres *postgres);
/* Whether there is a pooler in between that gives each transaction any of its server connections
 * (pgbouncer in transaction mode): nothing of a session can be relied on then, no lock, no prepared
 * statement. Looks with a second connection when somebody else answers than the server. */
MUST_CHECK bool postgres_shares_sessions(struct postgres *postgres, const char *url, bool *shares,
					 struct postgres_error *error);
/* The default for a new connection. */
#define POSTGRES_PATIENCE_MS 20000u
/* How long a call may take. */
void postgres_set_patience(struct postgres *postgres, uint64_t patience_ms);

/* Runs statements without results, several separated by `;`. */
MUST_CHECK bool postgres_run(struct postgres *postgres, const char *sql,
			     struct postgres_error *error);
/* NULL on failure. */
struct postgres_result *postgres_query(struct postgres *postgres, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct postgres_error *error);
/* Lasts as long as the connection. */
MUST_CHECK bool postgres_prepare(struct postgres *postgres, const char *name, const char *sql,
				 struct postgres_error *error);
/* BEGIN, the steps and COMMIT in one round trip: all or nothing. Between the two calls the server
 * works and the connection must not be used; the steps must stay in place, what they point to need
 * not. The caller owns the results, even when this failed. */
MUST_CHECK bool postgres_transaction_send(struct postgres *postgres,
					  const struct postgres_step *steps, size_t count,
					  struct postgres_error *error);
MUST_CHECK bool postgres_transaction_receive(struct postgres *postgres, struct postgres_step *steps,
					     size_t count, struct postgres_error *error);

/* The text of a field; NULL for NULL. Valid as long as the result. */
int postgres_rows(const struct postgres_result *result);
const char *postgres_field(const struct postgres_result *result, int row, int column);
/* How many rows an INSERT, UPDATE or DELETE wrote. */
size_t postgres_affected(const struct postgres_result *result);
void postgres_result_free(struct postgres_result *result);

static inline struct postgres_value postgres_text(const char *text)
{
	return (struct postgres_value) { .data = text };
}

#endif
