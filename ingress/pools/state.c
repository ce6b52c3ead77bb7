/* state.c - what happens to a session, and all that changes with it. */
#include "ingress/pools/state.h"

#include <stdlib.h>

#include "common/log.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "pools"

struct session_ref pools_session_ref(const struct pools *pools, const struct session *session)
{
	return (struct session_ref) { session_number(&pools->sessions, session), session->id };
}

void pools_update_credit(struct pools *pools, const struct session *session)
{
	dispatch_set_credit(pools->dispatch, session_number(&pools->sessions, session),
			    session_credit(session));
}

void pools_update_kinds(struct pools *pools)
{
	uint32_t all = sessions_kinds(&pools->sessions);

	metric_set(&metric_pools, (int64_t)sessions_count(&pools->sessions, SESSION_READY));
	if (all == pools->kinds)
		return;
	pools->kinds = all;
	if (pools->kinds_fn)
		pools->kinds_fn(pools->kinds_owner, all);
}

void pools_end_session(struct pools *pools, struct session *session, bool lost, const char *how)
{
	unsigned consumer = session_number(&pools->sessions, session);
	size_t count;
	uint64_t *seqs = dispatch_list_in_flight(pools->dispatch, consumer, &count);

	log_at(lost ? LOG_LEVEL_WARN : LOG_LEVEL_NOTICE, "pool session ended",
	       log_text("reason", how), log_hex("session", session->id),
	       log_text("pool", session->pool), log_text("host", session->host),
	       log_unsigned("pool_pid", session->pid), log_unsigned("in_flight", count));
	dispatch_set_credit(pools->dispatch, consumer, 0);
	ledger_forget(pools->ledger, session->id);
	delivery_forget(pools->delivery, consumer);
	for (size_t i = 0; i < count; i++)
		ledger_return(pools->ledger, dispatch_find(pools->dispatch, seqs[i]), lost);
	free(seqs);
	dispatch_close(pools->dispatch, consumer);
	recovery_stop_awaiting(&pools->recovery, session);
	sessions_remove(&pools->sessions, session, lost, loop_now_ms(pools->loop));
	pools->sessions_changed = true;
	pools_update_kinds(pools);
}

/* At the first beat after WELCOME: whatever was sent but is neither claimed nor in a verdict was
 * lost with a connection, or with the last run. */
void pools_sync_session(struct pools *pools, struct session *session)
{
	unsigned consumer = session_number(&pools->sessions, session);
	size_t count, lost = 0;
	uint64_t *seqs = dispatch_list_in_flight(pools->dispatch, consumer, &count);

	for (size_t i = 0; i < count; i++) {
		if (position_map_find(&session->claimed, seqs[i]) != POSITION_NONE)
			continue;
		ledger_return(pools->ledger, dispatch_find(pools->dispatch, seqs[i]), false);
		lost++;
	}
	free(seqs);
	position_map_finish(&session->claimed);
	session->synced = true;
	recovery_stop_awaiting(&pools->recovery, session);
	log_notice("pool ready", log_text("pool", session->pool), log_text("host", session->host),
		   log_unsigned("pool_pid", session->pid), log_text("version", session->version),
		   log_unsigned("in_flight", count - lost), log_unsigned("dispatched_again", lost));
}

void pools_send(struct pools *pools, const struct zpeer *peer)
{
	/* A frame that cannot be sent is made up for by what follows: HELLO, a beat, the end of the
	 * lease. */
	(void)zlink_send(pools->link, peer, buffer_unread(&pools->frame),
			 buffer_unread_size(&pools->frame));
	buffer_clear(&pools->frame);
}
