/* work.c - the path of an update through the pool: from ingress into its lane, to a child, its
 * calls to the sender, and a verdict at each step. */
#include "workers/parent/pool.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/wire/answer.h"
#include "workers/wire/call.h"
#include "workers/wire/method.h"

#define LOG_SUBSYSTEM "work"
#include "common/log.h"

/* How much a pool holds: enough that no child waits for ingress, little enough to leave work for
 * another pool. Items that only wait for Telegram cost memory, not children. */
#define HOLD_PER_CHILD 32u
#define HOLD_MIN 512u
#define HOLD_MAX 8192u
#define UNSENT_PER_CALL 4u
#define UNSENT_BYTES_MAX (512u << 10)
#define BOT_ASK_MS 60000u     /* between two questions whether the bot has another name */
#define RETRY_LOG_MS 60000u   /* between two log lines about calls that are made again */
#define REFUSAL_LOG_MS 60000u /* between two log lines about the refused token */

/* --- verdicts --- */

static uint64_t add_verdict(struct pool *pool, uint64_t seq, enum verdict_step step)
{
	const struct message_verdict verdict = { .seq = seq, .step = step };

	return ingress_link_add_verdict(pool->ingress, &verdict);
}

static struct text orders_of(const struct item *item)
{
	return (struct text) { item->orders, item->orders_size };
}

static void keep_orders(struct item *item, const void *orders, size_t size)
{
	if (!size)
		return;
	item->orders = xmemdup(orders, size);
	item->orders_size = size;
}

/* With what its handler ordered, of which ingress is told once. */
static void say_with_orders(struct pool *pool, struct item *item, enum verdict_step step)
{
	const struct message_verdict verdict = { .seq = item->seq,
						 .step = step,
						 .orders = orders_of(item) };

	ingress_link_add_verdict(pool->ingress, &verdict);
	free(item->orders);
	item->orders = NULL;
	item->orders_size = 0;
}

/* Its calls are now to be made. What is ordered at once is in the order of its lane, and carried
 * out once, even if the calls are lost with this pool. */
static void say_handled(struct pool *pool, struct item *item)
{
	if (item->orders && !item->orders_wait)
		say_with_orders(pool, item, VERDICT_HANDLED);
	else if (!item->released)
		add_verdict(pool, item->seq, VERDICT_HANDLED);
}

/* Returns it to ingress, which sends nothing more of the lane before it knows. */
static void give_back(struct pool *pool, uint64_t seq, uint64_t lane)
{
	items_close_lane(&pool->items, lane, add_verdict(pool, seq, VERDICT_RETURNED));
}

static void say_unsent(struct pool *pool, const struct item *item)
{
	struct message_verdict verdict = { .seq = item->seq,
					   .step = VERDICT_UNSENT,
					   .due_ms = item->unsent.after_ms };

	buffer_clear(&pool->text);
	unsent_encode(&item->unsent, orders_of(item), &pool->text);
	verdict.body = (struct text) { (const char *)buffer_unread(&pool->text),
				       buffer_unread_size(&pool->text) };
	ingress_link_add_verdict(pool->ingress, &verdict);
}

/* It is handled, and the sender has none of its calls any more. */
static void finish_item(struct pool *pool, struct item *item)
{
	if (item->unsent.count)
		say_unsent(pool, item);
	else
		say_with_orders(pool, item, VERDICT_DONE);
	items_remove(&pool->items, item);
}

void work_end_item(struct pool *pool, struct item *item, enum ended_reason reason)
{
	const struct message_verdict verdict = { .seq = item->seq,
						 .step = VERDICT_ENDED,
						 .reason = reason };
	uint64_t lane = items_lane_key(item);

	items_close_lane(&pool->items, lane, ingress_link_add_verdict(pool->ingress, &verdict));
	items_remove(&pool->items, item);
	while ((item = items_first_waiting(&pool->items, lane))) {
		add_verdict(pool, item->seq, VERDICT_RETURNED);
		items_remove(&pool->items, item);
	}
}

void work_return_waiting(struct pool *pool)
{
	struct item *item;

	while ((item = items_any_waiting(&pool->items))) {
		give_back(pool, item->seq, items_lane_key(item));
		items_remove(&pool->items, item);
	}
}

/* --- from ingress --- */

uint64_t work_room(void *owner)
{
	const struct pool *pool = owner;
	uint64_t hold = (uint64_t)pool->settings->pool_max * HOLD_PER_CHILD;
	uint64_t all, in_flight = pool->items.waiting + pool->items.assigned;
	uint64_t held = in_flight + pool->items.sending;

	/* Without a ready child nothing would be handled. */
	if (pool->draining || !pool->bot.id || outbox_is_full(&pool->sender_link.outbox) ||
	    !(pool->children.counts[CHILD_IDLE] + pool->children.counts[CHILD_BUSY]))
		return 0;
	hold = hold < HOLD_MIN ? HOLD_MIN : hold > HOLD_MAX ? HOLD_MAX : hold;
	all = hold + UNSENT_PER_CALL * (uint64_t)pool->settings->send_inflight;
	if (in_flight >= hold || held >= all)
		return 0;
	return hold - in_flight < all - held ? hold - in_flight : all - held;
}

struct resumption {
	struct pool *pool;
	struct item *item;
};

static void send_again(void *owner, const struct wire_call *head, const void *call)
{
	const struct resumption *resumption = owner;
	struct wire_call may_wait = *head;

	may_wait.flags |= WIRE_CALL_MAY_WAIT;
	outbox_add(&resumption->pool->sender_link.outbox, resumption->item, 0, &may_wait, call,
		   NULL);
}

/* Its handler has run and its replies waited at ingress, so no child is needed. Everything before
 * it in its lane has been handled, too. */
static void resume_replies(struct pool *pool, struct item *item)
{
	struct resumption resumption = { pool, item };
	const struct text body = { (const char *)item->body, item->size };
	struct buffer orders = { 0 };
	size_t count;
	struct why why;

	items_skip_child(&pool->items, item);
	if (unsent_decode(body, send_again, &resumption, &count, &orders, &why)) {
		keep_orders(item, buffer_unread(&orders), buffer_unread_size(&orders));
		item->orders_wait = true;
	} else {
		log_context_trace(&item->trace);
		log_error("replies lost: cannot read them back", log_text("error", why.text));
		log_context_trace(NULL);
		count = 0;
	}
	buffer_finish(&orders);
	item->at_sender = (uint32_t)count;
	if (count)
		say_handled(pool, item);
	else
		finish_item(pool, item);
}

void work_take_item(void *owner, const struct message_item *from)
{
	struct pool *pool = owner;
	struct item *item;

	if (pool->draining)
		give_back(pool, from->seq, from->lane);
	else if (items_lane_is_closed(&pool->items, from->lane))
		/* It was on its way when an item of its lane was returned: it follows. */
		add_verdict(pool, from->seq, VERDICT_RETURNED);
	else if (!(item = items_add(&pool->items, from, loop_now_ms(pool->loop))))
		log_debug("ignoring an update already in flight", log_unsigned("seq", from->seq));
	else if (from->flags & ITEM_REPLIES)
		resume_replies(pool, item);
}

/* --- from children --- */

static void send_replies(struct pool *pool, struct item *item, const struct child_verdict *verdict)
{
	/* Calls too large for ingress, as those with files in descriptors, wait in the sender,
	 * however long. */
	const bool may_wait = verdict->calls_size <= UNSENT_BYTES_MAX && !verdict->files_count;
	const uint8_t *at = verdict->calls;

	item->at_sender = verdict->head.calls;
	for (uint32_t i = 0; i < verdict->head.calls; i++) {
		struct wire_call head;

		memcpy(&head, at, sizeof(head));
		at += sizeof(head);
		head.flags = (uint8_t)((head.flags & WIRE_CALL_AT_MOST_ONCE) |
				       (may_wait ? WIRE_CALL_MAY_WAIT : 0));
		outbox_add(&pool->sender_link.outbox, item, 0, &head, at, verdict->files);
		at += head.size;
	}
}

/* A command that names a bot which is not this one: usually it is for another bot of the group, but
 * the owner may have given this one another name. */
static void ask_bot(struct pool *pool)
{
	uint64_t now_ms = loop_now_ms(pool->loop);

	if (pool->bot_asked_ms && now_ms - pool->bot_asked_ms < BOT_ASK_MS)
		return;
	pool->bot_asked_ms = now_ms;
	sender_link_ask_bot(&pool->sender_link);
}

static void on_verdict(void *owner, struct child_record *child, struct item *item,
		       const struct child_verdict *verdict)
{
	struct pool *pool = owner;
	bool failed = verdict->head.failed;

	if (ingress_link_end_if_silent(pool->ingress))
		return;
	pool->handled++;
	sizing_success(&pool->sizing);
	status_handled(failed ? RESULT_ERROR : RESULT_OK, verdict->head.duration_us);
	if (failed)
		report_failure(pool, child, item, verdict->failure);
	if (verdict->head.names_another)
		ask_bot(pool);
	keep_orders(item, verdict->orders.data, verdict->orders.length);
	item->orders_wait = verdict->head.orders_wait;
	if (!verdict->head.calls) {
		finish_item(pool, item);
	} else {
		say_handled(pool, item);
		send_replies(pool, item, verdict);
		items_handled(&pool->items, item);
	}
	if ((child->worn_out || child->handled >= (uint64_t)pool->settings->child_max_updates) &&
	    !child->in_flight_count)
		child_dismiss(child);
}

static void on_call(void *owner, struct child_record *child, const struct wire_call *head,
		    const uint8_t *call, struct descriptors *files)
{
	struct pool *pool = owner;
	struct wire_call own = *head;

	if (head->flags & WIRE_CALL_RUN) {
		programs_add(&pool->programs, child->serial, head, call, files);
		return;
	}
	own.flags &= WIRE_CALL_AT_MOST_ONCE;
	outbox_add(&pool->sender_link.outbox, NULL, child->serial, &own, call, files);
}

static void on_fetch(void *owner, struct child_record *child, bool posted, int sink,
		     const void *request, size_t size)
{
	struct pool *pool = owner;

	fetcher_link_ask(&pool->fetcher_link, child->serial, posted, sink, request, size);
}

void work_program_ended(void *owner, uint64_t waiter, const void *result, size_t size)
{
	struct pool *pool = owner;
	struct child_record *child = children_by_serial(&pool->children, waiter);

	if (child)
		child_answer(child, WIRE_RESULT, result, size);
}

static void on_release(void *owner, struct child_record *child, struct item *item)
{
	struct pool *pool = owner;

	(void)child;
	add_verdict(pool, item->seq, VERDICT_HANDLED);
	items_release(&pool->items, item);
}

/* What it means, not what is missing: who reads this knows no Landlock. */
static void warn_of_missing_walls(struct pool *pool, struct text why)
{
	if (pool->missing_wall_logged || (pool->walls & WALLS_ALL) == WALLS_ALL)
		return;
	pool->missing_wall_logged = true;
	if (!walls_have(pool->walls, WALL_FILES))
		log_warn("going on without a wall: a handler that was taken over could read every "
			 "file of this user, credentials and keys among them",
			 log_bytes("error", why.data, why.length));
	if (!walls_have(pool->walls, WALL_CALLS))
		log_warn("going on without a wall: a handler that was taken over could signal this "
			 "user's processes and start programs",
			 log_bytes("error", why.data, why.length));
}

static void on_ready(void *owner, struct child_record *child, uint32_t walls, struct text missing)
{
	struct pool *pool = owner;

	log_debug("child is ready", log_signed("child", child->pid));
	pool->has_walls = true;
	pool->walls = walls;
	warn_of_missing_walls(pool, missing);
	if (pool->last_nursery)
		children_replace(&pool->children);
}

const struct children_events work_children_events = {
	.verdict = on_verdict,
	.call = on_call,
	.fetch = on_fetch,
	.release = on_release,
	.ready = on_ready,
};

/* --- from the sender --- */

/* The update that a call belongs to, or NULL. */
static const struct item *item_of(const struct pool *pool, const struct outgoing *outgoing)
{
	const struct child_record *waiter;

	if (outgoing->item || !outgoing->waiter)
		return outgoing->item;
	waiter = children_by_serial(&pool->children, outgoing->waiter);
	return waiter && waiter->in_flight_count ? waiter->in_flight[0] : NULL;
}

/* Of calls that are made again one a minute is logged: when Telegram is away all of them are. */
static enum log_level trouble_level(struct pool *pool, const struct wire_sent *sent)
{
	uint64_t now_ms = loop_now_ms(pool->loop);

	if (outcome_is_expected((enum call_outcome)sent->outcome))
		return LOG_LEVEL_DEBUG;
	if (sent->final)
		return LOG_LEVEL_WARN;
	if (pool->retry_logged_ms && now_ms - pool->retry_logged_ms < RETRY_LOG_MS)
		return LOG_LEVEL_DEBUG;
	pool->retry_logged_ms = now_ms;
	return LOG_LEVEL_WARN;
}

static void log_trouble(struct pool *pool, const struct outgoing *outgoing,
			const struct wire_sent *sent, struct text why)
{
	const struct item *item = item_of(pool, outgoing);
	enum log_level level = trouble_level(pool, sent);
	const char
		*method = method_names[sent->method < METHOD_COUNT ? sent->method : METHOD_OTHER];

	log_context_trace(item ? &item->trace : NULL);
	if (sent->final)
		log_at(level, "call failed", log_text("method", method),
		       log_text("outcome", outcome_names[sent->outcome]),
		       log_signed("code", sent->error_code),
		       log_bytes("why", why.data, why.length));
	else
		log_at(level, "retrying a call", log_text("method", method),
		       log_text("outcome", outcome_names[sent->outcome]),
		       log_signed("code", sent->error_code),
		       log_bytes("why", why.data, why.length));
	log_context_trace(NULL);
}

static void call_is_over(struct pool *pool, const struct outgoing *outgoing, const void *result,
			 size_t size)
{
	struct item *item = outgoing->item;
	struct child_record *child;

	if (item && --item->at_sender == 0)
		finish_item(pool, item);
	if (!outgoing->waiter)
		return;
	child = children_by_serial(&pool->children, outgoing->waiter);
	if (child)
		child_answer(child, WIRE_RESULT, result, size);
}

static void on_sent(void *owner, struct outgoing *outgoing, const struct wire_sent *sent,
		    struct text why, const void *result, size_t size)
{
	struct pool *pool = owner;

	if (sent->outcome >= OUTCOME_COUNT)
		return;
	status_sent(sent);
	if (sent->outcome != OUTCOME_OK)
		log_trouble(pool, outgoing, sent, why);
	if (sent->final)
		call_is_over(pool, outgoing, result, size);
}

/* A call that a dead sender may have made, and that must not be made twice. */
static void on_abandoned(void *owner, struct outgoing *outgoing)
{
	static const char reason[] = "the sender died";
	const struct call_result result = { .status = CALL_IN_DOUBT,
					    .description = { reason, sizeof(reason) - 1 } };
	struct pool *pool = owner;
	struct buffer encoded = { 0 };

	call_result_encode(&result, &encoded);
	call_is_over(pool, outgoing, buffer_unread(&encoded), buffer_unread_size(&encoded));
	buffer_finish(&encoded);
}

/* A call without an update must not wait elsewhere, so it never comes back. */
static void on_back(void *owner, struct outgoing *outgoing, uint64_t after_ms)
{
	struct pool *pool = owner;
	struct item *item = outgoing->item;

	if (!item)
		return;
	unsent_add(&item->unsent, outgoing->flags, outgoing->call, outgoing->size, after_ms);
	if (--item->at_sender == 0)
		finish_item(pool, item);
}

static void on_doubtful(void *owner, const struct outgoing *outgoing)
{
	const struct item *item = item_of(owner, outgoing);

	log_context_trace(item ? &item->trace : NULL);
	log_debug("call in doubt: its sender died before the answer");
	log_context_trace(NULL);
	status_doubtful();
}

static void on_migrated(void *owner, const struct wire_migrated *migrated)
{
	const struct message_migrated message = { migrated->from, migrated->to };
	struct pool *pool = owner;

	ingress_link_migrated(pool->ingress, &message);
}

static void on_cooldown(void *owner, const struct wire_cooldown *cooldown)
{
	const struct message_cooldown message = { .chat_id = cooldown->chat_id,
						  .remaining_ms = cooldown->remaining_ms };
	struct pool *pool = owner;

	if (cooldown->chat_id == 0)
		log_warn("Telegram refuses calls of the whole bot (429): none is made for a while",
			 log_unsigned("for_ms", cooldown->remaining_ms));
	status_cooldown(cooldown->chat_id == 0);
	ingress_link_cool(pool->ingress, &message);
}

static void set_token_refused(struct pool *pool, bool refused)
{
	pool->token_refused = refused;
	status_token_refused(refused);
}

static void on_bot_is(void *owner, const struct bot *bot)
{
	struct pool *pool = owner;

	if (pool->bot.id && pool->bot.id != bot->id)
		fatal(EX_CONFIG, "TELEGRAM_BOT_TOKEN now belongs to another bot: restart the pool");
	if (!pool->bot.id)
		log_notice("bot identified", log_text("username", bot->username));
	else if (pool->token_refused && pool->refusal_logged)
		log_notice("Telegram knows the bot token; resuming calls");
	set_token_refused(pool, false);
	if (pool->bot.id && strcmp(pool->bot.username, bot->username) != 0) {
		log_notice("the bot has another name", log_text("username", bot->username),
			   log_text("before", pool->bot.username));
		children_rename(&pool->children, bot);
	}
	pool->bot = *bot;
	status_telegram_answers(pool);
	pool_spawn_missing(pool);
}

static void on_bot_trouble(void *owner, const char *reason)
{
	struct pool *pool = owner;

	log_warn("waiting for the Bot API: check TELEGRAM_API_URL and the network",
		 log_text("error", reason));
	health_dependency(pool->health, "telegram", true, false, reason);
}

/* A method that Telegram does not know starts a check with each call: not every one is logged. */
static void log_token_check(struct pool *pool, const char *state)
{
	uint64_t now_ms = loop_now_ms(pool->loop);

	pool->refusal_logged = !pool->refusal_logged_ms ||
			       now_ms - pool->refusal_logged_ms >= REFUSAL_LOG_MS;
	if (!pool->refusal_logged)
		return;
	pool->refusal_logged_ms = now_ms;
	log_warn("checking the bot token", log_text("state", state));
}

/* At each refusal of a check. */
static void on_token_check(void *owner, const char *state)
{
	struct pool *pool = owner;

	if (!pool->token_refused)
		log_token_check(pool, state);
	set_token_refused(pool, true);
	health_dependency(pool->health, "telegram", true, false, state);
}

static void on_refused(void *owner, const char *reason)
{
	(void)owner;
	fatal(EX_UNAVAILABLE, "TELEGRAM_BOT_TOKEN is refused: take the token from @BotFather",
	      log_text("reason", reason));
}

const struct sender_link_events work_sender_events = {
	.bot_is = on_bot_is,
	.trouble = on_bot_trouble,
	.checking = on_token_check,
	.refused = on_refused,
	.sent = on_sent,
	.abandoned = on_abandoned,
	.doubtful = on_doubtful,
	.back = on_back,
	.cooldown = on_cooldown,
	.migrated = on_migrated,
};

/* --- the start --- */

void work_make_start_calls(struct pool *pool, struct cursor calls)
{
	size_t count = cursor_array(&calls);

	for (size_t i = 0; i < count && i < WIRE_CALLS_MAX; i++) {
		struct text call = cursor_bytes(&calls);
		const struct wire_call head = { .size = (uint32_t)call.length };

		if (call.data)
			outbox_add(&pool->sender_link.outbox, NULL, 0, &head, call.data, NULL);
	}
}
