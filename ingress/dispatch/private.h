/* private.h - the state of the dispatcher, for its own files. */
#ifndef INGRESS_DISPATCH_PRIVATE_H
#define INGRESS_DISPATCH_PRIVATE_H

#include "ingress/dispatch/credit_tree.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/dispatch/due.h"
#include "ingress/dispatch/hold.h"
#include "ingress/dispatch/join_targets.h"

enum urgency { URGENT, NORMAL, URGENCIES };

struct consumer {
	bool open;
	uint32_t credit;
	struct position_map in_hand;        /* as dispatch->out, of this consumer alone */
	struct ready_list ready[URGENCIES]; /* lanes that must go on here */
};

struct dispatch {
	struct live_updates live;
	struct lanes lanes;
	struct position_map out; /* seq -> work, for all that is at consumers */
	struct due due;
	struct due_entry *early; /* due, and not in the spool yet; only while waking */
	size_t early_capacity;
	struct pieces pieces;
	struct position_map holds; /* keys of held lanes, whether there is such a lane or not */
	bool paused;
	struct hold hold;
	struct join_targets joins;
	struct ready_list ready[URGENCIES]; /* lanes that any consumer may take */
	struct consumer consumers[CONSUMERS_MAX];
	struct credit_tree any;              /* all consumers */
	struct credit_tree bound[URGENCIES]; /* those with lanes that must go on there */
	unsigned favoured;                   /* the consumer that was chosen last … */
	size_t stretch, stretch_each;        /* … and how many more updates it gets, of so many */
	uint64_t ready_counter;
	size_t ready_updates;
};

static inline struct lane *lane_at(const struct dispatch *dispatch, uint32_t position)
{
	return &dispatch->lanes.table[position];
}

/* Puts the lane where its state says it belongs. Every change of a lane ends here, and a lane that
 * is idle ends with it. */
void dispatch_relist(struct dispatch *dispatch, uint32_t position);
/* The update is nowhere any more. */
void dispatch_remove_live(struct dispatch *dispatch, uint32_t position);

#endif
