#include "simulator/long_poll.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "simulator/call_answer.h"
#include "simulator/feed.h"
#include "simulator/sim.h"
#include "simulator/webhook.h"

#define REPEAT_MS 3000      /* a repeat within it waits at least as long */
#define QUICK_REPEAT_MS 500 /* a repeat within it gets one update */
#define CONFLICT_MS 3000
/* After an update comes in, the server waits a moment for more. */
#define WAIT_AFTER_MS 1
#define WAIT_AFTER_MAX_MS 2

#define TERMINATED                                                                                \
	"Conflict: terminated by other getUpdates request; make sure that only one bot instance " \
	"is running"
#define WEBHOOK_ACTIVE                                                                         \
	"Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to " \
	"delete the webhook first"

static void on_timer(void *owner);

struct long_poll *long_poll_create(struct sim *sim)
{
	struct long_poll *poll = xmalloc(sizeof(*poll));

	poll->timer = (struct loop_timer) { .fn = on_timer, .owner = sim };
	return poll;
}

void long_poll_destroy(struct sim *sim)
{
	loop_timer_clear(sim->loop, &sim->long_poll->timer);
	free(sim->long_poll);
}

static void write_updates(struct sim *sim, struct buffer *out, struct queued_update **updates,
			  size_t count)
{
	uint64_t now_us = clock_boot_us();
	int64_t left = POLL_ANSWER_MAX;

	buffer_append_text(out, "{\"ok\":true,\"result\":[");
	for (size_t i = 0; i < count; i++) {
		struct queued_update *update = updates[i];
		char head[40];
		int length;

		left -= 50 + (int64_t)update->size;
		if (left <= 0)
			break;
		length = snprintf(head, sizeof(head), "%s{\"update_id\":%d,\n", i ? ",\n" : "",
				  update->id);
		buffer_append(out, head, (size_t)length);
		buffer_append(out, update->json, update->size);
		buffer_append_byte(out, '}');
		queue_mark_delivered(&sim->queue, update);
		update_log_delivered(&sim->update_log, update->id);
		if (update->ping >= 0)
			ledger_delivered(&sim->ledger, update->chat_id, update->ping, now_us);
	}
	buffer_append_text(out, "]}");
}

static void answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		   struct queued_update **updates, size_t count)
{
	struct answer answer = { .status = 200 };

	buffer_clear(&sim->answer);
	write_updates(sim, &sim->answer, updates, count);
	answer.body = buffer_unread(&sim->answer);
	answer.size = buffer_unread_size(&sim->answer);
	call_answer(sim, exchange, fault, &answer);
	feed_note_taken(sim);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	struct sim *sim = owner;

	(void)exchange;
	sim->long_poll->waiting = NULL;
	loop_timer_clear(sim->loop, &sim->long_poll->timer);
}

/* At once, or 3 s late when the last one was less than 3 s ago. */
static void answer_conflict(struct sim *sim, struct exchange *exchange, const char *description)
{
	uint64_t now = loop_now_ms(sim->loop);
	uint64_t after_ms = CONFLICT_MS;

	sim->long_poll->conflicts++;
	if (now >= sim->long_poll->next_conflict_ms) {
		sim->long_poll->next_conflict_ms = now + CONFLICT_MS;
		after_ms = 0;
	}
	call_answer_error(sim, exchange, 409, description, after_ms);
}

/* The waiting poll, to be answered now; NULL: none waits. */
static struct exchange *take_waiting(struct sim *sim)
{
	struct exchange *exchange = sim->long_poll->waiting;

	if (!exchange)
		return NULL;
	sim->long_poll->waiting = NULL;
	loop_timer_clear(sim->loop, &sim->long_poll->timer);
	exchange_on_gone(exchange, NULL, NULL);
	return exchange;
}

/* Answers with what there is at the offset, or waits for it. */
static void answer_or_wait(struct sim *sim, struct exchange *exchange, const struct fault *fault,
			   int32_t offset, int64_t limit, int64_t timeout_s)
{
	struct long_poll *poll = sim->long_poll;
	struct queued_update *updates[100];
	int32_t from;
	size_t count = queue_get(&sim->queue, offset, (size_t)limit, sim_now_s(sim), updates,
				 &from);

	update_log_confirmed_before(&sim->update_log, from);
	if (count > 0 || timeout_s == 0) {
		answer(sim, exchange, fault, updates, count);
		return;
	}
	long_poll_abort(sim, TERMINATED);
	poll->waiting = exchange;
	poll->offset = from;
	poll->limit = limit;
	poll->fault = *fault;
	poll->woken = false;
	poll->hard_due_ms = loop_now_ms(sim->loop) + (uint64_t)timeout_s * 1000;
	exchange_on_gone(exchange, on_gone, sim);
	loop_timer_set(sim->loop, &poll->timer, (uint64_t)timeout_s * 1000);
	feed_note_taken(sim);
}

/* The wait is over: answers with what there is. */
static void on_timer(void *owner)
{
	struct sim *sim = owner;
	struct exchange *exchange = sim->long_poll->waiting;

	if (!exchange)
		return;
	sim->long_poll->waiting = NULL;
	exchange_on_gone(exchange, NULL, NULL);
	answer_or_wait(sim, exchange, &sim->long_poll->fault, sim->long_poll->offset,
		       sim->long_poll->limit, 0);
}

void long_poll_wakeup(struct sim *sim)
{
	struct long_poll *poll = sim->long_poll;
	uint64_t now = loop_now_ms(sim->loop);
	uint64_t due;

	if (!poll->waiting)
		return;
	if (!poll->woken) {
		poll->woken = true;
		if (poll->hard_due_ms > now + WAIT_AFTER_MAX_MS)
			poll->hard_due_ms = now + WAIT_AFTER_MAX_MS;
	}
	due = now + WAIT_AFTER_MS < poll->hard_due_ms ? now + WAIT_AFTER_MS : poll->hard_due_ms;
	loop_timer_set(sim->loop, &poll->timer, due > now ? due - now : 0);
}

void long_poll_abort(struct sim *sim, const char *description)
{
	struct exchange *exchange = take_waiting(sim);

	if (exchange)
		answer_conflict(sim, exchange, description);
}

void long_poll_revoke(struct sim *sim)
{
	struct exchange *exchange = take_waiting(sim);

	if (exchange)
		call_answer_error(sim, exchange, 401, "Unauthorized", 0);
}

void method_get_updates(struct call *call)
{
	struct sim *sim = call->sim;
	struct long_poll *poll = sim->long_poll;
	uint64_t now = loop_now_ms(sim->loop);
	int32_t offset = (int32_t)parameters_int(call->parameters, "offset", 0, INT32_MIN,
						 INT32_MAX);
	int64_t limit = parameters_int(call->parameters, "limit", 100, 1, 100);
	int64_t timeout_s = parameters_int(call->parameters, "timeout", 0, 0, POLL_TIMEOUT_MAX_S);
	uint32_t allowed;

	call->deferred = true;
	poll->polls++;
	if (webhook_is_set(sim)) {
		answer_conflict(sim, call->exchange, WEBHOOK_ACTIVE);
		return;
	}
	allowed = feed_parse_kinds(parameters_text(call->parameters, "allowed_updates"));
	if (allowed)
		sim->feed->allowed = allowed;
	if (poll->has_previous && offset == poll->previous_offset) {
		uint64_t since_ms = now - poll->previous_start_ms;

		if (timeout_s < 3 && since_ms < REPEAT_MS)
			timeout_s = REPEAT_MS / 1000;
		if (since_ms < QUICK_REPEAT_MS)
			limit = 1;
	}
	poll->has_previous = true;
	poll->previous_offset = offset;
	poll->previous_start_ms = now;
	answer_or_wait(sim, call->exchange, &call->fault, offset, limit, timeout_s);
}
