/* store.h - Postgres and Redis as one store of people and groups: connecting, being the active
 * recorder, writing a batch, and the check once a second. Used by the writer's thread only.
 *
 * Per batch: hash, compare with Redis, write what differs in one transaction, store the hashes.
 * While Postgres works on one batch, the next is compared and the hashes of the previous one are
 * stored. The lock of the active recorder is on the connection that writes: a recorder that has
 * lost it cannot commit. */
#ifndef RECORDER_STORE_H
#define RECORDER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database/postgres.h"
#include "common/settings.h"
#include "common/why.h"
#include "recorder/batch.h"

struct store;

/* A fault that only an operator can mend; continuing is useless. */
struct store_refusal {
	int exit_code; /* 0: none */
	char text[384];
};

/* Fails only when REDIS_URL is malformed. Calls end early when stop_fd becomes readable. */
struct store *store_create(const struct settings *settings, int stop_fd, struct why *why);
void store_destroy(struct store *store);

/* Connects to Postgres and prepares it: schema, session, key, roles. */
MUST_CHECK bool store_connect(struct store *store, struct postgres_error *error);
void store_disconnect(struct store *store);
bool store_is_connected(const struct store *store);
/* Tries to become the active recorder; *locked tells whether it is. */
MUST_CHECK bool store_try_lock(struct store *store, bool *locked, struct postgres_error *error);
/* Once a second while active: checks the lock, Redis, and people who objected elsewhere. */
MUST_CHECK bool store_check(struct store *store, struct postgres_error *error);
/* Before the end, when no batch is between store_send() and store_remember(): lets the next
 * recorder trust Redis. Takes a second at most. */
void store_leave(struct store *store);
/* Once a second on standby. */
void store_probe(struct store *store);

/* The steps of a batch, in this order; those in brackets may happen while another batch is sent and
 * not yet received, if both are of one session, since then they have no id in common:
 * [store_compare], store_send, store_receive, [store_remember]. After a failure the batch starts
 * again with store_compare(); what is written already stays. */

/* Finds the rows that need not be written. */
void store_compare(struct store *store, struct batch *batch);
MUST_CHECK bool store_send(struct store *store, struct batch *batch, struct postgres_error *error);
/* Afterwards every row of the batch has an outcome. */
MUST_CHECK bool store_receive(struct store *store, struct batch *batch,
			      struct postgres_error *error);
/* Afterwards the batch may be acknowledged. */
void store_remember(struct store *store, struct batch *batch);

/* Whether Redis can be used, and "ready" or what is wrong. */
bool store_redis_is_ready(const struct store *store);
const char *store_redis_state(const struct store *store);
uint64_t store_redis_errors(const struct store *store);
const struct store_refusal *store_refusal(const struct store *store);

#endif
