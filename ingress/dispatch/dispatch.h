/* dispatch.h - decides which pool gets which update next: lanes in order, consumers by credit.
 *
 * Pure bookkeeping without clocks, sockets or disk; pools.c, delivery.c and ledger.c act on it. The
 * cost per update does not grow with the backlog, nor with the number of consumers. A consumer is a
 * session of a pool, identified by its index in the table of sessions. */
#ifndef INGRESS_DISPATCH_DISPATCH_H
#define INGRESS_DISPATCH_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingress/dispatch/consumers_max.h"
#include "ingress/dispatch/lane.h"
#include "ingress/dispatch/live_update.h"
#include "ingress/dispatch/pieces.h"
#include "ingress/spool/spool.h"

struct dispatch;

struct dispatch *dispatch_create(void);
void dispatch_destroy(struct dispatch *dispatch);

/* --- consumers --- */

void dispatch_open(struct dispatch *dispatch, unsigned consumer);
/* Only once it has nothing in flight. */
void dispatch_close(struct dispatch *dispatch, unsigned consumer);
/* How many updates it may be given now. */
void dispatch_set_credit(struct dispatch *dispatch, unsigned consumer, uint32_t credit);
/* Updates that this consumer has and that are not done. */
size_t dispatch_consumer_in_flight(const struct dispatch *dispatch, unsigned consumer);
/* Their numbers, newest first, in memory that the caller frees; NULL when there are none. */
uint64_t *dispatch_list_in_flight(const struct dispatch *dispatch, unsigned consumer,
				  size_t *count);

/* --- adding updates --- */

/* Appends to its lane; with ITEM_WORK and a due time after `now_ms`, only once it is due. */
void dispatch_add(struct dispatch *dispatch, const struct spool_update *update, uint64_t now_ms);
/* Work that was not there before: out only by dispatch_wake(), even if it is due. */
void dispatch_add_later(struct dispatch *dispatch, const struct spool_update *update);
/* After a restart: an update that is (or was) in flight at a consumer. */
void dispatch_add_in_flight(struct dispatch *dispatch, const struct spool_update *update,
			    unsigned consumer);
/* Work that has become due goes to the front of its lane, but for what has a seq of `durable` or
 * above: it is not in the spool yet. */
void dispatch_wake(struct dispatch *dispatch, uint64_t now_ms, uint64_t durable);

/* --- recovery: who has what is not known yet --- */

/* Everything added so far, in order of seq, is held until dispatch_end_recovery(); younger updates
 * of a lane wait for those held. Meanwhile consumers can claim what is held. */
void dispatch_start_recovery(struct dispatch *dispatch);
void dispatch_end_recovery(struct dispatch *dispatch);

enum claim {
	CLAIM_TAKEN,   /* it was held, and is now in flight at the consumer */
	CLAIM_OWN,     /* the consumer had it already */
	CLAIM_OTHERS,  /* another consumer has it */
	CLAIM_UNKNOWN, /* neither in flight nor held */
};

/* The consumer has the update `seq`. Claims must be made in ascending order of seq. */
enum claim dispatch_claim(struct dispatch *dispatch, uint64_t seq, unsigned consumer);

/* --- sending updates --- */

/* What is taken from here on leaves together. */
void dispatch_start_turn(struct dispatch *dispatch);

/* Takes up to LANE_RUN_MAX consecutive updates of one lane for one consumer with credit; they are
 * in flight then and use up credit. Returns 0 when nothing can be sent now.
 *
 * The consumer with the most credit is next. When much is ready it gets some lanes one after the
 * other: a frame for each update would cost ZeroMQ more than all else (see FRAMES_WANTED). */
size_t dispatch_take(struct dispatch *dispatch, struct live_update *run[LANE_RUN_MAX],
		     unsigned *consumer);

/* --- outcomes --- */

/* The update `seq` if it is in flight, else NULL. */
struct live_update *dispatch_find(struct dispatch *dispatch, uint64_t seq);
uint64_t dispatch_lane_key(const struct dispatch *dispatch, const struct live_update *work);
void dispatch_handled(struct dispatch *dispatch, struct live_update *work);
/* Removes it, handled or not; `work` is no longer valid. */
void dispatch_done(struct dispatch *dispatch, struct live_update *work);
/* An update of its lane will come back: nothing more leaves the lane until everything in flight is
 * handled or back. */
void dispatch_break(struct dispatch *dispatch, struct live_update *work);
/* Puts it back into its lane, ahead of everything younger. */
void dispatch_return(struct dispatch *dispatch, struct live_update *work);
/* Whether its lane is held. */
bool dispatch_is_held(const struct dispatch *dispatch, const struct live_update *work);
/* Counts as handled for its lane; comes back at `due_ms` (UTC) with its current flags. With
 * ITEM_KEEPS_LANE nothing else leaves its lane until then. */
void dispatch_later(struct dispatch *dispatch, struct live_update *work, uint64_t due_ms);

/* --- work that waits under a name (pieces.h) --- */

/* Where the piece of this name is; POSITION_NONE: there is none. Positions are valid until the
 * piece is done or withdrawn. */
uint32_t dispatch_find_piece(const struct dispatch *dispatch, int64_t chat_id, uint64_t key);
/* The next piece that is not withdrawn: start with *at = 0; POSITION_NONE at the end. Meanwhile
 * pieces may be withdrawn, moved and hastened, not added. */
uint32_t dispatch_next_piece(const struct dispatch *dispatch, uint32_t *at);
const struct piece *dispatch_piece(const struct dispatch *dispatch, uint32_t position);
const struct live_update *dispatch_piece_update(const struct dispatch *dispatch, uint32_t position);
/* As the spool stores it: with its lane and, before it is due, its due time. */
struct spool_update dispatch_piece_header(const struct dispatch *dispatch, uint32_t position);
/* It is to be done no more. True: it is gone here. False: a consumer has it, and may do it; when it
 * comes back it is to be dropped. */
bool dispatch_withdraw(struct dispatch *dispatch, uint32_t position);
/* It belongs to another chat, or has other flags. What had its new name there has none. */
void dispatch_change_piece(struct dispatch *dispatch, uint32_t position, const struct piece *piece,
			   uint64_t lane);
/* Is due now, if it is not. */
void dispatch_hasten(struct dispatch *dispatch, uint32_t position, uint64_t now_ms);
/* The piece that an update in flight is; NULL: it is none. */
const struct piece_entry *dispatch_piece_of(const struct dispatch *dispatch,
					    const struct live_update *work);
/* It was done: what is left of an update in flight are replies. */
void dispatch_end_piece(struct dispatch *dispatch, const struct live_update *work);
/* The smallest seq of what is in a lane or out: not of what waits until it is due. UINT64_MAX:
 * there is none. Walks all lanes. */
uint64_t dispatch_oldest_seq(const struct dispatch *dispatch);

/* A group became a supergroup: present and future updates of lane `from` continue in lane `to`,
 * after what is in flight of `from` is done. Until dispatch_unjoin(). */
void dispatch_join(struct dispatch *dispatch, uint64_t from, uint64_t to);
bool dispatch_is_joined(const struct dispatch *dispatch, uint64_t lane);
void dispatch_unjoin(struct dispatch *dispatch, uint64_t from);

/* Nothing leaves the lane (the whole dispatcher) while it is held (paused). */
void dispatch_hold(struct dispatch *dispatch, uint64_t lane, bool held);
void dispatch_pause(struct dispatch *dispatch, bool paused);

/* --- state --- */

size_t dispatch_backlog(const struct dispatch *dispatch); /* everything that is not done */
size_t dispatch_ready(const struct dispatch *dispatch);   /* could be sent now, given credit */
size_t dispatch_in_flight(
	const struct dispatch *dispatch); /* in flight: with consumers and not done */
size_t dispatch_waiting_work(const struct dispatch *dispatch); /* not due yet */
/* When the oldest update that is not done was received (UTC ms), work that a module put off left
 * out; 0: there is none. Walks all lanes: call it about once a second. */
uint64_t dispatch_oldest_ms(const struct dispatch *dispatch);
/* Calls fn for each update that is not done, in no particular order: for status output. */
void dispatch_each(const struct dispatch *dispatch, live_update_fn *fn, void *owner);
/* Calls fn for each lane that has such updates. */
typedef void lane_fn(void *owner, const struct lane *lane);
void dispatch_each_lane(const struct dispatch *dispatch, lane_fn *fn, void *owner);
/* When the first waiting update of a lane was received (UTC ms); 0: none waits. */
uint64_t dispatch_lane_oldest_ms(const struct dispatch *dispatch, const struct lane *lane);

#endif
