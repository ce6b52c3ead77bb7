/* message.h - all messages between the processes over ZeroMQ: encode and decode.
 *
 * A message is one frame: a msgpack array [version, number, fields…]. Decoding rejects unknown
 * versions and numbers, wrong types, leftovers and counts over the limit; decoded structs borrow
 * from the frame, and their arrays come from the arena given. Times are durations in ms, never
 * wall-clock times, except `seen_at` (UTC seconds: the registration date) and `received_s`. */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/kind.h"
#include "common/orders.h"
#include "common/pack.h"
#include "common/trace.h"
#include "common/why.h"

/* The current protocol and the oldest that the binding side still speaks. Since 3 a verdict has
 * orders: a pool speaks nothing older, and waits until ingress takes them. Since 4 a beat may tell
 * the pool's walls; a pool speaks 3 with an ingress that is not updated yet. */
#define PROTOCOL_VERSION 4
#define PROTOCOL_ORDERS 3
#define PROTOCOL_WALLS 4
#define PROTOCOL_OLDEST 2
/* HELLO and WELCOME, by which the two sides agree on a version, keep this form forever. */
#define PROTOCOL_GREETING 1

#define MESSAGE_SIZE_MAX (64u << 20)
/* What the binding sides take in one frame: a stranger can make them keep as much before he has
 * shown his key. Longer lists are sent as several messages. */
#define MESSAGE_BOUND_MAX (4u << 20)
/* Of the bodies of a VERDICTS message: it is closed once they are larger. */
#define MESSAGE_VERDICTS_BYTES (512u << 10)
/* Of one of them, which must still fit: WAITING has who and where in it, UNSENT that and calls. */
#define MESSAGE_BODY_MAX (7u << 19)
/* Entries per message; encoding more is a panic. A longer list is sent as several messages. */
#define MESSAGE_ITEMS_MAX 4096u
#define MESSAGE_IN_HAND_MAX 65536u /* of POOL_HELLO, which must list all at once */
/* Names, states and reasons: the encoder truncates longer ones, the decoder refuses them. */
#define MESSAGE_NAME_MAX 255u

#define BEAT_MS 1000u            /* between two beats of a pool or recorder */
#define BEAT_UNANSWERED_MS 6000u /* then a pool stops its children and starts a new session */
#define LEASE_MS 10000u          /* without a beat: what the session had goes to others */

/* MESSAGE(NAME, number, from, to, purpose) */
#define MESSAGES(MESSAGE)                                                                       \
	MESSAGE(POOL_HELLO, 1, "pool", "ingress", "opens a session; says what is in flight")    \
	MESSAGE(WELCOME, 2, "ingress", "pool, recorder", "accepts a session, or refuses it")    \
	MESSAGE(POOL_BEAT, 3, "pool", "ingress", "keeps the lease; credit; state for status")   \
	MESSAGE(BEAT_ANSWER, 4, "ingress", "pool, recorder", "the beat arrived")                \
	MESSAGE(UPDATES, 5, "ingress", "pool", "updates to handle")                             \
	MESSAGE(VERDICTS, 6, "pool", "ingress", "what became of updates; credit")               \
	MESSAGE(VERDICTS_STORED, 7, "ingress", "pool", "verdicts up to a number are durable")   \
	MESSAGE(COOLDOWNS, 8, "both", "both", "scopes in which Telegram asked for silence")     \
	MESSAGE(BYE, 9, "pool, recorder", "ingress", "ends the session; gives the rest back")   \
	MESSAGE(MIGRATED, 10, "pool", "ingress", "a call met a group that is a supergroup now") \
	MESSAGE(RECORDER_HELLO, 20, "recorder", "ingress", "opens a session")                   \
	MESSAGE(RECORDER_BEAT, 21, "recorder", "ingress", "keeps the lease; credit; state")     \
	MESSAGE(SIGHTINGS, 22, "ingress", "recorder", "people and groups that were seen")       \
	MESSAGE(SIGHTINGS_STORED, 23, "recorder", "ingress", "these versions are committed")    \
	MESSAGE(CAPTURE, 30, "any", "crashd", "a crash to report")                              \
	MESSAGE(CAPTURE_STORED, 31, "crashd", "any", "the capture is durable")

enum message_number {
#define MESSAGE_ENUM(name, number, from, to, purpose) MESSAGE_##name = number,
	MESSAGES(MESSAGE_ENUM)
#undef MESSAGE_ENUM
};

/* --- updates: ingress and pools ------------------------------------------------------------- */

/* Session ids are random and not zero; a pool makes a new one at each start and after a lost lease.
 *
 * Between HELLO and WELCOME a pool sends nothing. After an accepting WELCOME it first sends the
 * unconfirmed verdicts, in order, then a beat: at the first beat ingress takes back what was sent
 * to the session and is neither claimed in `in_hand` nor in those verdicts. On a connection that
 * ingress does not know as the session's (ZeroMQ reconnected, ingress restarted) it answers with an
 * epoch other than the session's, or 0: say HELLO again, with the same session. */
struct message_pool_hello {
	uint8_t oldest, newest; /* protocol versions spoken */
	uint64_t session;
	uint64_t predecessor; /* has ended: proven by an inherited flock, or a lease ago; or 0 */
	struct text pool;     /* human-readable: host or KORONE pool name */
	struct text host;
	struct text version;
	uint32_t pid;
	uint32_t kinds; /* bit per enum update_kind: those that the modules have routes for */
	/* In flight from before (a reconnect or a restarted ingress): still being handled or sent.
	 * Unconfirmed verdicts follow as VERDICTS right after WELCOME. */
	const uint64_t *in_hand;
	size_t in_hand_count;
};

enum welcome_result {
	WELCOME_ACCEPTED,
	WELCOME_REFUSED_VERSION,
	/* Its lease ended, or it claims what another session has: start a new session. */
	WELCOME_REFUSED_SESSION,
	WELCOME_REFUSED_FULL,
};

struct message_welcome {
	uint8_t version; /* the protocol version to speak */
	enum welcome_result result;
	uint64_t session;
	uint64_t epoch; /* this run of ingress; if an answer has another: say HELLO again */
	struct text reason;
};

enum child_state { CHILD_STARTING, CHILD_IDLE, CHILD_BUSY, CHILD_STOPPING };

struct message_child {
	uint32_t pid;
	enum child_state state;
	uint64_t since_ms; /* in this state */
	uint32_t in_hand;
	uint64_t handled;
};

/* Credit is an absolute count: `credit_limit` is how many items, counted from the last accepting
 * WELCOME of this session, the pool is prepared to have received. Ingress sends while sent <
 * credit_limit. */
struct message_pool_beat {
	uint64_t session;
	uint64_t credit_limit;
	uint64_t up_ms;
	uint32_t in_hand, unsent; /* being handled; handled, with replies not sent yet */
	uint64_t handled, crashed;
	uint32_t sender_pid;
	const struct message_child *children;
	size_t children_count;
	/* Bits of enum wall: those around all of its processes that may be taken over. Told when
	 * they are known, and only to an ingress that speaks PROTOCOL_WALLS. */
	bool has_walls;
	uint32_t walls;
};

struct message_beat_answer {
	uint64_t session;
	uint64_t epoch;
};

/* The bits of message_item.flags. */
enum item_flag {
	ITEM_LATE = 1,     /* a button or join request that is past Telegram's time for an answer */
	ITEM_INCIDENT = 2, /* attempts used up: the body is struct incident, for host code only */
	ITEM_WORK = 4,     /* waiting work that became due: the body is what the pool returned */
	ITEM_REPLIES =
		8, /* such work, handled before: the body is calls that could not be made yet */
	/* Ingress' own flag: these replies go before younger updates of their lane, which wait. */
	ITEM_KEEPS_LANE = 16,
	/* It was given to a pool before, so its handler may have run: what it wrote then carries
	 * marks (workers/host/turn.h). Never set for what certainly goes out for the first time. */
	ITEM_REPEAT = 32,
	/* Never sent: what its handler ordered (orders.h) is carried out. Handled again, it orders
	 * nothing. */
	ITEM_ORDERED = 64,
	/* Another pool had its lane a moment ago: what was stored then may not be known in this one
	 * yet. */
	ITEM_MOVED = 128,
};

struct message_item {
	uint64_t seq; /* the update's number in the spool: never reused */
	struct trace_id trace;
	int64_t update_id;
	enum update_kind kind;
	uint8_t flags;
	uint8_t attempt; /* from 1 */
	uint64_t lane;   /* equal lanes: in order, one at a time */
	uint64_t age_ms; /* since ingress received it */
	/* When that was, UTC: the same each time that it is given to a pool. */
	uint64_t received_s;
	struct text body; /* msgpack of the whole update */
};

struct message_updates {
	uint64_t session;
	struct message_item *items;
	size_t count;
};

/* An UPDATES frame built item by item, so that what an item points to need not be kept. Zeroed:
 * empty. */
struct updates_frame {
	struct buffer bytes;
	size_t count;
};

/* Order within a lane when an update of it comes back (ENDED, RETURNED): the pool also returns
 * (RETURNED) everything of that lane that it has not begun, and whatever arrives of it until
 * VERDICTS_STORED covers the verdict. Ingress sends nothing more of the lane until all of it is
 * back or handled, and then continues from the oldest. */
enum verdict_step {
	VERDICT_HANDLED,  /* the lane continues; not all replies are sent yet */
	VERDICT_DONE,     /* handled, and its replies are sent: it leaves the spool */
	VERDICT_ENDED,    /* the child died handling it: counts as an attempt */
	VERDICT_RETURNED, /* dispatch again, no attempt: not begun, or lost without its fault */
	VERDICT_WAITING,  /* becomes waiting work: body, due in due_ms. Of pools before 3 */
	VERDICT_UNSENT,   /* the same, with ITEM_REPLIES: no handler will run for it again */
};

enum ended_reason { ENDED_CRASH, ENDED_HANG, ENDED_EXIT, ENDED_KILLED, ENDED_MEMORY };

struct message_verdict {
	uint64_t number; /* counted from 1 within the session, without gaps */
	uint64_t seq;
	enum verdict_step step;
	enum ended_reason reason; /* VERDICT_ENDED */
	uint64_t due_ms;          /* VERDICT_WAITING and UNSENT: relative to now */
	struct text body;         /* VERDICT_WAITING and UNSENT */
	/* VERDICT_HANDLED and DONE: carried out with it, durable with its confirmation; once for an
	 * update, however often it is handled. Orders.h; nil: none. */
	struct text orders;
};

struct message_verdicts {
	uint64_t session;
	uint64_t credit_limit;
	struct message_verdict *verdicts;
	size_t count;
};

struct message_verdicts_stored {
	uint64_t session;
	uint64_t number; /* this one and all before */
};

struct message_cooldown {
	int64_t chat_id; /* 0: the whole token */
	uint64_t remaining_ms;
};

struct message_cooldowns {
	struct message_cooldown *cooldowns;
	size_t count;
};

/* From Telegram's answer to a call into the old group ("migrate_to_chat_id"). Needs no answer: the
 * group's service messages say the same. */
struct message_migrated {
	int64_t from, to;
};

struct message_bye {
	uint64_t session;
};

/* --- an incident: what ingress keeps of an update whose attempts are used up ------------------ */

struct incident {
	struct trace_id trace;
	enum update_kind kind;
	enum ended_reason reason;
	int64_t chat_id;         /* 0: no chat to tell */
	struct text chat_type;   /* private, group, supergroup, channel */
	int64_t thread_id;       /* 0: none */
	int64_t direct_topic_id; /* of a channel's direct messages; 0: none */
	int64_t receiver_id;     /* the only person who saw an ephemeral message; 0: all did */
	struct text business_connection; /* may be nil */
	struct text language;            /* of the client, may be nil */
	struct text query_id; /* of a press or a query that waits for an answer, may be nil */
	struct text work;     /* what was put off, which only the host reads; nil: an update */
};

void incident_encode(const struct incident *incident, struct buffer *out);
MUST_CHECK bool incident_decode(const void *data, size_t size, struct incident *out,
				struct why *why);

/* --- sightings: ingress and recorder ---------------------------------------------------------- */

enum sighting_scope {
	SIGHTING_USER,
	SIGHTING_GROUP,
	SIGHTING_MIGRATION, /* group `id` became supergroup `new_id` */
};

/* Exactly what PRIVACY.md lists, plus the time: a test compares them. */
struct sighting {
	enum sighting_scope scope;
	int64_t id;
	uint64_t version; /* grows with each change; one version of an id is in flight at a time */
	int64_t seen_at;  /* UTC seconds: when ingress received the earliest update with it */
	struct text username;      /* nil: none */
	struct text first_name;    /* user */
	struct text last_name;     /* user, nil: none */
	struct text language_code; /* user, nil: none */
	struct text title;         /* group */
	struct text type;          /* group: "group" or "supergroup" */
	int64_t new_id;            /* migration */
};

/* One sighting as sent and as stored in the spool: only the fields of its scope. Text columns that
 * Postgres requires are written as "" when nil. */
void sighting_encode(const struct sighting *sighting, struct buffer *out);
/* Borrows from the bytes; on failure the cursor has the reason. */
MUST_CHECK bool sighting_decode(struct cursor *cursor, struct sighting *out);

struct message_sightings {
	uint64_t session;
	struct sighting *sightings;
	size_t count;
};

struct sighting_stored {
	enum sighting_scope scope;
	int64_t id;
	uint64_t version;
};

struct message_sightings_stored {
	uint64_t session;
	uint64_t credit_limit;
	struct sighting_stored *stored;
	size_t count;
};

struct message_recorder_hello {
	uint8_t oldest, newest;
	uint64_t session;
	struct text host;
	struct text version;
	uint32_t pid;
};

struct message_recorder_beat {
	uint64_t session;
	uint64_t credit_limit; /* 0 while on standby or while Postgres is away */
	uint64_t up_ms;
	bool active;
	struct text postgres; /* "ready", or what is wrong, without secrets */
	struct text redis;
	uint64_t sightings, written;
};

/* --- captures: any process and crashd --------------------------------------------------------- */

struct message_capture {
	struct trace_id id; /* of the capture: identifies it until it is stored */
	struct text body;   /* common/capture.h */
};

struct message_capture_stored {
	struct trace_id id;
};

/* --- encode and decode ------------------------------------------------------------------------ */

/* Each message_encode_X() appends one frame to `out`. */
#define MESSAGE_FUNCTIONS(name)                                                                   \
	void message_encode_##name(const struct message_##name *message, struct buffer *out);     \
	MUST_CHECK bool message_decode_##name(const void *data, size_t size, struct arena *arena, \
					      struct message_##name *out, struct why *why)

MESSAGE_FUNCTIONS(pool_hello);
MESSAGE_FUNCTIONS(welcome);
MESSAGE_FUNCTIONS(pool_beat);
MESSAGE_FUNCTIONS(beat_answer);
MESSAGE_FUNCTIONS(updates);
MESSAGE_FUNCTIONS(verdicts);
MESSAGE_FUNCTIONS(verdicts_stored);
MESSAGE_FUNCTIONS(cooldowns);
MESSAGE_FUNCTIONS(migrated);
MESSAGE_FUNCTIONS(bye);
MESSAGE_FUNCTIONS(recorder_hello);
MESSAGE_FUNCTIONS(recorder_beat);
MESSAGE_FUNCTIONS(sightings);
MESSAGE_FUNCTIONS(sightings_stored);
MESSAGE_FUNCTIONS(capture);
MESSAGE_FUNCTIONS(capture_stored);

void updates_frame_add(struct updates_frame *frame, const struct message_item *item);
/* `bytes` is then what message_encode_updates() makes of the same items. */
void updates_frame_close(struct updates_frame *frame, uint64_t session);

/* Which message a frame contains; false when it is not one of our frames. */
MUST_CHECK bool message_number(const void *data, size_t size, enum message_number *out,
			       struct why *why);
const char *message_name(enum message_number number);

#endif
