/* curve.h - the keys of CurveZMQ links (RFC 26) and who may connect (ZAP, RFC 27).
 *
 * A directory holds NAME.key, the own secret key, and NAME.pub, the public key of each peer that is
 * known; each is one line of Z85 text (RFC 32). Without a guard CURVE lets in everyone who has the
 * server's public key; with it only those whose NAME.pub is there. Used by zlink.c and, to make
 * keys, by koronectl. */
#ifndef COMMON_CURVE_H
#define COMMON_CURVE_H

#include <stdbool.h>

#include "common/why.h"

#define CURVE_KEY_SIZE 41 /* Z85 text of 32 bytes and a NUL */

struct curve_pair {
	char public_key[CURVE_KEY_SIZE];
	char secret_key[CURVE_KEY_SIZE];
};

/* Makes NAME.key (0600) and NAME.pub in the directory; refuses to replace a key that is there. */
MUST_CHECK bool curve_make(const char *directory, const char *name, struct why *why);
/* Reads NAME.key; refuses one that everybody may read. The caller wipes the pair. */
MUST_CHECK bool curve_read_pair(const char *directory, const char *name, struct curve_pair *out,
				struct why *why);
/* Reads NAME.pub. */
MUST_CHECK bool curve_read_public(const char *directory, const char *name, char out[CURVE_KEY_SIZE],
				  struct why *why);

/* Answers the authentication requests of all CURVE servers of a ZeroMQ context, in a thread of its
 * own. The directory is read anew for each handshake, so that a peer is let in or shut out without
 * a restart (those connected stay). At most one per context, before its first server binds. */
struct curve_guard;

struct curve_guard *curve_guard_start(void *zmq_context, const char *directory, struct why *why);
/* After zmq_ctx_shutdown(). NULL is allowed. */
void curve_guard_join(struct curve_guard *guard);

#endif
