/* dispatch.h - who gets which update next: lanes in order, consumers by credit.
 *
 * Pure bookkeeping, without clocks, sockets or disk: pools.c, delivery.c and ledger.c act on it.
 * Work per update does not grow with the backlog. A consumer is a session of a pool, named by its
 * place in the table of sessions. */
#ifndef INGRESS_DISPATCH_DISPATCH_H
#define INGRESS_DISPATCH_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingress/dispatch/lane.h"
#include "ingress/dispatch/work.h"
#include "ingress/spool/spool.h"

#define CONSUMERS_MAX 256u

struct dispatch;

struct dispatch *dispatch_create(void);
void dispatch_destroy(struct dispatch *dispatch);

/* --- consumers --- */

void dispatch_open(struct dispatch *dispatch, unsigned consumer);
/* It must have nothing in hand any more. */
void dispatch_close(struct dispatch *dispatch, unsigned consumer);
/* How many updates it may be given now. */
void dispatch_set_credit(struct dispatch *dispatch, unsigned consumer, uint32_t credit);
/* Updates that are at this consumer and not done. */
size_t dispatch_in_hand(const struct dispatch *dispatch, unsigned consumer);
/* The numbers of those, newest first, in memory that the caller frees; NULL when there are none. */
uint64_t *dispatch_list_in_hand(const struct dispatch *dispatch, unsigned consumer, size_t *count);

/* --- updates come in --- */

/* At the end of its lane; with ITEM_WORK and a due time after `now_ms`: once it is due. */
void dispatch_add(struct dispatch *dispatch, const struct spool_update *update, uint64_t now_ms);
/* After a restart: what is (or was) in hand at a consumer. */
void dispatch_add_out(struct dispatch *dispatch, const struct spool_update *update,
		      unsigned consumer);
/* Waiting work whose time has come goes to the front of its lane. */
void dispatch_wake(struct dispatch *dispatch, uint64_t now_ms);

/* --- who has what is not known --- */

/* All that is here, added in the order of seq, goes out only after dispatch_end_hold(), and what is
 * younger goes on not before what is held of its lane. Meanwhile a consumer can claim it. */
void dispatch_hold_all(struct dispatch *dispatch);
void dispatch_end_hold(struct dispatch *dispatch);

enum claim {
	CLAIM_TAKEN,   /* it was held and is out at the consumer now */
	CLAIM_OWN,     /* it was that before */
	CLAIM_OTHERS,  /* it is out at another one */
	CLAIM_UNKNOWN, /* it is neither out nor held */
};

/* The consumer has the update `seq`. Of several those with smaller numbers are to be claimed first.
 */
enum claim dispatch_claim(struct dispatch *dispatch, uint64_t seq, unsigned consumer);

/* --- and go out --- */

/* Takes up to LANE_RUN_MAX consecutive updates of one lane for one consumer with credit, and counts
 * them as out and against the credit. 0: nothing can go now. */
size_t dispatch_take(struct dispatch *dispatch, struct work *run[LANE_RUN_MAX], unsigned *consumer);

/* --- what became of them --- */

/* The update `seq` if it is at a consumer, else NULL. */
struct work *dispatch_find(struct dispatch *dispatch, uint64_t seq);
uint64_t dispatch_lane_key(const struct dispatch *dispatch, const struct work *work);
void dispatch_handled(struct dispatch *dispatch, struct work *work);
/* Handled or not: it leaves; `work` is gone. */
void dispatch_done(struct dispatch *dispatch, struct work *work);
/* Something of its lane will come back: nothing more goes out of the lane until all that is out is
 * handled or back. */
void dispatch_break(struct dispatch *dispatch, struct work *work);
/* Back into its lane, before all that is younger. */
void dispatch_return(struct dispatch *dispatch, struct work *work);
/* Is its lane held? */
bool dispatch_is_held(const struct dispatch *dispatch, const struct work *work);
/* Handled for its lane; comes back at `due_ms` (UTC) with the flags that it has now. With
 * ITEM_KEEPS_LANE nothing of its lane goes out before. */
void dispatch_later(struct dispatch *dispatch, struct work *work, uint64_t due_ms);

/* A group became a supergroup: what is and comes in lane `from` goes on in lane `to`, after what
 * is out of `from` is done. Holds for what comes later too, until dispatch_unjoin(). */
void dispatch_join(struct dispatch *dispatch, uint64_t from, uint64_t to);
bool dispatch_is_joined(const struct dispatch *dispatch, uint64_t lane);
void dispatch_unjoin(struct dispatch *dispatch, uint64_t from);

/* Nothing goes out of the lane (of the whole dispatcher) while it is held (paused). */
void dispatch_hold(struct dispatch *dispatch, uint64_t lane, bool held);
void dispatch_pause(struct dispatch *dispatch, bool paused);

/* --- state --- */

size_t dispatch_backlog(const struct dispatch *dispatch);      /* everything that is not done */
size_t dispatch_ready(const struct dispatch *dispatch);        /* could go out now, with credit */
size_t dispatch_out(const struct dispatch *dispatch);          /* at consumers and not done */
size_t dispatch_waiting_work(const struct dispatch *dispatch); /* not due yet */
/* When the oldest update that is not done was received (UTC ms); 0: there is none. Walks over the
 * lanes: for once a second. */
uint64_t dispatch_oldest_ms(const struct dispatch *dispatch);
/* Calls fn for each update that is not done, in no order: for people to look at. */
void dispatch_each(const struct dispatch *dispatch, work_fn *fn, void *owner);
/* Calls fn for each lane that has such updates. */
typedef void lane_fn(void *owner, const struct lane *lane);
void dispatch_each_lane(const struct dispatch *dispatch, lane_fn *fn, void *owner);
/* When the first update that waits in a lane was received (UTC ms); 0: none waits. */
uint64_t dispatch_lane_oldest_ms(const struct dispatch *dispatch, const struct lane *lane);

#endif
