/* curve_guard.h - who may connect to the CURVE servers of a ZeroMQ context (ZAP, RFC 27).
 *
 * Without a guard CURVE admits anyone who has the server's public key. Only zlink.c uses it. */
#ifndef COMMON_CURVE_GUARD_H
#define COMMON_CURVE_GUARD_H

#include "common/curve.h"
#include "common/why.h"

#define CURVE_DOMAIN_SIZE 24

/* One server's rule: the one key that its machine shares, or the keys of a directory. */
struct curve_gate {
	const char *endpoint;           /* for the log */
	const char *directory;          /* NULL: `shared` alone is admitted */
	unsigned roles;                 /* enum curve_role: whose keys in the directory */
	char shared[CURVE_KEY_SIZE];    /* public */
	char domain[CURVE_DOMAIN_SIZE]; /* set by curve_guard_add(): the server's ZMQ_ZAP_DOMAIN */
};

/* Answers the authentication requests of all CURVE servers of a ZeroMQ context, in its own thread.
 * Directories are read again for each handshake, so that peers can be admitted or shut out without
 * a restart (existing connections stay). At most one per context. */
struct curve_guard;

struct curve_guard *curve_guard_start(void *zmq_context, struct why *why);
/* Before the server binds. Copies the gate. Reports keys without a mark that is needed. */
void curve_guard_add(struct curve_guard *guard, struct curve_gate *gate);
/* Call after zmq_ctx_shutdown(). NULL is allowed. */
void curve_guard_join(struct curve_guard *guard);

#endif
