/* delivery.c - collects updates per session into frames, records them as in flight, and sends them.
 *
 * Runs in turns of the loop: take updates from the dispatcher, close the frames, note their numbers
 * in the spool, send. What a full connection does not take is retried by a timer. */
#include "ingress/pools/delivery.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "delivery"

#define TURN_MAX 2048u         /* updates per turn of the loop */
#define FRAME_ITEMS 512u       /* updates per frame */
#define FRAME_BYTES (1u << 20) /* a frame is closed once it is larger */
#define RETRY_MS 5u            /* how soon a full connection is retried */
/* After this a user's client has given up waiting: for a pressed button (the server keeps it as
 * long: telegram-bot-api, add_new_callback_query) and for a join request (Bot API 10.1,
 * ChatJoinRequest.query_id). */
#define CALLBACK_LATE_MS 150000u
#define JOIN_REQUEST_LATE_MS 10000u

/* A frame to be sent: its numbers go to the spool before it goes to its session. */
struct outgoing_frame {
	STAILQ_ENTRY(outgoing_frame) link;
	unsigned consumer;
	uint64_t session;
	uint32_t welcome;
	struct buffer frame;
};

/* What is being collected for one session. */
struct collection {
	struct updates_frame frame;
	uint64_t seqs[FRAME_ITEMS];
	bool touched; /* this turn */
};

STAILQ_HEAD(outgoing_frames, outgoing_frame);

struct delivery {
	struct delivery_options options;
	struct zlink *link;
	struct collection *collections[CONSUMERS_MAX]; /* allocated on first use */
	unsigned touched[CONSUMERS_MAX]; /* those with something collected this turn */
	size_t touched_count;
	struct outgoing_frames leaving;              /* of this turn */
	struct outgoing_frames stuck[CONSUMERS_MAX]; /* those whose connection was full */
	struct loop_timer retry;
};

static struct outgoing_frame *outgoing_frames_take(struct outgoing_frames *queue)
{
	struct outgoing_frame *outgoing_frame = STAILQ_FIRST(queue);

	if (outgoing_frame)
		STAILQ_REMOVE_HEAD(queue, link);
	return outgoing_frame;
}

static void outgoing_frame_destroy(struct outgoing_frame *outgoing_frame)
{
	buffer_finish(&outgoing_frame->frame);
	free(outgoing_frame);
}

static void outgoing_frames_clear(struct outgoing_frames *queue)
{
	for (struct outgoing_frame *outgoing_frame; (outgoing_frame = outgoing_frames_take(queue));)
		outgoing_frame_destroy(outgoing_frame);
}

static void retry_stuck(void *owner);

struct delivery *delivery_create(const struct delivery_options *options)
{
	struct delivery *delivery = xmalloc(sizeof(*delivery));

	delivery->options = *options;
	delivery->retry = (struct loop_timer) { .fn = retry_stuck, .owner = delivery };
	STAILQ_INIT(&delivery->leaving);
	for (size_t i = 0; i < CONSUMERS_MAX; i++)
		STAILQ_INIT(&delivery->stuck[i]);
	return delivery;
}

void delivery_destroy(struct delivery *delivery)
{
	if (!delivery)
		return;
	loop_timer_clear(delivery->options.loop, &delivery->retry);
	outgoing_frames_clear(&delivery->leaving);
	for (size_t i = 0; i < CONSUMERS_MAX; i++) {
		outgoing_frames_clear(&delivery->stuck[i]);
		if (delivery->collections[i])
			buffer_finish(&delivery->collections[i]->frame.bytes);
		free(delivery->collections[i]);
	}
	free(delivery);
}

void delivery_attach(struct delivery *delivery, struct zlink *link)
{
	delivery->link = link;
}

/* --- on the wire ------------------------------------------------------------------------------ */

static bool is_current(const struct delivery *delivery, const struct outgoing_frame *outgoing_frame)
{
	const struct session *session = &delivery->options.sessions
						 ->table[outgoing_frame->consumer];

	return session->state == SESSION_READY && session->id == outgoing_frame->session &&
	       session->welcomes == outgoing_frame->welcome;
}

static void update_credit(struct delivery *delivery, unsigned consumer)
{
	const struct session *session = &delivery->options.sessions->table[consumer];

	dispatch_set_credit(delivery->options.dispatch, consumer,
			    STAILQ_EMPTY(&delivery->stuck[consumer]) ? session_credit(session) : 0);
}

/* True when the frame is sent or dropped; false when it must wait for room. */
static bool send_frame(struct delivery *delivery, struct outgoing_frame *outgoing_frame)
{
	struct session *session = &delivery->options.sessions->table[outgoing_frame->consumer];

	if (!is_current(delivery, outgoing_frame))
		return true;
	switch (zlink_give(delivery->link, &session->peer, &outgoing_frame->frame)) {
	case ZLINK_SENT:
		return true;
	case ZLINK_FULL:
		return false;
	case ZLINK_GONE:
		/* The pool will say HELLO with what it has, or its lease ends. */
		session->connected = false;
		update_credit(delivery, outgoing_frame->consumer);
		return true;
	}
	return true;
}

static void send_or_queue(struct delivery *delivery, struct outgoing_frame *outgoing_frame)
{
	struct outgoing_frames *stuck = &delivery->stuck[outgoing_frame->consumer];

	if (!STAILQ_EMPTY(stuck) || !send_frame(delivery, outgoing_frame)) {
		STAILQ_INSERT_TAIL(stuck, outgoing_frame, link);
		update_credit(delivery, outgoing_frame->consumer);
		if (!loop_timer_is_set(&delivery->retry))
			loop_timer_set(delivery->options.loop, &delivery->retry, RETRY_MS);
		return;
	}
	outgoing_frame_destroy(outgoing_frame);
}

static void retry_stuck(void *owner)
{
	struct delivery *delivery = owner;
	bool again = false;

	for (unsigned i = 0; i < CONSUMERS_MAX; i++) {
		struct outgoing_frames *stuck = &delivery->stuck[i];

		if (STAILQ_EMPTY(stuck))
			continue;
		while (!STAILQ_EMPTY(stuck) && send_frame(delivery, STAILQ_FIRST(stuck)))
			outgoing_frame_destroy(outgoing_frames_take(stuck));
		again = again || !STAILQ_EMPTY(stuck);
		update_credit(delivery, i);
	}
	if (again)
		loop_timer_set(delivery->options.loop, &delivery->retry, RETRY_MS);
}

void delivery_forget(struct delivery *delivery, unsigned consumer)
{
	outgoing_frames_clear(&delivery->stuck[consumer]);
}

/* --- collecting ------------------------------------------------------------------------------- */

static struct collection *collection_of(struct delivery *delivery, unsigned consumer)
{
	if (!delivery->collections[consumer])
		delivery->collections[consumer] = xmalloc(sizeof(struct collection));

	struct collection *collection = delivery->collections[consumer];
	if (!collection->touched)
		delivery->touched[delivery->touched_count++] = consumer;
	collection->touched = true;
	return collection;
}

/* Turns what is collected into a frame and notes its numbers in the open batch. */
static void close_frame(struct delivery *delivery, unsigned consumer)
{
	struct collection *collection = delivery->collections[consumer];
	struct session *session = &delivery->options.sessions->table[consumer];

	if (collection->frame.count == 0)
		return;
	struct outgoing_frame *outgoing_frame = xmalloc(sizeof(*outgoing_frame));
	outgoing_frame->consumer = consumer;
	outgoing_frame->session = session->id;
	outgoing_frame->welcome = session->welcomes;
	updates_frame_close(&collection->frame, session->id);
	outgoing_frame->frame = collection->frame.bytes;
	STAILQ_INSERT_TAIL(&delivery->leaving, outgoing_frame, link);
	spool_append_dispatched(delivery->options.spool, session->id, collection->seqs,
				collection->frame.count);
	collection->frame = (struct updates_frame) { 0 };
}

static bool is_late(enum update_kind kind, uint64_t age_ms)
{
	return (kind == KIND_CALLBACK_QUERY && age_ms > CALLBACK_LATE_MS) ||
	       (kind == KIND_CHAT_JOIN_REQUEST && age_ms > JOIN_REQUEST_LATE_MS);
}

static bool is_expired(const struct live_update *work, uint64_t age_ms)
{
	uint64_t limit_s = kinds[work->kind].expires_s;

	/* Once it is an incident or waiting work, the query that Telegram waits for is over. */
	return limit_s > 0 && !(work->flags & (ITEM_INCIDENT | ITEM_WORK)) &&
	       age_ms > limit_s * 1000;
}

/* Everything except the body. */
static struct message_item item_of(const struct delivery *delivery, const struct live_update *work,
				   uint64_t age_ms)
{
	enum update_kind kind = (enum update_kind)work->kind;
	unsigned flags = work->flags & ~(unsigned)ITEM_ORDERED;

	return (struct message_item) {
		.seq = work->seq,
		.trace = work->trace,
		.update_id = work->update_id,
		.kind = kind,
		.flags = (uint8_t)(flags | (is_late(kind, age_ms) ? ITEM_LATE : 0) |
				   (ledger_has_moved(delivery->options.ledger, work) ? ITEM_MOVED
										     : 0)),
		.attempt = (uint8_t)(work->attempts + 1),
		.lane = dispatch_lane_key(delivery->options.dispatch, work),
		.age_ms = age_ms,
		.received_s = work->received_ms / 1000,
	};
}

static bool is_withdrawn(const struct delivery *delivery, const struct live_update *work)
{
	const struct piece_entry *entry = work->flags & ITEM_WORK
						  ? dispatch_piece_of(delivery->options.dispatch,
								      work)
						  : NULL;

	return entry && entry->withdrawn;
}

/* False when the update is not to be sent; it has been dropped. */
static bool collect(struct delivery *delivery, struct collection *collection,
		    struct live_update *work, uint64_t now_ms)
{
	uint64_t age_ms = now_ms > work->received_ms ? now_ms - work->received_ms : 0;
	struct message_item item;
	struct text body;
	struct why why;

	if (is_withdrawn(delivery, work)) {
		ledger_drop(delivery->options.ledger, work);
		return false;
	}
	if (is_expired(work, age_ms)) {
		metric_add(&metric_expired, 1);
		ledger_drop(delivery->options.ledger, work);
		return false;
	}
	if (!spool_borrow(delivery->options.spool, work->seq, &body, &why)) {
		log_context_trace(&work->trace);
		log_error("update lost: cannot read it from the spool", log_text("why", why.text));
		log_context_trace(NULL);
		metric_add(&metric_unreadable, 1);
		ledger_drop(delivery->options.ledger, work);
		return false;
	}
	item = item_of(delivery, work, age_ms);
	item.body = body;
	collection->seqs[collection->frame.count] = work->seq;
	updates_frame_add(&collection->frame, &item);
	work->flags |= ITEM_REPEAT;
	return true;
}

static void collect_run(struct delivery *delivery, unsigned consumer, struct live_update **run,
			size_t count, uint64_t now_ms)
{
	struct session *session = &delivery->options.sessions->table[consumer];
	struct collection *collection = collection_of(delivery, consumer);

	for (size_t i = 0; i < count; i++) {
		session->sent += collect(delivery, collection, run[i], now_ms);
		if (buffer_unread_size(&collection->frame.bytes) > FRAME_BYTES)
			close_frame(delivery, consumer);
	}
	update_credit(delivery, consumer);
	if (collection->frame.count > FRAME_ITEMS - LANE_RUN_MAX)
		close_frame(delivery, consumer);
}

/* Closes the collected frames, notes them in the spool and sends them. */
static void send_collected(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->touched_count; i++) {
		close_frame(delivery, delivery->touched[i]);
		delivery->collections[delivery->touched[i]]->touched = false;
	}
	delivery->touched_count = 0;
	if (STAILQ_EMPTY(&delivery->leaving))
		return;
	/* Returns once the numbers are written, which survives a crash of this process. Surviving a
	 * power failure would take a sync per dispatch; instead, after one nothing is sent out
	 * until the pools have said what they have (recovery.h). */
	spool_commit(delivery->options.spool, false, NULL, NULL);
	for (struct outgoing_frame *outgoing_frame;
	     (outgoing_frame = outgoing_frames_take(&delivery->leaving));)
		send_or_queue(delivery, outgoing_frame);
}

bool delivery_turn(struct delivery *delivery)
{
	uint64_t now_ms = clock_utc_ns() / 1000000;
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;
	size_t taken = 0, count;

	dispatch_wake(delivery->options.dispatch, now_ms, ledger_durable(delivery->options.ledger));
	dispatch_start_turn(delivery->options.dispatch);
	while (taken < TURN_MAX &&
	       (count = dispatch_take(delivery->options.dispatch, run, &consumer)) > 0) {
		collect_run(delivery, consumer, run, count, now_ms);
		taken += count;
	}
	send_collected(delivery);
	return taken >= TURN_MAX;
}
