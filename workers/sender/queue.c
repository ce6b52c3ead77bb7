/* queue.c - see queue.h.
 *
 *            add                       next
 *   (none) ------> READY ----------------------------> FLYING
 *                  ^  | cooldown               over |    | again
 *             wake |  v                             v    v
 *                SLEEPING <------------- (next call: READY or SLEEPING; none: forgotten)
 *
 * A chat that was cooled is kept until the cooldown ends, even without calls. */
#include "workers/sender/queue.h"

#include <stdlib.h>

#include "common/xalloc.h"

enum chat_state { CHAT_IDLE, CHAT_READY, CHAT_FLYING, CHAT_SLEEPING };

struct send_chat {
	int64_t id; /* 0: one call without a chat */
	enum chat_state state;
	struct send_call *first, *last;
	uint64_t until_ms;  /* cooldown or back-off */
	uint64_t cooled_ms; /* until when, of that, it is Telegram's wish */
	struct send_list *list;
	struct send_chat *next, *previous; /* in its list */
};

static void list_append(struct send_list *list, struct send_chat *chat)
{
	chat->list = list;
	chat->next = NULL;
	chat->previous = list->last;
	if (list->last)
		list->last->next = chat;
	else
		list->first = chat;
	list->last = chat;
}

static void list_remove(struct send_chat *chat)
{
	struct send_list *list = chat->list;

	if (!list)
		return;
	if (chat->previous)
		chat->previous->next = chat->next;
	else
		list->first = chat->next;
	if (chat->next)
		chat->next->previous = chat->previous;
	else
		list->last = chat->previous;
	chat->list = NULL;
}

void send_call_free(struct send_call *call)
{
	if (call)
		free(call->moved);
	free(call);
}

static void forget(struct send_queue *queue, struct send_chat *chat)
{
	list_remove(chat);
	if (chat->id)
		id_map_remove(&queue->chats, (uint64_t)chat->id);
	free(chat);
}

static void enter(struct send_chat *chat, enum chat_state state, struct send_list *list)
{
	list_remove(chat);
	chat->state = state;
	if (list)
		list_append(list, chat);
}

/* Sorts a chat that is not in flight to where it belongs. */
static void settle(struct send_queue *queue, struct send_chat *chat, uint64_t now_ms)
{
	if (chat->until_ms > now_ms) {
		if (chat->until_ms < queue->next_wake_ms)
			queue->next_wake_ms = chat->until_ms;
		queue->may_be_late |= chat->first != NULL;
		enter(chat, CHAT_SLEEPING, &queue->sleeping);
		return;
	}
	chat->until_ms = chat->cooled_ms = 0;
	queue->may_be_late |= queue->token_until_ms != 0;
	if (chat->first)
		enter(chat, CHAT_READY, &queue->ready[chat->first->call.class]);
	else
		forget(queue, chat);
}

static void wake(struct send_queue *queue, uint64_t now_ms)
{
	struct send_chat *chat = queue->sleeping.first, *next;

	if (now_ms < queue->next_wake_ms)
		return;
	queue->next_wake_ms = UINT64_MAX;
	for (; chat; chat = next) {
		next = chat->next;
		if (chat->until_ms <= now_ms)
			settle(queue, chat, now_ms);
		else if (chat->until_ms < queue->next_wake_ms)
			queue->next_wake_ms = chat->until_ms;
	}
}

static struct send_chat *chat_of(struct send_queue *queue, int64_t id)
{
	struct send_chat *chat = id ? id_map_find(&queue->chats, (uint64_t)id) : NULL;

	if (chat)
		return chat;
	chat = xmalloc(sizeof(*chat));
	chat->id = id;
	if (id)
		id_map_add(&queue->chats, (uint64_t)id, chat);
	return chat;
}

void send_queue_init(struct send_queue *queue, size_t limit)
{
	*queue = (struct send_queue) { .limit = limit, .next_wake_ms = UINT64_MAX };
}

static void free_list(struct send_queue *queue, struct send_list *list)
{
	while (list->first) {
		struct send_chat *chat = list->first;

		while (chat->first) {
			struct send_call *call = chat->first;

			chat->first = call->next;
			send_call_free(call);
		}
		forget(queue, chat);
	}
}

void send_queue_finish(struct send_queue *queue)
{
	for (size_t priority = 0; priority < COUNT_OF(queue->ready); priority++)
		free_list(queue, &queue->ready[priority]);
	free_list(queue, &queue->sleeping);
	id_map_finish(&queue->chats);
}

void send_queue_add(struct send_queue *queue, struct send_call *call)
{
	struct send_chat *chat = chat_of(queue, call->call.chat_id);

	call->chat = chat;
	call->next = NULL;
	if (chat->last)
		chat->last->next = call;
	else
		chat->first = call;
	chat->last = call;
	if (chat->state == CHAT_SLEEPING || queue->token_until_ms)
		queue->may_be_late = true;
	if (chat->state == CHAT_IDLE)
		enter(chat, CHAT_READY, &queue->ready[call->call.class]);
}

static struct send_call *start_first(struct send_queue *queue, struct send_chat *chat)
{
	struct send_call *call = chat->first;

	chat->first = call->next;
	if (!chat->first)
		chat->last = NULL;
	call->next = NULL;
	enter(chat, CHAT_FLYING, NULL);
	queue->in_flight++;
	return call;
}

struct send_call *send_queue_next(struct send_queue *queue, uint64_t now_ms)
{
	if (queue->in_flight >= queue->limit || now_ms < queue->token_until_ms)
		return NULL;
	queue->token_until_ms = 0;
	wake(queue, now_ms);
	for (size_t priority = 0; priority < COUNT_OF(queue->ready); priority++)
		if (queue->ready[priority].first)
			return start_first(queue, queue->ready[priority].first);
	return NULL;
}

void send_queue_over(struct send_queue *queue, struct send_call *call)
{
	struct send_chat *chat = call->chat;

	queue->in_flight--;
	chat->state = CHAT_IDLE;
	/* A cooldown that began meanwhile is compared with the clock at the next wake. */
	settle(queue, chat, 0);
}

void send_queue_again(struct send_queue *queue, struct send_call *call, uint64_t due_ms)
{
	struct send_chat *chat = call->chat;

	queue->in_flight--;
	call->next = chat->first;
	chat->first = call;
	if (!chat->last)
		chat->last = call;
	if (due_ms > chat->until_ms)
		chat->until_ms = due_ms;
	chat->state = CHAT_IDLE;
	settle(queue, chat, 0);
}

void send_queue_cool(struct send_queue *queue, int64_t chat_id, uint64_t until_ms)
{
	struct send_chat *chat;

	queue->may_be_late = true;
	if (!chat_id) {
		if (until_ms > queue->token_until_ms)
			queue->token_until_ms = until_ms;
		return;
	}
	chat = chat_of(queue, chat_id);
	if (until_ms > chat->until_ms)
		chat->until_ms = until_ms;
	if (until_ms > chat->cooled_ms)
		chat->cooled_ms = until_ms;
	if (chat->state != CHAT_FLYING)
		settle(queue, chat, 0);
}

uint64_t send_queue_wake_ms(const struct send_queue *queue)
{
	bool ready = queue->ready[CALL_ANSWER].first || queue->ready[CALL_BULK].first;
	uint64_t wake_ms = ready ? 0 : queue->next_wake_ms;

	if (queue->in_flight >= queue->limit)
		return UINT64_MAX;
	return wake_ms < queue->token_until_ms ? queue->token_until_ms : wake_ms;
}

static void empty_chat(struct send_queue *queue, struct send_chat *chat, uint64_t now_ms,
		       send_late_fn *fn, void *owner)
{
	uint64_t until_ms = chat->cooled_ms > queue->token_until_ms ? chat->cooled_ms
								    : queue->token_until_ms;

	while (chat->first && !chat->first->stays) {
		struct send_call *call = chat->first;

		chat->first = call->next;
		if (!chat->first)
			chat->last = NULL;
		fn(owner, call, until_ms);
	}
	settle(queue, chat, now_ms);
}

static void empty_list(struct send_queue *queue, struct send_list *list, uint64_t now_ms,
		       uint64_t late_ms, send_late_fn *fn, void *owner)
{
	struct send_chat *chat = list->first, *last = list->last, *next;

	/* A chat that is settled may be appended again. */
	for (bool more = chat != NULL; more; chat = next) {
		next = chat->next;
		more = chat != last;
		if (chat->cooled_ms >= late_ms || queue->token_until_ms >= late_ms)
			empty_chat(queue, chat, now_ms, fn, owner);
	}
}

void send_queue_give_back(struct send_queue *queue, uint64_t now_ms, uint64_t late_ms,
			  send_late_fn *fn, void *owner)
{
	if (!queue->may_be_late && late_ms)
		return;
	queue->may_be_late = false;
	empty_list(queue, &queue->sleeping, now_ms, late_ms, fn, owner);
	for (size_t priority = 0; priority < COUNT_OF(queue->ready); priority++)
		empty_list(queue, &queue->ready[priority], now_ms, late_ms, fn, owner);
}
