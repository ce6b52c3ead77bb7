/* pools.h - ingress' side of the connection to the pools: sessions, leases and messages.
 *
 * Binds the updates endpoint. Every update passes through here: from intake.c once it is durable,
 * or from the spool's replay. */
#ifndef INGRESS_POOLS_POOLS_H
#define INGRESS_POOLS_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"
#include "common/loop.h"
#include "common/settings.h"
#include "common/why.h"
#include "common/zlink.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/spool/spool.h"

struct pools;

struct pools *pools_create(void);
void pools_destroy(struct pools *pools);

/* During the replay, before pools_open(). */
void pools_restore_update(struct pools *pools, const struct spool_update *update);
/* Takes its own keys ("sessions", "joins", "forgotten"). */
void pools_restore_meta(struct pools *pools, const char *key, const void *value, size_t size);

struct pools_options {
	struct zcontext *context;
	struct loop *loop;
	struct spool *spool;
	const struct settings *settings;
};

/* Binds the endpoint and starts; what was in flight waits for the last run's pools. */
MUST_CHECK bool pools_open(struct pools *pools, const struct pools_options *options,
			   struct why *why);

/* Adds a durable update. */
void pools_add(struct pools *pools, const struct spool_update *update);
/* A group became a supergroup (chat ids). Written with the spool's open batch. */
void pools_join_chats(struct pools *pools, int64_t from, int64_t to);
/* Whether the group became a supergroup within the last 24 hours, restarts included. */
bool pools_has_migrated(const struct pools *pools, int64_t chat_id);

/* What waits for the person, or in the chat, is dropped, as when a handler orders it, and is
 * dropped on the disk, too, when this returns: for that it waits, at most 2 s. False with a reason
 * when the disk did not take it; it is written once it does. */
MUST_CHECK bool pools_forget(struct pools *pools, bool is_chat, int64_t id, struct why *why);

/* `fn` is called when a pool finds out that a group became a supergroup (chat ids). */
typedef void pools_migrated_fn(void *owner, int64_t from, int64_t to);
void pools_on_migrated(struct pools *pools, pools_migrated_fn *fn, void *owner);

/* `fn` is called when the kinds of updates that the pools declare (bits) change. */
typedef void pools_kinds_fn(void *owner, uint32_t kinds);
void pools_on_kinds(struct pools *pools, pools_kinds_fn *fn, void *owner);

/* Nothing more is sent out; `fn` is called once nothing is in flight and everything is stored. */
typedef void pools_drained_fn(void *owner);
void pools_drain(struct pools *pools, pools_drained_fn *fn, void *owner);

const struct dispatch *pools_dispatch(const struct pools *pools);
/* Sessions that can take updates. */
size_t pools_ready(const struct pools *pools);
/* The array of /status. */
void pools_status(const struct pools *pools, struct json *json);
/* Chats in which Telegram wants nothing sent for a while (429), and the longest of these times. */
size_t pools_held_chats(const struct pools *pools, uint64_t *longest_ms);
/* For how many ms Telegram wants nothing sent to anybody (429); 0: it does not. */
uint64_t pools_paused_ms(const struct pools *pools);

#endif
