/* pools.c - opens what faces the pools, ends expired sessions, and answers the rest of ingress. */
#include "ingress/pools/pools.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/message.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"
#include "ingress/pools/messages.h"
#include "ingress/update/lane_key.h"

#define LOG_SUBSYSTEM "pools"

#define TICK_MS 1000u
/* When a tick comes this long after the last, this process was suspended and no pool is to blame
 * for silence. */
#define TICK_LATE_MS 2750u
#define FORGET_MS 1000u /* for the write that is under way, and for ours */

struct pools *pools_create(void)
{
	struct pools *pools = xmalloc(sizeof(*pools));

	pools->dispatch = dispatch_create();
	pools->epoch = random_u64() | 1;
	return pools;
}

void pools_destroy(struct pools *pools)
{
	if (!pools)
		return;
	if (pools->loop) {
		loop_timer_clear(pools->loop, &pools->tick);
		loop_timer_clear(pools->loop, &pools->cooldowns_timer);
	}
	zlink_close(pools->link);
	delivery_destroy(pools->delivery);
	ledger_destroy(pools->ledger);
	dispatch_destroy(pools->dispatch);
	sessions_finish(&pools->sessions);
	put_off_finish(&pools->put_off);
	joins_finish(&pools->joins);
	cooldowns_finish(&pools->cooldowns);
	arena_finish(&pools->arena);
	buffer_finish(&pools->frame);
	recovery_finish(&pools->recovery);
	free(pools);
}

static uint64_t utc_ms(void)
{
	return clock_utc_ns() / 1000000;
}

/* --- time ------------------------------------------------------------------------------------- */

static void forgive_silence(struct pools *pools, uint64_t now_ms)
{
	log_warn("this process was suspended; restarting the leases of all sessions",
		 log_unsigned("for_ms", now_ms - pools->tick_ms));
	for (size_t i = 0; i < pools->sessions.end; i++)
		pools->sessions.table[i].heard_ms = now_ms;
}

/* Returns when the next lease ends if nothing more is heard; UINT64_MAX: there is none. */
static uint64_t end_leases(struct pools *pools, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < pools->sessions.end; i++) {
		struct session *session = &pools->sessions.table[i];
		uint64_t end_ms = session->heard_ms + LEASE_MS + 1;

		if (session->state == SESSION_FREE)
			continue;
		if (now_ms < end_ms) {
			next_ms = end_ms < next_ms ? end_ms : next_ms;
			continue;
		}
		pools_end_session(pools, session, true,
				  session->state == SESSION_AWAITED
					  ? "it did not come back after the restart"
					  : "its lease expired");
	}
	return next_ms;
}

static void on_tick(void *owner)
{
	struct pools *pools = owner;
	uint64_t now_ms = loop_now_ms(pools->loop), next_ms;

	if (now_ms - pools->tick_ms > TICK_LATE_MS)
		forgive_silence(pools, now_ms);
	pools->tick_ms = now_ms;
	next_ms = end_leases(pools, now_ms);
	loop_timer_set_tick_or(pools->loop, &pools->tick, TICK_MS, next_ms);
	if (joins_expire(&pools->joins, pools->dispatch, clock_utc_s()))
		joins_write(&pools->joins, pools->spool);
	ledger_tend(pools->ledger);
}

/* Once a turn, however many have come and gone: before the ledger writes what relies on it. */
static void write_sessions(struct pools *pools)
{
	uint64_t ids[CONSUMERS_MAX];

	if (!pools->sessions_changed)
		return;
	pools->sessions_changed = false;
	ledger_write_sessions(pools->ledger, ids, sessions_list(&pools->sessions, ids));
}

/* End of turn: what was collected goes to the disk and to the pools. */
static bool on_turn_end(void *owner)
{
	struct pools *pools = owner;
	bool more = false;

	if (!pools->draining)
		more = delivery_turn(pools->delivery);
	write_sessions(pools);
	ledger_flush(pools->ledger);
	if (pools->draining && pools->drained_fn && dispatch_in_flight(pools->dispatch) == 0 &&
	    ledger_is_idle(pools->ledger)) {
		pools_drained_fn *fn = pools->drained_fn;

		pools->drained_fn = NULL;
		fn(pools->drained_owner);
	}
	if (!more)
		coalesce_turn(&pools->coalesce, (uint64_t)metric_get(&metric_acked),
			      loop_now_ms(pools->loop));
	return more;
}

static void on_stored(void *owner, struct session_ref from, uint64_t number)
{
	struct pools *pools = owner;
	struct session *session = &pools->sessions.table[from.consumer];
	struct message_verdicts_stored message = { .session = from.session, .number = number };

	if (session->state != SESSION_READY || session->id != from.session)
		return;
	if (!session->durable) {
		session->durable = true;
		pools_update_credit(pools, session);
	}
	if (number == 0)
		return;
	message_encode_verdicts_stored(&message, &pools->frame);
	pools_send(pools, &session->peer);
}

/* --- start ------------------------------------------------------------------------------------ */

void pools_restore_update(struct pools *pools, const struct spool_update *update)
{
	/* Work that is not due is not in flight: the session is from before it was deferred. */
	bool is_waiting = (update->flags & ITEM_WORK) && update->due_ms > utc_ms();
	struct spool_update restored = *update;

	/* Nothing durable tells that it was never given to a pool. */
	restored.flags |= ITEM_REPEAT;
	if (update->session == 0 || is_waiting) {
		dispatch_add(pools->dispatch, &restored, utc_ms());
		return;
	}
	recovery_add(&pools->recovery, &restored);
}

void pools_restore_meta(struct pools *pools, const char *key, const void *value, size_t size)
{
	if (!strcmp(key, "sessions"))
		recovery_set_sessions(&pools->recovery, value, size);
	else if (!strcmp(key, "joins"))
		joins_decode(&pools->joins, pools->dispatch, value, size, clock_utc_s());
	else if (!strcmp(key, "forgotten"))
		put_off_restore(&pools->put_off, value, size);
}

bool pools_open(struct pools *pools, const struct pools_options *options, struct why *why)
{
	struct zlink_options link = {
		.endpoint = options->settings->updates_endpoint,
		.receive_max = MESSAGE_BOUND_MAX,
		.run_dir = options->settings->run_dir,
		.curve_dir = options->settings->curve_dir,
		.curve_name = "ingress",
		.curve_roles = CURVE_WORKER,
	};

	pools->loop = options->loop;
	pools->spool = options->spool;
	pools->put_off.spool = options->spool;
	pools->put_off.dispatch = pools->dispatch;
	pools->put_off.joins = &pools->joins;
	pools->ledger = ledger_create(&(struct ledger_options) {
		.loop = options->loop,
		.spool = options->spool,
		.dispatch = pools->dispatch,
		.put_off = &pools->put_off,
		.max_attempts = options->settings->max_attempts,
		.stored = on_stored,
		.owner = pools,
	});
	pools->delivery = delivery_create(&(struct delivery_options) {
		.loop = options->loop,
		.spool = options->spool,
		.dispatch = pools->dispatch,
		.ledger = pools->ledger,
		.sessions = &pools->sessions,
	});
	recovery_begin(
		&pools->recovery,
		&(struct recovery_parts) { options->spool, pools->dispatch, &pools->sessions },
		loop_now_ms(options->loop), utc_ms());
	pools->link = zlink_bind(options->context, &link, why);
	if (!pools->link)
		return false;
	delivery_attach(pools->delivery, pools->link);
	zlink_attach(pools->link, pools->loop, pools_on_frame, pools);
	pools->cooldowns_timer = (struct loop_timer) { .fn = pools_on_cooldown_over,
						       .owner = pools };
	pools->tick = (struct loop_timer) { .fn = on_tick, .owner = pools };
	pools->tick_ms = loop_now_ms(pools->loop);
	loop_timer_set(pools->loop, &pools->tick, TICK_MS);
	loop_add_hook(pools->loop, on_turn_end, pools);
	return true;
}

/* --- for the rest of ingress ------------------------------------------------------------------ */

void pools_add(struct pools *pools, const struct spool_update *update)
{
	dispatch_add(pools->dispatch, update, utc_ms());
}

void pools_join_chats(struct pools *pools, int64_t from, int64_t to)
{
	if (!joins_add(&pools->joins, pools->dispatch, from, to, clock_utc_s()))
		return;
	log_notice("a group became a supergroup: its updates keep their order");
	joins_write(&pools->joins, pools->spool);
	ledger_move(pools->ledger, from, to);
}

bool pools_has_migrated(const struct pools *pools, int64_t chat_id)
{
	return dispatch_is_joined(pools->dispatch, lane_of_chat(chat_id));
}

/* One write is under way at a time, and may have begun before. */
static bool write_now(struct pools *pools)
{
	if (!spool_flush(pools->spool, FORGET_MS))
		return false;
	write_sessions(pools);
	ledger_flush(pools->ledger);
	return spool_flush(pools->spool, FORGET_MS);
}

bool pools_forget(struct pools *pools, bool is_chat, int64_t id, struct why *why)
{
	ledger_forget_subject(pools->ledger, is_chat, id);
	return write_now(pools) ||
	       why_set(why, "KORONE_STATE_DIR: the disk has not taken it yet; until it does, a "
			    "restart brings back what waits");
}

void pools_on_migrated(struct pools *pools, pools_migrated_fn *fn, void *owner)
{
	pools->migrated_fn = fn;
	pools->migrated_owner = owner;
}

void pools_on_kinds(struct pools *pools, pools_kinds_fn *fn, void *owner)
{
	pools->kinds_fn = fn;
	pools->kinds_owner = owner;
}

void pools_drain(struct pools *pools, pools_drained_fn *fn, void *owner)
{
	pools->draining = true;
	pools->drained_fn = fn;
	pools->drained_owner = owner;
}

uint64_t pools_paused_ms(const struct pools *pools)
{
	return cooldowns_token_ms(&pools->cooldowns, loop_now_ms(pools->loop));
}

const struct dispatch *pools_dispatch(const struct pools *pools)
{
	return pools->dispatch;
}

size_t pools_ready(const struct pools *pools)
{
	return sessions_count(&pools->sessions, SESSION_READY);
}

size_t pools_held_chats(const struct pools *pools, uint64_t *longest_ms)
{
	return cooldowns_chats(&pools->cooldowns, loop_now_ms(pools->loop), longest_ms);
}

void pools_status(const struct pools *pools, struct json *json)
{
	sessions_status(&pools->sessions, pools->dispatch, loop_now_ms(pools->loop), json);
}
