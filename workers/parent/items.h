/* items.h - the updates that a pool holds, and their lanes: what may be given to a child next.
 *
 *             take                handled, calls unsent          all sent
 *   WAITING ---------> ASSIGNED ------------------------> SENDING ---------> (removed)
 *      ^                  | put back       handled, no calls: removed at once
 *      +------------------+
 *
 * A lane is handled in order and by one child at a time: while one of its items is ASSIGNED and not
 * released by its handler, the rest wait. Lanes with urgent kinds go first, others in the order in
 * which they became ready. No clock, no sockets: only the order. */
#ifndef WORKERS_PARENT_ITEMS_H
#define WORKERS_PARENT_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/id_map.h"
#include "common/message.h"
#include "workers/parent/unsent.h"

enum item_state { ITEM_WAITING, ITEM_ASSIGNED, ITEM_SENDING };

struct item {
	uint64_t seq;
	struct trace_id trace;
	int64_t update_id;
	enum update_kind kind;
	uint8_t flags, attempt;
	bool released; /* its handler released the lane */
	enum item_state state;
	uint64_t age_ms;      /* its age when it arrived */
	uint64_t received_s;  /* message.h */
	uint64_t received_ms; /* when it arrived: loop_now_ms() */
	uint64_t began_ns;    /* UTC, when it was given to the child */
	uint32_t ordinal;     /* at its child */
	uint32_t at_sender;   /* calls there */
	struct unsent unsent; /* calls that the sender returned */
	void *orders;         /* owned: what ingress was not told yet (orders.h), or NULL */
	size_t orders_size;
	bool orders_wait; /* until its calls are made */
	struct lane *lane;
	TAILQ_ENTRY(item) link; /* of its lane, while WAITING */
	size_t size;
	uint8_t body[];
};

struct items {
	struct id_map by_seq, lanes;
	TAILQ_HEAD(lane_list, lane) ready[2]; /* urgent first */
	size_t ready_lanes, closed_lanes;
	size_t waiting, assigned, sending;
};

void items_init(struct items *items);
/* Frees all; it is empty and ready again. */
void items_finish(struct items *items);
struct item *items_find(const struct items *items, uint64_t seq);
/* Copies it to the end of its lane; NULL when the pool holds that seq already. */
struct item *items_add(struct items *items, const struct message_item *from, uint64_t now_ms);
/* A run of the first ready lane, at most `max`: now ASSIGNED. Returns how many. */
size_t items_take(struct items *items, struct item **out, size_t max);
/* An ASSIGNED item that was not begun becomes the first of its lane again. Put several back last to
 * first. */
void items_put_back(struct items *items, struct item *item);
/* The lane of an ASSIGNED item may go on before it is handled. */
void items_release(struct items *items, struct item *item);
/* ASSIGNED to SENDING. */
void items_handled(struct items *items, struct item *item);
/* WAITING to SENDING: no child is needed. */
void items_skip_child(struct items *items, struct item *item);
/* Removes it in any state, and frees it. */
void items_remove(struct items *items, struct item *item);
/* The first WAITING item of a lane, or NULL. */
struct item *items_first_waiting(const struct items *items, uint64_t lane);
/* Any lane's first WAITING item, or NULL. */
struct item *items_any_waiting(const struct items *items);
uint64_t items_lane_key(const struct item *item);

/* An item of the lane was returned to ingress with verdict `number`: until that is stored, whatever
 * arrives for the lane is returned too. */
void items_close_lane(struct items *items, uint64_t lane, uint64_t number);
bool items_lane_is_closed(const struct items *items, uint64_t lane);
/* Verdicts up to `number` are stored. */
void items_open_lanes(struct items *items, uint64_t number);

/* Seqs of all items, for HELLO: xmalloc'ed, *count of them. */
uint64_t *items_seqs(const struct items *items, size_t *count);

#endif
