/* holdover.c - collects in the replay, places at the start, and takes what pools say until all have
 * said it. */
#include "ingress/holdover.h"

#include <stdlib.h>

#define LOG_SUBSYSTEM "pools"
#include "common/log.h"
#include "common/pack.h"
#include "common/xalloc.h"

void holdover_finish(struct holdover *holdover)
{
	free(holdover->held);
	free(holdover->awaited);
	holdover->held = NULL;
	holdover->awaited = NULL;
	holdover->held_count = holdover->held_capacity = holdover->awaited_count = 0;
}

void holdover_add(struct holdover *holdover, const struct spool_update *update)
{
	if (holdover->held_count == holdover->held_capacity) {
		holdover->held_capacity = holdover->held_capacity ? 2 * holdover->held_capacity
								  : 64;
		holdover->held = xreallocarray(holdover->held, holdover->held_capacity,
					       sizeof(*holdover->held));
	}
	holdover->held[holdover->held_count++] = *update;
}

void holdover_set_sessions(struct holdover *holdover, const void *value, size_t size)
{
	struct cursor cursor = cursor_make(value, size);
	size_t count = cursor_array(&cursor);

	free(holdover->awaited);
	holdover->awaited = xcalloc(CONSUMERS_MAX, sizeof(*holdover->awaited));
	holdover->awaited_count = 0;
	for (size_t i = 0; i < count && i < CONSUMERS_MAX; i++) {
		uint64_t id = cursor_uint(&cursor);

		if (cursor_ok(&cursor) && id != 0)
			holdover->awaited[holdover->awaited_count++] = id;
	}
}

static void open_awaited(struct holdover *holdover, uint64_t loop_ms)
{
	const struct holdover_parts *parts = &holdover->parts;

	for (size_t i = 0; i < holdover->awaited_count; i++) {
		struct session *session = sessions_add(parts->sessions, holdover->awaited[i],
						       SESSION_AWAITED, loop_ms);

		if (!session)
			continue;
		dispatch_open(parts->dispatch, session_number(parts->sessions, session));
		holdover->unsettled++;
	}
}

/* Returns how many are held. */
static size_t place_held(const struct holdover *holdover, uint64_t utc_ms)
{
	const struct holdover_parts *parts = &holdover->parts;
	size_t held = 0;

	for (size_t i = 0; i < holdover->held_count; i++) {
		const struct spool_update *update = &holdover->held[i];
		const struct session *session = sessions_find(parts->sessions, update->session);

		if (session)
			dispatch_add_out(parts->dispatch, update,
					 session_number(parts->sessions, session));
		else
			dispatch_add(parts->dispatch, update, utc_ms);
		held += session != NULL;
	}
	return held;
}

void holdover_begin(struct holdover *holdover, const struct holdover_parts *parts, uint64_t loop_ms,
		    uint64_t utc_ms)
{
	const char *doubt = spool_flights_doubt(parts->spool);

	holdover->parts = *parts;
	open_awaited(holdover, loop_ms);
	size_t held = place_held(holdover, utc_ms);
	holdover_finish(holdover);
	if (doubt && holdover->unsettled > 0) {
		holdover->holds_all = true;
		dispatch_hold_all(parts->dispatch);
		log_notice("which pool has what is not known: all old updates wait until the pools "
			   "of the last run have said it, or their leases are over why=\"%s\" "
			   "sessions=%zu updates=%zu at_most_ms=%u",
			   doubt, holdover->unsettled, dispatch_backlog(parts->dispatch), LEASE_MS);
		return;
	}
	if (doubt)
		spool_flights_are_known(parts->spool);
	if (holdover->unsettled > 0)
		log_notice("waiting for the pools of the last run sessions=%zu in_flight=%zu "
			   "at_most_ms=%u",
			   holdover->unsettled, held, LEASE_MS);
}

static int smallest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool holdover_claim(struct holdover *holdover, const struct session *session,
		    const struct message_pool_hello *hello)
{
	const struct holdover_parts *parts = &holdover->parts;
	size_t count = hello->in_hand_count, taken = 0, wrong = 0;
	uint64_t *seqs = xmemdup(hello->in_hand, count * sizeof(*seqs));

	qsort(seqs, count, sizeof(*seqs), smallest_first);
	for (size_t i = 0; i < count; i++) {
		switch (dispatch_claim(parts->dispatch, seqs[i],
				       session_number(parts->sessions, session))) {
		case CLAIM_TAKEN:
			seqs[taken++] = seqs[i];
			break;
		case CLAIM_OWN:
			break;
		case CLAIM_OTHERS:
			wrong++;
			break;
		case CLAIM_UNKNOWN: /* done, or to be given to somebody */
			wrong += spool_is_live(parts->spool, seqs[i]);
			break;
		}
	}
	spool_append_dispatched(parts->spool, session->id, seqs, taken);
	free(seqs);
	return wrong == 0;
}

void holdover_claim_one(struct holdover *holdover, const struct session *session, uint64_t seq)
{
	const struct holdover_parts *parts = &holdover->parts;

	/* A verdict about what is not its own is passed over. */
	if (holdover->holds_all && session->awaited)
		(void)dispatch_claim(parts->dispatch, seq,
				     session_number(parts->sessions, session));
}

void holdover_settle(struct holdover *holdover, struct session *session)
{
	if (!session->awaited)
		return;
	session->awaited = false;
	if (--holdover->unsettled > 0 || !holdover->holds_all)
		return;
	holdover->holds_all = false;
	dispatch_end_hold(holdover->parts.dispatch);
	spool_flights_are_known(holdover->parts.spool);
	log_notice("which pool has what is known again: what none has goes out in_flight=%zu "
		   "backlog=%zu",
		   dispatch_out(holdover->parts.dispatch),
		   dispatch_backlog(holdover->parts.dispatch));
}
