/* ledger.c - applies verdicts, counts attempts, makes incidents and waiting work, and confirms
 * what is written. */
#include "ingress/pools/ledger.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"
#include "ingress/pools/lane_moves.h"
#include "ingress/update/incident.h"

#define LOG_SUBSYSTEM "ledger"

/* How long to collect when nobody waits for the write: everything done in between shares one sync.
 * Until then the pool keeps its verdicts, so only their confirmation is delayed. */
#define COALESCE_MS 10u

struct pending_return {
	struct session_ref from;
	uint64_t seq;
};

struct pending_confirm {
	struct session_ref from;
	uint64_t number;
};

/* What to do once a write is in the spool. */
struct pending {
	struct pending_return *returns;
	size_t returns_count, returns_capacity;
	struct pending_confirm *confirms;
	size_t confirms_count, confirms_capacity;
	uint32_t place[CONSUMERS_MAX]; /* of a consumer's confirmation, once it was there */
};

struct ledger {
	struct ledger_options options;
	uint64_t *dones;
	size_t dones_count, dones_capacity;
	/* What is collected, and what is being written: the two change places. */
	struct pending pending[2];
	struct pending *open, *written;
	/* The first piece of work that was appended and is collected, or being written; 0: none. */
	uint64_t open_piece, written_piece;
	bool needs_sync; /* something appended since the last write must be durable */
	bool appended;
	bool writing;
	uint64_t flushed_ms;
	struct loop_timer coalesced; /* ends a turn, which flushes */
	struct buffer body, incident;
	struct lane_moves moves;
};

static void on_coalesced(void *owner)
{
	(void)owner; /* the end of the turn does the work */
}

struct ledger *ledger_create(const struct ledger_options *options)
{
	struct ledger *ledger = xmalloc(sizeof(*ledger));

	ledger->options = *options;
	ledger->open = &ledger->pending[0];
	ledger->written = &ledger->pending[1];
	ledger->coalesced = (struct loop_timer) { .fn = on_coalesced, .owner = ledger };
	return ledger;
}

static void pending_finish(struct pending *pending)
{
	free(pending->returns);
	free(pending->confirms);
}

void ledger_destroy(struct ledger *ledger)
{
	if (!ledger)
		return;
	loop_timer_clear(ledger->options.loop, &ledger->coalesced);
	free(ledger->dones);
	pending_finish(ledger->open);
	pending_finish(ledger->written);
	buffer_finish(&ledger->body);
	buffer_finish(&ledger->incident);
	free(ledger);
}

static void add_done(struct ledger *ledger, uint64_t seq)
{
	array_reserve(ledger->dones, &ledger->dones_capacity, ledger->dones_count + 1);
	ledger->dones[ledger->dones_count++] = seq;
	ledger->needs_sync = true;
}

static void add_return(struct ledger *ledger, struct session_ref from, struct live_update *work)
{
	struct pending *open = ledger->open;

	dispatch_break(ledger->options.dispatch, work);
	array_reserve(open->returns, &open->returns_capacity, open->returns_count + 1);
	open->returns[open->returns_count++] = (struct pending_return) { from, work->seq };
	metric_add(&metric_returned, 1);
}

void ledger_confirm(struct ledger *ledger, struct session_ref from, uint64_t number)
{
	struct pending *open = ledger->open;

	uint32_t place = open->place[from.consumer];

	if (place < open->confirms_count && open->confirms[place].from.session == from.session) {
		open->confirms[place].number = number;
		return;
	}
	array_reserve(open->confirms, &open->confirms_capacity, open->confirms_count + 1);
	open->place[from.consumer] = (uint32_t)open->confirms_count;
	open->confirms[open->confirms_count++] = (struct pending_confirm) { from, number };
}

/* --- what happens to an update ---------------------------------------------------------------- */

static struct spool_update header_of(const struct ledger *ledger, const struct live_update *work)
{
	return live_header(work, dispatch_lane_key(ledger->options.dispatch, work));
}

static void append_attempt(struct ledger *ledger, const struct live_update *work)
{
	struct spool_update header = header_of(ledger, work);

	spool_append_attempt(ledger->options.spool, &header);
	ledger->appended = true;
	ledger->needs_sync = true;
}

/* put_off.c has appended something. */
static void note_appended(struct ledger *ledger)
{
	struct put_off *put_off = ledger->options.put_off;

	if (!ledger->open_piece)
		ledger->open_piece = put_off->first_new;
	put_off->first_new = 0;
	ledger->appended = true;
	ledger->needs_sync = true;
}

uint64_t ledger_durable(const struct ledger *ledger)
{
	if (ledger->written_piece)
		return ledger->written_piece;
	return ledger->open_piece ? ledger->open_piece : UINT64_MAX;
}

static void append_replacement(struct ledger *ledger, const struct spool_update *header,
			       const void *body, size_t size)
{
	spool_append_replacement(ledger->options.spool, header, body, size);
	ledger->appended = true;
	ledger->needs_sync = true;
}

/* The user will be told, once, by host code: the body shrinks to what that needs. */
static void become_incident(struct ledger *ledger, struct live_update *work,
			    enum ended_reason reason)
{
	struct why why;

	buffer_clear(&ledger->body);
	buffer_clear(&ledger->incident);
	bool readable = spool_read(ledger->options.spool, work->seq, &ledger->body, &why);
	log_context_trace(&work->trace);
	if (!readable) {
		metric_add(&metric_unreadable, 1);
		log_error("cannot read the update of an incident; nobody is told",
			  log_text("why", why.text));
	}
	incident_make(&work->trace, (enum update_kind)work->kind, reason,
		      readable ? &ledger->body : NULL, work->flags & ITEM_WORK, &ledger->incident);
	work->flags = (uint8_t)((work->flags & ~(ITEM_WORK | ITEM_REPEAT)) | ITEM_INCIDENT);

	struct spool_update header = header_of(ledger, work);
	append_replacement(ledger, &header, buffer_unread(&ledger->incident),
			   buffer_unread_size(&ledger->incident));
	metric_add(&metric_incidents, 1);
	log_warn("giving up on an update", log_unsigned("attempts", work->attempts),
		 log_unsigned("lost", work->lost));
	log_context_trace(NULL);
}

/* Of an update whose handler ended, or whose replies are sent, or both at once. Work that was put
 * off is as old as it was meant to be. */
static void observe(const struct live_update *work, bool done)
{
	uint64_t now_ms = clock_utc_ns() / 1000000;
	uint64_t age_ms = now_ms > work->received_ms ? now_ms - work->received_ms : 0;

	if (work->flags & (ITEM_WORK | ITEM_INCIDENT))
		return;
	if (work->state != LIVE_HANDLED)
		metric_observe(&metric_handled_seconds, (double)age_ms / 1e3);
	if (done)
		metric_observe(&metric_done_seconds, (double)age_ms / 1e3);
}

static void finish(struct ledger *ledger, struct live_update *work)
{
	add_done(ledger, work->seq);
	dispatch_done(ledger->options.dispatch, work);
	metric_add(&metric_acked, 1);
}

static void on_ended(struct ledger *ledger, struct session_ref from, struct live_update *work,
		     enum ended_reason reason)
{
	if (put_off_is_withdrawn(ledger->options.put_off, work)) {
		finish(ledger, work);
		return;
	}
	if (work->flags & ITEM_INCIDENT) {
		/* Host code failed on it too: give up. */
		log_context_trace(&work->trace);
		log_error("cannot report an incident to its chat; giving up");
		log_context_trace(NULL);
		finish(ledger, work);
		return;
	}
	if (work->attempts < UINT8_MAX)
		work->attempts++;
	if (work->attempts >= ledger->options.max_attempts || reason == ENDED_HANG)
		become_incident(ledger, work, reason);
	else
		append_attempt(ledger, work);
	add_return(ledger, from, work);
}

/* The flags of an update whose handler deferred something, or whose replies cannot be sent yet.
 * While Telegram wants a chat to wait, younger updates of that chat wait for those. */
static uint8_t flags_of_waiting(const struct ledger *ledger, const struct live_update *work,
				enum verdict_step step)
{
	const unsigned outdated = ITEM_REPLIES | ITEM_KEEPS_LANE | ITEM_REPEAT | ITEM_ORDERED;
	unsigned flags = (work->flags & ~outdated) | ITEM_WORK;

	if (step == VERDICT_WAITING) /* an incident that went on */
		flags &= ~(unsigned)ITEM_INCIDENT;
	if (step == VERDICT_UNSENT)
		flags |= ITEM_REPLIES;
	if (step == VERDICT_UNSENT && dispatch_is_held(ledger->options.dispatch, work))
		flags |= ITEM_KEEPS_LANE;
	return (uint8_t)flags;
}

static void on_waiting(struct ledger *ledger, struct live_update *work,
		       const struct message_verdict *verdict)
{
	if (verdict->step == VERDICT_UNSENT)
		dispatch_end_piece(ledger->options.dispatch, work);
	work->flags = flags_of_waiting(ledger, work, verdict->step);
	work->attempts = work->lost = 0; /* new work, with its own attempts */

	struct spool_update header = header_of(ledger, work);
	header.due_ms = clock_utc_ns() / 1000000 + verdict->due_ms;
	append_replacement(ledger, &header, verdict->body.data, verdict->body.length);
	dispatch_later(ledger->options.dispatch, work, header.due_ms);
}

/* Carried out once, with the first verdict that brings them. */
static bool has_orders(const struct live_update *work, const struct message_verdict *verdict)
{
	return verdict->orders.length > 0 && !(work->flags & ITEM_ORDERED);
}

static void carry_out(struct ledger *ledger, const struct live_update *work,
		      const struct message_verdict *verdict)
{
	put_off_apply(ledger->options.put_off, work, verdict->orders, clock_utc_ns() / 1000000);
	note_appended(ledger);
}

/* In one batch with what it ordered, or neither is true. */
static void on_done(struct ledger *ledger, struct live_update *work,
		    const struct message_verdict *verdict)
{
	observe(work, true);
	if (!has_orders(work, verdict)) {
		finish(ledger, work);
		return;
	}
	spool_append_done(ledger->options.spool, &work->seq, 1);
	carry_out(ledger, work, verdict);
	dispatch_done(ledger->options.dispatch, work);
	metric_add(&metric_acked, 1);
}

static void on_handled(struct ledger *ledger, struct live_update *work,
		       const struct message_verdict *verdict)
{
	if (has_orders(work, verdict)) {
		work->flags |= ITEM_ORDERED;
		append_attempt(ledger, work);
		carry_out(ledger, work, verdict);
	}
	observe(work, false);
	dispatch_handled(ledger->options.dispatch, work);
}

static void note_lane(struct ledger *ledger, const struct live_update *work)
{
	lane_moves_note(&ledger->moves, dispatch_lane_key(ledger->options.dispatch, work),
			work->consumer, loop_now_ms(ledger->options.loop));
}

bool ledger_has_moved(const struct ledger *ledger, const struct live_update *work)
{
	return lane_moves_are_to(&ledger->moves, dispatch_lane_key(ledger->options.dispatch, work),
				 work->consumer, loop_now_ms(ledger->options.loop));
}

bool ledger_apply(struct ledger *ledger, struct session_ref from,
		  const struct message_verdict *verdict)
{
	struct live_update *work = dispatch_find(ledger->options.dispatch, verdict->seq);

	if (!work || work->consumer != from.consumer)
		return false;
	note_lane(ledger, work);
	switch (verdict->step) {
	case VERDICT_HANDLED:
		on_handled(ledger, work, verdict);
		break;
	case VERDICT_DONE:
		on_done(ledger, work, verdict);
		break;
	case VERDICT_ENDED:
		on_ended(ledger, from, work, verdict->reason);
		break;
	case VERDICT_RETURNED:
		if (put_off_is_withdrawn(ledger->options.put_off, work))
			finish(ledger, work);
		else
			add_return(ledger, from, work);
		break;
	case VERDICT_WAITING:
	case VERDICT_UNSENT:
		on_waiting(ledger, work, verdict);
		break;
	}
	return true;
}

static void forget_in(struct pending *pending, uint64_t session)
{
	size_t kept = 0;

	for (size_t i = 0; i < pending->returns_count; i++)
		if (pending->returns[i].from.session != session)
			pending->returns[kept++] = pending->returns[i];
	pending->returns_count = kept;
	kept = 0;
	for (size_t i = 0; i < pending->confirms_count; i++)
		if (pending->confirms[i].from.session != session) {
			pending->place[pending->confirms[i].from.consumer] = (uint32_t)kept;
			pending->confirms[kept++] = pending->confirms[i];
		}
	pending->confirms_count = kept;
}

void ledger_forget(struct ledger *ledger, uint64_t session)
{
	forget_in(ledger->open, session);
	forget_in(ledger->written, session);
}

void ledger_return(struct ledger *ledger, struct live_update *work, bool lost)
{
	note_lane(ledger, work);
	if (put_off_is_withdrawn(ledger->options.put_off, work)) {
		finish(ledger, work);
		return;
	}
	/* Sending replies runs no code that could be at fault. */
	if (lost && !(work->flags & (ITEM_INCIDENT | ITEM_REPLIES))) {
		if (work->lost < UINT8_MAX)
			work->lost++;
		if (work->lost >= LOST_SESSIONS_MAX)
			become_incident(ledger, work, ENDED_KILLED);
		else
			append_attempt(ledger, work);
	}
	dispatch_return(ledger->options.dispatch, work);
	metric_add(&metric_returned, 1);
}

void ledger_drop(struct ledger *ledger, struct live_update *work)
{
	add_done(ledger, work->seq);
	dispatch_done(ledger->options.dispatch, work);
}

void ledger_write_sessions(struct ledger *ledger, const uint64_t *sessions, size_t count)
{
	struct buffer value = { 0 };

	pack_array(&value, count);
	for (size_t i = 0; i < count; i++)
		pack_uint(&value, sessions[i]);
	spool_append_meta(ledger->options.spool, "sessions", buffer_unread(&value),
			  buffer_unread_size(&value));
	buffer_finish(&value);
	ledger->appended = true;
	ledger->needs_sync = true;
}

void ledger_forget_subject(struct ledger *ledger, bool is_chat, int64_t id)
{
	put_off_forget(ledger->options.put_off, is_chat, id);
	note_appended(ledger);
}

void ledger_move(struct ledger *ledger, int64_t from, int64_t to)
{
	put_off_move(ledger->options.put_off, from, to);
	note_appended(ledger);
}

void ledger_tend(struct ledger *ledger)
{
	if (put_off_tend(ledger->options.put_off))
		note_appended(ledger);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void return_to_lane(struct ledger *ledger, const struct pending_return *back)
{
	struct live_update *work = dispatch_find(ledger->options.dispatch, back->seq);

	if (!work || work->consumer != back->from.consumer)
		return;
	if (put_off_is_withdrawn(ledger->options.put_off, work))
		finish(ledger, work);
	else
		dispatch_return(ledger->options.dispatch, work);
}

static void on_written(void *owner)
{
	struct ledger *ledger = owner;
	struct pending *written = ledger->written;

	ledger->writing = false;
	ledger->written_piece = 0;
	for (size_t i = 0; i < written->confirms_count; i++)
		ledger->options.stored(ledger->options.owner, written->confirms[i].from,
				       written->confirms[i].number);
	/* Newest first, so that each goes to the very front of its lane. */
	for (size_t i = written->returns_count; i-- > 0;)
		return_to_lane(ledger, &written->returns[i]);
	written->confirms_count = 0;
	written->returns_count = 0;
}

bool ledger_is_idle(const struct ledger *ledger)
{
	return !ledger->writing && ledger->dones_count == 0 && !ledger->appended &&
	       ledger->open->confirms_count == 0 && ledger->open->returns_count == 0;
}

/* A lane waits for what comes back, and attempts must be counted before this process can crash. */
static bool is_urgent(const struct ledger *ledger)
{
	return ledger->appended || ledger->open->returns_count > 0;
}

static bool may_coalesce(struct ledger *ledger)
{
	uint64_t passed_ms = loop_now_ms(ledger->options.loop) - ledger->flushed_ms;

	if (passed_ms >= COALESCE_MS || is_urgent(ledger))
		return false;
	if (!loop_timer_is_set(&ledger->coalesced))
		loop_timer_set(ledger->options.loop, &ledger->coalesced, COALESCE_MS - passed_ms);
	return true;
}

void ledger_flush(struct ledger *ledger)
{
	struct pending *empty = ledger->written;

	if (ledger->writing || ledger_is_idle(ledger) || may_coalesce(ledger))
		return;
	ledger->flushed_ms = loop_now_ms(ledger->options.loop);
	if (ledger->dones_count > 0)
		spool_append_done(ledger->options.spool, ledger->dones, ledger->dones_count);
	ledger->dones_count = 0;
	ledger->appended = false;
	ledger->written = ledger->open;
	ledger->open = empty;
	ledger->written_piece = ledger->open_piece;
	ledger->open_piece = 0;
	ledger->writing = true;

	bool sync = ledger->needs_sync;
	ledger->needs_sync = false;
	spool_commit(ledger->options.spool, sync, on_written, ledger);
}
