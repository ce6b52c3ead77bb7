/* waiting.c - a short list, searched for each order. */
#include "tests/modules/waiting.h"

#include "common/log.h"
#include "common/orders.h"

/* At ingress handlers that began before are told apart by their numbers; here none runs beside. */
static void forget(struct conversation *conversation, bool is_chat, int64_t id)
{
	for (size_t i = 0; i < conversation->waiting_count; i++) {
		struct waiting *waiting = &conversation->waiting[i];

		if ((is_chat ? waiting->piece.chat_id : waiting->piece.person_id) == id)
			waiting->done = true;
	}
}

static void cancel(struct conversation *conversation, int64_t chat_id, uint64_t key)
{
	for (size_t i = 0; i < conversation->waiting_count; i++) {
		struct waiting *waiting = &conversation->waiting[i];

		if (waiting->piece.chat_id == chat_id && waiting->piece.key == key)
			waiting->done = true;
	}
}

static void hasten(struct conversation *conversation, int64_t chat_id)
{
	for (size_t i = 0; i < conversation->waiting_count; i++) {
		struct waiting *waiting = &conversation->waiting[i];

		if (waiting->piece.chat_id == chat_id && (waiting->piece.flags & PIECE_DAILY))
			waiting->due_ms = conversation->now_ms;
	}
}

/* In the order in which they were put off, which is that of those due at the same time. */
static struct waiting *add(struct conversation *conversation)
{
	size_t kept = 0;

	for (size_t i = 0; i < conversation->waiting_count; i++)
		if (!conversation->waiting[i].done)
			conversation->waiting[kept++] = conversation->waiting[i];
	conversation->waiting_count = kept;
	if (kept == WAITING_MAX)
		panic("more than %d pieces of work put off in a conversation", WAITING_MAX);
	return &conversation->waiting[conversation->waiting_count++];
}

static void put(struct conversation *conversation, const struct line_action *action,
		const struct message_item *item, const struct order *order)
{
	struct waiting waiting = {
		/* A press is answered by then. */
		.action = { .person = action->person,
			    .group = action->group,
			    .topic = action->topic,
			    .text = "" },
		.kind = item->kind,
		.update_id = item->update_id,
		.body = { arena_memdup(&conversation->world.arena, order->body.data,
				       order->body.length),
			  order->body.length },
		.due_ms = conversation->now_ms + order->after_ms,
	};

	(void)piece_read(order->body, &waiting.piece);
	cancel(conversation, waiting.piece.chat_id, waiting.piece.key);
	*add(conversation) = waiting;
}

void waiting_order(struct conversation *conversation, const struct line_action *action,
		   const struct message_item *item, struct text orders)
{
	struct order order;
	struct why why;

	if (!orders_check(orders, &why))
		panic("ingress would refuse these orders: %s", why.text);
	while (orders_next(&orders, &order)) {
		switch (order.kind) {
		case ORDER_PUT:
			put(conversation, action, item, &order);
			break;
		case ORDER_CANCEL:
			cancel(conversation, order.id, order.key);
			break;
		case ORDER_FORGET_PERSON:
		case ORDER_FORGET_CHAT:
			forget(conversation, order.kind == ORDER_FORGET_CHAT, order.id);
			break;
		case ORDER_HASTEN:
			hasten(conversation, order.id);
			break;
		}
	}
}

const struct waiting *waiting_take(struct conversation *conversation, uint64_t until_ms)
{
	struct waiting *first = NULL;

	for (size_t i = 0; i < conversation->waiting_count; i++) {
		struct waiting *waiting = &conversation->waiting[i];

		if (!waiting->done && waiting->due_ms <= until_ms &&
		    (!first || waiting->due_ms < first->due_ms))
			first = waiting;
	}
	if (first)
		first->done = true;
	return first;
}
