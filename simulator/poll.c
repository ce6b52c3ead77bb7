#include "simulator/poll.h"

#include <stdio.h>

#include "common/clock.h"
#include "simulator/call.h"
#include "simulator/dispatch.h"
#include "simulator/methods.h"
#include "simulator/sim.h"

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

void poll_init(struct sim *sim)
{
	sim->poll = (struct poll) { .timer = { .fn = on_timer, .owner = sim } };
}

static void write_updates(struct sim *sim, struct buffer *out, struct event **events, size_t count)
{
	uint64_t now_us = clock_boot_us();
	int64_t left = POLL_ANSWER_MAX;

	buffer_append_text(out, "{\"ok\":true,\"result\":[");
	for (size_t i = 0; i < count; i++) {
		struct event *event = events[i];
		char head[40];
		int length;

		left -= 50 + (int64_t)event->size;
		if (left <= 0)
			break;
		length = snprintf(head, sizeof(head), "%s{\"update_id\":%d,\n", i ? ",\n" : "",
				  event->id);
		buffer_append(out, head, (size_t)length);
		buffer_append(out, event->json, event->size);
		buffer_append_byte(out, '}');
		queue_mark_delivered(&sim->queue, event);
		if (event->ping >= 0)
			ledger_delivered(&sim->ledger, event->chat_id, event->ping, now_us);
	}
	buffer_append_text(out, "]}");
}

static void answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		   struct event **events, size_t count)
{
	struct answer answer = { .status = 200 };

	buffer_clear(&sim->answer);
	write_updates(sim, &sim->answer, events, count);
	answer.body = buffer_unread(&sim->answer);
	answer.size = buffer_unread_size(&sim->answer);
	dispatch_answer(sim, exchange, fault, &answer);
	crowd_wakeup(sim);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	struct sim *sim = owner;

	(void)exchange;
	sim->poll.waiting = NULL;
	loop_timer_clear(sim->loop, &sim->poll.timer);
}

/* What there is at the offset, or a wait for it. */
static void look(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		 int32_t offset, int64_t limit, int64_t timeout_s)
{
	struct poll *poll = &sim->poll;
	struct event *events[100];
	int32_t from;
	size_t count = queue_get(&sim->queue, offset, (size_t)limit, sim_now_s(sim), events, &from);

	if (count > 0 || timeout_s == 0) {
		answer(sim, exchange, fault, events, count);
		return;
	}
	poll_abort(sim, TERMINATED);
	poll->waiting = exchange;
	poll->offset = from;
	poll->limit = limit;
	poll->fault = *fault;
	poll->woken = false;
	poll->hard_due_ms = loop_now_ms(sim->loop) + (uint64_t)timeout_s * 1000;
	exchange_on_gone(exchange, on_gone, sim);
	loop_timer_set(sim->loop, &poll->timer, (uint64_t)timeout_s * 1000);
	crowd_wakeup(sim);
}

/* The wait is over: takes the poll back and answers it. */
static void on_timer(void *owner)
{
	struct sim *sim = owner;
	struct exchange *exchange = sim->poll.waiting;

	if (!exchange)
		return;
	sim->poll.waiting = NULL;
	exchange_on_gone(exchange, NULL, NULL);
	look(sim, exchange, &sim->poll.fault, sim->poll.offset, sim->poll.limit, 0);
}

void poll_wakeup(struct sim *sim)
{
	struct poll *poll = &sim->poll;
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

void poll_conflict(struct sim *sim, struct exchange *exchange, const char *description)
{
	uint64_t now = loop_now_ms(sim->loop);
	char body[256];
	int size = snprintf(body, sizeof(body),
			    "{\"ok\":false,\"error_code\":409,\"description\":\"%s\"}",
			    description);
	struct answer answer = { .status = 409, .body = body, .size = (size_t)size };

	sim->poll.conflicts++;
	if (now >= sim->poll.next_conflict_ms) {
		sim->poll.next_conflict_ms = now + CONFLICT_MS;
		exchange_answer(exchange, &answer);
	} else {
		later_answer(&sim->laters, exchange, &answer, CONFLICT_MS);
	}
}

/* The waiting poll, to be answered now; NULL: none waits. */
static struct exchange *take_waiting(struct sim *sim)
{
	struct exchange *exchange = sim->poll.waiting;

	if (!exchange)
		return NULL;
	sim->poll.waiting = NULL;
	loop_timer_clear(sim->loop, &sim->poll.timer);
	exchange_on_gone(exchange, NULL, NULL);
	return exchange;
}

void poll_abort(struct sim *sim, const char *description)
{
	struct exchange *exchange = take_waiting(sim);

	if (exchange)
		poll_conflict(sim, exchange, description);
}

void poll_revoke(struct sim *sim)
{
	static const char body[] =
		"{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}";
	struct exchange *exchange = take_waiting(sim);

	if (exchange)
		exchange_answer(
			exchange,
			&(struct answer) { .status = 401, .body = body, .size = sizeof(body) - 1 });
}

void poll_get_updates(struct call *call)
{
	struct sim *sim = call->sim;
	struct poll *poll = &sim->poll;
	uint64_t now = loop_now_ms(sim->loop);
	int32_t offset = (int32_t)args_int(call->args, "offset", 0, INT32_MIN, INT32_MAX);
	int64_t limit = args_int(call->args, "limit", 100, 1, 100);
	int64_t timeout_s = args_int(call->args, "timeout", 0, 0, POLL_TIMEOUT_MAX_S);
	uint32_t allowed;

	call->deferred = true;
	poll->polls++;
	poll->last_poll_ms = now;
	if (hook_is_set(sim)) {
		poll_conflict(sim, call->exchange, WEBHOOK_ACTIVE);
		return;
	}
	allowed = feed_parse_kinds(args_text(call->args, "allowed_updates"));
	if (allowed)
		sim->feed.allowed = allowed;
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
	look(sim, call->exchange, &call->fault, offset, limit, timeout_s);
}
