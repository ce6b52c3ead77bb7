/* joins.h - groups that became supergroups: for 24 hours the lane of the old id goes on in that of
 * the new one. Kept in the spool, so that a restart knows them. */
#ifndef INGRESS_DISPATCH_JOINS_H
#define INGRESS_DISPATCH_JOINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/spool/spool.h"

#define JOIN_KEPT_S (24 * 3600)

struct join {
	uint64_t from, to; /* keys of lanes */
	int64_t until_s;   /* UTC */
};

/* Zeroed is empty and ready. */
struct joins {
	struct join *list;
	size_t count;
};

void joins_finish(struct joins *joins);
/* False when it is known already; then its time goes on from now. */
bool joins_add(struct joins *joins, struct dispatch *dispatch, uint64_t from, uint64_t to,
	       int64_t now_s);
/* True when one ended. */
bool joins_expire(struct joins *joins, struct dispatch *dispatch, int64_t now_s);
void joins_encode(const struct joins *joins, struct buffer *out);
/* Into the open batch. */
void joins_write(const struct joins *joins, struct spool *spool);
/* Adds what was encoded and is not over; damaged input adds what is whole. */
void joins_decode(struct joins *joins, struct dispatch *dispatch, const void *data, size_t size,
		  int64_t now_s);

#endif
