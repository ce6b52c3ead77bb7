/* queue.c - a state and a list of calls for each line, a list of lines for each state.
 *
 *            add                       next
 *   (none) ------> READY --------------------------> IN FLIGHT
 *                  ^  | cooldown  | chat is full done |    | retry
 *             wake |  v           v                   v    v
 *                SLEEPING      PARKED    <------------- (next call: READY or SLEEPING; none:
 * forgotten)
 *
 * The cooldown of a chat is kept until that ends, even without calls: then the chat's own line
 * sleeps. */
#include "workers/sender/queue.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "workers/sender/attachments.h"
#include "workers/sender/download.h"

enum line_state { LINE_IDLE, LINE_READY, LINE_IN_FLIGHT, LINE_SLEEPING, LINE_PARKED };

struct send_line {
	struct send_chat *chat;
	enum method_line kind;
	int64_t person;
	enum line_state state;
	struct send_call_list calls;
	uint64_t until_ms; /* end of its back-off */
	uint64_t held_ms;  /* no bulk before */
	bool closed;       /* what waits in it is to be given back */
	bool had_bulk;     /* since it last had no calls */
	struct send_list *list;
	TAILQ_ENTRY(send_line) link;   /* in its list */
	LIST_ENTRY(send_line) sibling; /* LINE_PERSON: of the same chat */
};

struct send_chat {
	int64_t id;         /* 0: a single call without a chat */
	uint64_t cooled_ms; /* end of the cooldown that Telegram asked for */
	size_t in_flight;
	struct send_line own, deletions;
	LIST_HEAD(send_lines, send_line) persons;
	struct send_list parked;
};

static const enum call_class priorities[] = { CALL_MODERATION, CALL_ANSWER, CALL_BULK };

static void list_remove(struct send_line *line)
{
	if (!line->list)
		return;
	TAILQ_REMOVE(line->list, line, link);
	line->list = NULL;
}

static void enter(struct send_line *line, enum line_state state, struct send_list *list)
{
	list_remove(line);
	line->state = state;
	line->list = list;
	if (list)
		TAILQ_INSERT_TAIL(list, line, link);
}

static void free_calls(struct send_call_list *calls)
{
	struct send_call *call;

	while ((call = STAILQ_FIRST(calls))) {
		STAILQ_REMOVE_HEAD(calls, link);
		send_call_free(call);
	}
}

void send_call_free(struct send_call *call)
{
	if (!call)
		return;
	free_calls(&call->gathered);
	free(call->moved);
	free(call->written);
	download_destroy(call->download);
	free(call->said);
	free(call->named);
	free(call->result);
	attachments_free(call->files, call->call.files_count);
	free(call);
}

/* --- chats and lines -------------------------------------------------------------------------- */

static void line_init(struct send_line *line, struct send_chat *chat, enum method_line kind)
{
	*line = (struct send_line) { .chat = chat, .kind = kind };
	STAILQ_INIT(&line->calls);
}

static struct send_chat *chat_of(struct send_queue *queue, int64_t id)
{
	struct send_chat *chat = id ? id_map_find(&queue->chats, (uint64_t)id) : NULL;

	if (chat)
		return chat;
	chat = xmalloc(sizeof(*chat));
	*chat = (struct send_chat) { .id = id };
	line_init(&chat->own, chat, LINE_CHAT);
	line_init(&chat->deletions, chat, LINE_DELETION);
	LIST_INIT(&chat->persons);
	TAILQ_INIT(&chat->parked);
	if (id)
		id_map_add(&queue->chats, (uint64_t)id, chat);
	return chat;
}

static uint64_t person_key(int64_t chat_id, int64_t person)
{
	return hash_mix(hash_number((uint64_t)chat_id), (uint64_t)person);
}

/* Two that have the same hash share a line if they are of one chat; else the second has no line of
 * its own: it waits in its chat's. Nobody comes to such ids by chance. */
static struct send_line *line_of_person(struct send_queue *queue, struct send_chat *chat,
					int64_t person)
{
	uint64_t key = person_key(chat->id, person);
	struct send_line *line = id_map_find(&queue->persons, key);

	if (line)
		return line->chat == chat ? line : &chat->own;
	line = xmalloc(sizeof(*line));
	line_init(line, chat, LINE_PERSON);
	line->person = person;
	LIST_INSERT_HEAD(&chat->persons, line, sibling);
	id_map_add(&queue->persons, key, line);
	return line;
}

static struct send_line *line_of(struct send_queue *queue, const struct send_call *call)
{
	struct send_chat *chat = chat_of(queue, call->call.chat_id);

	if (!chat->id)
		return &chat->own;
	switch (call->line_kind) {
	case LINE_PERSON:
		return line_of_person(queue, chat, call->person);
	case LINE_DELETION:
		return &chat->deletions;
	case LINE_CHAT:
		break;
	}
	return &chat->own;
}

static bool is_idle(const struct send_line *line)
{
	return line->state == LINE_IDLE && STAILQ_EMPTY(&line->calls);
}

/* A line that has no calls, and of which nothing is in flight. */
static void forget(struct send_queue *queue, struct send_line *line)
{
	struct send_chat *chat = line->chat;

	enter(line, LINE_IDLE, NULL);
	line->closed = false;
	line->until_ms = 0;
	if (line->kind == LINE_PERSON) {
		id_map_remove(&queue->persons, person_key(chat->id, line->person));
		LIST_REMOVE(line, sibling);
		free(line);
	}
	if (!is_idle(&chat->own) || !is_idle(&chat->deletions) || !LIST_EMPTY(&chat->persons))
		return;
	if (chat->id)
		id_map_remove(&queue->chats, (uint64_t)chat->id);
	free(chat);
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool is_bulk(const struct send_call *call)
{
	return call && call->call.class == CALL_BULK;
}

static uint64_t end_of(const struct send_line *line)
{
	uint64_t held_ms = is_bulk(STAILQ_FIRST(&line->calls)) ? line->held_ms : 0;

	return later_of(later_of(line->until_ms, held_ms), line->chat->cooled_ms);
}

static void sleep_until_end(struct send_queue *queue, struct send_line *line)
{
	if (end_of(line) < queue->next_wake_ms)
		queue->next_wake_ms = end_of(line);
	queue->may_be_late |= !STAILQ_EMPTY(&line->calls);
	enter(line, LINE_SLEEPING, &queue->sleeping);
}

/* Moves a line that is not in flight to the list where it belongs; one without calls may be
 * freed. */
static void relist(struct send_queue *queue, struct send_line *line, uint64_t now_ms)
{
	struct send_chat *chat = line->chat;
	bool has_calls = !STAILQ_EMPTY(&line->calls);

	if (end_of(line) > now_ms && (has_calls || line == &chat->own)) {
		sleep_until_end(queue, line);
		return;
	}
	if (chat->cooled_ms <= now_ms)
		chat->cooled_ms = 0;
	if (!has_calls) {
		forget(queue, line);
		return;
	}
	line->until_ms = 0;
	queue->may_be_late |= queue->token_until_ms != 0 || line->closed;
	enter(line, LINE_READY, &queue->ready[STAILQ_FIRST(&line->calls)->call.class]);
}

static void wake(struct send_queue *queue, uint64_t now_ms)
{
	struct send_line *line = TAILQ_FIRST(&queue->sleeping), *next;

	if (now_ms < queue->next_wake_ms)
		return;
	queue->next_wake_ms = UINT64_MAX;
	for (; line; line = next) {
		next = TAILQ_NEXT(line, link);
		if (end_of(line) <= now_ms)
			relist(queue, line, now_ms);
		else if (end_of(line) < queue->next_wake_ms)
			queue->next_wake_ms = end_of(line);
	}
}

/* --- parked lines ----------------------------------------------------------------------------- */

static void park(struct send_queue *queue, struct send_line *line)
{
	enter(line, LINE_PARKED, &line->chat->parked);
	queue->parked++;
}

static void unpark_one(struct send_queue *queue, struct send_chat *chat)
{
	struct send_line *line = TAILQ_FIRST(&chat->parked);

	if (!line)
		return;
	queue->parked--;
	relist(queue, line, 0);
}

static void unpark_all(struct send_queue *queue)
{
	struct send_chat *chat;
	size_t at = 0;

	while (queue->parked && (chat = id_map_next(&queue->chats, &at, NULL)))
		while (!TAILQ_EMPTY(&chat->parked))
			unpark_one(queue, chat);
}

/* --- the queue -------------------------------------------------------------------------------- */

void send_queue_init(struct send_queue *queue, size_t limit)
{
	*queue = (struct send_queue) { .limit = limit, .next_wake_ms = UINT64_MAX };
	for (size_t class = 0; class < COUNT_OF(queue->ready); class ++)
		TAILQ_INIT(&queue->ready[class]);
	TAILQ_INIT(&queue->sleeping);
}

static void free_list(struct send_queue *queue, struct send_list *list)
{
	struct send_line *line;

	while ((line = TAILQ_FIRST(list))) {
		free_calls(&line->calls);
		forget(queue, line);
	}
}

void send_queue_finish(struct send_queue *queue)
{
	unpark_all(queue);
	for (size_t class = 0; class < COUNT_OF(queue->ready); class ++)
		free_list(queue, &queue->ready[class]);
	free_list(queue, &queue->sleeping);
	id_map_finish(&queue->persons);
	id_map_finish(&queue->chats);
}

/* The last that is no bulk, or NULL. */
static struct send_call *last_answer(const struct send_line *line)
{
	struct send_call *last = NULL, *at;

	STAILQ_FOREACH(at, &line->calls, link)
	if (!is_bulk(at))
		last = at;
	return last;
}

static void insert_before_bulk(struct send_line *line, struct send_call *call)
{
	struct send_call *last = last_answer(line);

	if (last)
		STAILQ_INSERT_AFTER(&line->calls, last, call, link);
	else
		STAILQ_INSERT_HEAD(&line->calls, call, link);
}

/* What is done about a person, or deleted, keeps its order: so what a job does there hurries for
 * what comes behind it. */
static void hurry(struct send_line *line, enum call_class class)
{
	struct send_call *call;

	STAILQ_FOREACH(call, &line->calls, link)
	if (is_bulk(call))
		call->call.class = class;
	line->had_bulk = false;
}

void send_queue_add(struct send_queue *queue, struct send_call *call)
{
	struct send_line *line = line_of(queue, call);
	bool overtakes = !is_bulk(call) && is_bulk(STAILQ_FIRST(&line->calls));

	call->line = line;
	line->had_bulk = is_bulk(call) || (line->had_bulk && !STAILQ_EMPTY(&line->calls));
	if (!is_bulk(call) && line->had_bulk && line->kind == LINE_CHAT) {
		insert_before_bulk(line, call);
	} else {
		if (!is_bulk(call) && line->had_bulk)
			hurry(line, call->call.class);
		STAILQ_INSERT_TAIL(&line->calls, call, link);
	}
	if (line->state == LINE_SLEEPING || queue->token_until_ms)
		queue->may_be_late = true;
	if (line->state == LINE_IDLE ||
	    (overtakes && (line->state == LINE_SLEEPING || line->state == LINE_READY)))
		relist(queue, line, 0);
}

bool send_queue_is_free(const struct send_queue *queue, int64_t chat_id, uint64_t now_ms)
{
	return queue->in_flight < queue->limit && now_ms >= queue->token_until_ms &&
	       !id_map_find(&queue->chats, (uint64_t)chat_id);
}

static struct send_call *start_first(struct send_queue *queue, struct send_line *line)
{
	struct send_call *call = STAILQ_FIRST(&line->calls);

	STAILQ_REMOVE_HEAD(&line->calls, link);
	enter(line, LINE_IN_FLIGHT, NULL);
	line->chat->in_flight++;
	queue->in_flight++;
	return call;
}

struct send_call *send_queue_next(struct send_queue *queue, uint64_t now_ms)
{
	struct send_line *line;

	if (queue->in_flight >= queue->limit || now_ms < queue->token_until_ms)
		return NULL;
	queue->token_until_ms = 0;
	wake(queue, now_ms);
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		while ((priorities[i] != CALL_BULK || now_ms >= queue->jobs_due_ms) &&
		       (line = TAILQ_FIRST(&queue->ready[priorities[i]]))) {
			if (line->chat->in_flight < SEND_CHAT_AT_ONCE)
				return start_first(queue, line);
			park(queue, line);
		}
	return NULL;
}

struct send_call *send_queue_behind(const struct send_call *call)
{
	return STAILQ_FIRST(&call->line->calls);
}

void send_queue_take_behind(const struct send_call *call)
{
	STAILQ_REMOVE_HEAD(&call->line->calls, link);
}

void send_queue_put_behind(const struct send_call *call, struct send_call *taken)
{
	STAILQ_INSERT_HEAD(&call->line->calls, taken, link);
}

/* A cooldown that began meanwhile is checked against the clock at the next wake. */
static void land(struct send_queue *queue, struct send_line *line)
{
	struct send_chat *chat = line->chat;

	queue->in_flight--;
	chat->in_flight--;
	line->state = LINE_IDLE;
	/* First, since the chat may be gone once its last line is. */
	unpark_one(queue, chat);
	relist(queue, line, 0);
}

void send_queue_done(struct send_queue *queue, struct send_call *call)
{
	land(queue, call->line);
}

void send_queue_retry(struct send_queue *queue, struct send_call *call, uint64_t due_ms)
{
	struct send_line *line = call->line;

	if (is_bulk(call) && line->kind == LINE_CHAT)
		insert_before_bulk(line, call);
	else
		STAILQ_INSERT_HEAD(&line->calls, call, link);
	line->had_bulk |= is_bulk(call);
	if (line->kind != LINE_CHAT && line->had_bulk && last_answer(line))
		hurry(line, last_answer(line)->call.class);
	line->until_ms = later_of(line->until_ms, due_ms);
	if (call->cooled)
		line->chat->cooled_ms = due_ms;
	call->cooled = false;
	land(queue, line);
}

void send_queue_hold(struct send_queue *queue, struct send_call *call, uint64_t due_ms)
{
	struct send_line *line = call->line;

	insert_before_bulk(line, call);
	line->had_bulk = true;
	line->held_ms = due_ms;
	land(queue, line);
}

/* What waits in the chat. A line in flight follows when its call is over. */
static void cool_lines(struct send_queue *queue, struct send_chat *chat)
{
	struct send_line *line, *next;

	for (line = LIST_FIRST(&chat->persons); line; line = next) {
		next = LIST_NEXT(line, sibling);
		if (line->state == LINE_READY)
			relist(queue, line, 0);
	}
	if (chat->deletions.state == LINE_READY)
		relist(queue, &chat->deletions, 0);
	if (chat->own.state != LINE_IN_FLIGHT && chat->own.state != LINE_PARKED)
		relist(queue, &chat->own, 0);
}

void send_queue_cool(struct send_queue *queue, int64_t chat_id, uint64_t until_ms)
{
	struct send_chat *chat;

	queue->may_be_late = true;
	if (!chat_id) {
		queue->token_until_ms = later_of(queue->token_until_ms, until_ms);
		return;
	}
	chat = chat_of(queue, chat_id);
	chat->cooled_ms = later_of(chat->cooled_ms, until_ms);
	cool_lines(queue, chat);
}

uint64_t send_queue_wake_ms(const struct send_queue *queue)
{
	uint64_t wake_ms = queue->next_wake_ms;

	if (!TAILQ_EMPTY(&queue->ready[CALL_BULK]) && queue->jobs_due_ms < wake_ms)
		wake_ms = queue->jobs_due_ms;
	if (!TAILQ_EMPTY(&queue->ready[CALL_ANSWER]) ||
	    !TAILQ_EMPTY(&queue->ready[CALL_MODERATION]))
		wake_ms = 0;
	if (queue->in_flight >= queue->limit)
		return UINT64_MAX;
	return later_of(wake_ms, queue->token_until_ms);
}

/* --- what is given back ----------------------------------------------------------------------- */

/* `closed`: not for a cooldown, but because the pool stops. Then a handler gets what it waits for.
 */
static void empty_line(struct send_queue *queue, struct send_line *line, bool closed,
		       uint64_t now_ms, send_late_fn *fn, void *owner)
{
	uint64_t until_ms = later_of(line->chat->cooled_ms, queue->token_until_ms);
	struct send_call *call;

	while ((call = STAILQ_FIRST(&line->calls)) && !call->stays &&
	       !(closed && call->call.want_result)) {
		STAILQ_REMOVE_HEAD(&line->calls, link);
		fn(owner, call, until_ms);
	}
	relist(queue, line, now_ms);
}

static void empty_list(struct send_queue *queue, struct send_list *list, uint64_t now_ms,
		       uint64_t late_ms, send_late_fn *fn, void *owner)
{
	struct send_line *line = TAILQ_FIRST(list), *last = TAILQ_LAST(list, send_list), *next;

	/* A line that was moved may be appended again. */
	for (bool more = line != NULL; more; line = next) {
		next = TAILQ_NEXT(line, link);
		more = line != last;
		if (line->chat->cooled_ms >= late_ms || queue->token_until_ms >= late_ms)
			empty_line(queue, line, false, now_ms, fn, owner);
		else if (line->closed)
			empty_line(queue, line, true, now_ms, fn, owner);
	}
}

static void close_line(struct send_line *line)
{
	line->closed |= line->state == LINE_IN_FLIGHT || line->state == LINE_PARKED;
}

void send_queue_close_busy(struct send_queue *queue)
{
	struct send_chat *chat;
	struct send_line *line;
	size_t at = 0;

	while ((chat = id_map_next(&queue->chats, &at, NULL))) {
		close_line(&chat->own);
		close_line(&chat->deletions);
		LIST_FOREACH(line, &chat->persons, sibling)
		close_line(line);
	}
}

void send_queue_give_back(struct send_queue *queue, uint64_t now_ms, uint64_t late_ms,
			  send_late_fn *fn, void *owner)
{
	if (!queue->may_be_late && late_ms)
		return;
	queue->may_be_late = false;
	unpark_all(queue);
	empty_list(queue, &queue->sleeping, now_ms, late_ms, fn, owner);
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		empty_list(queue, &queue->ready[priorities[i]], now_ms, late_ms, fn, owner);
}
