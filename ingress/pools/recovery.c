/* recovery.c - collects what was in flight during the replay, assigns it to its sessions at
 * startup, and takes the pools' claims until all have reported. */
#include "ingress/pools/recovery.h"

#include <stdlib.h>

#define LOG_SUBSYSTEM "pools"
#include "common/log.h"
#include "common/pack.h"
#include "common/xalloc.h"

void recovery_finish(struct recovery *recovery)
{
	free(recovery->collected);
	free(recovery->awaited);
	recovery->collected = NULL;
	recovery->awaited = NULL;
	recovery->collected_count = recovery->collected_capacity = recovery->awaited_count = 0;
}

void recovery_add(struct recovery *recovery, const struct spool_update *update)
{
	array_reserve(recovery->collected, &recovery->collected_capacity,
		      recovery->collected_count + 1);
	recovery->collected[recovery->collected_count++] = *update;
}

void recovery_set_sessions(struct recovery *recovery, const void *value, size_t size)
{
	struct cursor cursor = cursor_make(value, size);
	size_t count = cursor_array(&cursor);

	free(recovery->awaited);
	recovery->awaited = xcalloc(CONSUMERS_MAX, sizeof(*recovery->awaited));
	recovery->awaited_count = 0;
	for (size_t i = 0; i < count && i < CONSUMERS_MAX; i++) {
		uint64_t id = cursor_uint(&cursor);

		if (cursor_ok(&cursor) && id != 0)
			recovery->awaited[recovery->awaited_count++] = id;
	}
}

static void open_awaited(struct recovery *recovery, uint64_t loop_ms)
{
	const struct recovery_parts *parts = &recovery->parts;

	for (size_t i = 0; i < recovery->awaited_count; i++) {
		struct session *session = sessions_add(parts->sessions, recovery->awaited[i],
						       SESSION_AWAITED, loop_ms);

		if (!session)
			continue;
		dispatch_open(parts->dispatch, session_number(parts->sessions, session));
		recovery->still_awaited++;
	}
}

/* Returns how many are in flight. */
static size_t assign_collected(const struct recovery *recovery, uint64_t utc_ms)
{
	const struct recovery_parts *parts = &recovery->parts;
	size_t in_flight = 0;

	for (size_t i = 0; i < recovery->collected_count; i++) {
		const struct spool_update *update = &recovery->collected[i];
		const struct session *session = sessions_find(parts->sessions, update->session);

		if (session)
			dispatch_add_in_flight(parts->dispatch, update,
					       session_number(parts->sessions, session));
		else
			dispatch_add(parts->dispatch, update, utc_ms);
		in_flight += session != NULL;
	}
	return in_flight;
}

void recovery_begin(struct recovery *recovery, const struct recovery_parts *parts, uint64_t loop_ms,
		    uint64_t utc_ms)
{
	const char *unknown_reason = spool_flights_unknown_reason(parts->spool);

	recovery->parts = *parts;
	open_awaited(recovery, loop_ms);
	size_t in_flight = assign_collected(recovery, utc_ms);
	recovery_finish(recovery);
	if (unknown_reason && recovery->still_awaited > 0) {
		recovery->holds_all = true;
		dispatch_start_recovery(parts->dispatch);
		log_notice("updates in flight are unknown: holding all old ones until every pool "
			   "of the last run is back or its lease has expired",
			   log_text("why", unknown_reason),
			   log_unsigned("sessions", recovery->still_awaited),
			   log_unsigned("updates", dispatch_backlog(parts->dispatch)),
			   log_unsigned("at_most_ms", LEASE_MS));
		return;
	}
	if (unknown_reason)
		spool_flights_are_known(parts->spool);
	if (recovery->still_awaited > 0)
		log_notice("waiting for the pools of the last run",
			   log_unsigned("sessions", recovery->still_awaited),
			   log_unsigned("in_flight", in_flight),
			   log_unsigned("at_most_ms", LEASE_MS));
}

static int smallest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool recovery_claim(struct recovery *recovery, const struct session *session,
		    const struct message_pool_hello *hello)
{
	const struct recovery_parts *parts = &recovery->parts;
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
		case CLAIM_UNKNOWN: /* done, or still to be sent */
			wrong += spool_is_live(parts->spool, seqs[i]);
			break;
		}
	}
	spool_append_dispatched(parts->spool, session->id, seqs, taken);
	free(seqs);
	return wrong == 0;
}

void recovery_claim_one(struct recovery *recovery, const struct session *session, uint64_t seq)
{
	const struct recovery_parts *parts = &recovery->parts;

	/* Verdicts about updates of others are ignored. */
	if (recovery->holds_all && session->awaited)
		(void)dispatch_claim(parts->dispatch, seq,
				     session_number(parts->sessions, session));
}

void recovery_stop_awaiting(struct recovery *recovery, struct session *session)
{
	if (!session->awaited)
		return;
	session->awaited = false;
	if (--recovery->still_awaited > 0 || !recovery->holds_all)
		return;
	recovery->holds_all = false;
	dispatch_end_recovery(recovery->parts.dispatch);
	spool_flights_are_known(recovery->parts.spool);
	log_notice("updates in flight are known again: dispatching the others",
		   log_unsigned("in_flight", dispatch_in_flight(recovery->parts.dispatch)),
		   log_unsigned("backlog", dispatch_backlog(recovery->parts.dispatch)));
}
