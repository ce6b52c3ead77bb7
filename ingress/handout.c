/* handout.c - from the dispatcher to frames on the wire. */
#include "ingress/handout.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "handout"

#define TURN_MAX 2048u         /* updates in one turn of the loop */
#define FRAME_ITEMS 512u       /* updates in one frame */
#define FRAME_BYTES (1u << 20) /* a frame is closed once it is larger */
#define RETRY_MS 5u            /* a connection that was full is tried again */
/* From then on a person's client has given up waiting: a pressed button (the server keeps it for as
 * long: telegram-bot-api, add_new_callback_query), and a join request (Bot API 10.1,
 * ChatJoinRequest.query_id). */
#define CALLBACK_LATE_MS 150000u
#define JOIN_REQUEST_LATE_MS 10000u

/* A frame on its way: first its numbers go to the spool, then it goes to its session. */
struct departure {
	struct departure *next;
	unsigned consumer;
	uint64_t session;
	uint32_t welcome;
	struct buffer frame;
};

/* What is being collected for one session. */
struct collection {
	struct message_item items[FRAME_ITEMS];
	size_t offsets[FRAME_ITEMS]; /* of the bodies, which move while they collect */
	uint64_t seqs[FRAME_ITEMS];
	size_t count;
	bool touched; /* this turn */
	struct buffer bodies;
};

struct departures {
	struct departure *head;
	struct departure **tail;
};

struct handout {
	struct handout_options options;
	struct zlink *link;
	struct collection *collections[CONSUMERS_MAX]; /* made at first use */
	unsigned touched[CONSUMERS_MAX];               /* those with something, this turn */
	size_t touched_count;
	struct departures leaving;              /* of this turn */
	struct departures stuck[CONSUMERS_MAX]; /* the connection was full */
	struct loop_timer retry;
};

static void departures_init(struct departures *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
}

static void departures_add(struct departures *queue, struct departure *departure)
{
	departure->next = NULL;
	*queue->tail = departure;
	queue->tail = &departure->next;
}

static struct departure *departures_take(struct departures *queue)
{
	struct departure *departure = queue->head;

	if (!departure)
		return NULL;
	queue->head = departure->next;
	if (!queue->head)
		queue->tail = &queue->head;
	return departure;
}

static void departure_destroy(struct departure *departure)
{
	buffer_finish(&departure->frame);
	free(departure);
}

static void departures_clear(struct departures *queue)
{
	for (struct departure *departure; (departure = departures_take(queue));)
		departure_destroy(departure);
}

static void retry_stuck(void *owner);

struct handout *handout_create(const struct handout_options *options)
{
	struct handout *handout = xmalloc(sizeof(*handout));

	handout->options = *options;
	handout->retry = (struct loop_timer) { .fn = retry_stuck, .owner = handout };
	departures_init(&handout->leaving);
	for (size_t i = 0; i < CONSUMERS_MAX; i++)
		departures_init(&handout->stuck[i]);
	return handout;
}

void handout_destroy(struct handout *handout)
{
	if (!handout)
		return;
	loop_timer_clear(handout->options.loop, &handout->retry);
	departures_clear(&handout->leaving);
	for (size_t i = 0; i < CONSUMERS_MAX; i++) {
		departures_clear(&handout->stuck[i]);
		if (handout->collections[i])
			buffer_finish(&handout->collections[i]->bodies);
		free(handout->collections[i]);
	}
	free(handout);
}

void handout_attach(struct handout *handout, struct zlink *link)
{
	handout->link = link;
}

/* --- on the wire ------------------------------------------------------------------------------ */

static bool is_current(const struct handout *handout, const struct departure *departure)
{
	const struct session *session = &handout->options.sessions->table[departure->consumer];

	return session->state == SESSION_READY && session->id == departure->session &&
	       session->welcomes == departure->welcome;
}

static void update_credit(struct handout *handout, unsigned consumer)
{
	const struct session *session = &handout->options.sessions->table[consumer];

	dispatch_set_credit(handout->options.dispatch, consumer,
			    handout->stuck[consumer].head ? 0 : session_credit(session));
}

/* True when the departure is dealt with; false when it must wait for room. */
static bool send_frame(struct handout *handout, const struct departure *departure)
{
	struct session *session = &handout->options.sessions->table[departure->consumer];

	if (!is_current(handout, departure))
		return true;
	switch (zlink_send(handout->link, &session->peer, buffer_unread(&departure->frame),
			   buffer_unread_size(&departure->frame))) {
	case ZLINK_SENT:
		return true;
	case ZLINK_FULL:
		return false;
	case ZLINK_GONE:
		/* It will say HELLO with what it has, or its lease ends. */
		session->connected = false;
		update_credit(handout, departure->consumer);
		return true;
	}
	return true;
}

static void depart(struct handout *handout, struct departure *departure)
{
	struct departures *stuck = &handout->stuck[departure->consumer];

	if (stuck->head || !send_frame(handout, departure)) {
		departures_add(stuck, departure);
		update_credit(handout, departure->consumer);
		if (!loop_timer_is_set(&handout->retry))
			loop_timer_set(handout->options.loop, &handout->retry, RETRY_MS);
		return;
	}
	departure_destroy(departure);
}

static void retry_stuck(void *owner)
{
	struct handout *handout = owner;
	bool again = false;

	for (unsigned i = 0; i < CONSUMERS_MAX; i++) {
		struct departures *stuck = &handout->stuck[i];

		if (!stuck->head)
			continue;
		while (stuck->head && send_frame(handout, stuck->head))
			departure_destroy(departures_take(stuck));
		again = again || stuck->head;
		update_credit(handout, i);
	}
	if (again)
		loop_timer_set(handout->options.loop, &handout->retry, RETRY_MS);
}

void handout_forget(struct handout *handout, unsigned consumer)
{
	departures_clear(&handout->stuck[consumer]);
}

/* --- collecting ------------------------------------------------------------------------------- */

static struct collection *collection_of(struct handout *handout, unsigned consumer)
{
	if (!handout->collections[consumer])
		handout->collections[consumer] = xmalloc(sizeof(struct collection));

	struct collection *collection = handout->collections[consumer];
	if (!collection->touched)
		handout->touched[handout->touched_count++] = consumer;
	collection->touched = true;
	return collection;
}

/* Encodes what is collected for the session and notes its numbers in the open batch. */
static void close_frame(struct handout *handout, unsigned consumer)
{
	struct collection *collection = handout->collections[consumer];
	struct session *session = &handout->options.sessions->table[consumer];
	struct message_updates message = { .session = session->id,
					   .items = collection->items,
					   .count = collection->count };

	if (collection->count == 0)
		return;
	for (size_t i = 0; i < collection->count; i++)
		collection->items[i].body.data = (const char *)buffer_unread(&collection->bodies) +
						 collection->offsets[i];

	struct departure *departure = xmalloc(sizeof(*departure));
	departure->consumer = consumer;
	departure->session = session->id;
	departure->welcome = session->welcomes;
	message_encode_updates(&message, &departure->frame);
	departures_add(&handout->leaving, departure);
	spool_append_dispatched(handout->options.spool, session->id, collection->seqs,
				collection->count);
	collection->count = 0;
	buffer_clear(&collection->bodies);
	buffer_trim(&collection->bodies, FRAME_BYTES);
}

static bool is_late(enum update_kind kind, uint64_t age_ms)
{
	return (kind == KIND_CALLBACK_QUERY && age_ms > CALLBACK_LATE_MS) ||
	       (kind == KIND_CHAT_JOIN_REQUEST && age_ms > JOIN_REQUEST_LATE_MS);
}

static bool is_expired(const struct work *work, uint64_t age_ms)
{
	uint64_t limit_s = kinds[work->kind].expires_s;

	/* What became an incident or waiting work is no longer the query that Telegram waits for.
	 */
	return limit_s > 0 && !(work->flags & (ITEM_INCIDENT | ITEM_WORK)) &&
	       age_ms > limit_s * 1000;
}

/* False when the update is not to be sent: it is dropped then. */
static bool collect(struct handout *handout, struct collection *collection, struct work *work,
		    uint64_t now_ms)
{
	uint64_t age_ms = now_ms > work->received_ms ? now_ms - work->received_ms : 0;
	size_t offset = buffer_unread_size(&collection->bodies);
	struct why why;

	if (is_expired(work, age_ms)) {
		metric_add(&metric_expired, 1);
		ledger_drop(handout->options.ledger, work);
		return false;
	}
	if (!spool_read(handout->options.spool, work->seq, &collection->bodies, &why)) {
		log_context_trace(&work->trace);
		log_error("an update cannot be read back and is lost why=\"%s\"", why.text);
		log_context_trace(NULL);
		metric_add(&metric_unreadable, 1);
		ledger_drop(handout->options.ledger, work);
		return false;
	}
	collection->offsets[collection->count] = offset;
	collection->seqs[collection->count] = work->seq;
	collection->items[collection->count++] = (struct message_item) {
		.seq = work->seq,
		.trace = work->trace,
		.update_id = work->update_id,
		.kind = (enum update_kind)work->kind,
		.flags = (uint8_t)(work->flags |
				   (is_late((enum update_kind)work->kind, age_ms) ? ITEM_LATE : 0)),
		.attempt = (uint8_t)(work->attempts + 1),
		.lane = dispatch_lane_key(handout->options.dispatch, work),
		.age_ms = age_ms,
		.body = { .length = buffer_unread_size(&collection->bodies) - offset },
	};
	return true;
}

static void collect_run(struct handout *handout, unsigned consumer, struct work **run, size_t count,
			uint64_t now_ms)
{
	struct session *session = &handout->options.sessions->table[consumer];
	struct collection *collection = collection_of(handout, consumer);

	for (size_t i = 0; i < count; i++)
		session->sent += collect(handout, collection, run[i], now_ms);
	update_credit(handout, consumer);
	if (collection->count > FRAME_ITEMS - LANE_RUN_MAX ||
	    buffer_unread_size(&collection->bodies) > FRAME_BYTES)
		close_frame(handout, consumer);
}

/* Closes what is collected, notes it in the spool and sends it. */
static void send_collected(struct handout *handout)
{
	for (size_t i = 0; i < handout->touched_count; i++) {
		close_frame(handout, handout->touched[i]);
		handout->collections[handout->touched[i]]->touched = false;
	}
	handout->touched_count = 0;
	if (!handout->leaving.head)
		return;
	/* Returns once the numbers are written, which outlives this process. The machine's failure
	 * would take a sync for each dispatch; after it nothing is given out before the pools have
	 * said what they have (holdover.h). */
	spool_commit(handout->options.spool, false, NULL, NULL);
	for (struct departure *departure; (departure = departures_take(&handout->leaving));)
		depart(handout, departure);
}

bool handout_turn(struct handout *handout)
{
	uint64_t now_ms = clock_utc_ns() / 1000000;
	struct work *run[LANE_RUN_MAX];
	unsigned consumer;
	size_t taken = 0, count;

	dispatch_wake(handout->options.dispatch, now_ms);
	while (taken < TURN_MAX &&
	       (count = dispatch_take(handout->options.dispatch, run, &consumer)) > 0) {
		collect_run(handout, consumer, run, count, now_ms);
		taken += count;
	}
	send_collected(handout);
	return taken >= TURN_MAX;
}
