/* session.c - the table of sessions: adding, finding, ending, and their part of /status. */
#include "ingress/pools/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/walls.h"
#include "common/xalloc.h"

/* More than any real pool has; limits what a peer can make us store. */
#define CHILDREN_MAX 1024u

/* --- whose session it is ---------------------------------------------------------------------- */

/* A cell is a session's number + 1. */
static const void *peer_of(const void *cell, const void *owner)
{
	const struct sessions *sessions = owner;
	const uint32_t *number = cell;

	return *number ? &sessions->table[*number - 1].peer : NULL;
}

static uint64_t hash_peer(const void *key, const void *owner)
{
	const struct zpeer *peer = key;

	(void)owner;
	return hash_bytes(peer->id, peer->length, 0);
}

static bool same_peer(const void *key, const void *other)
{
	return zpeer_equal(key, other);
}

static const struct hash_shape peers_shape = { sizeof(uint32_t), peer_of, hash_peer, same_peer };

static void forget_peer(struct sessions *sessions, const struct session *session)
{
	uint32_t *cell = hash_table_find(&sessions->peers, &peers_shape, &session->peer, sessions);

	if (cell && *cell == session_number(sessions, session) + 1)
		hash_table_remove(&sessions->peers, &peers_shape, cell, sessions);
}

static void set_peer(struct sessions *sessions, struct session *session, const struct zpeer *peer)
{
	forget_peer(sessions, session);
	session->peer = *peer;
	*(uint32_t *)hash_table_require(&sessions->peers, &peers_shape, peer,
					sessions) = session_number(sessions, session) + 1;
}

/* --- the table -------------------------------------------------------------------------------- */

static void session_finish(struct session *session)
{
	position_map_finish(&session->claimed);
	free(session->children);
	*session = (struct session) { .state = SESSION_FREE };
}

void sessions_finish(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->end; i++)
		session_finish(&sessions->table[i]);
	position_map_finish(&sessions->ids);
	hash_table_finish(&sessions->peers);
}

struct session *sessions_find(struct sessions *sessions, uint64_t id)
{
	uint32_t number = position_map_find(&sessions->ids, id);

	return number == POSITION_NONE ? NULL : &sessions->table[number];
}

struct session *sessions_find_peer(struct sessions *sessions, const struct zpeer *peer)
{
	const uint32_t *cell = hash_table_find(&sessions->peers, &peers_shape, peer, sessions);

	return cell ? &sessions->table[*cell - 1] : NULL;
}

struct session *sessions_add(struct sessions *sessions, uint64_t id, enum session_state state,
			     uint64_t now_ms)
{
	size_t i = 0;

	while (i < sessions->end && sessions->table[i].state != SESSION_FREE)
		i++;
	if (i == CONSUMERS_MAX)
		return NULL;
	if (i == sessions->end)
		sessions->end++;
	sessions->table[i] = (struct session) {
		.state = state,
		.id = id,
		.since_ms = now_ms,
		.heard_ms = now_ms,
		.awaited = state == SESSION_AWAITED,
		.durable = state == SESSION_AWAITED,
	};
	position_map_set(&sessions->ids, id, (uint32_t)i);
	return &sessions->table[i];
}

void sessions_remove(struct sessions *sessions, struct session *session, bool lost, uint64_t now_ms)
{
	struct ended_session *ended = &sessions->ended[sessions->ended_next++ % SESSIONS_ENDED];

	/* One of the last run that did not come back is no loss of this one: of it only the number
	 * is known, and whoever started all anew has others. */
	*ended = (struct ended_session) { .id = session->id,
					  .pid = session->pid,
					  .at_ms = now_ms,
					  .lost = lost && session->state != SESSION_AWAITED };
	memcpy(ended->pool, session->pool, sizeof(ended->pool));
	memcpy(ended->host, session->host, sizeof(ended->host));
	memcpy(ended->version, session->version, sizeof(ended->version));
	forget_peer(sessions, session);
	position_map_remove(&sessions->ids, session->id);
	session_finish(session);
	while (sessions->end > 0 && sessions->table[sessions->end - 1].state == SESSION_FREE)
		sessions->end--;
}

/* Of the ring, only what was ever written is looked at. */
static size_t ended_count(const struct sessions *sessions)
{
	return sessions->ended_next < SESSIONS_ENDED ? sessions->ended_next : SESSIONS_ENDED;
}

bool sessions_has_ended(const struct sessions *sessions, uint64_t id)
{
	for (size_t i = 0; i < ended_count(sessions); i++)
		if (sessions->ended[i].id == id)
			return true;
	return false;
}

unsigned session_number(const struct sessions *sessions, const struct session *session)
{
	return (unsigned)(session - sessions->table);
}

size_t sessions_list(const struct sessions *sessions, uint64_t *ids)
{
	size_t count = 0;

	for (size_t i = 0; i < sessions->end; i++)
		if (sessions->table[i].state != SESSION_FREE)
			ids[count++] = sessions->table[i].id;
	return count;
}

size_t sessions_count(const struct sessions *sessions, enum session_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < sessions->end; i++)
		count += sessions->table[i].state == state;
	return count;
}

uint32_t sessions_kinds(const struct sessions *sessions)
{
	uint32_t all = 0;

	for (size_t i = 0; i < sessions->end; i++)
		if (sessions->table[i].state == SESSION_READY)
			all |= sessions->table[i].kinds;
	return all;
}

static void copy_text(char *out, size_t size, struct text text)
{
	snprintf(out, size, "%.*s", (int)(text.length < size ? text.length : size),
		 text.data ? text.data : "");
}

void session_take_hello(struct sessions *sessions, struct session *session,
			const struct message_pool_hello *hello, const struct zpeer *peer,
			uint64_t now_ms)
{
	if (session->state != SESSION_READY)
		session->since_ms = now_ms;
	session->state = SESSION_READY;
	set_peer(sessions, session, peer);
	session->connected = true;
	session->welcomes++;
	copy_text(session->pool, sizeof(session->pool), hello->pool);
	copy_text(session->host, sizeof(session->host), hello->host);
	copy_text(session->version, sizeof(session->version), hello->version);
	session->pid = hello->pid;
	session->kinds = hello->kinds;
	session->heard_ms = now_ms;
	session->synced = false;
	session->answered_ms = 0;
	session->sent = 0;
	session->credit_limit = 0;
	position_map_finish(&session->claimed);
	for (size_t i = 0; i < hello->in_hand_count; i++)
		position_map_set(&session->claimed, hello->in_hand[i], 1);
}

void session_take_beat(struct session *session, const struct message_pool_beat *beat)
{
	size_t count = beat->children_count < CHILDREN_MAX ? beat->children_count : CHILDREN_MAX;

	session->up_ms = beat->up_ms;
	session->handled = beat->handled;
	session->crashed = beat->crashed;
	session->in_hand = beat->in_hand;
	session->unsent = beat->unsent;
	session->sender_pid = beat->sender_pid;
	session->has_walls = beat->has_walls;
	session->walls = beat->walls;
	if (count > session->children_count)
		session->children = xreallocarray(session->children, count,
						  sizeof(*session->children));
	if (count > 0)
		memcpy(session->children, beat->children, count * sizeof(*session->children));
	session->children_count = count;
}

uint32_t session_credit(const struct session *session)
{
	if (session->state != SESSION_READY || !session->durable || !session->synced ||
	    !session->connected || session->credit_limit <= session->sent)
		return 0;
	uint64_t credit = session->credit_limit - session->sent;
	return credit < UINT32_MAX ? (uint32_t)credit : UINT32_MAX;
}

/* --- /status ---------------------------------------------------------------------------------- */

static const char *child_state_name(enum child_state state)
{
	switch (state) {
	case CHILD_STARTING:
		return "starting";
	case CHILD_IDLE:
		return "idle";
	case CHILD_BUSY:
		return "busy";
	case CHILD_STOPPING:
		return "stopping";
	}
	return "unknown";
}

static void child_status(const struct message_child *child, struct json *json)
{
	json_object_start(json);
	json_key_int(json, "pid", child->pid);
	json_key_text(json, "state", child_state_name(child->state));
	json_key_int(json, "since_ms", (int64_t)child->since_ms);
	json_key_int(json, "in_hand", child->in_hand);
	json_key_int(json, "handled", (int64_t)child->handled);
	json_object_end(json);
}

static const char *state_name(const struct session *session)
{
	if (session->state == SESSION_AWAITED)
		return "awaited";
	if (session->state == SESSION_REFUSED)
		return "refused";
	if (!session->connected)
		return "disconnected";
	return session->synced ? "ready" : "joining";
}

static void session_status(const struct session *session, size_t in_hand, uint64_t now_ms,
			   struct json *json)
{
	json_object_start(json);
	json_key_text(json, "pool", session->pool);
	json_key_text(json, "host", session->host);
	json_key_int(json, "pid", session->pid);
	json_key_text(json, "version", session->version);
	json_key_text(json, "state", state_name(session));
	json_key_int(json, "since_ms", (int64_t)(now_ms - session->since_ms));
	json_key_int(json, "in_hand", (int64_t)in_hand);
	json_key_int(json, "unsent", session->unsent);
	json_key_int(json, "handled", (int64_t)session->handled);
	json_key_int(json, "crashed", (int64_t)session->crashed);
	json_key_int(json, "sender_pid", session->sender_pid);
	if (session->has_walls)
		walls_write(session->walls, json);
	json_key(json, "children");
	json_array_start(json);
	for (size_t i = 0; i < session->children_count; i++)
		child_status(&session->children[i], json);
	json_array_end(json);
	json_object_end(json);
}

static void ended_status(const struct ended_session *ended, uint64_t now_ms, struct json *json)
{
	json_object_start(json);
	json_key_text(json, "pool", ended->pool);
	json_key_text(json, "host", ended->host);
	json_key_int(json, "pid", ended->pid);
	json_key_text(json, "version", ended->version);
	json_key_text(json, "state", "lost");
	json_key_int(json, "since_ms", (int64_t)(now_ms - ended->at_ms));
	json_key_int(json, "in_hand", 0);
	json_key_int(json, "unsent", 0);
	json_key_int(json, "handled", 0);
	json_key_int(json, "crashed", 0);
	json_key_int(json, "sender_pid", 0);
	json_key(json, "children");
	json_array_start(json);
	json_array_end(json);
	json_object_end(json);
}

void sessions_status(const struct sessions *sessions, const struct dispatch *dispatch,
		     uint64_t now_ms, struct json *json)
{
	json_array_start(json);
	for (unsigned i = 0; i < sessions->end; i++)
		if (sessions->table[i].state != SESSION_FREE)
			session_status(&sessions->table[i],
				       dispatch_consumer_in_flight(dispatch, i), now_ms, json);
	for (size_t i = 0; i < ended_count(sessions); i++)
		if (sessions->ended[i].lost &&
		    now_ms - sessions->ended[i].at_ms < SESSIONS_LOST_SHOWN_MS)
			ended_status(&sessions->ended[i], now_ms, json);
	json_array_end(json);
}
