/* put_off.h - carries out what handlers ordered about work that waits (common/orders.h), in spool
 * and dispatcher alike, in the batch of the verdict that brought it.
 *
 * A piece of work is an update of its own, with ITEM_WORK and a head (common/piece.h), in the lane
 * of its chat once it is due. A million of them take 172 MB, and are looked through in about 20 ms,
 * which happens when somebody is forgotten or a group becomes a supergroup (make bench-put-off). */
#ifndef INGRESS_POOLS_PUT_OFF_H
#define INGRESS_POOLS_PUT_OFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/orders.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/dispatch/joins.h"
#include "ingress/spool/spool.h"

/* Who was forgotten while handlers that began before may still put something off for them. */
struct forgotten {
	bool is_chat;
	int64_t id;
	uint64_t below; /* seqs of what began before */
};

/* A zeroed struct with its first members set is ready. */
struct put_off {
	struct spool *spool;
	struct dispatch *dispatch;
	const struct joins *joins;
	struct forgotten *forgotten;
	size_t forgotten_count, forgotten_capacity;
	const struct live_update *by; /* whose orders are carried out */
	uint64_t first_new; /* the smallest seq that it appended and nobody took; 0: none */
	struct buffer body;
};

void put_off_finish(struct put_off *put_off);
/* The orders of the handler of `by`, which is in flight. Appended to the open batch. */
void put_off_apply(struct put_off *put_off, const struct live_update *by, struct text orders,
		   uint64_t now_ms);
/* What waits for the person, or in the chat, is gone with the open batch. */
void put_off_forget(struct put_off *put_off, bool is_chat, int64_t id);
/* A group became a supergroup: what waits there waits in the new one. */
void put_off_move(struct put_off *put_off, int64_t from, int64_t to);
/* It is done no more, wherever it is now. */
bool put_off_is_withdrawn(const struct put_off *put_off, const struct live_update *work);
/* Ends what is over; called about once a second. True: it appended something. */
bool put_off_tend(struct put_off *put_off);
/* From the value of the spool's key "forgotten"; of damaged input, the intact part. */
void put_off_restore(struct put_off *put_off, const void *value, size_t size);

#endif
