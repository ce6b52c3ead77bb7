/* ingress_link.c - the session with ingress: timers, messages, verdicts until they are stored.
 *
 * Every message may be lost with a connection, so everything is repeated until it is answered:
 * HELLO and beats every BEAT_MS, verdicts after UNSTORED_MS without progress. */
#include "workers/parent/ingress_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "workers/parent/verdicts.h"

#define LOG_SUBSYSTEM "ingress_link"
#include "common/log.h"

#define VERDICTS_PER_MESSAGE 1024u
#define UNSTORED_MS 5000u /* without progress, then verdicts are sent again */
#define FULL_RETRY_MS 5u
#define NOT_SENT_MS 50u

enum link_state { LINK_CLOSED, LINK_GREETING, LINK_OPEN };

struct ingress_link {
	struct loop *loop;
	struct ingress_events events;
	struct session_lock *lock;
	struct zlink *zlink;
	enum link_state state;
	char host[256];
	uint64_t session, epoch, born_ms;
	uint32_t kinds;
	uint8_t version;      /* of the protocol, by the last WELCOME */
	uint64_t received;    /* items since the last WELCOME */
	uint64_t credit_sent; /* the last credit limit sent */
	bool has_beaten;      /* since the last WELCOME */
	uint64_t answered_ms; /* when ingress last answered in this session; 0: never */
	uint64_t given_up;    /* the previous session, until this one is welcomed; 0: none */
	uint64_t given_up_ms; /* the last answer in that session */
	uint64_t stored_ms;   /* when the stored number last advanced, or nothing was waiting */
	struct verdicts verdicts;
	struct loop_timer beat, again;
	struct buffer out;
	struct arena arena;
};

/* --- sending --- */

/* False when it could not be sent now. */
static bool send_out(struct ingress_link *link)
{
	enum zlink_sent sent = zlink_send(link->zlink, NULL, buffer_unread(&link->out),
					  buffer_unread_size(&link->out));

	buffer_clear(&link->out);
	return sent == ZLINK_SENT;
}

static uint64_t credit_limit(const struct ingress_link *link)
{
	return link->received + link->events.room(link->events.owner);
}

static void set_state(struct ingress_link *link, enum link_state state, const char *text)
{
	link->state = state;
	link->events.state(link->events.owner, state == LINK_OPEN, text);
}

/* The session that is certainly over: because we hold its lock, or because a whole lease has passed
 * since its last answer, so that no process works for it any more. It spares a restarted ingress
 * from waiting for that lease again. */
static uint64_t predecessor(const struct ingress_link *link)
{
	if (link->lock->predecessor)
		return link->lock->predecessor;
	return link->given_up && loop_now_ms(link->loop) - link->given_up_ms >= LEASE_MS
		       ? link->given_up
		       : 0;
}

static void greet(struct ingress_link *link)
{
	size_t count;
	uint64_t *seqs = link->events.in_flight(link->events.owner, &count);
	struct message_pool_hello hello = {
		.oldest = PROTOCOL_ORDERS, /* an older ingress takes none */
		.newest = PROTOCOL_VERSION,
		.session = link->session,
		.predecessor = predecessor(link),
		.pool = { link->host, strlen(link->host) },
		.host = { link->host, strlen(link->host) },
		.version = { KORONE_VERSION, strlen(KORONE_VERSION) },
		.pid = (uint32_t)getpid(),
		.kinds = link->kinds,
		.in_hand = seqs,
		.in_hand_count = count,
	};

	message_encode_pool_hello(&hello, &link->out);
	/* Repeated with the next beat in any case; sooner while there is no connection. */
	if (!send_out(link))
		loop_timer_set(link->loop, &link->again, NOT_SENT_MS);
	free(seqs);
}

static bool has_unsent(const struct ingress_link *link)
{
	return link->verdicts.sent < link->verdicts.last;
}

void ingress_link_beat(struct ingress_link *link)
{
	struct message_pool_beat beat = { .session = link->session };

	if (link->state != LINK_OPEN)
		return;
	/* At the first one ingress takes back what no verdict has named by then. */
	if (!link->has_beaten && has_unsent(link))
		return;
	beat.credit_limit = credit_limit(link);
	beat.up_ms = loop_now_ms(link->loop) - link->born_ms;
	link->events.beat(link->events.owner, &beat, &link->arena);
	beat.has_walls = beat.has_walls && link->version >= PROTOCOL_WALLS;
	message_encode_pool_beat(&beat, &link->out);
	if (send_out(link)) {
		link->credit_sent = beat.credit_limit;
		link->has_beaten = true;
	}
	arena_reset(&link->arena);
}

/* False when there is more, or when it could not be sent now. */
static bool send_verdicts(struct ingress_link *link)
{
	/* Not on the stack, which would have to grow by 64 KiB for the few that there are. */
	static struct message_verdict run[VERDICTS_PER_MESSAGE];
	struct message_verdicts message = { .session = link->session, .verdicts = run };

	message.count = verdicts_unsent(&link->verdicts, run, COUNT_OF(run));
	if (!message.count)
		return true;
	message.credit_limit = credit_limit(link);
	message_encode_verdicts(&message, &link->out);
	if (!send_out(link))
		return false;
	link->credit_sent = message.credit_limit;
	verdicts_sent(&link->verdicts, message.count);
	return true;
}

void ingress_link_flush(struct ingress_link *link)
{
	if (link->state != LINK_OPEN)
		return;
	if (!send_verdicts(link) || has_unsent(link))
		loop_timer_set(link->loop, &link->again, FULL_RETRY_MS);
	/* Ingress is out of credit: tell it about room that was freed without a verdict. */
	else if (!link->has_beaten ||
		 (link->credit_sent == link->received && credit_limit(link) > link->received))
		ingress_link_beat(link);
}

uint64_t ingress_link_add_verdict(struct ingress_link *link, const struct message_verdict *verdict)
{
	if (!verdicts_unstored(&link->verdicts))
		link->stored_ms = loop_now_ms(link->loop);
	return verdicts_add(&link->verdicts, verdict);
}

size_t ingress_link_unstored(const struct ingress_link *link)
{
	return verdicts_unstored(&link->verdicts);
}

void ingress_link_cool(struct ingress_link *link, const struct message_cooldown *cooldown)
{
	struct message_cooldown copy = *cooldown;
	const struct message_cooldowns message = { .cooldowns = &copy, .count = 1 };

	if (link->state != LINK_OPEN)
		return;
	message_encode_cooldowns(&message, &link->out);
	(void)send_out(link);
}

void ingress_link_migrated(struct ingress_link *link, const struct message_migrated *migrated)
{
	if (link->state != LINK_OPEN)
		return;
	message_encode_migrated(migrated, &link->out);
	(void)send_out(link);
}

void ingress_link_bye(struct ingress_link *link)
{
	const struct message_bye bye = { .session = link->session };

	if (link->state != LINK_OPEN)
		return;
	message_encode_bye(&bye, &link->out);
	(void)send_out(link);
	set_state(link, LINK_CLOSED, "closed");
	session_lock_write(link->lock, 0);
}

/* --- sessions --- */

/* The next process to take the lock tells ingress which session is dead: the previous one until
 * ingress has welcomed this one, which has nothing in flight before that. */
static void write_lock(struct ingress_link *link)
{
	uint64_t predecessor = link->lock->predecessor;

	session_lock_write(link->lock, predecessor ? predecessor : link->session);
}

static void new_session(struct ingress_link *link)
{
	do
		link->session = random_u64();
	while (!link->session);
	write_lock(link);
	link->epoch = 0;
	link->received = 0;
	link->credit_sent = 0;
	link->answered_ms = 0;
	verdicts_finish(&link->verdicts);
}

static void lose(struct ingress_link *link, const char *reason)
{
	log_warn("session lost", log_hex("session", link->session), log_text("reason", reason));
	link->events.lost(link->events.owner, reason);
	if (link->answered_ms) {
		link->given_up = link->session;
		link->given_up_ms = link->answered_ms;
	}
	new_session(link);
	set_state(link, LINK_GREETING, reason);
	greet(link);
}

bool ingress_link_end_if_silent(struct ingress_link *link)
{
	if (!link->answered_ms || loop_now_ms(link->loop) - link->answered_ms < BEAT_UNANSWERED_MS)
		return false;
	lose(link, "ingress does not answer");
	return true;
}

static void on_beat(void *owner)
{
	struct ingress_link *link = owner;
	uint64_t now_ms = loop_now_ms(link->loop);

	loop_timer_set_tick(link->loop, &link->beat, BEAT_MS);
	if (ingress_link_end_if_silent(link))
		return;
	if (link->state == LINK_GREETING) {
		greet(link);
		return;
	}
	/* The only sign that a message was lost with its connection. */
	if (verdicts_unstored(&link->verdicts) && now_ms - link->stored_ms >= UNSTORED_MS) {
		link->stored_ms = now_ms;
		verdicts_resend(&link->verdicts);
	}
	ingress_link_beat(link);
}

static void on_again(void *owner)
{
	struct ingress_link *link = owner;

	if (link->state == LINK_GREETING)
		greet(link);
	/* Verdicts are sent by the flush at the end of this loop iteration. */
}

void ingress_link_open(struct ingress_link *link, uint32_t routed)
{
	bool is_news = link->kinds != routed;

	link->kinds = routed;
	if (link->state == LINK_OPEN && is_news) {
		/* HELLO carries the kinds; ingress resumes the session as after its own restart. */
		set_state(link, LINK_GREETING, "routes other kinds of updates");
		greet(link);
	}
	if (link->state != LINK_CLOSED)
		return;
	set_state(link, LINK_GREETING, "waiting for ingress");
	on_beat(link);
}

uint64_t ingress_link_answered_ms(const struct ingress_link *link)
{
	return link->answered_ms;
}

bool ingress_link_is_open(const struct ingress_link *link)
{
	return link->state == LINK_OPEN;
}

/* --- messages from ingress --- */

static bool on_welcome(struct ingress_link *link, const uint8_t *data, size_t size, struct why *why)
{
	struct message_welcome welcome;
	char reason[128];

	if (!message_decode_welcome(data, size, &link->arena, &welcome, why))
		return false;
	if (welcome.session != link->session || link->state == LINK_CLOSED)
		return true;
	if (link->state == LINK_OPEN && welcome.result != WELCOME_REFUSED_SESSION)
		return true; /* the answer to a repeated HELLO */
	switch (welcome.result) {
	case WELCOME_ACCEPTED:
		link->epoch = welcome.epoch;
		link->version = welcome.version;
		link->lock->predecessor = link->given_up = 0;
		write_lock(link);
		link->received = 0;
		link->credit_sent = 0;
		link->has_beaten = false;
		link->answered_ms = link->stored_ms = loop_now_ms(link->loop);
		set_state(link, LINK_OPEN, "connected");
		log_notice("session open", log_hex("session", link->session));
		verdicts_resend(&link->verdicts);
		while (has_unsent(link) && send_verdicts(link))
			;
		ingress_link_beat(link);
		return true;
	case WELCOME_REFUSED_SESSION:
		lose(link, "ingress ended the session");
		return true;
	case WELCOME_REFUSED_VERSION:
	case WELCOME_REFUSED_FULL:
		snprintf(reason, sizeof(reason), "refused: %.*s", (int)welcome.reason.length,
			 welcome.reason.data ? welcome.reason.data : "");
		set_state(link, LINK_GREETING, reason);
		return true;
	}
	return true;
}

static bool on_beat_answer(struct ingress_link *link, const uint8_t *data, size_t size,
			   struct why *why)
{
	struct message_beat_answer answer;

	if (!message_decode_beat_answer(data, size, &link->arena, &answer, why))
		return false;
	if (answer.session != link->session || link->state != LINK_OPEN)
		return true;
	if (answer.epoch != link->epoch) {
		set_state(link, LINK_GREETING, "ingress was restarted");
		greet(link);
		return true;
	}
	link->answered_ms = loop_now_ms(link->loop);
	return true;
}

static bool on_updates(struct ingress_link *link, const uint8_t *data, size_t size, struct why *why)
{
	struct message_updates updates;

	if (!message_decode_updates(data, size, &link->arena, &updates, why))
		return false;
	if (updates.session != link->session || link->state != LINK_OPEN)
		return true;
	link->received += updates.count;
	for (size_t i = 0; i < updates.count; i++)
		link->events.item(link->events.owner, &updates.items[i]);
	return true;
}

static bool on_verdicts_stored(struct ingress_link *link, const uint8_t *data, size_t size,
			       struct why *why)
{
	struct message_verdicts_stored stored;

	if (!message_decode_verdicts_stored(data, size, &link->arena, &stored, why))
		return false;
	if (stored.session != link->session)
		return true;
	if (!verdicts_stored(&link->verdicts, stored.number))
		return why_set(why, "confirmation of verdicts that were never sent");
	link->stored_ms = loop_now_ms(link->loop);
	link->events.stored(link->events.owner, stored.number);
	return true;
}

static bool on_cooldowns(struct ingress_link *link, const uint8_t *data, size_t size,
			 struct why *why)
{
	struct message_cooldowns message;

	if (!message_decode_cooldowns(data, size, &link->arena, &message, why))
		return false;
	for (size_t i = 0; i < message.count; i++)
		link->events.cooldown(link->events.owner, &message.cooldowns[i]);
	return true;
}

static const struct {
	enum message_number number;
	bool (*take)(struct ingress_link *link, const uint8_t *data, size_t size, struct why *why);
} handlers[] = {
	{ MESSAGE_WELCOME, on_welcome },     { MESSAGE_BEAT_ANSWER, on_beat_answer },
	{ MESSAGE_UPDATES, on_updates },     { MESSAGE_VERDICTS_STORED, on_verdicts_stored },
	{ MESSAGE_COOLDOWNS, on_cooldowns },
};

static void on_message(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct ingress_link *link = owner;
	enum message_number number;
	struct why why = { "no such message for a pool" };
	bool ok = false;

	(void)from;
	if (message_number(data, size, &number, &why))
		for (size_t i = 0; i < COUNT_OF(handlers); i++)
			if (handlers[i].number == number)
				ok = handlers[i].take(link, data, size, &why);
	if (!ok)
		log_warn("ignoring a malformed message from ingress", log_text("error", why.text));
	arena_reset(&link->arena);
}

/* --- life --- */

struct ingress_link *ingress_link_create(struct zcontext *context, struct loop *loop,
					 const struct settings *settings, struct session_lock *lock,
					 const struct ingress_events *events, struct why *why)
{
	const struct zlink_options options = { .endpoint = settings->updates_endpoint,
					       .receive_max = MESSAGE_SIZE_MAX,
					       .run_dir = settings->run_dir,
					       .curve_dir = settings->curve_dir,
					       .curve_name = "worker",
					       .curve_peer = "ingress" };
	struct zlink *zlink = zlink_connect(context, &options, why);
	struct ingress_link *link;

	if (!zlink)
		return NULL;
	link = xmalloc(sizeof(*link));
	link->zlink = zlink;
	link->loop = loop;
	link->lock = lock;
	link->events = *events;
	link->born_ms = loop_now_ms(loop);
	link->beat = (struct loop_timer) { .fn = on_beat, .owner = link };
	link->again = (struct loop_timer) { .fn = on_again, .owner = link };
	if (gethostname(link->host, sizeof(link->host) - 1) < 0 || !link->host[0])
		strcpy(link->host, "unknown");
	new_session(link);
	zlink_attach(link->zlink, loop, on_message, link);
	return link;
}

void ingress_link_destroy(struct ingress_link *link)
{
	if (!link)
		return;
	loop_timer_clear(link->loop, &link->beat);
	loop_timer_clear(link->loop, &link->again);
	zlink_close(link->zlink);
	verdicts_finish(&link->verdicts);
	buffer_finish(&link->out);
	arena_finish(&link->arena);
	free(link);
}
