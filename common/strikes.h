/* strikes.h - connections that sent frames against the protocol; after a few they are ignored. */
#ifndef COMMON_STRIKES_H
#define COMMON_STRIKES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/zlink.h"

#define STRIKES_MAX 8u
#define STRIKES_PEERS 64u /* the most recent ones */

struct strikes {
	struct {
		struct zpeer peer;
		unsigned count;
	} peers[STRIKES_PEERS];
	size_t used, next;
};

/* Counts one; true when it was the peer's last. */
bool strikes_add(struct strikes *strikes, const struct zpeer *peer);
bool strikes_is_out(const struct strikes *strikes, const struct zpeer *peer);

#endif
