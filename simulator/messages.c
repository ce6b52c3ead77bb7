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
	free(message->keyboard);
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
	free(messages->changes);
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
		messages->changes = xcalloc(MESSAGE_CHANGES_MAX, sizeof(*messages->changes));
	}
	unlink_slot(messages, slot);
	message = &messages->ring[slot];
	message->chat = chat;
	message->id = id;
	chat->newest = messages->written;
	head = &messages->heads[head_of(chat, id)];
	message->next = *head;
	*head = slot + 1;
	messages_changed(messages, message);
	return message;
}

/* Numbers begin with 1: 0 is "never". */
void messages_changed(struct messages *messages, struct message *message)
{
	message->change = ++messages->changes_count;
	messages->changes[message->change % MESSAGE_CHANGES_MAX] = (uint32_t)(message -
									      messages->ring);
}

struct message *messages_change_at(const struct messages *messages, uint64_t number)
{
	struct message *message;

	if (number == 0 || number > messages->changes_count ||
	    messages->changes_count - number >= MESSAGE_CHANGES_MAX)
		return NULL;
	message = &messages->ring[messages->changes[number % MESSAGE_CHANGES_MAX]];
	return message->change == number ? message : NULL;
}

const struct message *messages_newest(const struct messages *messages, const struct chat *chat)
{
	const struct message *message;

	if (chat->newest == 0 || messages->written - chat->newest >= MESSAGES_MAX)
		return NULL;
	message = &messages->ring[(chat->newest - 1) % MESSAGES_MAX];
	return message->deleted ? NULL : message;
}

size_t messages_place(const struct messages *messages, const struct message *message)
{
	size_t slot = (size_t)(message - messages->ring);
	size_t newest = (messages->written - 1) % MESSAGES_MAX;

	return messages->written - 1 - (newest + MESSAGES_MAX - slot) % MESSAGES_MAX;
}

void messages_delete(struct messages *messages, struct message *message)
{
	message->deleted = true;
	messages_changed(messages, message);
}

void messages_delete_of(struct messages *messages, const struct chat *chat,
			const struct person *person)
{
	size_t kept = messages->written < MESSAGES_MAX ? messages->written : MESSAGES_MAX;

	for (size_t i = 0; i < kept; i++) {
		struct message *message = &messages->ring[i];

		if (message->chat == chat && message->from == person && !message->sender_chat &&
		    !message->is_service && !message->deleted)
			messages_delete(messages, message);
	}
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
