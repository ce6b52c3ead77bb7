/* outbox.c - a list in sending order, plus an index by id. */
#include "workers/parent/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	struct wire_send head = { .id = outgoing->id, .flags = outgoing->flags };

	/* One that cannot be passed on is missed by the sender, which refuses the call. */
	for (uint8_t i = 0; i < outgoing->files_count; i++)
		head.files += channel_attach(outbox->sender, outgoing->files[i]);
	frame_append(channel_out(outbox->sender), WIRE_SEND, &head, sizeof(head), outgoing->call,
		     outgoing->size);
}

static void take_files(struct outbox *outbox, struct outgoing *outgoing, uint8_t count,
		       struct descriptors *files)
{
	if (!count || !files)
		return;
	outgoing->files = xcalloc(count, sizeof(*outgoing->files));
	outgoing->files_count = count;
	outbox->files += count;
	for (uint8_t i = 0; i < count; i++)
		outgoing->files[i] = descriptors_take(files);
}

void outbox_add(struct outbox *outbox, struct item *item, uint64_t waiter,
		const struct wire_call *head, const void *call, struct descriptors *files)
{
	struct outgoing *outgoing = xmalloc(sizeof(*outgoing) + head->size);

	outgoing->id = ++outbox->last_id;
	outgoing->item = item;
	outgoing->waiter = waiter;
	outgoing->flags = head->flags;
	outgoing->size = head->size;
	memcpy(outgoing->call, call, head->size);
	take_files(outbox, outgoing, head->files, files);
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
	outbox->files -= outgoing->files_count;
	TAILQ_REMOVE(&outbox->list, outgoing, link);
}

void outbox_remove(struct outbox *outbox, struct outgoing *outgoing)
{
	take_out(outbox, outgoing);
	outgoing_free(outgoing);
}

void outgoing_free(struct outgoing *outgoing)
{
	for (uint8_t i = 0; i < outgoing->files_count; i++)
		close(outgoing->files[i]);
	free(outgoing->files);
	free(outgoing);
}

size_t outbox_count(const struct outbox *outbox)
{
	return outbox->by_id.table.count;
}

bool outbox_is_full(const struct outbox *outbox)
{
	return outbox->bytes > OUTBOX_BYTES_MAX || outbox->files > OUTBOX_FILES_MAX;
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
