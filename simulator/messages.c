#include "simulator/messages.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/polls.h"

static size_t head_of(const struct chat *chat, int64_t id)
{
	uint64_t hash = ((uint64_t)chat->id * 31 + (uint64_t)id) * 0x9e3779b97f4a7c15u;

	return (size_t)(hash >> 32) % MESSAGES_MAX;
}

static void release(struct message *message)
{
	free(message->text);
	free(message->entities);
	free(message->markup);
	free(message->content);
	free(message->extra);
	free(message->invoice);
	poll_release(message->poll);
	reactions_finish(&message->reactions);
	*message = (struct message) { 0 };
}

void messages_finish(struct messages *messages)
{
	for (size_t i = 0; messages->ring && i < MESSAGES_MAX; i++)
		release(&messages->ring[i]);
	free(messages->ring);
	free(messages->heads);
	*messages = (struct messages) { 0 };
}

static void unlink_slot(struct messages *messages, uint32_t slot)
{
	struct message *message = &messages->ring[slot];
	uint32_t *link;

	if (!message->chat)
		return;
	link = &messages->heads[head_of(message->chat, message->id)];
	while (*link != slot + 1)
		link = &messages->ring[*link - 1].next;
	*link = message->next;
	release(message);
}

struct message *messages_add(struct messages *messages, struct chat *chat, int64_t id)
{
	uint32_t slot = (uint32_t)(messages->written++ % MESSAGES_MAX);
	struct message *message;
	uint32_t *head;

	if (!messages->ring) {
		messages->ring = xcalloc(MESSAGES_MAX, sizeof(*messages->ring));
		messages->heads = xcalloc(MESSAGES_MAX, sizeof(*messages->heads));
	}
	unlink_slot(messages, slot);
	message = &messages->ring[slot];
	message->chat = chat;
	message->id = id;
	head = &messages->heads[head_of(chat, id)];
	message->next = *head;
	*head = slot + 1;
	return message;
}

struct message *messages_find(const struct messages *messages, const struct chat *chat, int64_t id)
{
	uint32_t slot;

	if (!messages->ring)
		return NULL;
	for (slot = messages->heads[head_of(chat, id)]; slot;
	     slot = messages->ring[slot - 1].next) {
		struct message *message = &messages->ring[slot - 1];

		if (message->chat == chat && message->id == id)
			return message->deleted ? NULL : message;
	}
	return NULL;
}
