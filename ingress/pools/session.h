/* session.h - the pools' sessions: who they are, what they last reported, and which have ended.
 *
 *              HELLO                       lease over, BYE, proven dead
 *     (free) ---------> READY ----------------------------------------> (free), noted as ended
 *     (restart) -> AWAITED --HELLO--> READY
 *                              --HELLO that claims what others have--> REFUSED ---> (free)
 *
 * A session's index in the table is its consumer number in the dispatcher. */
#ifndef INGRESS_POOLS_SESSION_H
#define INGRESS_POOLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"
#include "common/message.h"
#include "common/position_map.h"
#include "common/zlink.h"
#include "ingress/dispatch/dispatch.h"

enum session_state {
	SESSION_FREE,
	SESSION_AWAITED,
	SESSION_READY,
	/* Its pool was told to stop. What it has goes to others when it restarts or when its lease
	 * ends: not before it has stopped. */
	SESSION_REFUSED,
};

struct session {
	enum session_state state;
	uint64_t id;
	struct zpeer peer;
	bool connected;    /* false: a send found nobody there; until the next HELLO */
	uint32_t welcomes; /* counts HELLOs: frames for an earlier one are dropped */
	char pool[64], host[64], version[32];
	uint32_t pid;
	uint32_t kinds;
	uint64_t since_ms;           /* loop time */
	uint64_t heard_ms;           /* loop time of the last message: the lease counts from here */
	uint64_t answered_ms;        /* loop time of the last answer to a beat; 0: none yet */
	bool awaited;                /* from the last run, and its first beat has not come yet */
	bool durable;                /* on the list in the spool: a restart will wait for it */
	bool synced;                 /* its first beat since WELCOME came: it may be sent updates */
	struct position_map claimed; /* what HELLO said is in flight; until the first beat */
	uint64_t sent;               /* items since WELCOME */
	uint64_t credit_limit;       /* as the pool counts items */
	uint64_t verdict;            /* number of the last verdict applied; 0: none yet */
	/* from the last beat, for /status */
	uint64_t up_ms, handled, crashed;
	uint32_t in_hand, unsent, sender_pid;
	struct message_child *children;
	size_t children_count;
	bool has_walls; /* it has said which */
	uint32_t walls; /* bits of enum wall */
};

/* As many as can end at once, so that none of them comes back as a new one. */
#define SESSIONS_ENDED CONSUMERS_MAX
#define SESSIONS_LOST_SHOWN_MS 60000u

/* What is kept of a session that ended: refused if it returns, shown for a minute. */
struct ended_session {
	uint64_t id;
	char pool[64], host[64], version[32];
	uint32_t pid;
	uint64_t at_ms;
	bool lost; /* its lease ran out; else it said BYE, or did not come back after a restart */
};

/* Zeroed: empty and ready. */
struct sessions {
	struct session table[CONSUMERS_MAX];
	size_t end;              /* after the last entry that is not free */
	struct position_map ids; /* id -> number */
	struct hash_table peers; /* of those that are ready or refused: their numbers */
	struct ended_session ended[SESSIONS_ENDED]; /* a ring */
	size_t ended_next;
};

void sessions_finish(struct sessions *sessions);
struct session *sessions_find(struct sessions *sessions, uint64_t id);
/* Not among those awaited. */
struct session *sessions_find_peer(struct sessions *sessions, const struct zpeer *peer);
/* A free entry, now in `state`; NULL when the table is full. */
struct session *sessions_add(struct sessions *sessions, uint64_t id, enum session_state state,
			     uint64_t now_ms);
void sessions_remove(struct sessions *sessions, struct session *session, bool lost,
		     uint64_t now_ms);
bool sessions_has_ended(const struct sessions *sessions, uint64_t id);
unsigned session_number(const struct sessions *sessions, const struct session *session);
/* The ids of all, at most CONSUMERS_MAX; returns how many. */
size_t sessions_list(const struct sessions *sessions, uint64_t *ids);
size_t sessions_count(const struct sessions *sessions, enum session_state state);
/* The union of what ready sessions declared. */
uint32_t sessions_kinds(const struct sessions *sessions);

/* Store what the messages say about the pool. With HELLO the session is that of this peer. */
void session_take_hello(struct sessions *sessions, struct session *session,
			const struct message_pool_hello *hello, const struct zpeer *peer,
			uint64_t now_ms);
void session_take_beat(struct session *session, const struct message_pool_beat *beat);
/* How many more items may be sent now. */
uint32_t session_credit(const struct session *session);

/* The pools array of /status. */
void sessions_status(const struct sessions *sessions, const struct dispatch *dispatch,
		     uint64_t now_ms, struct json *json);

#endif
