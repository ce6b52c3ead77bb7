/* outbox.c - see outbox.h. */
#include "workers/parent/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

void outbox_finish(struct outbox *outbox)
{
	while (outbox->first)
		outbox_remove(outbox, outbox->first);
	id_map_finish(&outbox->by_id);
}

static void write_to_sender(const struct outbox *outbox, const struct outgoing *outgoing)
{
	const struct wire_send head = { .id = outgoing->id, .flags = outgoing->flags };

	frame_append(channel_out(outbox->sender), WIRE_SEND, &head, sizeof(head), outgoing->call,
		     outgoing->size);
}

void outbox_add(struct outbox *outbox, struct item *item, uint64_t waiter,
		const struct wire_call *head, const void *call)
{
	struct outgoing *outgoing = xmalloc(sizeof(*outgoing) + head->size);

	outgoing->id = ++outbox->last_id;
	outgoing->item = item;
	outgoing->waiter = waiter;
	outgoing->flags = head->flags;
	outgoing->size = head->size;
	memcpy(outgoing->call, call, head->size);
	outgoing->previous = outbox->last;
	if (outbox->last)
		outbox->last->next = outgoing;
	else
		outbox->first = outgoing;
	outbox->last = outgoing;
	id_map_add(&outbox->by_id, outgoing->id, outgoing);
	if (outbox->sender)
		write_to_sender(outbox, outgoing);
}

struct outgoing *outbox_find(const struct outbox *outbox, uint64_t id)
{
	return id_map_find(&outbox->by_id, id);
}

static void take_out(struct outbox *outbox, struct outgoing *outgoing)
{
	id_map_remove(&outbox->by_id, outgoing->id);
	if (outgoing->previous)
		outgoing->previous->next = outgoing->next;
	else
		outbox->first = outgoing->next;
	if (outgoing->next)
		outgoing->next->previous = outgoing->previous;
	else
		outbox->last = outgoing->previous;
}

void outbox_remove(struct outbox *outbox, struct outgoing *outgoing)
{
	take_out(outbox, outgoing);
	free(outgoing);
}

size_t outbox_count(const struct outbox *outbox)
{
	return outbox->by_id.table.count;
}

void outbox_attach(struct outbox *outbox, struct channel *sender)
{
	outbox->sender = sender;
	for (struct outgoing *outgoing = outbox->first; outgoing; outgoing = outgoing->next)
		write_to_sender(outbox, outgoing);
}

struct outgoing *outbox_detach(struct outbox *outbox, const struct scoreboard *scoreboard,
			       outbox_doubt_fn *doubt, void *owner)
{
	struct outgoing *abandoned = NULL;

	outbox->sender = NULL;
	for (size_t i = 0; i < DESK_CALLS_MAX; i++) {
		struct outgoing *outgoing = outbox_find(outbox, atomic_load(&scoreboard->calls[i]));

		if (!outgoing)
			continue;
		doubt(owner, outgoing);
		if (!(outgoing->flags & (WIRE_CALL_AT_MOST_ONCE | WIRE_CALL_IN_DOUBT))) {
			outgoing->flags |= WIRE_CALL_IN_DOUBT;
			continue;
		}
		take_out(outbox, outgoing);
		outgoing->next = abandoned;
		abandoned = outgoing;
	}
	return abandoned;
}
