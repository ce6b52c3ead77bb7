/* curve_guard.c - a thread that answers ZAP requests: a key is admitted by the gate of the server
 * that it knocks at. */
#include "common/curve_guard.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "links"

#define NAMES_MAX 4096 /* files examined per handshake */
#define KEY_BYTES 32
#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
/* version, request id, domain, address, identity, mechanism, credentials */
#define ZAP_FRAMES 7
#define ZAP_FRAME_MAX 256

struct curve_guard {
	void *socket;
	pthread_t thread;
	pthread_mutex_t mutex; /* for the gates */
	struct curve_gate *gates;
	size_t gates_count;
	struct log_limit refusals;
};

struct zap_request {
	size_t count; /* frames received; those beyond ZAP_FRAMES are only counted */
	struct zap_frame {
		size_t size;
		uint8_t bytes[ZAP_FRAME_MAX];
	} frames[ZAP_FRAMES];
};

static bool frame_is(const struct zap_frame *frame, const char *text)
{
	return frame->size == strlen(text) && !memcmp(frame->bytes, text, frame->size);
}

/* --- the gates -------------------------------------------------------------------------------- */

/* Calls fn for each NAME.pub until it returns true; whether it did. */
typedef bool peer_fn(void *owner, const char *name, const struct curve_peer *peer);

static bool each_peer(const char *directory, peer_fn *fn, void *owner)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	bool stopped = false;

	if (!stream)
		return false;
	for (int i = 0; i < NAMES_MAX && !stopped && (entry = readdir(stream)); i++) {
		size_t length = strlen(entry->d_name);
		struct curve_peer peer;
		char name[256];

		if (length < 5 || strcmp(entry->d_name + length - 4, ".pub") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(length - 4), entry->d_name);
		stopped = curve_read_peer(directory, name, &peer, NULL) && fn(owner, name, &peer);
	}
	closedir(stream);
	return stopped;
}

static bool is_key(const char *text, const uint8_t key[KEY_BYTES])
{
	uint8_t bytes[KEY_BYTES];

	return zmq_z85_decode(bytes, text) && !memcmp(bytes, key, KEY_BYTES);
}

/* Looks for a peer with a key: the same key may be there under two names, with two roles. */
struct search {
	const uint8_t *key;
	unsigned roles;
	char name[256];         /* of the last with that key */
	struct curve_peer peer; /* the same */
	bool is_known;
};

static bool compare_peer(void *owner, const char *name, const struct curve_peer *peer)
{
	struct search *search = owner;

	if (!is_key(peer->public_key, search->key))
		return false;
	snprintf(search->name, sizeof(search->name), "%s", name);
	search->peer = *peer;
	search->is_known = true;
	return peer->role & search->roles;
}

static void why_refused(const struct search *search, struct why *why)
{
	const char *role = curve_role_name(search->peer.role);

	if (!search->is_known)
		why_set(why, "unknown key");
	else if (search->peer.is_marked || search->peer.has_own_name)
		why_set(why, "the key %s is for %s, not for this endpoint", search->name, role);
	else
		why_set(why,
			"the key %s is not marked and counts as one for %s: "
			"koronectl keys mark %s ROLE",
			search->name, role, search->name);
}

static bool passes(const struct curve_gate *gate, const uint8_t key[KEY_BYTES], struct why *why)
{
	struct search search = { .key = key, .roles = gate->roles };

	if (!gate->directory)
		return is_key(gate->shared, key) || why_set(why, "unknown key");
	if (each_peer(gate->directory, compare_peer, &search))
		return true;
	why_refused(&search, why);
	return false;
}

/* With the mutex. */
static struct curve_gate *find_gate(struct curve_guard *guard, const struct zap_frame *domain)
{
	for (size_t i = 0; i < guard->gates_count; i++)
		if (frame_is(domain, guard->gates[i].domain))
			return &guard->gates[i];
	return NULL;
}

static bool report_unmarked(void *owner, const char *name, const struct curve_peer *peer)
{
	const struct curve_gate *gate = owner;

	if (!peer->is_marked && !peer->has_own_name)
		log_warn("a key without a role counts as a worker's until koronectl keys marks it",
			 log_text("key", name), log_text("endpoint", gate->endpoint));
	return false;
}

static void finish_gate(struct curve_gate *gate)
{
	free((char *)gate->endpoint);
	free((char *)gate->directory);
}

/* With the mutex. The place of a gate with this endpoint, which was bound before, or a new one. */
static size_t place_of(struct curve_guard *guard, const char *endpoint)
{
	size_t place = 0;

	while (place < guard->gates_count && strcmp(guard->gates[place].endpoint, endpoint) != 0)
		place++;
	if (place < guard->gates_count) {
		finish_gate(&guard->gates[place]);
		return place;
	}
	guard->gates = xreallocarray(guard->gates, ++guard->gates_count, sizeof(*guard->gates));
	return place;
}

void curve_guard_add(struct curve_guard *guard, struct curve_gate *gate)
{
	size_t place;

	pthread_mutex_lock(&guard->mutex);
	place = place_of(guard, gate->endpoint);
	snprintf(gate->domain, sizeof(gate->domain), "%zu", place);
	guard->gates[place] = *gate;
	guard->gates[place].endpoint = xstrdup(gate->endpoint);
	guard->gates[place].directory = gate->directory ? xstrdup(gate->directory) : NULL;
	pthread_mutex_unlock(&guard->mutex);
	if (gate->directory)
		each_peer(gate->directory, report_unmarked, gate);
}

/* --- requests --------------------------------------------------------------------------------- */

/* False when the context is shut down. */
static bool receive_request(void *socket, struct zap_request *request)
{
	int more = 1;
	size_t size = sizeof(more);

	memset(request, 0, sizeof(*request));
	while (more) {
		uint8_t extra[ZAP_FRAME_MAX];
		bool known = request->count < ZAP_FRAMES;
		uint8_t *bytes = known ? request->frames[request->count].bytes : extra;
		int received = zmq_recv(socket, bytes, ZAP_FRAME_MAX, 0);

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return false;
		/* A frame that was truncated has a size over the buffer and matches nothing. */
		if (known)
			request->frames[request->count].size = (size_t)received;
		request->count++;
		zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
	}
	return true;
}

static void log_refusal(struct curve_guard *guard, const struct curve_gate *gate,
			const struct zap_request *request, const struct why *why)
{
	const struct zap_frame *address = &request->frames[3];
	uint64_t left_out;

	if (log_limit_pass(&guard->refusals, clock_boot_ms(), &left_out))
		log_warn("refused a connection", log_text("reason", why->text),
			 log_text("endpoint", gate ? gate->endpoint : ""),
			 log_bytes("peer", address->bytes,
				   address->size <= ZAP_FRAME_MAX ? address->size : 0),
			 log_unsigned("left_out", left_out));
}

static bool is_allowed(struct curve_guard *guard, const struct zap_request *request)
{
	const struct curve_gate *gate = NULL;
	struct why why = { "not a CURVE request" };

	if (request->count == ZAP_FRAMES && frame_is(&request->frames[0], "1.0") &&
	    frame_is(&request->frames[5], "CURVE") && request->frames[6].size == KEY_BYTES) {
		gate = find_gate(guard, &request->frames[2]);
		if (gate && passes(gate, request->frames[6].bytes, &why))
			return true;
	}
	log_refusal(guard, gate, request, &why);
	return false;
}

static void answer(void *socket, const struct zap_request *request, bool allowed)
{
	const struct zap_frame *id = &request->frames[1];
	size_t id_size = id->size <= ZAP_FRAME_MAX ? id->size : 0;
	/* Not "400", after which libzmq's clients never retry: a key may become known later. */
	const char *code = allowed ? "200" : "300";
	const char *text = allowed ? "OK" : "refused";

	/* A failure means that the context is shutting down, which the next receive notices. */
	zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(socket, id->bytes, id_size, ZMQ_SNDMORE);
	zmq_send(socket, code, strlen(code), ZMQ_SNDMORE);
	zmq_send(socket, text, strlen(text), ZMQ_SNDMORE);
	zmq_send(socket, "", 0, ZMQ_SNDMORE);
	zmq_send(socket, "", 0, 0);
}

static void *guard_main(void *argument)
{
	struct curve_guard *guard = argument;
	struct zap_request request;

	while (receive_request(guard->socket, &request)) {
		pthread_mutex_lock(&guard->mutex);
		bool allowed = is_allowed(guard, &request);
		pthread_mutex_unlock(&guard->mutex);

		answer(guard->socket, &request, allowed);
	}
	zmq_close(guard->socket);
	return NULL;
}

/* The thread takes no signals: they are for the loop. */
static void start_thread(struct curve_guard *guard)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&guard->thread, NULL, guard_main, guard);
	if (error)
		panic("no thread for the CURVE guard: %s", strerror(error));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct curve_guard *curve_guard_start(void *zmq_context, struct why *why)
{
	struct curve_guard *guard;
	void *socket = zmq_socket(zmq_context, ZMQ_REP);

	if (!socket || zmq_bind(socket, ZAP_ENDPOINT) < 0) {
		why_set(why, "cannot guard CURVE links: %s", zmq_strerror(errno));
		if (socket)
			zmq_close(socket);
		return NULL;
	}
	guard = xmalloc(sizeof(*guard));
	pthread_mutex_init(&guard->mutex, NULL);
	guard->socket = socket;
	start_thread(guard);
	return guard;
}

void curve_guard_join(struct curve_guard *guard)
{
	if (!guard)
		return;
	pthread_join(guard->thread, NULL);
	pthread_mutex_destroy(&guard->mutex);
	for (size_t i = 0; i < guard->gates_count; i++)
		finish_gate(&guard->gates[i]);
	free(guard->gates);
	free(guard);
}
