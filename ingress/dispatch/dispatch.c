/* dispatch.c - lanes, ready lists, credit, and where every update is that is not done. */
#include "ingress/dispatch/dispatch.h"

#include <assert.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "ingress/dispatch/lane_queue.h"
#include "ingress/dispatch/private.h"

/* What is ready is spread over about as many consumers, unless it is little: each of them then gets
 * a frame, and one with a few updates costs hardly more than one with a single one. */
#define FRAMES_WANTED 16u
/* Updates for the same consumer before another one is chosen: no more than it can begin soon. */
#define STRETCH_MAX 32u

struct dispatch *dispatch_create(void)
{
	struct dispatch *dispatch = xmalloc(sizeof(*dispatch));

	live_init(&dispatch->live);
	lanes_init(&dispatch->lanes);
	for (size_t u = 0; u < URGENCIES; u++)
		ready_list_init(&dispatch->ready[u]);
	return dispatch;
}

void dispatch_destroy(struct dispatch *dispatch)
{
	if (!dispatch)
		return;
	live_finish(&dispatch->live);
	lanes_finish(&dispatch->lanes);
	position_map_finish(&dispatch->out);
	for (size_t i = 0; i < CONSUMERS_MAX; i++)
		position_map_finish(&dispatch->consumers[i].in_hand);
	due_finish(&dispatch->due);
	free(dispatch->early);
	pieces_finish(&dispatch->pieces);
	position_map_finish(&dispatch->holds);
	hold_end(&dispatch->hold);
	join_targets_finish(&dispatch->joins);
	free(dispatch);
}

/* --- which list a lane is in ------------------------------------------------------------------ */

static struct ready_list *list_of(struct dispatch *dispatch, const struct lane *lane,
				  uint16_t place)
{
	enum urgency urgency = lane->urgent ? URGENT : NORMAL;

	return place == LANE_PLACE_ANY ? &dispatch->ready[urgency]
				       : &dispatch->consumers[place].ready[urgency];
}

/* How many of its waiting updates may go now. Calls to the old and to the new id of a chat that
 * migrated pass each other at Telegram, so both are never out at once. */
static uint32_t share_of(const struct dispatch *dispatch, const struct lane *lane)
{
	uint32_t room = lane_room(lane);

	if (lane->waiting == 0)
		return 0;
	if (hold_covers(&dispatch->hold, live_at(&dispatch->live, lane->head)->seq))
		return 0;
	if (lane->not_done > 0 && live_at(&dispatch->live, lane->head)->moved != lane->moved_out)
		return 0;
	return lane->waiting < room ? lane->waiting : room;
}

/* Its credit has changed, or whether it has lanes of its own. */
static void rank(struct dispatch *dispatch, unsigned number)
{
	const struct consumer *consumer = &dispatch->consumers[number];

	credit_tree_set(&dispatch->any, number, consumer->credit);
	for (size_t u = 0; u < URGENCIES; u++)
		credit_tree_set(&dispatch->bound[u], number,
				consumer->ready[u].head != LANE_NONE ? consumer->credit : 0);
}

static void leave_list(struct dispatch *dispatch, uint32_t position)
{
	struct lane *lane = lane_at(dispatch, position);
	uint16_t place = lane->place;

	if (place == LANE_PLACE_NONE)
		return;
	ready_list_remove(list_of(dispatch, lane, place), &dispatch->lanes, position);
	lane->place = LANE_PLACE_NONE;
	if (place != LANE_PLACE_ANY)
		rank(dispatch, place);
}

static void enter_list(struct dispatch *dispatch, uint32_t position, uint16_t place)
{
	struct lane *lane = lane_at(dispatch, position);

	lane->place = place;
	if (place == LANE_PLACE_NONE)
		return;
	lane->ready_number = ++dispatch->ready_counter;
	ready_list_append(list_of(dispatch, lane, place), &dispatch->lanes, position);
	if (place != LANE_PLACE_ANY)
		rank(dispatch, place);
}

void dispatch_relist(struct dispatch *dispatch, uint32_t position)
{
	struct lane *lane = lane_at(dispatch, position);
	uint32_t share = share_of(dispatch, lane);
	uint16_t place = LANE_PLACE_NONE;

	if (share > 0)
		place = lane->not_done > 0 ? lane->consumer : LANE_PLACE_ANY;
	dispatch->ready_updates += share;
	dispatch->ready_updates -= lane->share;
	lane->share = (uint8_t)share;
	if (place != lane->place) {
		leave_list(dispatch, position);
		enter_list(dispatch, position, place);
	}
	if (lane_is_idle(lane))
		lanes_remove(&dispatch->lanes, position);
}

/* --- consumers -------------------------------------------------------------------------------- */

void dispatch_open(struct dispatch *dispatch, unsigned consumer)
{
	struct consumer *opened = &dispatch->consumers[consumer];

	assert(!opened->open);
	*opened = (struct consumer) { .open = true };
	for (size_t u = 0; u < URGENCIES; u++)
		ready_list_init(&opened->ready[u]);
	rank(dispatch, consumer);
}

void dispatch_close(struct dispatch *dispatch, unsigned consumer)
{
	struct consumer *closed = &dispatch->consumers[consumer];

	assert(closed->in_hand.table.count == 0);
	position_map_finish(&closed->in_hand);
	closed->open = false;
	dispatch_set_credit(dispatch, consumer, 0);
}

void dispatch_set_credit(struct dispatch *dispatch, unsigned consumer, uint32_t credit)
{
	if (dispatch->consumers[consumer].credit == credit)
		return;
	dispatch->consumers[consumer].credit = credit;
	rank(dispatch, consumer);
}

size_t dispatch_consumer_in_flight(const struct dispatch *dispatch, unsigned consumer)
{
	return dispatch->consumers[consumer].in_hand.table.count;
}

static int newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

uint64_t *dispatch_list_in_flight(const struct dispatch *dispatch, unsigned consumer, size_t *count)
{
	const struct position_map *in_hand = &dispatch->consumers[consumer].in_hand;
	size_t room = in_hand->table.count, at = 0;
	uint64_t *seqs = room ? xcalloc(room, sizeof(*seqs)) : NULL;
	uint32_t position;

	*count = 0;
	while ((position = position_map_next(in_hand, &at)) != POSITION_NONE)
		seqs[(*count)++] = live_at(&dispatch->live, position)->seq;
	if (*count > 0)
		qsort(seqs, *count, sizeof(*seqs), newest_first);
	return seqs;
}

/* --- updates come in -------------------------------------------------------------------------- */

static uint32_t require_lane(struct dispatch *dispatch, uint64_t key, bool urgent)
{
	uint64_t joined = join_targets_follow(&dispatch->joins, key);
	uint32_t position = lanes_require(&dispatch->lanes, joined, urgent);

	lane_at(dispatch, position)->held = position_map_find(&dispatch->holds, joined) !=
					    POSITION_NONE;
	return position;
}

static uint32_t require_lane_of(struct dispatch *dispatch, struct live_update *work, uint64_t key)
{
	if (join_targets_follow(&dispatch->joins, key) != key)
		work->moved = true;
	return require_lane(dispatch, key, kinds[work->kind].urgent);
}

static void queue(struct dispatch *dispatch, uint32_t position, uint64_t key)
{
	struct live_update *work = live_at(&dispatch->live, position);

	work->lane = require_lane_of(dispatch, work, key);
	work->state = LIVE_WAITING;
	lane_queue_insert(lane_at(dispatch, work->lane), &dispatch->live, position);
	dispatch_relist(dispatch, work->lane);
}

/* Not before it is due. Its lane goes on meanwhile, unless it is to be kept. */
static void put_off(struct dispatch *dispatch, uint32_t position, uint64_t key, uint64_t due_ms)
{
	struct live_update *work = live_at(&dispatch->live, position);

	work->state = LIVE_LATER;
	due_add(&dispatch->due, (struct due_entry) { due_ms, work->seq, key, position });
	if (work->flags & ITEM_KEEPS_LANE) {
		uint32_t lane = require_lane_of(dispatch, work, key);

		lane_at(dispatch, lane)->kept++;
		dispatch_relist(dispatch, lane);
	}
}

static uint32_t add_live(struct dispatch *dispatch, const struct spool_update *update)
{
	uint32_t position = live_add(&dispatch->live, update);

	if ((update->flags & ITEM_WORK) && !(update->flags & ITEM_REPLIES))
		pieces_add(&dispatch->pieces, position, &update->piece);
	return position;
}

void dispatch_remove_live(struct dispatch *dispatch, uint32_t position)
{
	pieces_remove(&dispatch->pieces, position);
	live_remove(&dispatch->live, position);
}

void dispatch_add(struct dispatch *dispatch, const struct spool_update *update, uint64_t now_ms)
{
	uint32_t position = add_live(dispatch, update);

	if ((update->flags & ITEM_WORK) && update->due_ms > now_ms) {
		put_off(dispatch, position, update->lane, update->due_ms);
		return;
	}
	queue(dispatch, position, update->lane);
}

void dispatch_add_later(struct dispatch *dispatch, const struct spool_update *update)
{
	put_off(dispatch, add_live(dispatch, update), update->lane, update->due_ms);
}

static void mark_out(struct dispatch *dispatch, uint32_t position, unsigned consumer)
{
	struct live_update *work = live_at(&dispatch->live, position);
	struct lane *lane = lane_at(dispatch, work->lane);

	work->state = LIVE_IN_FLIGHT;
	work->consumer = (uint16_t)consumer;
	if (lane->not_done > 0 && lane->consumer != consumer)
		lane->scattered = true;
	lane->consumer = (uint16_t)consumer;
	lane->moved_out = work->moved;
	lane->unhandled++;
	lane->not_done++;
	position_map_set(&dispatch->consumers[consumer].in_hand, work->seq, position);
	position_map_set(&dispatch->out, work->seq, position);
}

void dispatch_add_in_flight(struct dispatch *dispatch, const struct spool_update *update,
			    unsigned consumer)
{
	uint32_t position = add_live(dispatch, update);
	struct live_update *work = live_at(&dispatch->live, position);

	work->lane = require_lane_of(dispatch, work, update->lane);
	mark_out(dispatch, position, consumer);
	dispatch_relist(dispatch, work->lane);
}

void dispatch_wake(struct dispatch *dispatch, uint64_t now_ms, uint64_t durable)
{
	struct due_entry entry;
	size_t early = 0;

	while (due_take(&dispatch->due, now_ms, &entry)) {
		struct live_update *work = live_at(&dispatch->live, entry.work);

		if (entry.seq >= durable) {
			array_reserve(dispatch->early, &dispatch->early_capacity, early + 1);
			dispatch->early[early++] = entry;
			continue;
		}
		if (work->flags & ITEM_KEEPS_LANE)
			lane_at(dispatch, require_lane_of(dispatch, work, entry.lane))->kept--;
		queue(dispatch, entry.work, entry.lane);
	}
	while (early > 0)
		due_add(&dispatch->due, dispatch->early[--early]);
}

/* --- who has what is not known ---------------------------------------------------------------- */

static void settle_all(struct dispatch *dispatch)
{
	for (uint32_t i = 0; i < dispatch->lanes.size; i++)
		if (lane_at(dispatch, i)->used)
			dispatch_relist(dispatch, i);
}

void dispatch_start_recovery(struct dispatch *dispatch)
{
	hold_start(&dispatch->hold, &dispatch->live);
	settle_all(dispatch);
}

void dispatch_end_recovery(struct dispatch *dispatch)
{
	hold_end(&dispatch->hold);
	settle_all(dispatch);
}

/* The time was put back since it was due and went out. */
static void take_before_due(struct dispatch *dispatch, uint32_t position)
{
	struct live_update *work = live_at(&dispatch->live, position);
	struct due_entry entry = due_remove(&dispatch->due, position);

	work->lane = require_lane_of(dispatch, work, entry.lane);
	if (work->flags & ITEM_KEEPS_LANE)
		lane_at(dispatch, work->lane)->kept--;
}

enum claim dispatch_claim(struct dispatch *dispatch, uint64_t seq, unsigned consumer)
{
	const struct live_update *out = dispatch_find(dispatch, seq);
	uint32_t position = hold_find(&dispatch->hold, &dispatch->live, seq);

	if (out)
		return out->consumer == consumer ? CLAIM_OWN : CLAIM_OTHERS;
	if (position == LIVE_NONE)
		return CLAIM_UNKNOWN;
	struct live_update *work = live_at(&dispatch->live, position);
	if (work->state == LIVE_LATER)
		take_before_due(dispatch, position);
	else
		lane_queue_remove(lane_at(dispatch, work->lane), &dispatch->live, position);
	mark_out(dispatch, position, consumer);
	/* What is older and not out with it must not pass it. */
	struct lane *lane = lane_at(dispatch, work->lane);
	if (lane->head != LIVE_NONE && live_at(&dispatch->live, lane->head)->seq < seq)
		lane->broken = true;
	dispatch_relist(dispatch, work->lane);
	return CLAIM_TAKEN;
}

/* --- and go out ------------------------------------------------------------------------------- */

/* The lane that this consumer should take next: of those bound to it and those free for all, the
 * one that has waited longest. */
static uint32_t next_lane(const struct dispatch *dispatch, const struct consumer *consumer,
			  enum urgency urgency)
{
	uint32_t own = consumer->ready[urgency].head;
	uint32_t any = dispatch->ready[urgency].head;

	if (own == LANE_NONE || any == LANE_NONE)
		return own == LANE_NONE ? any : own;
	return lane_at(dispatch, own)->ready_number < lane_at(dispatch, any)->ready_number ? own
											   : any;
}

/* The consumer with the most credit of those that have something to take. What is free for all, all
 * can take. */
static bool most_credit(const struct dispatch *dispatch, enum urgency urgency, unsigned *consumer)
{
	const struct credit_tree *tree = dispatch->ready[urgency].head != LANE_NONE
						 ? &dispatch->any
						 : &dispatch->bound[urgency];

	return credit_tree_first(tree, consumer);
}

void dispatch_start_turn(struct dispatch *dispatch)
{
	size_t stretch = dispatch->ready_updates / FRAMES_WANTED;

	dispatch->stretch_each = stretch < STRETCH_MAX ? stretch : STRETCH_MAX;
	dispatch->stretch = 0;
}

/* The lane that goes next and who takes it; LANE_NONE: nothing can. */
static uint32_t choose(struct dispatch *dispatch, enum urgency urgency, unsigned *consumer)
{
	const struct consumer *favoured = &dispatch->consumers[dispatch->favoured];
	uint32_t lane = LANE_NONE;

	if (dispatch->stretch > 0 && favoured->credit > 0)
		lane = next_lane(dispatch, favoured, urgency);
	if (lane != LANE_NONE) {
		*consumer = dispatch->favoured;
		return lane;
	}
	if (!most_credit(dispatch, urgency, consumer))
		return LANE_NONE;
	dispatch->favoured = *consumer;
	dispatch->stretch = dispatch->stretch_each;
	return next_lane(dispatch, &dispatch->consumers[*consumer], urgency);
}

size_t dispatch_take(struct dispatch *dispatch, struct live_update *run[LANE_RUN_MAX],
		     unsigned *consumer)
{
	uint32_t position = dispatch->paused ? LANE_NONE : choose(dispatch, URGENT, consumer);

	if (!dispatch->paused && position == LANE_NONE)
		position = choose(dispatch, NORMAL, consumer);
	if (position == LANE_NONE)
		return 0;

	struct lane *lane = lane_at(dispatch, position);
	struct consumer *taker = &dispatch->consumers[*consumer];
	size_t limit = lane->share < taker->credit ? lane->share : taker->credit;
	size_t count = 0;
	while (count < limit) {
		struct live_update *work = live_at(&dispatch->live, lane->head);

		if (count > 0 && work->moved != run[0]->moved)
			break;
		run[count++] = work;
		mark_out(dispatch, lane_queue_take(lane, &dispatch->live), *consumer);
	}
	dispatch->stretch -= count < dispatch->stretch ? count : dispatch->stretch;
	dispatch_set_credit(dispatch, *consumer, taker->credit - (uint32_t)count);
	/* To the end of its list, so that a long lane does not keep the others waiting. */
	leave_list(dispatch, position);
	dispatch_relist(dispatch, position);
	return count;
}

/* --- what became of them ---------------------------------------------------------------------- */

struct live_update *dispatch_find(struct dispatch *dispatch, uint64_t seq)
{
	uint32_t position = position_map_find(&dispatch->out, seq);

	return position == POSITION_NONE ? NULL : live_at(&dispatch->live, position);
}

uint64_t dispatch_lane_key(const struct dispatch *dispatch, const struct live_update *work)
{
	return lane_at(dispatch, work->lane)->key;
}

static void count_handled(struct live_update *work, struct lane *lane)
{
	if (work->state != LIVE_IN_FLIGHT)
		return;
	work->state = LIVE_HANDLED;
	if (--lane->unhandled == 0)
		lane->broken = false;
}

void dispatch_handled(struct dispatch *dispatch, struct live_update *work)
{
	count_handled(work, lane_at(dispatch, work->lane));
	dispatch_relist(dispatch, work->lane);
}

/* It is at no consumer any more. Returns its position; the lane is left to be settled. */
static uint32_t take_back(struct dispatch *dispatch, struct live_update *work)
{
	uint32_t position = position_map_find(&dispatch->out, work->seq);
	struct lane *lane = lane_at(dispatch, work->lane);

	count_handled(work, lane);
	if (--lane->not_done == 0)
		lane->scattered = false;
	position_map_remove(&dispatch->consumers[work->consumer].in_hand, work->seq);
	position_map_remove(&dispatch->out, work->seq);
	for (uint32_t joined = lane->joined; joined != LANE_NONE;) {
		uint32_t next = lane_at(dispatch, joined)->joined;

		lane_at(dispatch, joined)->wait_for--;
		dispatch_relist(dispatch, joined);
		joined = next;
	}
	return position;
}

void dispatch_done(struct dispatch *dispatch, struct live_update *work)
{
	uint32_t lane = work->lane;
	uint32_t position = take_back(dispatch, work);

	dispatch_remove_live(dispatch, position);
	dispatch_relist(dispatch, lane);
}

void dispatch_break(struct dispatch *dispatch, struct live_update *work)
{
	struct lane *lane = lane_at(dispatch, work->lane);

	if (work->state != LIVE_IN_FLIGHT)
		return;
	lane->broken = true;
	dispatch_relist(dispatch, work->lane);
}

void dispatch_return(struct dispatch *dispatch, struct live_update *work)
{
	uint32_t lane = work->lane;
	uint64_t key = lane_at(dispatch, lane)->key;
	bool others_out = lane_at(dispatch, lane)->unhandled > (work->state == LIVE_IN_FLIGHT);

	uint32_t position = take_back(dispatch, work);
	if (others_out)
		lane_at(dispatch, lane)->broken = true;
	queue(dispatch, position, key);
	dispatch_relist(dispatch, lane);
}

void dispatch_later(struct dispatch *dispatch, struct live_update *work, uint64_t due_ms)
{
	uint32_t lane = work->lane;
	uint64_t key = lane_at(dispatch, lane)->key;
	uint32_t position = take_back(dispatch, work);

	put_off(dispatch, position, key, due_ms);
	dispatch_relist(dispatch, lane);
}

bool dispatch_is_held(const struct dispatch *dispatch, const struct live_update *work)
{
	return lane_at(dispatch, work->lane)->held;
}

/* --- joined lanes ----------------------------------------------------------------------------- */

void dispatch_join(struct dispatch *dispatch, uint64_t from, uint64_t to)
{
	if (join_targets_follow(&dispatch->joins, to) == from ||
	    join_targets_follow(&dispatch->joins, from) ==
		    join_targets_follow(&dispatch->joins, to))
		return;
	join_targets_set(&dispatch->joins, from, to);

	uint32_t source = lanes_find(&dispatch->lanes, from);
	if (source == POSITION_NONE)
		return;
	uint32_t target = require_lane(dispatch, to, lane_at(dispatch, source)->urgent);
	/* What comes now must not find the old lane, whose updates are still out. */
	position_map_remove(&dispatch->lanes.keys, from);
	lane_queue_merge(lane_at(dispatch, source), lane_at(dispatch, target), target,
			 &dispatch->live);
	lane_at(dispatch, target)->kept += lane_at(dispatch, source)->kept;
	lane_at(dispatch, source)->kept = 0;
	lane_at(dispatch, source)->joined = target;
	lane_at(dispatch, target)->wait_for += lane_at(dispatch, source)->not_done +
					       lane_at(dispatch, source)->wait_for;
	dispatch_relist(dispatch, target);
	dispatch_relist(dispatch, source);
}

bool dispatch_is_joined(const struct dispatch *dispatch, uint64_t lane)
{
	return join_targets_have(&dispatch->joins, lane);
}

void dispatch_unjoin(struct dispatch *dispatch, uint64_t from)
{
	join_targets_remove(&dispatch->joins, from);
}

void dispatch_hold(struct dispatch *dispatch, uint64_t lane, bool held)
{
	uint64_t key = join_targets_follow(&dispatch->joins, lane);
	uint32_t position = lanes_find(&dispatch->lanes, key);

	if (held)
		position_map_set(&dispatch->holds, key, 0);
	else
		position_map_remove(&dispatch->holds, key);
	if (position == POSITION_NONE)
		return;
	lane_at(dispatch, position)->held = held;
	dispatch_relist(dispatch, position);
}

void dispatch_pause(struct dispatch *dispatch, bool paused)
{
	dispatch->paused = paused;
}

/* --- state ------------------------------------------------------------------------------------ */

size_t dispatch_backlog(const struct dispatch *dispatch)
{
	return dispatch->live.used;
}

size_t dispatch_ready(const struct dispatch *dispatch)
{
	return dispatch->ready_updates;
}

size_t dispatch_in_flight(const struct dispatch *dispatch)
{
	return dispatch->out.table.count;
}

size_t dispatch_waiting_work(const struct dispatch *dispatch)
{
	return dispatch->due.count;
}

void dispatch_each(const struct dispatch *dispatch, live_update_fn *fn, void *owner)
{
	live_each(&dispatch->live, fn, owner);
}

void dispatch_each_lane(const struct dispatch *dispatch, lane_fn *fn, void *owner)
{
	for (size_t i = 0; i < dispatch->lanes.size; i++)
		if (dispatch->lanes.table[i].used)
			fn(owner, &dispatch->lanes.table[i]);
}

uint64_t dispatch_lane_oldest_ms(const struct dispatch *dispatch, const struct lane *lane)
{
	return lane->waiting > 0 ? live_at(&dispatch->live, lane->head)->received_ms : 0;
}
