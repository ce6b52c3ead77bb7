/* messages.c - handles the pools' messages, from HELLO to BYE. */
#include "ingress/pools/messages.h"

#include <string.h>

#include "common/log.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "pools"

/* With more sessions than this not every beat is answered: a pool is content for 6 s. */
#define FEW_SESSIONS 100u
#define ANSWER_MS 1500u

static void answer_beat(struct pools *pools, const struct zpeer *peer, uint64_t session,
			uint64_t epoch)
{
	struct message_beat_answer answer = { .session = session, .epoch = epoch };

	message_encode_beat_answer(&answer, &pools->frame);
	pools_send(pools, peer);
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
	pools_send(pools, peer);
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
	ledger_confirm(pools->ledger, pools_session_ref(pools, session), 0);
	return session;
}

/* Keeps a session that claims what others have until it has stopped: it restarts over its
 * connection, or its lease ends. Until then nobody else gets what it has. */
static void refuse_claims(struct pools *pools, const struct zpeer *peer, struct session *session,
			  const struct message_pool_hello *hello)
{
	session->state = SESSION_REFUSED;
	metric_add(&metric_claims_refused, 1);
	pools_update_credit(pools, session);
	pools_update_kinds(pools);
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
		pools_end_session(pools, before, true, "proven dead by its successor");
	/* A pool that restarts over its old connection has stopped everything it had. */
	before = sessions_find_peer(&pools->sessions, peer);
	if (before && before->id != hello.session)
		pools_end_session(pools, before, true, "replaced over the same connection");

	struct session *session = admit(pools, peer, &hello);
	if (!session)
		return true;
	delivery_forget(pools->delivery, session_number(&pools->sessions, session));
	session_take_hello(&pools->sessions, session, &hello, peer, loop_now_ms(pools->loop));
	if (!recovery_claim(&pools->recovery, session, &hello)) {
		refuse_claims(pools, peer, session, &hello);
		return true;
	}
	pools_update_credit(pools, session);
	welcome(pools, peer, session->id,
		hello.newest < PROTOCOL_VERSION ? hello.newest : PROTOCOL_VERSION, WELCOME_ACCEPTED,
		"");
	pools_update_kinds(pools);
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
	pools_update_credit(pools, session);
}

void pools_on_cooldown_over(void *owner)
{
	struct pools *pools = owner;
	uint64_t now_ms = loop_now_ms(pools->loop);
	uint64_t next_ms = cooldowns_expire(&pools->cooldowns, pools->dispatch, now_ms);

	if (next_ms != 0)
		loop_timer_set(pools->loop, &pools->cooldowns_timer, next_ms - now_ms);
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
	pools_on_cooldown_over(pools);
	return true;
}

/* A new pool must know what the others have learned. */
static void tell_cooldowns(struct pools *pools, const struct session *session)
{
	/* Not on the stack, which would have to grow by 64 KiB for the few that there are. */
	static struct message_cooldown list[MESSAGE_ITEMS_MAX];
	struct message_cooldowns message = { .cooldowns = list };

	message.count = cooldowns_list(&pools->cooldowns, list, COUNT_OF(list),
				       loop_now_ms(pools->loop));
	if (message.count == 0)
		return;
	message_encode_cooldowns(&message, &pools->frame);
	pools_send(pools, &session->peer);
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
		pools_sync_session(pools, session);
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

	struct session_ref from = pools_session_ref(pools, session);
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
		pools_end_session(pools, session, false, "it said goodbye");
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

void pools_on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
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
		pools_end_session(pools, session, true, "protocol error");
}
