/* zlink.h - a ZeroMQ socket in the event loop: ROUTER binds, DEALER connects; one frame a message.
 *
 * Every link is CURVE: with the keys of `curve_dir`, else with the key that the processes of one
 * machine share (curve.h), which the binding side makes next to its socket. Nobody else gets past
 * the handshake. On a unix socket nobody listens in, so that a password would do; but this is one
 * mechanism for all links, and it costs about a µs of the 29 µs of an update.
 *
 * Only zlink.c, curve.c and curve_guard.c include zmq.h. Sends never block: FULL means retry after
 * the peer has drained (on a DEALER also: not connected), GONE that the peer is not there. SENT
 * does not mean that it arrived (libzmq drops what is queued for a peer that leaves), so every
 * message that matters is acknowledged by the peer. Create links after forking; a fork must not use
 * existing ones. */
#ifndef COMMON_ZLINK_H
#define COMMON_ZLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/why.h"

#define ZPEER_ID_MAX 32

/* A ROUTER's name for one connection; a peer that reconnects gets a new one. */
struct zpeer {
	uint8_t length;
	uint8_t id[ZPEER_ID_MAX];
};

enum zlink_sent { ZLINK_SENT, ZLINK_FULL, ZLINK_GONE };

struct zlink;
struct zcontext;

/* `data` is borrowed for the call. On a DEALER `from` is NULL. */
typedef void zlink_receive_fn(void *owner, const struct zpeer *from, const uint8_t *data,
			      size_t size);

/* One context per process; io_threads 1 suffices for all of ours. */
struct zcontext *zcontext_create(int io_threads);
/* Takes at most a second; links must be closed before. */
void zcontext_destroy(struct zcontext *context);

struct zlink_options {
	const char *endpoint; /* ipc://PATH (directory made 0700, socket 0600) or tcp://HOST:PORT */
	size_t receive_max;   /* bytes per message; a peer that sends more is disconnected */
	/* Where the shared key of a tcp:// endpoint is, KORONE_RUN_DIR; that of ipc://PATH is next
	 * to PATH. */
	const char *run_dir;
	const char *curve_dir;  /* "" or NULL: none; required for tcp:// beyond loopback */
	const char *curve_name; /* our own key: NAME.key in curve_dir */
	const char *curve_peer; /* DEALER: the server's public key, NAME.pub in curve_dir */
	unsigned curve_roles;   /* ROUTER: enum curve_role, whose keys in curve_dir may connect */
};

/* Returns NULL with a reason on failure. That nobody has made the shared key yet is none for the
 * side that connects: it tries again with every send that finds no connection. */
struct zlink *zlink_bind(struct zcontext *context, const struct zlink_options *options,
			 struct why *why);
struct zlink *zlink_connect(struct zcontext *context, const struct zlink_options *options,
			    struct why *why);
/* Drops what is not sent yet (linger 0). NULL is allowed, and so is a call from the link's own
 * receive function, which is then not called again. */
void zlink_close(struct zlink *link);

/* Calls fn for every message that arrives, a bounded number per turn. */
void zlink_attach(struct zlink *link, struct loop *loop, zlink_receive_fn *fn, void *owner);

/* Copies the bytes. `to` is NULL on a DEALER. */
enum zlink_sent zlink_send(struct zlink *link, const struct zpeer *to, const void *data,
			   size_t size);

/* The same for a ROUTER, without a copy: when the result is SENT the link owns the buffer's memory
 * and the buffer is empty; else the buffer is unchanged. */
enum zlink_sent zlink_give(struct zlink *link, const struct zpeer *to, struct buffer *frame);

bool zpeer_equal(const struct zpeer *a, const struct zpeer *b);

#endif
