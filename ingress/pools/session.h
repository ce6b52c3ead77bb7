/* session.h - the sessions of pools: who they are, what they said last, and which have ended.
 *
 *              HELLO                       lease over, BYE, proven dead
 *     (free) ---------> READY ----------------------------------------> (free), noted as ended
 *     (restart) -> AWAITED --HELLO--> READY
 *                              --HELLO that claims what others have--> REFUSED ---> (free)
 *
 * A session's place in the table is its consumer number in the dispatcher. */
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
	/* Its pool is told to stop. What it has goes to others when it begins anew, or with its
	 * lease: not before it stopped. */
	SESSION_REFUSED,
};

struct session {
	enum session_state state;
	uint64_t id;
	struct zpeer peer;
	bool connected;    /* false: a send said that nobody is there; until the next HELLO */
	uint32_t welcomes; /* counts HELLOs: frames for an earlier one are not sent any more */
	char pool[64], host[64], version[32];
	uint32_t pid;
	uint32_t kinds;
	uint64_t since_ms;           /* loop time */
	uint64_t heard_ms;           /* loop time of the last message: the lease counts from here */
	bool awaited;                /* of the last run, and not settled since the start */
	bool durable;                /* on the list in the spool: a restart will wait for it */
	bool settled;                /* its first beat since WELCOME came: it may be sent updates */
	struct position_map claimed; /* what HELLO said to be in hand, until then */
	uint64_t sent;               /* items since WELCOME */
	uint64_t credit_limit;       /* as the pool counts them */
	uint64_t verdict;            /* number of the last verdict that was taken; 0: none yet */
	/* as of the last beat, for /status */
	uint64_t up_ms, handled, crashed;
	uint32_t in_hand, unsent, sender_pid;
	struct message_child *children;
	size_t children_count;
};

#define SESSIONS_ENDED 256u
#define SESSIONS_LOST_SHOWN_MS 60000u

/* What is kept of a session that ended: refused when it comes back, shown for a minute. */
struct ended_session {
	uint64_t id;
	char pool[64], host[64], version[32];
	uint32_t pid;
	uint64_t at_ms;
	bool lost; /* its lease was over; else it said BYE */
};

struct sessions {
	struct session table[CONSUMERS_MAX];
	struct ended_session ended[SESSIONS_ENDED]; /* a ring */
	size_t ended_next;
};

void sessions_finish(struct sessions *sessions);
struct session *sessions_find(struct sessions *sessions, uint64_t id);
/* Not of those that are awaited. */
struct session *sessions_find_peer(struct sessions *sessions, const struct zpeer *peer);
/* A free place, now in `state`; NULL when all are taken. */
struct session *sessions_add(struct sessions *sessions, uint64_t id, enum session_state state,
			     uint64_t now_ms);
void sessions_remove(struct sessions *sessions, struct session *session, bool lost,
		     uint64_t now_ms);
bool sessions_has_ended(const struct sessions *sessions, uint64_t id);
unsigned session_number(const struct sessions *sessions, const struct session *session);
/* The numbers of all, at most CONSUMERS_MAX; returns how many. */
size_t sessions_list(const struct sessions *sessions, uint64_t *ids);
size_t sessions_count(const struct sessions *sessions, enum session_state state);
/* All that those which are ready declared. */
uint32_t sessions_kinds(const struct sessions *sessions);

/* Takes what the messages say of the pool. */
void session_take_hello(struct session *session, const struct message_pool_hello *hello,
			const struct zpeer *peer, uint64_t now_ms);
void session_take_beat(struct session *session, const struct message_pool_beat *beat);
/* How many items may be sent now. */
uint32_t session_credit(const struct session *session);

/* The pools of /status: an array. */
void sessions_status(const struct sessions *sessions, const struct dispatch *dispatch,
		     uint64_t now_ms, struct json *json);

#endif
