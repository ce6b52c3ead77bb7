/* joins.h - groups that became supergroups: for 24 hours the old id's lane continues in that of the
 * new id. Kept in the spool, so that it survives a restart. */
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
	uint64_t from, to;          /* lane keys */
	int64_t from_chat, to_chat; /* 0: it is from before they were kept */
	int64_t until_s;            /* UTC */
};

/* A zeroed struct is empty and ready. */
struct joins {
	struct join *list;
	size_t count;
};

void joins_finish(struct joins *joins);
/* Chat ids. False when it was known already; its 24 hours then start over. */
bool joins_add(struct joins *joins, struct dispatch *dispatch, int64_t from, int64_t to,
	       int64_t now_s);
/* What the chat is called now: its own id, unless it became another one. */
int64_t joins_follow(const struct joins *joins, int64_t chat_id);
/* True when at least one expired. */
bool joins_expire(struct joins *joins, struct dispatch *dispatch, int64_t now_s);
void joins_encode(const struct joins *joins, struct buffer *out);
/* Appends to the open batch. */
void joins_write(const struct joins *joins, struct spool *spool);
/* Adds what was encoded and has not expired; of damaged input, the intact part. */
void joins_decode(struct joins *joins, struct dispatch *dispatch, const void *data, size_t size,
		  int64_t now_s);

#endif
