/* queue.c - a state and a list of calls for each chat, a list of chats for each state.
 *
 *            add                       next
 *   (none) ------> READY --------------------------> IN FLIGHT
 *                  ^  | cooldown               done |    | retry
 *             wake |  v                             v    v
 *                SLEEPING <------------- (next call: READY or SLEEPING; none: forgotten)
 *
 * A chat in a cooldown is kept until that ends, even without calls. */
#include "workers/sender/queue.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "workers/sender/attachments.h"

enum chat_state { CHAT_IDLE, CHAT_READY, CHAT_IN_FLIGHT, CHAT_SLEEPING };

struct send_chat {
	int64_t id; /* 0: a single call without a chat */
	enum chat_state state;
	STAILQ_HEAD(send_call_list, send_call) calls;
	uint64_t until_ms;  /* end of its cooldown or back-off */
	uint64_t cooled_ms; /* end of the cooldown that Telegram asked for */
	bool closed;        /* what waits in it is to be given back */
	struct send_list *list;
	TAILQ_ENTRY(send_chat) link; /* in its list */
};

static void list_append(struct send_list *list, struct send_chat *chat)
{
	chat->list = list;
	TAILQ_INSERT_TAIL(list, chat, link);
}

static void list_remove(struct send_chat *chat)
{
	if (!chat->list)
		return;
	TAILQ_REMOVE(chat->list, chat, link);
	chat->list = NULL;
}

void send_call_free(struct send_call *call)
{
	if (!call)
		return;
	free(call->moved);
	free(call->written);
	attachments_free(call->files, call->call.files_count);
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

/* Moves a chat that is not in flight to the list where it belongs. */
static void relist(struct send_queue *queue, struct send_chat *chat, uint64_t now_ms)
{
	if (chat->until_ms > now_ms) {
		if (chat->until_ms < queue->next_wake_ms)
			queue->next_wake_ms = chat->until_ms;
		queue->may_be_late |= !STAILQ_EMPTY(&chat->calls);
		enter(chat, CHAT_SLEEPING, &queue->sleeping);
		return;
	}
	chat->until_ms = chat->cooled_ms = 0;
	queue->may_be_late |= queue->token_until_ms != 0 || chat->closed;
	if (!STAILQ_EMPTY(&chat->calls))
		enter(chat, CHAT_READY, &queue->ready[STAILQ_FIRST(&chat->calls)->call.class]);
	else
		forget(queue, chat);
}

static void wake(struct send_queue *queue, uint64_t now_ms)
{
	struct send_chat *chat = TAILQ_FIRST(&queue->sleeping), *next;

	if (now_ms < queue->next_wake_ms)
		return;
	queue->next_wake_ms = UINT64_MAX;
	for (; chat; chat = next) {
		next = TAILQ_NEXT(chat, link);
		if (chat->until_ms <= now_ms)
			relist(queue, chat, now_ms);
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
	STAILQ_INIT(&chat->calls);
	if (id)
		id_map_add(&queue->chats, (uint64_t)id, chat);
	return chat;
}

void send_queue_init(struct send_queue *queue, size_t limit)
{
	*queue = (struct send_queue) { .limit = limit, .next_wake_ms = UINT64_MAX };
	for (size_t class = 0; class < COUNT_OF(queue->ready); class ++)
		TAILQ_INIT(&queue->ready[class]);
	TAILQ_INIT(&queue->sleeping);
}

static void free_list(struct send_queue *queue, struct send_list *list)
{
	struct send_chat *chat;
	struct send_call *call;

	while ((chat = TAILQ_FIRST(list))) {
		while ((call = STAILQ_FIRST(&chat->calls))) {
			STAILQ_REMOVE_HEAD(&chat->calls, link);
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
	STAILQ_INSERT_TAIL(&chat->calls, call, link);
	if (chat->state == CHAT_SLEEPING || queue->token_until_ms)
		queue->may_be_late = true;
	if (chat->state == CHAT_IDLE)
		enter(chat, CHAT_READY, &queue->ready[call->call.class]);
}

static struct send_call *start_first(struct send_queue *queue, struct send_chat *chat)
{
	struct send_call *call = STAILQ_FIRST(&chat->calls);

	STAILQ_REMOVE_HEAD(&chat->calls, link);
	enter(chat, CHAT_IN_FLIGHT, NULL);
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
		if (!TAILQ_EMPTY(&queue->ready[priority]))
			return start_first(queue, TAILQ_FIRST(&queue->ready[priority]));
	return NULL;
}

void send_queue_done(struct send_queue *queue, struct send_call *call)
{
	struct send_chat *chat = call->chat;

	queue->in_flight--;
	chat->state = CHAT_IDLE;
	/* A cooldown that began meanwhile is checked against the clock at the next wake. */
	relist(queue, chat, 0);
}

void send_queue_retry(struct send_queue *queue, struct send_call *call, uint64_t due_ms)
{
	struct send_chat *chat = call->chat;

	queue->in_flight--;
	STAILQ_INSERT_HEAD(&chat->calls, call, link);
	if (due_ms > chat->until_ms)
		chat->until_ms = due_ms;
	if (call->cooled)
		chat->cooled_ms = due_ms;
	call->cooled = false;
	chat->state = CHAT_IDLE;
	relist(queue, chat, 0);
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
	if (chat->state != CHAT_IN_FLIGHT)
		relist(queue, chat, 0);
}

uint64_t send_queue_wake_ms(const struct send_queue *queue)
{
	bool ready = !TAILQ_EMPTY(&queue->ready[CALL_ANSWER]) ||
		     !TAILQ_EMPTY(&queue->ready[CALL_BULK]);
	uint64_t wake_ms = ready ? 0 : queue->next_wake_ms;

	if (queue->in_flight >= queue->limit)
		return UINT64_MAX;
	return wake_ms < queue->token_until_ms ? queue->token_until_ms : wake_ms;
}

/* `closed`: not for a cooldown, but because the pool stops. Then a handler gets what it waits for.
 */
static void empty_chat(struct send_queue *queue, struct send_chat *chat, bool closed,
		       uint64_t now_ms, send_late_fn *fn, void *owner)
{
	uint64_t until_ms = chat->cooled_ms > queue->token_until_ms ? chat->cooled_ms
								    : queue->token_until_ms;
	struct send_call *call;

	while ((call = STAILQ_FIRST(&chat->calls)) && !call->stays &&
	       !(closed && call->call.want_result)) {
		STAILQ_REMOVE_HEAD(&chat->calls, link);
		fn(owner, call, until_ms);
	}
	relist(queue, chat, now_ms);
}

static void empty_list(struct send_queue *queue, struct send_list *list, uint64_t now_ms,
		       uint64_t late_ms, send_late_fn *fn, void *owner)
{
	struct send_chat *chat = TAILQ_FIRST(list), *last = TAILQ_LAST(list, send_list), *next;

	/* A chat that was moved may be appended again. */
	for (bool more = chat != NULL; more; chat = next) {
		next = TAILQ_NEXT(chat, link);
		more = chat != last;
		if (chat->cooled_ms >= late_ms || queue->token_until_ms >= late_ms)
			empty_chat(queue, chat, false, now_ms, fn, owner);
		else if (chat->closed)
			empty_chat(queue, chat, true, now_ms, fn, owner);
	}
}

void send_queue_close_busy(struct send_queue *queue)
{
	struct send_chat *chat;
	size_t at = 0;

	while ((chat = id_map_next(&queue->chats, &at, NULL)))
		chat->closed |= chat->state == CHAT_IN_FLIGHT;
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
