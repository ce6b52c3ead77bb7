/* zlink.c - links over libzmq sockets.
 *
 * libzmq's descriptor says only that something happened, and only once; sending and receiving may
 * consume that event. So ZMQ_EVENTS is queried in a last hook of the loop, before each sleep. */
#include "common/zlink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zmq.h>

#include "common/clock.h"
#include "common/curve.h"
#include "common/curve_guard.h"
#include "common/endpoint.h"
#include "common/files.h"
#include "common/log.h"
#include "common/xalloc.h"

/* Messages handled before the loop's other descriptors get their turn. */
#define RECEIVES_PER_TURN 128
/* Frames queued for one peer. Credit stops sending long before: this only limits the damage of a
 * mistake. */
#define HIGH_WATER 1000
/* libzmq does not retry a connection whose handshake the other side refused: after this long
 * without one it is recreated, in case the key is known by now. */
#define RENEW_MS 5000u
/* Without a connection the shared key is read this often: the other side may have made a new one.
 */
#define KEY_MS 100u

/* What CURVE adds to a message on the wire, which is what ZMQ_MAXMSGSIZE counts: "\x07MESSAGE", a
 * short nonce, the authenticator and the flags (RFC 26, MESSAGE Command). */
#define CURVE_OVERHEAD (8 + 8 + 16 + 1)

struct zcontext {
	void *zmq;
	size_t links; /* open ones */
	struct curve_guard *guard;
};

struct zlink {
	struct zcontext *context;
	void *socket;
	bool is_router;
	int lock; /* of the bound ipc path; -1: none */
	struct loop *loop;
	int fd;
	zlink_receive_fn *fn;
	void *owner;
	bool receiving; /* fn is being called: a close is delayed until it returns */
	bool closing;
	/* DEALER */
	char *endpoint;
	uint64_t stuck_since_ms; /* nothing can be sent; 0: it can */
	uint64_t key_read_ms;
	char *key_directory;       /* of the shared key; NULL: our keys are in curve_dir */
	char peer[CURVE_KEY_SIZE]; /* the server's public key; "": not known yet */
};

struct zcontext *zcontext_create(int io_threads)
{
	struct zcontext *context = xmalloc(sizeof(*context));

	context->zmq = zmq_ctx_new();
	if (!context->zmq)
		panic("zmq_ctx_new: %s", zmq_strerror(errno));
	zmq_ctx_set(context->zmq, ZMQ_IO_THREADS, io_threads);
	zmq_ctx_set(context->zmq, ZMQ_BLOCKY, false);
	return context;
}

void zcontext_destroy(struct zcontext *context)
{
	if (!context)
		return;
	/* zmq_ctx_term() would wait for them forever. */
	if (context->links > 0)
		panic("%zu links are open at the end of their context", context->links);
	zmq_ctx_shutdown(context->zmq);
	curve_guard_join(context->guard);
	while (zmq_ctx_term(context->zmq) < 0 && errno == EINTR)
		continue;
	free(context);
}

static const char *path_of_ipc(const char *endpoint)
{
	static const char prefix[] = "ipc://";

	return strncmp(endpoint, prefix, strlen(prefix)) == 0 ? endpoint + strlen(prefix) : NULL;
}

static bool has_curve(const struct zlink_options *options)
{
	return options->curve_dir && options->curve_dir[0] != '\0';
}

/* --- options of a socket ---------------------------------------------------------------------- */

static void set_int(void *socket, int option, int value)
{
	if (zmq_setsockopt(socket, option, &value, sizeof(value)) < 0)
		panic("zmq_setsockopt(%d, %d): %s", option, value, zmq_strerror(errno));
}

static void set_text(void *socket, int option, const char *value)
{
	if (zmq_setsockopt(socket, option, value, strlen(value)) < 0)
		panic("zmq_setsockopt(%d): %s", option, zmq_strerror(errno));
}

static void set_common(void *socket, const struct zlink_options *options)
{
	int64_t receive_max = (int64_t)options->receive_max + CURVE_OVERHEAD;

	set_int(socket, ZMQ_LINGER, 0);
	set_int(socket, ZMQ_SNDHWM, HIGH_WATER);
	set_int(socket, ZMQ_RCVHWM, HIGH_WATER);
	/* Every call has ZMQ_DONTWAIT; if one lacks it, it must not block forever. */
	set_int(socket, ZMQ_SNDTIMEO, 0);
	set_int(socket, ZMQ_RCVTIMEO, 0);
	set_int(socket, ZMQ_HANDSHAKE_IVL, 5000);
	if (strchr(options->endpoint, '['))
		set_int(socket, ZMQ_IPV6, true);
	if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &receive_max, sizeof(receive_max)) < 0)
		panic("ZMQ_MAXMSGSIZE: %s", zmq_strerror(errno));
}

static void set_router(void *socket)
{
	/* Without it, messages for peers that are gone or full vanish without an error. */
	set_int(socket, ZMQ_ROUTER_MANDATORY, true);
	set_int(socket, ZMQ_ROUTER_HANDOVER, true);
}

/* A dead link is noticed by this side within 8 s, and by the other, which hears nothing more,
 * within the same: it needs no heartbeats of its own, which would be most of what a thousand idle
 * peers cost it. A unix socket tells by itself. */
static void set_heartbeat(void *socket)
{
	set_int(socket, ZMQ_HEARTBEAT_IVL, 3000);
	set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 5000);
	set_int(socket, ZMQ_HEARTBEAT_TTL, 8000);
}

static void set_dealer(void *socket)
{
	/* Only to established connections: nothing is queued for one that may never come. */
	set_int(socket, ZMQ_IMMEDIATE, true);
	set_int(socket, ZMQ_RECONNECT_IVL, 100);
	set_int(socket, ZMQ_RECONNECT_IVL_MAX, 5000);
}

static void set_pair(struct zlink *link, const struct curve_pair *pair)
{
	set_text(link->socket, ZMQ_CURVE_PUBLICKEY, pair->public_key);
	set_text(link->socket, ZMQ_CURVE_SECRETKEY, pair->secret_key);
}

static char *key_directory(const struct zlink_options *options)
{
	const char *path = path_of_ipc(options->endpoint);

	if (path)
		return directory_of(path);
	return xstrdup(options->run_dir ? options->run_dir : "");
}

/* ROUTER: our pair, and whom the guard lets in. */
static bool set_server(struct zlink *link, const struct zlink_options *options, struct why *why)
{
	struct zcontext *context = link->context;
	struct curve_gate gate = { .endpoint = options->endpoint };
	struct curve_pair pair;
	char *directory;
	bool good;

	if (!context->guard)
		context->guard = curve_guard_start(context->zmq, why);
	if (!context->guard)
		return false;
	if (has_curve(options)) {
		good = curve_read_pair(options->curve_dir, options->curve_name, &pair, why);
		gate.directory = options->curve_dir;
		gate.roles = options->curve_roles;
	} else {
		directory = key_directory(options);
		good = curve_make_shared(directory, &pair, why);
		free(directory);
	}
	if (!good)
		return false;
	memcpy(gate.shared, pair.public_key, sizeof(gate.shared));
	set_pair(link, &pair);
	explicit_bzero(&pair, sizeof(pair));
	curve_guard_add(context->guard, &gate);
	set_int(link->socket, ZMQ_CURVE_SERVER, true);
	set_text(link->socket, ZMQ_ZAP_DOMAIN, gate.domain);
	return true;
}

/* DEALER with keys of its own. */
static bool set_client(struct zlink *link, const struct zlink_options *options, struct why *why)
{
	struct curve_pair pair;

	if (!curve_read_public(options->curve_dir, options->curve_peer, link->peer, why) ||
	    !curve_read_pair(options->curve_dir, options->curve_name, &pair, why))
		return false;
	set_pair(link, &pair);
	explicit_bzero(&pair, sizeof(pair));
	set_text(link->socket, ZMQ_CURVE_SERVERKEY, link->peer);
	return true;
}

/* DEALER with the shared key; *is_new: it is another than before. */
static bool take_shared_key(struct zlink *link, bool *is_new, struct why *why)
{
	struct curve_pair pair;

	*is_new = false;
	if (!curve_read_shared(link->key_directory, &pair, why))
		return false;
	*is_new = strcmp(pair.public_key, link->peer) != 0;
	if (*is_new) {
		memcpy(link->peer, pair.public_key, sizeof(link->peer));
		set_pair(link, &pair);
		set_text(link->socket, ZMQ_CURVE_SERVERKEY, link->peer);
	}
	explicit_bzero(&pair, sizeof(pair));
	return true;
}

/* Nobody has bound its sockets there yet. */
static bool is_key_missing(const struct zlink *link)
{
	char *path = xasprintf("%s/" CURVE_SHARED_NAME, link->key_directory);
	bool missing = access(path, F_OK) < 0 && errno == ENOENT;

	free(path);
	return missing;
}

/* --- open and close -------------------------------------------------------------------------- */

static struct zlink *open_link(struct zcontext *context, const struct zlink_options *options,
			       bool is_router, struct why *why)
{
	struct zlink *link;
	size_t size = sizeof(link->fd);

	if (!endpoint_check(options->endpoint, has_curve(options), why))
		return NULL;
	link = xmalloc(sizeof(*link));
	link->context = context;
	link->is_router = is_router;
	link->lock = -1;
	link->socket = zmq_socket(context->zmq, is_router ? ZMQ_ROUTER : ZMQ_DEALER);
	if (!link->socket)
		panic("zmq_socket: %s", zmq_strerror(errno));
	context->links++;
	set_common(link->socket, options);
	if (is_router)
		set_router(link->socket);
	else
		set_dealer(link->socket);
	if (!is_router && !path_of_ipc(options->endpoint))
		set_heartbeat(link->socket);
	zmq_getsockopt(link->socket, ZMQ_FD, &link->fd, &size);
	return link;
}

/* Makes the directory of the socket; *is_shared: its group may connect. */
static bool make_parent(const char *path, bool *is_shared, struct why *why)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	bool made;

	*is_shared = false;
	if (!slash || slash == path)
		return true;
	directory = xstrndup(path, (size_t)(slash - path));
	made = directory_make(directory, why);
	*is_shared = made && directory_is_shared(directory);
	free(directory);
	return made;
}

/* Binding a path takes it from whoever has it, without an error (zmq_ipc(7)); the lock next to the
 * socket keeps two processes apart. */
static bool lock_path(struct zlink *link, const char *path, struct why *why)
{
	char *lock = xasprintf("%s.lock", path);
	bool locked = false;

	link->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (link->lock < 0)
		why_set(why, "cannot open %s: %s", lock, strerror(errno));
	else if (flock(link->lock, LOCK_EX | LOCK_NB) < 0)
		why_set(why, "another process is bound to %s", path);
	else
		locked = true;
	free(lock);
	return locked;
}

static bool bind_socket(struct zlink *link, const char *endpoint, struct why *why)
{
	const char *path = path_of_ipc(endpoint);
	bool is_shared = false;
	mode_t before;
	int result;

	if (path && (!make_parent(path, &is_shared, why) || !lock_path(link, path, why)))
		return false;
	before = umask(is_shared ? 0117 : 0177); /* the socket: 0660 or 0600 */
	result = zmq_bind(link->socket, endpoint);
	umask(before);
	if (result < 0)
		return why_set(why, "cannot bind %s: %s", endpoint, zmq_strerror(errno));
	return true;
}

struct zlink *zlink_bind(struct zcontext *context, const struct zlink_options *options,
			 struct why *why)
{
	struct zlink *link = open_link(context, options, true, why);

	if (link &&
	    (!set_server(link, options, why) || !bind_socket(link, options->endpoint, why))) {
		zlink_close(link);
		return NULL;
	}
	return link;
}

/* Without a key there is nothing to connect with yet. */
static bool connect_socket(struct zlink *link, struct why *why)
{
	return !link->peer[0] || zmq_connect(link->socket, link->endpoint) == 0 ||
	       why_set(why, "cannot connect to %s: %s", link->endpoint, zmq_strerror(errno));
}

struct zlink *zlink_connect(struct zcontext *context, const struct zlink_options *options,
			    struct why *why)
{
	struct zlink *link = open_link(context, options, false, why);
	bool good, is_new;

	if (!link)
		return NULL;
	link->endpoint = xstrdup(options->endpoint);
	if (has_curve(options)) {
		good = set_client(link, options, why);
	} else {
		link->key_directory = key_directory(options);
		good = is_key_missing(link) || take_shared_key(link, &is_new, why);
	}
	if (!good || !connect_socket(link, why)) {
		zlink_close(link);
		return NULL;
	}
	return link;
}

static bool check_events(void *owner);

void zlink_close(struct zlink *link)
{
	if (!link)
		return;
	if (link->receiving) {
		link->closing = true;
		return;
	}
	if (link->loop) {
		loop_unwatch(link->loop, link->fd);
		loop_remove_hook(link->loop, check_events, link);
	}
	zmq_close(link->socket);
	if (link->lock >= 0)
		close(link->lock);
	link->context->links--;
	free(link->endpoint);
	free(link->key_directory);
	free(link);
}

/* --- receiving ------------------------------------------------------------------------------- */

/* Receives one part of a message. False when there is none. */
static bool receive_part(struct zlink *link, zmq_msg_t *part)
{
	while (zmq_msg_recv(part, link->socket, ZMQ_DONTWAIT) < 0) {
		if (errno == EAGAIN)
			return false;
		if (errno != EINTR)
			panic("zmq_msg_recv: %s", zmq_strerror(errno));
	}
	return true;
}

/* Drops the rest of a message that has more parts than ours do. */
static void drop_parts(struct zlink *link, zmq_msg_t *part)
{
	while (zmq_msg_more(part) && receive_part(link, part))
		continue;
}

static bool read_peer(zmq_msg_t *part, struct zpeer *out)
{
	size_t size = zmq_msg_size(part);

	if (size > ZPEER_ID_MAX || !zmq_msg_more(part))
		return false;
	out->length = (uint8_t)size;
	memcpy(out->id, zmq_msg_data(part), size);
	return true;
}

/* Receives one message and passes it on if it has our form. False when there is none. */
static bool receive_message(struct zlink *link, zmq_msg_t *part)
{
	struct zpeer peer = { 0 };

	if (!receive_part(link, part))
		return false;
	if (link->is_router && (!read_peer(part, &peer) || !receive_part(link, part))) {
		drop_parts(link, part);
		return true;
	}
	if (zmq_msg_more(part)) {
		drop_parts(link, part);
		return true;
	}
	link->fn(link->owner, link->is_router ? &peer : NULL, zmq_msg_data(part),
		 zmq_msg_size(part));
	return true;
}

/* The link may be gone afterwards. */
static void receive_some(struct zlink *link)
{
	zmq_msg_t part;
	int count = 0;

	zmq_msg_init(&part);
	link->receiving = true;
	while (count < RECEIVES_PER_TURN && !link->closing && receive_message(link, &part))
		count++;
	link->receiving = false;
	zmq_msg_close(&part);
	if (link->closing)
		zlink_close(link);
}

static void on_readable(void *owner, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	receive_some(owner);
}

/* Before each sleep. Reading ZMQ_EVENTS also clears the descriptor, which would otherwise stay
 * readable. */
static bool check_events(void *owner)
{
	struct zlink *link = owner;
	int events = 0;
	size_t size = sizeof(events);

	if (zmq_getsockopt(link->socket, ZMQ_EVENTS, &events, &size) < 0 && errno != EINTR)
		panic("ZMQ_EVENTS: %s", zmq_strerror(errno));
	if (!(events & ZMQ_POLLIN))
		return false;
	receive_some(link);
	return true;
}

void zlink_attach(struct zlink *link, struct loop *loop, zlink_receive_fn *fn, void *owner)
{
	link->loop = loop;
	link->fn = fn;
	link->owner = owner;
	loop_watch(loop, link->fd, EPOLLIN, on_readable, link);
	loop_add_last_hook(loop, check_events, link);
}

/* --- sending --------------------------------------------------------------------------------- */

static enum zlink_sent send_part(struct zlink *link, const void *data, size_t size, int more)
{
	while (zmq_send(link->socket, data, size, ZMQ_DONTWAIT | more) < 0) {
		if (errno == EAGAIN)
			return ZLINK_FULL;
		if (errno == EHOSTUNREACH)
			return ZLINK_GONE;
		if (errno != EINTR)
			panic("zmq_send: %s", zmq_strerror(errno));
	}
	return ZLINK_SENT;
}

static void reconnect(struct zlink *link)
{
	(void)zmq_disconnect(link->socket, link->endpoint);
	(void)connect_socket(link, NULL);
}

static bool has_new_key(struct zlink *link, uint64_t now_ms)
{
	bool is_new;

	if (!link->key_directory || now_ms - link->key_read_ms < KEY_MS)
		return false;
	link->key_read_ms = now_ms;
	return take_shared_key(link, &is_new, NULL) && is_new;
}

static void watch_connection(struct zlink *link, enum zlink_sent sent)
{
	uint64_t now_ms = clock_boot_ms();

	if (sent == ZLINK_SENT) {
		link->stuck_since_ms = 0;
		return;
	}
	if (!link->stuck_since_ms)
		link->stuck_since_ms = now_ms;
	if (!has_new_key(link, now_ms) && now_ms - link->stuck_since_ms < RENEW_MS)
		return;
	link->stuck_since_ms = now_ms;
	reconnect(link);
}

enum zlink_sent zlink_send(struct zlink *link, const struct zpeer *to, const void *data,
			   size_t size)
{
	enum zlink_sent sent;

	if (!link->is_router) {
		sent = send_part(link, data, size, 0);
		watch_connection(link, sent);
		return sent;
	}
	sent = send_part(link, to->id, to->length, ZMQ_SNDMORE);
	if (sent != ZLINK_SENT)
		return sent;
	/* The first part was accepted, so this one is too, or is dropped with the peer. */
	return send_part(link, data, size, 0);
}

static void free_frame(void *data, void *memory)
{
	(void)data;
	free(memory);
}

enum zlink_sent zlink_give(struct zlink *link, const struct zpeer *to, struct buffer *frame)
{
	enum zlink_sent sent = send_part(link, to->id, to->length, ZMQ_SNDMORE);
	zmq_msg_t part;

	if (sent != ZLINK_SENT)
		return sent;
	/* ZeroMQ's thread frees it. */
	zmq_msg_init_data(&part, buffer_unread(frame), buffer_unread_size(frame), free_frame,
			  frame->data);
	*frame = (struct buffer) { 0 };
	/* The first part was accepted, so this one is too, or is dropped with the peer. */
	while (zmq_msg_send(&part, link->socket, ZMQ_DONTWAIT) < 0 && errno == EINTR)
		continue;
	zmq_msg_close(&part);
	return ZLINK_SENT;
}

bool zpeer_equal(const struct zpeer *a, const struct zpeer *b)
{
	return a->length == b->length && !memcmp(a->id, b->id, a->length);
}
