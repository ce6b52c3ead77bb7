/* outbox.c - a list in sending order, plus an index by id. */
#include "workers/parent/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox) { 0 };
	TAILQ_INIT(&outbox->list);
}

void outbox_finish(struct outbox *outbox)
{
	struct outgoing *outgoing;

	while ((outgoing = TAILQ_FIRST(&outbox->list)))
		outbox_remove(outbox, outgoing);
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
	TAILQ_INSERT_TAIL(&outbox->list, outgoing, link);
	id_map_add(&outbox->by_id, outgoing->id, outgoing);
	outbox->bytes += outgoing->size;
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
	outbox->bytes -= outgoing->size;
	TAILQ_REMOVE(&outbox->list, outgoing, link);
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

bool outbox_is_full(const struct outbox *outbox)
{
	return outbox->bytes > OUTBOX_BYTES_MAX;
}

void outbox_attach(struct outbox *outbox, struct channel *sender)
{
	outbox->sender = sender;
	for (const struct outgoing *outgoing = TAILQ_FIRST(&outbox->list); outgoing;
	     outgoing = TAILQ_NEXT(outgoing, link))
		write_to_sender(outbox, outgoing);
}

void outbox_detach(struct outbox *outbox, const struct scoreboard *scoreboard,
		   outbox_doubt_fn *doubt, void *owner, struct outgoing_list *abandoned)
{
	TAILQ_INIT(abandoned);
	outbox->sender = NULL;
	for (size_t i = 0; i < SCOREBOARD_CALLS_MAX; i++) {
		struct outgoing *outgoing = outbox_find(outbox, atomic_load(&scoreboard->calls[i]));

		if (!outgoing)
			continue;
		doubt(owner, outgoing);
		if (!(outgoing->flags & (WIRE_CALL_AT_MOST_ONCE | WIRE_CALL_IN_DOUBT))) {
			outgoing->flags |= WIRE_CALL_IN_DOUBT;
			continue;
		}
		take_out(outbox, outgoing);
		TAILQ_INSERT_HEAD(abandoned, outgoing, link);
	}
}
