/* children.c - gives items to child processes, takes their verdicts, enforces deadlines.
 *
 * An idle child goes first; a busy one gets more, about BATCH_US of work at a time, so that short
 * handlers do not wait for the parent. A child that turns out to be slow loses what it has not
 * begun, through the claims of its scoreboard (wire/scoreboard.h). */
#include "workers/parent/children.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "workers/parent/process_fork.h"

#define BATCH_US 500u /* of work given to one child at a time */
#define SAMPLE_MAX_US 5000u
#define SAMPLES 64u
#define STUCK_MS 2u
#define PROGRESSING_MS 5u
#define ABORT_GRACE_MS 1000u

/* --- states --- */

static void enter(struct child_record *child, enum child_state state)
{
	struct children *children = child->children;

	if (child->state == state)
		return;
	if (child->state == CHILD_IDLE)
		TAILQ_REMOVE(&children->idle, child, idle_link);
	children->counts[child->state]--;
	child->state = state;
	child->since_ms = loop_now_ms(children->loop);
	children->counts[state]++;
	if (state == CHILD_IDLE)
		TAILQ_INSERT_HEAD(&children->idle, child, idle_link);
}

/* --- items in flight --- */

static void set_in_flight_count(struct child_record *child, uint32_t count)
{
	child->children->batched -= child->in_flight_count > 1;
	child->in_flight_count = count;
	child->children->batched += count > 1;
}

static void drop_first(struct child_record *child)
{
	memmove(child->in_flight, child->in_flight + 1,
		(child->in_flight_count - 1) * sizeof(*child->in_flight));
	set_in_flight_count(child, child->in_flight_count - 1);
}

static void give_one(struct child_record *child, struct item *item)
{
	struct wire_item wire = {
		.seq = item->seq,
		.update_id = item->update_id,
		.age_ms = item->age_ms + loop_now_ms(child->children->loop) - item->received_ms,
		.received_s = item->received_s,
		.trace = item->trace,
		.ordinal = ++child->ordinal,
		.kind = item->kind,
		.flags = item->flags,
		.attempt = item->attempt,
	};

	item->ordinal = child->ordinal;
	item->began_ns = clock_utc_ns();
	claim_offer(child->scoreboard, item->ordinal);
	frame_append(channel_out(&child->channel), WIRE_ITEM, &wire, sizeof(wire), item->body,
		     item->size);
	child->in_flight[child->in_flight_count] = item;
	set_in_flight_count(child, child->in_flight_count + 1);
}

/* How many items one child is given at a time: about BATCH_US of work. */
static uint32_t batch_size(const struct children *children)
{
	uint32_t typical_us = children->handle_us ? children->handle_us : 1;
	uint32_t count = BATCH_US / typical_us;

	return count < 1 ? 1 : count > CHILD_BATCH_MAX ? CHILD_BATCH_MAX : count;
}

static void fill(struct child_record *child, uint32_t until)
{
	struct items *items = child->children->items;
	struct item *taken[CHILD_BATCH_MAX];

	if (!child->in_flight_count)
		child->progress_ms = loop_now_ms(child->children->loop);
	while (child->in_flight_count < until) {
		size_t count = items_take(items, taken, until - child->in_flight_count);

		if (!count)
			break;
		for (size_t i = 0; i < count; i++)
			give_one(child, taken[i]);
	}
	if (child->in_flight_count)
		enter(child, CHILD_BUSY);
}

static bool is_stuck(const struct child_record *child, uint64_t now_ms)
{
	return child->asked_ms || child->long_work || child->abort_ms ||
	       now_ms - child->progress_ms >= STUCK_MS;
}

/* The busy child with the fewest items, if any may be given more. */
static struct child_record *least_loaded(const struct children *children, uint32_t until)
{
	uint64_t now_ms = loop_now_ms(children->loop);
	struct child_record *best = NULL;

	for (struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		if (child->state == CHILD_BUSY && child->in_flight_count < until &&
		    !child->retired && !is_stuck(child, now_ms) &&
		    (!best || child->in_flight_count < best->in_flight_count))
			best = child;
	return best;
}

void children_give(struct children *children)
{
	uint32_t until = batch_size(children);
	struct child_record *child;

	while (children->items->ready_lanes && !TAILQ_EMPTY(&children->idle))
		fill(TAILQ_FIRST(&children->idle), until);
	while (until > 1 && children->items->ready_lanes && (child = least_loaded(children, until)))
		fill(child, until);
}

static void take_back(struct child_record *child)
{
	uint32_t kept = child->in_flight_count;

	/* Last to first, so that each lane keeps its order; the first is being handled. */
	for (uint32_t i = child->in_flight_count; i-- > 1;) {
		if (!claim_take_back(child->scoreboard, child->in_flight[i]->ordinal))
			break;
		items_put_back(child->children->items, child->in_flight[i]);
		kept = i;
	}
	set_in_flight_count(child, kept);
}

bool children_rebalance(struct children *children)
{
	uint64_t now_ms = loop_now_ms(children->loop);

	if (!children->batched)
		return false;
	for (struct child_record *child = LIST_FIRST(&children->all);
	     child && !TAILQ_EMPTY(&children->idle); child = LIST_NEXT(child, link))
		if (child->in_flight_count > 1 && is_stuck(child, now_ms))
			take_back(child);
	return true;
}

/* --- frames --- */

static bool check_calls(const uint8_t *at, size_t left, uint32_t count, size_t *used, size_t *files)
{
	size_t whole = left;

	*files = 0;
	if (count > WIRE_CALLS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct wire_call head;

		if (left < sizeof(head))
			return false;
		memcpy(&head, at, sizeof(head));
		if (left - sizeof(head) < head.size)
			return false;
		at += sizeof(head) + head.size;
		left -= sizeof(head) + head.size;
		*files += head.files;
	}
	*used = whole - left;
	return true;
}

static bool read_verdict(struct frame *frame, struct child_verdict *out)
{
	size_t rest;

	if (!frame_head(frame, &out->head, sizeof(out->head)) ||
	    !check_calls(frame->data, frame->size, out->head.calls, &out->calls_size,
			 &out->files_count))
		return false;
	out->calls = frame->data;
	rest = frame->size - out->calls_size;
	if (rest != (size_t)out->head.orders_size + out->head.failure_size ||
	    out->head.failure_size > WIRE_FAILURE_MAX)
		return false;
	out->orders = (struct text) { NULL, 0 };
	out->failure = (struct text) { NULL, 0 };
	if (out->head.orders_size)
		out->orders = (struct text) { (const char *)out->calls + out->calls_size,
					      out->head.orders_size };
	if (out->head.failed)
		out->failure = (struct text) { (const char *)out->calls + out->calls_size +
						       out->head.orders_size,
					       out->head.failure_size };
	/* Ingress would take malformed ones for a fault of this pool. */
	return orders_check(out->orders, NULL);
}

static void note_duration(struct children *children, uint32_t duration_us)
{
	uint32_t sample = duration_us < SAMPLE_MAX_US ? duration_us : SAMPLE_MAX_US;

	children->handle_sum_us += sample - children->handle_sum_us / SAMPLES;
	children->handle_us = children->handle_sum_us / SAMPLES;
}

static bool take_verdict(struct child_record *child, struct frame *frame)
{
	struct children *children = child->children;
	struct child_verdict verdict = { .files = &child->channel.came };
	struct item *item;
	size_t left;

	if (!child->in_flight_count || !read_verdict(frame, &verdict) ||
	    child->channel.came.count < verdict.files_count)
		return false;
	left = child->channel.came.count - verdict.files_count;
	item = child->in_flight[0];
	if (verdict.head.seq != item->seq || verdict.head.ordinal != item->ordinal)
		return false;
	drop_first(child);
	child->progress_ms = loop_now_ms(children->loop);
	child->asked_ms = 0;
	child->long_work = false;
	typing_end(&child->typing);
	child->handled++;
	note_duration(children, verdict.head.duration_us);
	children->events.verdict(children->events.owner, child, item, &verdict);
	descriptors_drop(&child->channel.came, left);
	if (!child->in_flight_count && child->state == CHILD_BUSY && !child->abort_ms)
		enter(child, CHILD_IDLE);
	if (child->retired)
		children_replace(children);
	return true;
}

static bool take_call(struct child_record *child, struct frame *frame)
{
	struct wire_call head;
	size_t left;

	if (!child->in_flight_count || child->asked_ms || !frame_head(frame, &head, sizeof(head)) ||
	    head.size != frame->size || child->channel.came.count < head.files)
		return false;
	left = child->channel.came.count - head.files;
	child->asked_ms = loop_now_ms(child->children->loop);
	child->awaited = WIRE_RESULT;
	child->children->events.call(child->children->events.owner, child, &head, frame->data,
				     &child->channel.came);
	descriptors_drop(&child->channel.came, left);
	return true;
}

static bool take_fetch(struct child_record *child, struct frame *frame)
{
	struct children *children = child->children;
	struct wire_fetch head;

	if (!child->in_flight_count || child->asked_ms || !frame_head(frame, &head, sizeof(head)) ||
	    frame->size > WIRE_FETCH_MAX || head.files > 1 ||
	    child->channel.came.count < head.files)
		return false;
	child->asked_ms = loop_now_ms(children->loop);
	child->awaited = WIRE_FETCHED;
	children->events.fetch(children->events.owner, child, head.posted != 0,
			       head.files ? descriptors_take(&child->channel.came) : -1,
			       frame->data, frame->size);
	return true;
}

static bool take_release(struct child_record *child)
{
	if (!child->in_flight_count || child->in_flight[0]->released)
		return false;
	/* The rest of its batch would wait for as long as this takes. */
	take_back(child);
	child->long_work = true;
	child->children->events.release(child->children->events.owner, child, child->in_flight[0]);
	return true;
}

static bool take_typing(struct child_record *child, const struct frame *frame)
{
	return child->in_flight_count && typing_begin(&child->typing, frame->data, frame->size,
						      loop_now_ms(child->children->loop));
}

static bool take_ready(struct child_record *child, struct frame *frame)
{
	struct wire_ready ready;

	if (!frame_head(frame, &ready, sizeof(ready)))
		return false;
	if (child->state == CHILD_STOPPING)
		return true; /* it has died meanwhile */
	if (child->state != CHILD_STARTING)
		return false;
	enter(child, CHILD_IDLE);
	child->children->events.ready(child->children->events.owner, child, ready.walls,
				      (struct text) { (const char *)frame->data, frame->size });
	return true;
}

static bool on_frame(void *owner, struct frame *frame)
{
	struct child_record *child = owner;

	if (child->dismissed)
		return true;
	switch (frame->type) {
	case WIRE_VERDICT:
		return take_verdict(child, frame);
	case WIRE_CALL:
		return take_call(child, frame);
	case WIRE_FETCH:
		return take_fetch(child, frame);
	case WIRE_RELEASE:
		return take_release(child);
	case WIRE_TYPING:
		return take_typing(child, frame);
	case WIRE_READY:
		return take_ready(child, frame);
	default:
		return false;
	}
}

/* The nursery reports the death. A child that closed its socket or sent malformed data gets no more
 * work. */
static void on_end(void *owner, bool protocol_error)
{
	struct child_record *child = owner;

	child->protocol_error = protocol_error;
	enter(child, CHILD_STOPPING);
	if (protocol_error)
		child_kill(child);
}

/* --- deadlines --- */

static uint64_t deadline_of(const struct child_record *child)
{
	const struct settings *settings = child->children->settings;

	return child->progress_ms + (uint64_t)(child->long_work ? settings->long_timeout_ms
								: settings->handler_timeout_ms);
}

/* Waiting for the sender or the fetcher is not work; starting the modules is. */
static bool is_at_work(const struct child_record *child)
{
	return child->pid && !child->asked_ms &&
	       (child->in_flight_count || child->state == CHILD_STARTING);
}

static void check_deadline(struct child_record *child, uint64_t now_ms)
{
	if (child->abort_ms) {
		if (now_ms - child->abort_ms >= ABORT_GRACE_MS)
			child_kill(child);
		return;
	}
	if (!is_at_work(child) || now_ms < deadline_of(child))
		return;
	atomic_store(&child->scoreboard->slot.hang, 1);
	child->abort_ms = now_ms;
	nursery_link_kill(child->nursery, child->pid, SIGABRT);
}

void children_check_deadlines(struct children *children)
{
	uint64_t now_ms = loop_now_ms(children->loop);

	for (struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link)) {
		check_deadline(child, now_ms);
		/* It closed its socket and is still alive. */
		if (child->state == CHILD_STOPPING && now_ms - child->since_ms > ABORT_GRACE_MS)
			child_kill(child);
	}
}

uint32_t children_progressing(const struct children *children)
{
	uint64_t now_ms = loop_now_ms(children->loop);
	uint32_t count = 0;

	for (const struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		count += child->state == CHILD_BUSY && !child->asked_ms && !child->long_work &&
			 now_ms - child->progress_ms <= PROGRESSING_MS;
	return count;
}

uint32_t children_blocked(const struct children *children)
{
	uint64_t now_ms = loop_now_ms(children->loop);
	uint32_t count = 0;

	if (!children->batched)
		return 0;
	for (const struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		if (child->in_flight_count > 1 && is_stuck(child, now_ms))
			count += child->in_flight_count - 1;
	return count;
}

/* --- life --- */

void children_init(struct children *children, struct loop *loop, const struct settings *settings,
		   struct nursery_link *nursery, struct channels *channels, struct items *items,
		   const struct children_events *events)
{
	*children = (struct children) { .loop = loop,
					.settings = settings,
					.nursery = nursery,
					.channels = channels,
					.items = items,
					.events = *events };
	TAILQ_INIT(&children->idle);
}

void children_finish(struct children *children)
{
	while (!LIST_EMPTY(&children->all))
		children_remove(LIST_FIRST(&children->all));
}

static void add_record(struct children *children, struct child_record *child)
{
	child->children = children;
	child->state = CHILD_STARTING;
	child->since_ms = child->progress_ms = loop_now_ms(children->loop);
	children->counts[CHILD_STARTING]++;
	LIST_INSERT_HEAD(&children->all, child, link);
}

void children_rename(struct children *children, const struct bot *bot)
{
	for (struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		if (child->channel.fd >= 0)
			frame_append(channel_out(&child->channel), WIRE_BOT, bot, sizeof(*bot),
				     NULL, 0);
}

bool children_start(struct children *children, uint64_t serial, const struct bot *bot,
		    struct why *why)
{
	struct scoreboard *scoreboard;
	int fd = process_fork(children->nursery, NURSERY_CHILD, serial, &scoreboard, why);
	struct child_record *child;

	if (fd < 0)
		return false;
	child = xmalloc(sizeof(*child));
	child->scoreboard = scoreboard;
	child->serial = serial;
	child->nursery = children->nursery;
	channel_open(&child->channel, children->channels, fd, on_frame, on_end, child);
	add_record(children, child);
	frame_append(channel_out(&child->channel), WIRE_BOT, bot, sizeof(*bot), NULL, 0);
	return true;
}

struct child_record *children_by_serial(const struct children *children, uint64_t serial)
{
	struct child_record *child;

	for (child = LIST_FIRST(&children->all); child; child = LIST_NEXT(child, link))
		if (child->serial == serial)
			break;
	return child;
}

struct child_record *children_by_pid(const struct children *children, pid_t pid)
{
	struct child_record *child;

	for (child = LIST_FIRST(&children->all); child; child = LIST_NEXT(child, link))
		if (child->pid == pid)
			break;
	return child;
}

void children_remove(struct child_record *child)
{
	struct children *children = child->children;

	set_in_flight_count(child, 0);
	typing_end(&child->typing);
	if (child->state == CHILD_IDLE)
		TAILQ_REMOVE(&children->idle, child, idle_link);
	children->counts[child->state]--;
	LIST_REMOVE(child, link);
	channel_close(&child->channel);
	scoreboard_unmap(child->scoreboard);
	free(child);
}

void child_dismiss(struct child_record *child)
{
	child->leaving = true;
	enter(child, CHILD_STOPPING);
	channel_finish_writing(&child->channel);
}

void child_mark_lost(struct child_record *child)
{
	enter(child, CHILD_STOPPING);
}

void children_forget_items(struct children *children)
{
	for (struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link)) {
		if (!child->in_flight_count)
			continue;
		set_in_flight_count(child, 0);
		typing_end(&child->typing);
		child->dismissed = true;
		enter(child, CHILD_STOPPING);
		child_kill(child);
	}
}

void children_retire(struct children *children, const struct nursery_link *nursery)
{
	for (struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		child->retired |= child->nursery == nursery;
}

void children_renew(struct children *children, const struct nursery_link *nursery)
{
	struct child_record *child, *next;

	for (child = LIST_FIRST(&children->all); child; child = next) {
		next = LIST_NEXT(child, link);
		if (child->nursery != nursery)
			continue;
		child->worn_out = true;
		if (child->state == CHILD_IDLE)
			child_dismiss(child);
	}
}

void children_replace(struct children *children)
{
	struct child_record *child, *next;
	bool have_new = false;

	for (child = LIST_FIRST(&children->all); child && !have_new; child = LIST_NEXT(child, link))
		have_new = !child->retired &&
			   (child->state == CHILD_IDLE || child->state == CHILD_BUSY);
	for (child = TAILQ_FIRST(&children->idle); child && have_new; child = next) {
		next = TAILQ_NEXT(child, idle_link);
		if (child->retired)
			child_dismiss(child);
	}
}

bool children_exist_of(const struct children *children, const struct nursery_link *nursery)
{
	for (const struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		if (child->nursery == nursery)
			return true;
	return false;
}

bool children_work_for(const struct children *children, const struct nursery_link *nursery)
{
	for (const struct child_record *child = LIST_FIRST(&children->all); child;
	     child = LIST_NEXT(child, link))
		if (child->nursery == nursery && child->in_flight_count && !child->abort_ms &&
		    !child->channel.ended)
			return true;
	return false;
}

void children_stop_idle(struct children *children, uint32_t count)
{
	while (count-- && !TAILQ_EMPTY(&children->idle))
		child_dismiss(TAILQ_LAST(&children->idle, idle_list));
}

void child_kill(struct child_record *child)
{
	if (child->pid)
		nursery_link_kill(child->nursery, child->pid, SIGKILL);
}

void child_answer(struct child_record *child, enum wire_type type, const void *result, size_t size)
{
	uint64_t now_ms = loop_now_ms(child->children->loop);

	if (!child->asked_ms || child->awaited != type || child->channel.ended)
		return;
	/* The wait does not count against the handler. */
	child->progress_ms += now_ms - child->asked_ms;
	child->asked_ms = 0;
	frame_append(channel_out(&child->channel), type, result, size, NULL, 0);
}

struct item *child_blamed(const struct child_record *child, bool by_signal)
{
	enum claim_state claim;

	if (!child->in_flight_count)
		return NULL;
	claim = claim_state(child->scoreboard, child->in_flight[0]->ordinal);
	/* Any other value means that the child overwrote the claim as it crashed. */
	if (claim == CLAIM_BEGUN || (by_signal && claim == CLAIM_NONE))
		return child->in_flight[0];
	return NULL;
}
