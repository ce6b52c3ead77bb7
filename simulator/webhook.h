/* webhook.h - delivery of updates to an http URL of the bot, in place of getUpdates. */
#ifndef SIMULATOR_WEBHOOK_H
#define SIMULATOR_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

struct sim;
struct delivery;

#define WEBHOOK_CONNECTIONS_MAX 100

struct webhook {
	char *url; /* NULL: none */
	char *host, *path, *secret;
	int port;
	int64_t max_connections;
	int64_t next_set_ms; /* setWebhook once a second */
	int64_t last_error_s;
	char *last_error; /* NULL: none */
	struct delivery *deliveries[WEBHOOK_CONNECTIONS_MAX];
	struct loop_timer timer; /* for retries */
};

struct webhook *webhook_create(struct sim *sim);
/* sim.webhook, with its connections. */
void webhook_destroy(struct sim *sim);
bool webhook_is_set(const struct sim *sim);
/* Replaces the one before and its last error. `secret` "": none. False, and
 * nothing is changed, when the URL is not on this machine. */
bool webhook_set(struct sim *sim, const char *url, const char *secret, int64_t connections);
void webhook_remove(struct sim *sim);
/* There is a new update, or a connection is free. */
void webhook_wakeup(struct sim *sim);

#endif
