/* curve.h - the keys of CurveZMQ links (RFC 26).
 *
 * Two kinds. KORONE_CURVE_DIR holds NAME.key, our own secret key, and NAME.pub, the public key of
 * each known peer, with what it is for: a line of Z85 text (RFC 32), then "role=worker" or another
 * role. Without it the processes of one machine share the key that the binding one makes:
 * links.key, next to its sockets. Used by zlink.c, curve_guard.c, command_socket.c and, to create
 * keys, by koronectl. */
#ifndef COMMON_CURVE_H
#define COMMON_CURVE_H

#include <stdbool.h>

#include "common/why.h"

#define CURVE_KEY_SIZE 41 /* Z85 text of 32 bytes and a NUL */
#define CURVE_SHARED_NAME "links.key"

struct curve_pair {
	char public_key[CURVE_KEY_SIZE];
	char secret_key[CURVE_KEY_SIZE];
};

/* Which program a key is for. The binding side says which of them may connect. */
enum curve_role {
	CURVE_WORKER = 1,
	CURVE_RECORDER = 2,
	CURVE_INGRESS = 4,
	CURVE_CRASHD = 8,
};

struct curve_peer {
	char public_key[CURVE_KEY_SIZE];
	enum curve_role role;
	/* The file says the role. Else it is that of the program it is named after, or a worker's,
	 * as keys had no roles once. */
	bool is_marked;
	bool has_own_name; /* NAME, or NAME.old, is that of a program */
};

/* NULL when it is none: worker, recorder, ingress, crashd. */
const char *curve_role_name(enum curve_role role);
MUST_CHECK bool curve_role_parse(const char *name, enum curve_role *out);
/* What NAME.pub is for as long as it is not marked. */
enum curve_role curve_role_of_name(const char *name);

/* Creates NAME.key (0600) and NAME.pub in the directory; refuses to replace an existing key. */
MUST_CHECK bool curve_make(const char *directory, const char *name, enum curve_role role,
			   struct why *why);
/* Reads NAME.key; refuses one that others may read. The caller wipes the pair. */
MUST_CHECK bool curve_read_pair(const char *directory, const char *name, struct curve_pair *out,
				struct why *why);
/* Reads NAME.pub. */
MUST_CHECK bool curve_read_peer(const char *directory, const char *name, struct curve_peer *out,
				struct why *why);
MUST_CHECK bool curve_read_public(const char *directory, const char *name, char out[CURVE_KEY_SIZE],
				  struct why *why);
/* Writes NAME.pub, with its role. */
MUST_CHECK bool curve_write_peer(const char *directory, const char *name,
				 const struct curve_peer *peer, struct why *why);

/* The key that the processes of one machine share: it opens every link whose socket is in that
 * directory, and its commands. Making it leaves one that is there. A directory that others may
 * write, and a key that others may read, are refused; nothing is read through a link. The caller
 * wipes the pair. */
MUST_CHECK bool curve_make_shared(const char *directory, struct curve_pair *out, struct why *why);
MUST_CHECK bool curve_read_shared(const char *directory, struct curve_pair *out, struct why *why);

#endif
