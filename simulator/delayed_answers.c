#include "simulator/delayed_answers.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct delayed_answer {
	struct delayed_answers *answers;
	LIST_ENTRY(delayed_answer) link;
	struct loop_timer timer;
	struct exchange *exchange;
	struct answer answer;
	void *body;
};

static void release(struct delayed_answer *delayed)
{
	LIST_REMOVE(delayed, link);
	loop_timer_clear(delayed->answers->loop, &delayed->timer);
	free(delayed->body);
	free(delayed);
}

static void on_due(void *owner)
{
	struct delayed_answer *delayed = owner;

	exchange_answer(delayed->exchange, &delayed->answer);
	release(delayed);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	(void)exchange;
	release(owner);
}

void delayed_answers_finish(struct delayed_answers *answers)
{
	while (!LIST_EMPTY(&answers->list))
		release(LIST_FIRST(&answers->list));
}

void delayed_answers_add(struct delayed_answers *answers, struct exchange *exchange,
			 const struct answer *answer, uint64_t after_ms)
{
	struct delayed_answer *delayed = xmalloc(sizeof(*delayed));

	delayed->answers = answers;
	LIST_INSERT_HEAD(&answers->list, delayed, link);
	delayed->exchange = exchange;
	delayed->answer = *answer;
	delayed->body = xmemdup(answer->body, answer->size);
	delayed->answer.body = delayed->body;
	delayed->timer = (struct loop_timer) { .fn = on_due, .owner = delayed };
	exchange_on_gone(exchange, on_gone, delayed);
	loop_timer_set(answers->loop, &delayed->timer, after_ms);
}
