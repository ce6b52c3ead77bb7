/* pools.c - handles the pools' messages, from HELLO to BYE, and ends expired sessions. */
#include "ingress/pools/pools.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/coalesce.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/message.h"
#include "common/random.h"
#include "common/strikes.h"
#include "common/xalloc.h"
#include "ingress/dispatch/cooldown.h"
#include "ingress/dispatch/joins.h"
#include "ingress/metrics.h"
#include "ingress/pools/delivery.h"
#include "ingress/pools/ledger.h"
#include "ingress/pools/put_off.h"
#include "ingress/pools/recovery.h"
#include "ingress/pools/session.h"
#include "ingress/update/lane_key.h"

#define LOG_SUBSYSTEM "pools"

#define TICK_MS 1000u
/* With more sessions than this not every beat is answered: a pool is content for 6 s. */
#define FEW_SESSIONS 100u
#define ANSWER_MS 1500u
/* When a tick comes this long after the last, this process was suspended and no pool is to blame
 * for silence. */
#define TICK_LATE_MS 2750u

struct pools {
	struct loop *loop;
	struct spool *spool;
	struct zlink *link;
	struct dispatch *dispatch;
	struct put_off put_off;
	struct ledger *ledger;
	struct delivery *delivery;
	struct sessions sessions;
	bool sessions_changed; /* since they were written */
	struct strikes strikes;
	struct log_limit malformed, protocol_errors;
	struct joins joins;
	struct cooldowns cooldowns;
	struct loop_timer cooldowns_timer; /* fires when the next one ends */
	uint64_t epoch;
	uint32_t kinds;
	pools_kinds_fn *kinds_fn;
	void *kinds_owner;
	pools_migrated_fn *migrated_fn;
	void *migrated_owner;
	pools_drained_fn *drained_fn;
	void *drained_owner;
	bool draining;
	struct loop_timer tick;
	uint64_t tick_ms;
	struct coalesce coalesce;
	struct arena arena;
	struct buffer frame;
	struct recovery recovery;
};

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

/* --- sessions --------------------------------------------------------------------------------- */

static uint64_t utc_ms(void)
{
	return clock_utc_ns() / 1000000;
}

static struct session_ref session_ref_of(const struct pools *pools, const struct session *session)
{
	return (struct session_ref) { session_number(&pools->sessions, session), session->id };
}

static void update_credit(struct pools *pools, const struct session *session)
{
	dispatch_set_credit(pools->dispatch, session_number(&pools->sessions, session),
			    session_credit(session));
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

static void update_kinds(struct pools *pools)
{
	uint32_t all = sessions_kinds(&pools->sessions);

	metric_set(&metric_pools, (int64_t)sessions_count(&pools->sessions, SESSION_READY));
	if (all == pools->kinds)
		return;
	pools->kinds = all;
	if (pools->kinds_fn)
		pools->kinds_fn(pools->kinds_owner, all);
}

static void end_session(struct pools *pools, struct session *session, bool lost, const char *how)
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
	update_kinds(pools);
}

/* At the first beat after WELCOME: whatever was sent but is neither claimed nor in a verdict was
 * lost with a connection, or with the last run. */
static void sync_session(struct pools *pools, struct session *session)
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

/* --- messages --------------------------------------------------------------------------------- */

static void send_to(struct pools *pools, const struct zpeer *peer)
{
	/* A frame that cannot be sent is made up for by what follows: HELLO, a beat, the end of the
	 * lease. */
	(void)zlink_send(pools->link, peer, buffer_unread(&pools->frame),
			 buffer_unread_size(&pools->frame));
	buffer_clear(&pools->frame);
}

static void answer_beat(struct pools *pools, const struct zpeer *peer, uint64_t session,
			uint64_t epoch)
{
	struct message_beat_answer answer = { .session = session, .epoch = epoch };

	message_encode_beat_answer(&answer, &pools->frame);
	send_to(pools, peer);
}

static void welcome(struct pools *pools, const struct zpeer *peer, uint64_t session,
		    uint8_t version, enum welcome_result result, const char *reason)
{
	struct message_welcome message = {
		.version = version,
		.result = result,
		.session = session,
		.epoch = pools->epoch,
		.reason = { reason, strlen(reason) },
	};

	message_encode_welcome(&message, &pools->frame);
	send_to(pools, peer);
}

static void refuse(struct pools *pools, const struct zpeer *peer,
		   const struct message_pool_hello *hello, enum welcome_result result,
		   const char *reason)
{
	log_warn("pool refused", log_text("reason", reason), log_unsigned("pool_pid", hello->pid),
		 log_unsigned("in_flight", hello->in_hand_count));
	welcome(pools, peer, hello->session, PROTOCOL_VERSION, result, reason);
}

/* The session that HELLO continues or starts; NULL when it was refused. */
static struct session *admit(struct pools *pools, const struct zpeer *peer,
			     const struct message_pool_hello *hello)
{
	struct session *session = sessions_find(&pools->sessions, hello->session);

	if (session && session->state != SESSION_REFUSED)
		return session;
	/* A session that has updates from an earlier run and is not awaited lost its lease then. */
	if (session || sessions_has_ended(&pools->sessions, hello->session) ||
	    hello->in_hand_count > 0) {
		refuse(pools, peer, hello, WELCOME_REFUSED_SESSION, "its lease expired");
		return NULL;
	}
	session = sessions_add(&pools->sessions, hello->session, SESSION_READY,
			       loop_now_ms(pools->loop));
	if (!session) {
		refuse(pools, peer, hello, WELCOME_REFUSED_FULL,
		       "there are as many sessions as ingress takes");
		return NULL;
	}
	dispatch_open(pools->dispatch, session_number(&pools->sessions, session));
	pools->sessions_changed = true;
	/* The session gets no update until it is on the durable list: after a power failure nobody
	 * would wait for it. */
	ledger_confirm(pools->ledger, session_ref_of(pools, session), 0);
	return session;
}

/* Keeps a session that claims what others have until it has stopped: it restarts over its
 * connection, or its lease ends. Until then nobody else gets what it has. */
static void refuse_claims(struct pools *pools, const struct zpeer *peer, struct session *session,
			  const struct message_pool_hello *hello)
{
	session->state = SESSION_REFUSED;
	metric_add(&metric_claims_refused, 1);
	update_credit(pools, session);
	update_kinds(pools);
	refuse(pools, peer, hello, WELCOME_REFUSED_SESSION, "its updates are in flight elsewhere");
}

static bool on_hello(struct pools *pools, const struct zpeer *peer, const void *data, size_t size,
		     struct why *why)
{
	struct message_pool_hello hello;

	if (!message_decode_pool_hello(data, size, &pools->arena, &hello, why))
		return false;
	if (hello.session == 0)
		return why_set(why, "a HELLO without a session");
	if (hello.oldest > PROTOCOL_VERSION || hello.newest < PROTOCOL_OLDEST) {
		refuse(pools, peer, &hello, WELCOME_REFUSED_VERSION, "no common protocol version");
		return true;
	}
	struct session *before = sessions_find(&pools->sessions, hello.predecessor);
	if (hello.predecessor != 0 && hello.predecessor != hello.session && before)
		end_session(pools, before, true, "proven dead by its successor");
	/* A pool that restarts over its old connection has stopped everything it had. */
	before = sessions_find_peer(&pools->sessions, peer);
	if (before && before->id != hello.session)
		end_session(pools, before, true, "replaced over the same connection");

	struct session *session = admit(pools, peer, &hello);
	if (!session)
		return true;
	delivery_forget(pools->delivery, session_number(&pools->sessions, session));
	session_take_hello(&pools->sessions, session, &hello, peer, loop_now_ms(pools->loop));
	if (!recovery_claim(&pools->recovery, session, &hello)) {
		refuse_claims(pools, peer, session, &hello);
		return true;
	}
	update_credit(pools, session);
	welcome(pools, peer, session->id,
		hello.newest < PROTOCOL_VERSION ? hello.newest : PROTOCOL_VERSION, WELCOME_ACCEPTED,
		"");
	update_kinds(pools);
	return true;
}

/* The session that sent a message, if it is known and uses the connection of its HELLO. An unknown
 * one is told to say HELLO, or that its session is over. */
static struct session *session_of_message(struct pools *pools, const struct zpeer *peer,
					  uint64_t id)
{
	struct session *session = sessions_find(&pools->sessions, id);

	if (session && session->state == SESSION_READY && zpeer_equal(&session->peer, peer)) {
		session->heard_ms = loop_now_ms(pools->loop);
		return session;
	}
	if (session ? session->state == SESSION_REFUSED : sessions_has_ended(&pools->sessions, id))
		welcome(pools, peer, id, PROTOCOL_VERSION, WELCOME_REFUSED_SESSION,
			"its lease expired");
	else
		answer_beat(pools, peer, id, 0);
	return NULL;
}

static void take_credit(struct pools *pools, struct session *session, uint64_t credit_limit)
{
	/* May be lower than before: a pool that has less room than it announced lowers it. */
	session->credit_limit = credit_limit;
	update_credit(pools, session);
}

static void on_cooldown_over(void *owner)
{
	struct pools *pools = owner;
	uint64_t now_ms = loop_now_ms(pools->loop);
	uint64_t next_ms = cooldowns_expire(&pools->cooldowns, pools->dispatch, now_ms);

	if (next_ms != 0)
		loop_timer_set(pools->loop, &pools->cooldowns_timer, next_ms - now_ms);
}

uint64_t pools_paused_ms(const struct pools *pools)
{
	return cooldowns_token_ms(&pools->cooldowns, loop_now_ms(pools->loop));
}

/* All other pools are told at once, and their senders then hold their calls in that scope;
 * meanwhile nothing is dispatched into it. */
static bool on_cooldowns(struct pools *pools, const struct zpeer *peer, const void *data,
			 size_t size, struct why *why)
{
	struct message_cooldowns message;

	if (!message_decode_cooldowns(data, size, &pools->arena, &message, why))
		return false;
	if (!sessions_find_peer(&pools->sessions, peer))
		return true;
	for (size_t i = 0; i < pools->sessions.end; i++) {
		const struct session *other = &pools->sessions.table[i];

		if (other->state == SESSION_READY && !zpeer_equal(&other->peer, peer))
			(void)zlink_send(pools->link, &other->peer, data, size);
	}
	for (size_t i = 0; i < message.count; i++)
		cooldowns_add(&pools->cooldowns, pools->dispatch, &message.cooldowns[i],
			      loop_now_ms(pools->loop));
	on_cooldown_over(pools);
	return true;
}

/* A new pool must know what the others have learned. */
static void tell_cooldowns(struct pools *pools, const struct session *session)
{
	struct message_cooldown list[MESSAGE_ITEMS_MAX];
	struct message_cooldowns message = { .cooldowns = list };

	message.count = cooldowns_list(&pools->cooldowns, list, COUNT_OF(list),
				       loop_now_ms(pools->loop));
	if (message.count == 0)
		return;
	message_encode_cooldowns(&message, &pools->frame);
	send_to(pools, &session->peer);
}

static bool wants_answer(const struct pools *pools, const struct session *session)
{
	return pools->sessions.end <= FEW_SESSIONS || session->answered_ms == 0 ||
	       loop_now_ms(pools->loop) - session->answered_ms >= ANSWER_MS;
}

static bool on_beat(struct pools *pools, const struct zpeer *peer, const void *data, size_t size,
		    struct why *why)
{
	struct message_pool_beat beat;

	if (!message_decode_pool_beat(data, size, &pools->arena, &beat, why))
		return false;
	struct session *session = session_of_message(pools, peer, beat.session);
	if (!session)
		return true;
	session_take_beat(session, &beat);
	if (!session->synced) {
		sync_session(pools, session);
		tell_cooldowns(pools, session);
	}
	take_credit(pools, session, beat.credit_limit);
	if (wants_answer(pools, session)) {
		session->answered_ms = loop_now_ms(pools->loop);
		answer_beat(pools, peer, session->id, pools->epoch);
	}
	return true;
}

static bool on_verdicts(struct pools *pools, const struct zpeer *peer, const void *data,
			size_t size, struct why *why)
{
	struct message_verdicts message;

	if (!message_decode_verdicts(data, size, &pools->arena, &message, why))
		return false;
	struct session *session = session_of_message(pools, peer, message.session);
	if (!session)
		return true;

	struct session_ref from = session_ref_of(pools, session);
	for (size_t i = 0; i < message.count; i++) {
		const struct message_verdict *verdict = &message.verdicts[i];

		if (verdict->number == 0)
			return why_set(why, "a verdict without a number");
		/* Sent again because its confirmation was lost. */
		if (session->verdict != 0 && verdict->number <= session->verdict)
			continue;
		if (session->verdict != 0 && verdict->number != session->verdict + 1) {
			log_warn("pool verdicts are missing; asking for HELLO",
				 log_text("pool", session->pool));
			answer_beat(pools, peer, session->id, 0);
			break;
		}
		session->verdict = verdict->number;
		recovery_claim_one(&pools->recovery, session, verdict->seq);
		/* The update was not lost after all: it comes back when the verdict is stored. */
		if (!session->synced)
			position_map_set(&session->claimed, verdict->seq, 1);
		if (!ledger_apply(pools->ledger, from, verdict))
			log_debug("ignoring a verdict about an update not in flight there");
	}
	if (session->verdict != 0)
		ledger_confirm(pools->ledger, from, session->verdict);
	take_credit(pools, session, message.credit_limit);
	return true;
}

static bool on_migrated(struct pools *pools, const struct zpeer *peer, const void *data,
			size_t size, struct why *why)
{
	struct message_migrated message;

	if (!message_decode_migrated(data, size, &pools->arena, &message, why))
		return false;
	if (message.from >= 0 || message.to >= 0 || message.from == message.to)
		return why_set(why, "not a group-to-supergroup migration");
	if (pools->migrated_fn && sessions_find_peer(&pools->sessions, peer))
		pools->migrated_fn(pools->migrated_owner, message.from, message.to);
	return true;
}

static bool on_bye(struct pools *pools, const struct zpeer *peer, const void *data, size_t size,
		   struct why *why)
{
	struct message_bye message;

	if (!message_decode_bye(data, size, &pools->arena, &message, why))
		return false;
	struct session *session = sessions_find(&pools->sessions, message.session);
	if (session && session->state == SESSION_READY && zpeer_equal(&session->peer, peer))
		end_session(pools, session, false, "it said goodbye");
	return true;
}

typedef bool on_message_fn(struct pools *pools, const struct zpeer *peer, const void *data,
			   size_t size, struct why *why);

static const struct {
	enum message_number number;
	on_message_fn *fn;
} handlers[] = {
	{ MESSAGE_POOL_HELLO, on_hello },  { MESSAGE_POOL_BEAT, on_beat },
	{ MESSAGE_VERDICTS, on_verdicts }, { MESSAGE_COOLDOWNS, on_cooldowns },
	{ MESSAGE_MIGRATED, on_migrated }, { MESSAGE_BYE, on_bye },
};

static bool handle(struct pools *pools, const struct zpeer *peer, const void *data, size_t size,
		   struct why *why)
{
	enum message_number number;

	if (!message_number(data, size, &number, why))
		return false;
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		if (handlers[i].number == number)
			return handlers[i].fn(pools, peer, data, size, why);
	return why_set(why, "%s is not for ingress", message_name(number));
}

static void on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct pools *pools = owner;
	uint64_t left_out;
	struct why why;

	if (strikes_is_out(&pools->strikes, from))
		return;
	bool ok = handle(pools, from, data, size, &why);
	arena_reset(&pools->arena);
	if (ok)
		return;
	metric_add(&metric_bad_frames, 1);
	if (!strikes_add(&pools->strikes, from)) {
		if (log_limit_pass(&pools->malformed, loop_now_ms(pools->loop), &left_out))
			log_warn("ignoring a malformed frame", log_text("why", why.text),
				 log_unsigned("bytes", size), log_unsigned("left_out", left_out));
		return;
	}
	if (log_limit_pass(&pools->protocol_errors, loop_now_ms(pools->loop), &left_out))
		log_error("protocol error; disconnecting the peer", log_text("why", why.text),
			  log_unsigned("left_out", left_out));
	struct session *session = sessions_find_peer(&pools->sessions, from);
	if (session)
		end_session(pools, session, true, "protocol error");
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
		end_session(pools, session, true,
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
		update_credit(pools, session);
	}
	if (number == 0)
		return;
	message_encode_verdicts_stored(&message, &pools->frame);
	send_to(pools, &session->peer);
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
	zlink_attach(pools->link, pools->loop, on_frame, pools);
	pools->cooldowns_timer = (struct loop_timer) { .fn = on_cooldown_over, .owner = pools };
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

const struct dispatch *pools_dispatch(const struct pools *pools)
{
	return pools->dispatch;
}

size_t pools_ready(const struct pools *pools)
{
	return sessions_count(&pools->sessions, SESSION_READY);
}

void pools_status(const struct pools *pools, struct json *json)
{
	sessions_status(&pools->sessions, pools->dispatch, loop_now_ms(pools->loop), json);
}
