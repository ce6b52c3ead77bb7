#include "simulator/later.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct later {
	struct laters *laters;
	LIST_ENTRY(later) link;
	struct loop_timer timer;
	struct exchange *exchange;
	struct answer answer;
	void *body;
};

static void release(struct later *later)
{
	LIST_REMOVE(later, link);
	loop_timer_clear(later->laters->loop, &later->timer);
	free(later->body);
	free(later);
}

static void on_due(void *owner)
{
	struct later *later = owner;

	exchange_answer(later->exchange, &later->answer);
	release(later);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	(void)exchange;
	release(owner);
}

void laters_finish(struct laters *laters)
{
	while (!LIST_EMPTY(&laters->list))
		release(LIST_FIRST(&laters->list));
}

void later_answer(struct laters *laters, struct exchange *exchange, const struct answer *answer,
		  uint64_t after_ms)
{
	struct later *later = xmalloc(sizeof(*later));

	later->laters = laters;
	LIST_INSERT_HEAD(&laters->list, later, link);
	later->exchange = exchange;
	later->answer = *answer;
	later->body = xmemdup(answer->body, answer->size);
	later->answer.body = later->body;
	later->timer = (struct loop_timer) { .fn = on_due, .owner = later };
	exchange_on_gone(exchange, on_gone, later);
	loop_timer_set(laters->loop, &later->timer, after_ms);
}
