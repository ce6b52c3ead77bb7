/* ingress_link.h - a pool's session with ingress: HELLO, beats, updates in, verdicts out; notices
 * when ingress has been silent for so long that the session is over.
 *
 *   CLOSED --open--> GREETING --WELCOME--> OPEN --another epoch--> GREETING (the same session)
 *                        ^                   |
 *                        +--- 6 s without an answer, or refused: lost, a new session ---+
 */
#ifndef WORKERS_PARENT_INGRESS_LINK_H
#define WORKERS_PARENT_INGRESS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/message.h"
#include "common/settings.h"
#include "common/zlink.h"
#include "workers/parent/session_lock.h"

struct ingress_link;

struct ingress_events {
	void *owner;
	/* An update to handle; borrowed for the call. */
	void (*item)(void *owner, const struct message_item *item);
	/* Seqs of the items that the pool holds: xmalloc'ed, freed by the link. */
	uint64_t *(*in_flight)(void *owner, size_t *count);
	/* How many more items the pool can take now. */
	uint64_t (*room)(void *owner);
	/* Fills all except session and credit; the children come from the arena. */
	void (*beat)(void *owner, struct message_pool_beat *beat, struct arena *arena);
	/* Verdicts up to this number are stored. */
	void (*stored)(void *owner, uint64_t number);
	/* Everything that the pool holds belongs to others now: forget it and stop working on
	 * it. */
	void (*lost)(void *owner, const char *reason);
	void (*cooldown)(void *owner, const struct message_cooldown *cooldown);
	/* The link's state for /readyz. */
	void (*state)(void *owner, bool ready, const char *state);
};

/* `lock` knows the predecessor and records each session. */
struct ingress_link *ingress_link_create(struct zcontext *context, struct loop *loop,
					 const struct settings *settings, struct session_lock *lock,
					 const struct ingress_events *events, struct why *why);
void ingress_link_destroy(struct ingress_link *link);
/* Starts to send HELLO. `routed`: bit per enum update_kind with routes. */
void ingress_link_open(struct ingress_link *link, uint32_t routed);
/* When ingress last answered in this session (CLOCK_BOOTTIME); 0: never. */
uint64_t ingress_link_answered_ms(const struct ingress_link *link);
bool ingress_link_is_open(const struct ingress_link *link);
/* Ends the session, by lost(), if ingress has been silent for too long; true when it did. Call it
 * before acting on results of old work: a process that was suspended may find its work given to
 * others. */
bool ingress_link_end_if_silent(struct ingress_link *link);
/* Queues a verdict; returns its number. */
uint64_t ingress_link_add_verdict(struct ingress_link *link, const struct message_verdict *verdict);
size_t ingress_link_unstored(const struct ingress_link *link);
/* Reports a group that became a supergroup, as a call found out; only while the session is open. */
void ingress_link_migrated(struct ingress_link *link, const struct message_migrated *migrated);
void ingress_link_cool(struct ingress_link *link, const struct message_cooldown *cooldown);
/* Sends what this loop iteration collected; called once per iteration. */
void ingress_link_flush(struct ingress_link *link);
/* Sends a beat now: the credit changed for a reason other than verdicts. */
void ingress_link_beat(struct ingress_link *link);
/* Ends the session. */
void ingress_link_bye(struct ingress_link *link);

#endif
