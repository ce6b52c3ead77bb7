/* strikes.h - connections that sent what is not of the protocol; after a few they are not heard. */
#ifndef COMMON_STRIKES_H
#define COMMON_STRIKES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/zlink.h"

#define STRIKES_MAX 8u
#define STRIKES_PEERS 64u /* the latest ones */

struct strikes {
	struct {
		struct zpeer peer;
		unsigned count;
	} peers[STRIKES_PEERS];
	size_t used, next;
};

/* Counts one; true when the peer is out with it. */
bool strikes_add(struct strikes *strikes, const struct zpeer *peer);
bool strikes_is_out(const struct strikes *strikes, const struct zpeer *peer);

#endif
