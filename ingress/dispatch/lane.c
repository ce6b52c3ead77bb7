/* lane.c - the table of lanes and the ready lists. */
#include "ingress/dispatch/lane.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "ingress/dispatch/live_update.h"

void lanes_init(struct lanes *lanes)
{
	*lanes = (struct lanes) { .free = LANE_NONE };
}

void lanes_finish(struct lanes *lanes)
{
	free(lanes->table);
	position_map_finish(&lanes->keys);
	lanes_init(lanes);
}

uint32_t lanes_find(const struct lanes *lanes, uint64_t key)
{
	return position_map_find(&lanes->keys, key);
}

static uint32_t take_place(struct lanes *lanes)
{
	if (lanes->free != LANE_NONE) {
		uint32_t position = lanes->free;

		lanes->free = lanes->table[position].ready_next;
		return position;
	}
	array_reserve(lanes->table, &lanes->capacity, lanes->size + 1);
	return (uint32_t)lanes->size++;
}

uint32_t lanes_require(struct lanes *lanes, uint64_t key, bool urgent)
{
	uint32_t position = position_map_find(&lanes->keys, key);

	if (position != POSITION_NONE)
		return position;
	position = take_place(lanes);
	lanes->table[position] = (struct lane) {
		.key = key,
		.head = LIVE_NONE,
		.tail = LIVE_NONE,
		.ready_previous = LANE_NONE,
		.ready_next = LANE_NONE,
		.joined = LANE_NONE,
		.place = LANE_PLACE_NONE,
		.urgent = urgent,
		.used = true,
	};
	position_map_set(&lanes->keys, key, position);
	return position;
}

void lanes_remove(struct lanes *lanes, uint32_t position)
{
	struct lane *lane = &lanes->table[position];

	/* A joined lane no longer owns its key. */
	if (position_map_find(&lanes->keys, lane->key) == position)
		position_map_remove(&lanes->keys, lane->key);
	*lane = (struct lane) { .ready_next = lanes->free };
	lanes->free = position;
}

uint32_t lane_room(const struct lane *lane)
{
	uint32_t run, out;

	if (lane->held || lane->broken || lane->scattered || lane->wait_for > 0 || lane->kept > 0 ||
	    lane->unhandled >= LANE_RUN_MAX || lane->not_done >= LANE_OUT_MAX)
		return 0;
	run = LANE_RUN_MAX - lane->unhandled;
	out = LANE_OUT_MAX - lane->not_done;
	return run < out ? run : out;
}

bool lane_is_idle(const struct lane *lane)
{
	return lane->waiting == 0 && lane->not_done == 0 && lane->wait_for == 0 && lane->kept == 0;
}

void ready_list_init(struct ready_list *list)
{
	*list = (struct ready_list) { LANE_NONE, LANE_NONE };
}

void ready_list_append(struct ready_list *list, struct lanes *lanes, uint32_t position)
{
	struct lane *lane = &lanes->table[position];

	lane->ready_previous = list->tail;
	lane->ready_next = LANE_NONE;
	if (list->tail == LANE_NONE)
		list->head = position;
	else
		lanes->table[list->tail].ready_next = position;
	list->tail = position;
}

void ready_list_remove(struct ready_list *list, struct lanes *lanes, uint32_t position)
{
	struct lane *lane = &lanes->table[position];

	if (lane->ready_previous == LANE_NONE)
		list->head = lane->ready_next;
	else
		lanes->table[lane->ready_previous].ready_next = lane->ready_next;
	if (lane->ready_next == LANE_NONE)
		list->tail = lane->ready_previous;
	else
		lanes->table[lane->ready_next].ready_previous = lane->ready_previous;
	lane->ready_previous = LANE_NONE;
	lane->ready_next = LANE_NONE;
}
