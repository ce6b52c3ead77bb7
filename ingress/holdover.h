/* holdover.h - what was in flight when the last run ended: it waits for the sessions that had it,
 * at most one lease; what those had whose session was over goes out again. */
#ifndef INGRESS_HOLDOVER_H
#define INGRESS_HOLDOVER_H

#include <stddef.h>
#include <stdint.h>

#include "ingress/dispatch.h"
#include "ingress/session.h"
#include "ingress/spool.h"

/* Zeroed is empty and ready. */
struct holdover {
	struct spool_update *held;
	size_t held_count, held_capacity;
	uint64_t *awaited; /* sessions */
	size_t awaited_count;
};

void holdover_finish(struct holdover *holdover);
void holdover_add(struct holdover *holdover, const struct spool_update *update);
/* The list that ledger_write_sessions() wrote; damaged input gives what is whole. */
void holdover_set_sessions(struct holdover *holdover, const void *value, size_t size);
/* Opens a place for each awaited session and puts all where it belongs; then it is empty. Returns
 * how many updates are held. */
size_t holdover_apply(struct holdover *holdover, struct sessions *sessions,
		      struct dispatch *dispatch, uint64_t loop_ms, uint64_t utc_ms);

#endif
