/* items.c - lanes by key and items by seq in hash tables; ready lanes in two FIFO lists. */
#include "workers/parent/items.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"

struct lane {
	uint64_t key;
	TAILQ_HEAD(item_list, item) waiting;
	uint32_t holding;      /* ASSIGNED and not released: while there are any the rest waits */
	uint32_t members;      /* items in all states */
	uint64_t closed_until; /* number of a verdict, 0: open */
	bool ready;            /* in a ready list */
	bool urgent;
	TAILQ_ENTRY(lane) link;
};

/* --- lanes --- */

static void make_ready(struct items *items, struct lane *lane)
{
	struct lane_list *list;

	if (lane->ready || lane->holding || TAILQ_EMPTY(&lane->waiting))
		return;
	lane->urgent = kinds[TAILQ_FIRST(&lane->waiting)->kind].urgent;
	list = &items->ready[lane->urgent ? 0 : 1];
	lane->ready = true;
	TAILQ_INSERT_TAIL(list, lane, link);
	items->ready_lanes++;
}

static void make_unready(struct items *items, struct lane *lane)
{
	struct lane_list *list = &items->ready[lane->urgent ? 0 : 1];

	if (!lane->ready)
		return;
	TAILQ_REMOVE(list, lane, link);
	lane->ready = false;
	items->ready_lanes--;
}

static struct lane *lane_of(struct items *items, uint64_t key)
{
	struct lane *lane = id_map_find(&items->lanes, key);

	if (lane)
		return lane;
	lane = xmalloc(sizeof(*lane));
	lane->key = key;
	TAILQ_INIT(&lane->waiting);
	id_map_add(&items->lanes, key, lane);
	return lane;
}

static void forget_lane_if_idle(struct items *items, struct lane *lane)
{
	if (lane->members || lane->closed_until)
		return;
	make_unready(items, lane);
	id_map_remove(&items->lanes, lane->key);
	free(lane);
}

/* --- items --- */

static size_t *count_of(struct items *items, enum item_state state)
{
	switch (state) {
	case ITEM_WAITING:
		return &items->waiting;
	case ITEM_ASSIGNED:
		return &items->assigned;
	case ITEM_SENDING:
		return &items->sending;
	}
	panic("no such state of an item");
}

static void set_state(struct items *items, struct item *item, enum item_state state)
{
	--*count_of(items, item->state);
	item->state = state;
	++*count_of(items, state);
}

static void free_item(struct item *item)
{
	unsent_finish(&item->unsent);
	free(item->orders);
	free(item);
}

void items_init(struct items *items)
{
	*items = (struct items) { 0 };
	for (size_t i = 0; i < COUNT_OF(items->ready); i++)
		TAILQ_INIT(&items->ready[i]);
}

void items_finish(struct items *items)
{
	struct item *item;
	struct lane *lane;
	size_t at = 0;

	while ((item = id_map_next(&items->by_seq, &at, NULL)))
		free_item(item);
	at = 0;
	while ((lane = id_map_next(&items->lanes, &at, NULL)))
		free(lane);
	id_map_finish(&items->by_seq);
	id_map_finish(&items->lanes);
	items_init(items);
}

struct item *items_find(const struct items *items, uint64_t seq)
{
	return id_map_find(&items->by_seq, seq);
}

struct item *items_add(struct items *items, const struct message_item *from, uint64_t now_ms)
{
	struct item *item;

	if (items_find(items, from->seq))
		return NULL;
	item = xmalloc(sizeof(*item) + from->body.length);
	item->seq = from->seq;
	item->trace = from->trace;
	item->update_id = from->update_id;
	item->kind = from->kind;
	item->flags = from->flags;
	item->attempt = from->attempt;
	item->age_ms = from->age_ms;
	item->received_s = from->received_s;
	item->received_ms = now_ms;
	item->size = from->body.length;
	if (item->size)
		memcpy(item->body, from->body.data, item->size);
	item->lane = lane_of(items, from->lane);
	item->lane->members++;
	TAILQ_INSERT_TAIL(&item->lane->waiting, item, link);
	item->state = ITEM_WAITING;
	items->waiting++;
	id_map_add(&items->by_seq, item->seq, item);
	make_ready(items, item->lane);
	return item;
}

size_t items_take(struct items *items, struct item **out, size_t max)
{
	struct lane *lane = TAILQ_FIRST(&items->ready[TAILQ_EMPTY(&items->ready[0]) ? 1 : 0]);
	struct item *item;
	size_t count = 0;

	if (!lane)
		return 0;
	make_unready(items, lane);
	while (count < max && (item = TAILQ_FIRST(&lane->waiting))) {
		TAILQ_REMOVE(&lane->waiting, item, link);
		set_state(items, item, ITEM_ASSIGNED);
		lane->holding++;
		out[count++] = item;
	}
	make_ready(items, lane); /* max was 0 */
	return count;
}

static void let_go(struct items *items, struct item *item)
{
	if (item->state != ITEM_ASSIGNED || item->released)
		return;
	item->lane->holding--;
	make_ready(items, item->lane);
}

void items_put_back(struct items *items, struct item *item)
{
	struct lane *lane = item->lane;

	make_unready(items, lane);
	if (!item->released)
		lane->holding--;
	item->released = false;
	set_state(items, item, ITEM_WAITING);
	TAILQ_INSERT_HEAD(&lane->waiting, item, link);
	make_ready(items, lane);
}

void items_release(struct items *items, struct item *item)
{
	let_go(items, item);
	item->released = true;
}

void items_handled(struct items *items, struct item *item)
{
	let_go(items, item);
	set_state(items, item, ITEM_SENDING);
}

void items_skip_child(struct items *items, struct item *item)
{
	struct lane *lane = item->lane;

	TAILQ_REMOVE(&lane->waiting, item, link);
	if (TAILQ_EMPTY(&lane->waiting))
		make_unready(items, lane);
	set_state(items, item, ITEM_SENDING);
}

void items_remove(struct items *items, struct item *item)
{
	struct lane *lane = item->lane;

	let_go(items, item);
	if (item->state == ITEM_WAITING) {
		TAILQ_REMOVE(&lane->waiting, item, link);
		if (TAILQ_EMPTY(&lane->waiting))
			make_unready(items, lane);
	}
	--*count_of(items, item->state);
	lane->members--;
	id_map_remove(&items->by_seq, item->seq);
	free_item(item);
	forget_lane_if_idle(items, lane);
}

struct item *items_first_waiting(const struct items *items, uint64_t key)
{
	const struct lane *lane = id_map_find(&items->lanes, key);

	return lane ? TAILQ_FIRST(&lane->waiting) : NULL;
}

struct item *items_any_waiting(const struct items *items)
{
	struct lane *lane;
	size_t at = 0;

	if (!items->waiting)
		return NULL;
	while ((lane = id_map_next(&items->lanes, &at, NULL)))
		if (!TAILQ_EMPTY(&lane->waiting))
			return TAILQ_FIRST(&lane->waiting);
	return NULL;
}

uint64_t items_lane_key(const struct item *item)
{
	return item->lane->key;
}

void items_close_lane(struct items *items, uint64_t key, uint64_t number)
{
	struct lane *lane = lane_of(items, key);

	items->closed_lanes += !lane->closed_until;
	lane->closed_until = number;
}

bool items_lane_is_closed(const struct items *items, uint64_t key)
{
	const struct lane *lane = id_map_find(&items->lanes, key);

	return lane && lane->closed_until;
}

void items_open_lanes(struct items *items, uint64_t number)
{
	struct lane *lane, **opened;
	size_t at = 0, count = 0;

	if (!items->closed_lanes)
		return;
	opened = xcalloc(items->lanes.table.count, sizeof(struct lane *));
	while ((lane = id_map_next(&items->lanes, &at, NULL)))
		if (lane->closed_until && lane->closed_until <= number)
			opened[count++] = lane;
	for (size_t i = 0; i < count; i++) {
		opened[i]->closed_until = 0;
		items->closed_lanes--;
		forget_lane_if_idle(items, opened[i]);
	}
	free(opened);
}

uint64_t *items_seqs(const struct items *items, size_t *count)
{
	uint64_t *seqs = xcalloc(items->by_seq.table.count, sizeof(*seqs));
	struct item *item;
	size_t at = 0;

	*count = 0;
	while ((item = id_map_next(&items->by_seq, &at, NULL)))
		seqs[(*count)++] = item->seq;
	return seqs;
}
