/* curve.h - the keys of CurveZMQ links (RFC 26) and who may connect (ZAP, RFC 27).
 *
 * A directory holds NAME.key, our own secret key, and NAME.pub, the public key of each known peer;
 * each is one line of Z85 text (RFC 32). Without a guard CURVE admits anyone who has the server's
 * public key; with it, only those whose NAME.pub is there. Used by zlink.c and, to create keys, by
 * koronectl. */
#ifndef COMMON_CURVE_H
#define COMMON_CURVE_H

#include <stdbool.h>

#include "common/why.h"

#define CURVE_KEY_SIZE 41 /* Z85 text of 32 bytes and a NUL */

struct curve_pair {
	char public_key[CURVE_KEY_SIZE];
	char secret_key[CURVE_KEY_SIZE];
};

/* Creates NAME.key (0600) and NAME.pub in the directory; refuses to replace an existing key. */
MUST_CHECK bool curve_make(const char *directory, const char *name, struct why *why);
/* Reads NAME.key; refuses one that others may read. The caller wipes the pair. */
MUST_CHECK bool curve_read_pair(const char *directory, const char *name, struct curve_pair *out,
				struct why *why);
/* Reads NAME.pub. */
MUST_CHECK bool curve_read_public(const char *directory, const char *name, char out[CURVE_KEY_SIZE],
				  struct why *why);

/* Answers the authentication requests of all CURVE servers of a ZeroMQ context, in its own thread.
 * The directory is read again for each handshake, so that peers can be admitted or shut out without
 * a restart (existing connections stay). At most one per context, before its first server binds. */
struct curve_guard;

struct curve_guard *curve_guard_start(void *zmq_context, const char *directory, struct why *why);
/* Call after zmq_ctx_shutdown(). NULL is allowed. */
void curve_guard_join(struct curve_guard *guard);

#endif
