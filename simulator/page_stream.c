#include "simulator/page_stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/hash_table.h"
#include "common/xalloc.h"
#include "simulator/compose.h"
#include "simulator/crowd.h"
#include "simulator/method_bot.h"
#include "simulator/page_answer.h"
#include "simulator/page_view.h"
#include "simulator/sim.h"

#define TURN_MS 40 /* between two looks at what changed */
#define TURNS_A_SECOND 25
#define UNSENT_MAX (256u << 10) /* then a page is left alone until it has read */
#define EVENTS_MAX 400          /* messages or calls in one turn */
#define HISTORY_COUNT 80
#define PARAMETERS_MAX_SIZE 16384 /* of a call; longer ones are left out */

struct page_stream {
	LIST_ENTRY(page_stream) link;
	struct page_streams *streams;
	struct exchange *exchange;
	int64_t chat_id;
	uint64_t change, call; /* the last ones that it knows */
	uint64_t world, chat;  /* hashes of what it knows */
	uint64_t restarts;
	unsigned turns;
};

struct page_streams {
	LIST_HEAD(page_stream_list, page_stream) list;
	size_t count;
	struct sim *sim;
	struct loop_timer timer;
	struct buffer event; /* that is being written */
};

static const char stream_headers[] = PAGE_HEADERS;

static void on_turn(void *owner);

struct page_streams *page_streams_create(struct sim *sim)
{
	struct page_streams *streams = xmalloc(sizeof(*streams));

	streams->sim = sim;
	streams->timer = (struct loop_timer) { .fn = on_turn, .owner = streams };
	return streams;
}

static void release(struct page_stream *stream)
{
	LIST_REMOVE(stream, link);
	stream->streams->count--;
	free(stream);
}

void page_streams_destroy(struct page_streams *streams)
{
	if (!streams)
		return;
	while (!LIST_EMPTY(&streams->list))
		release(LIST_FIRST(&streams->list));
	loop_timer_clear(streams->sim->loop, &streams->timer);
	buffer_finish(&streams->event);
	free(streams);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	(void)exchange;
	release(owner);
}

/* --- events ----------------------------------------------------------------------------------- */

/* The JSON that follows is on one line: our writer makes no others. */
static struct json event_start(struct page_stream *stream, const char *name)
{
	struct buffer *event = &stream->streams->event;

	buffer_clear(event);
	buffer_append_text(event, "event: ");
	buffer_append_text(event, name);
	buffer_append_text(event, "\ndata: ");
	return json_start(event);
}

static void event_end(struct page_stream *stream)
{
	struct buffer *event = &stream->streams->event;

	buffer_append_text(event, "\n\n");
	exchange_stream_write(stream->exchange, buffer_unread(event), buffer_unread_size(event));
}

static const struct chat *chat_of(const struct page_stream *stream)
{
	return stream->chat_id ? world_chat(&stream->streams->sim->world, stream->chat_id) : NULL;
}

static void send_message(struct page_stream *stream, const struct message *message)
{
	struct json json = event_start(stream, message->deleted ? "gone" : "message");

	if (message->deleted) {
		json_object_start(&json);
		json_key_int(&json, "chat", message->chat->id);
		json_key_int(&json, "id", message->id);
		json_object_end(&json);
	} else {
		page_write_message(&json, stream->streams->sim, message);
	}
	event_end(stream);
}

static void send_last(struct page_stream *stream, const struct chat *chat)
{
	struct json json = event_start(stream, "last");

	page_write_last(&json, stream->streams->sim, chat);
	event_end(stream);
}

/* Sends the event unless the page knows it. */
static void event_end_if_new(struct page_stream *stream, uint64_t *known)
{
	struct buffer *event = &stream->streams->event;
	uint64_t hash = hash_bytes(buffer_unread(event), buffer_unread_size(event), 0);

	if (hash == *known)
		return;
	*known = hash;
	event_end(stream);
}

static void send_chat(struct page_stream *stream, const struct chat *chat)
{
	struct json json = event_start(stream, "chat");

	page_write_chat(&json, stream->streams->sim, chat);
	event_end_if_new(stream, &stream->chat);
}

/* False when something was forgotten that the page did not see. */
static bool send_changes(struct page_stream *stream)
{
	const struct messages *messages = &stream->streams->sim->messages;
	bool chat_is_known = false;

	if (messages->changes_count - stream->change >= MESSAGE_CHANGES_MAX)
		return false;
	for (unsigned sent = 0; stream->change < messages->changes_count && sent < EVENTS_MAX;) {
		const struct message *message = messages_change_at(messages, ++stream->change);

		if (!message)
			continue;
		if (message->chat->id == stream->chat_id) {
			/* Who reads that somebody left does not find them among the members. */
			if (message->is_service && !chat_is_known) {
				send_chat(stream, message->chat);
				chat_is_known = true;
			}
			send_message(stream, message);
		}
		if (messages_place(messages, message) + 1 == message->chat->newest)
			send_last(stream, message->chat);
		sent++;
	}
	return true;
}

static void write_call(struct json *json, uint64_t index, const struct journal_entry *entry)
{
	json_object_start(json);
	json_key_int(json, "index", (int64_t)index);
	json_key_text(json, "method", entry->method);
	json_key_int(json, "chat", entry->chat_id);
	json_key_int(json, "message_id", entry->message_id);
	json_key_int(json, "time_ms", entry->time_ms);
	json_key_int(json, "error_code", entry->error_code);
	if (entry->parameters && strlen(entry->parameters) <= PARAMETERS_MAX_SIZE) {
		json_key(json, "parameters");
		json_raw(json, entry->parameters, strlen(entry->parameters));
	}
	json_object_end(json);
}

/* Those of the chat, and those of no chat, as answers to queries are. */
static void send_calls(struct page_stream *stream)
{
	const struct journal *journal = &stream->streams->sim->journal;

	if (stream->call < journal->first)
		stream->call = journal->first;
	for (unsigned sent = 0; stream->call < journal->next && sent < EVENTS_MAX; stream->call++) {
		const struct journal_entry *entry = journal_at(journal, stream->call);
		struct json json;

		if (entry->chat_id != stream->chat_id && entry->chat_id != 0)
			continue;
		json = event_start(stream, "call");
		write_call(&json, stream->call, entry);
		event_end(stream);
		sent++;
	}
}

static void key_commands(struct json *json, const struct sim *sim)
{
	char *text = json_dumps(commands_all(sim->commands), JSON_COMPACT);

	json_key(json, "commands");
	json_raw(json, text, strlen(text));
	free(text);
}

static void send_world(struct page_stream *stream)
{
	const struct sim *sim = stream->streams->sim;
	const struct chat *chat = chat_of(stream);
	struct json json = event_start(stream, "world");

	json_object_start(&json);
	json_key(&json, "people");
	page_write_people(&json, sim);
	json_key(&json, "chats");
	page_write_chats(&json, sim, chat);
	key_commands(&json, sim);
	json_object_end(&json);
	event_end_if_new(stream, &stream->world);
	if (chat)
		send_chat(stream, chat);
}

static void send_lasts(struct page_stream *stream)
{
	const struct sim *sim = stream->streams->sim;
	struct json json = event_start(stream, "lasts");

	json_array_start(&json);
	for (size_t i = 0; i < sim->world.chats_count; i++) {
		if (sim->world.chats[i]->newest)
			page_write_last(&json, sim, sim->world.chats[i]);
	}
	json_array_end(&json);
	event_end(stream);
}

static void write_faults(struct json *json, const struct sim *sim)
{
	json_key(json, "faults");
	json_array_start(json);
	for (size_t i = 0; i < sim->faults.count; i++) {
		json_object_start(json);
		json_key_text(json, "method", sim->faults.list[i].method);
		json_key_text(json, "mode", fault_mode_name(sim->faults.list[i].mode));
		json_object_end(json);
	}
	json_array_end(json);
}

/* Once a second, by which the page knows that it is connected. */
static void send_clock(struct page_stream *stream)
{
	const struct sim *sim = stream->streams->sim;
	struct json json = event_start(stream, "clock");

	json_object_start(&json);
	json_key_int(&json, "now_s", sim_now_s(sim));
	json_key_bool(&json, "stands", sim->world.clock.stands);
	json_key_int(&json, "pending", (int64_t)sim->queue.count);
	json_key_int(&json, "made", (int64_t)sim->queue.counts.pushed);
	json_key_int(&json, "asked", (int64_t)sim->ledger.counts.asked);
	json_key_int(&json, "answered", (int64_t)sim->ledger.counts.answered);
	json_key_int(&json, "duplicates", (int64_t)sim->ledger.counts.duplicates);
	json_key_int(&json, "disordered", (int64_t)sim->ledger.counts.disordered);
	json_key_bool(&json, "crowd", sim->crowd->running);
	json_key(&json, "rate");
	json_double(&json, sim->crowd->options.rate);
	json_key_bool(&json, "strict", sim->limits.options.per_chat > 0);
	json_key_bool(&json, "privacy", sim->world.privacy_mode);
	json_key_int(&json, "delay_ms", sim->options.delay_ms);
	write_faults(&json, sim);
	json_object_end(&json);
	event_end(stream);
}

static void send_hello(struct page_stream *stream)
{
	const struct sim *sim = stream->streams->sim;
	const struct chat *chat = chat_of(stream);
	struct json json = event_start(stream, "hello");

	json_object_start(&json);
	json_key(&json, "bot");
	compose_person(&json, sim->world.bot);
	json_key_text(&json, "operators", sim->options.operators);
	json_key_text(&json, "without", sim->options.without);
	json_key_int(&json, "chat", chat ? chat->id : 0);
	if (chat) {
		bool more;

		json_key(&json, "messages");
		more = page_write_history(&json, sim, chat, SIZE_MAX, HISTORY_COUNT);
		json_key_bool(&json, "more", more);
	}
	json_object_end(&json);
	event_end(stream);
}

static void begin(struct page_stream *stream)
{
	const struct sim *sim = stream->streams->sim;

	stream->change = sim->messages.changes_count;
	stream->call = sim->journal.next;
	stream->restarts = sim->restarts;
	stream->world = stream->chat = 0;
	send_world(stream);
	send_lasts(stream);
	send_hello(stream);
	send_clock(stream);
}

static void look(struct page_stream *stream)
{
	if (exchange_stream_unsent(stream->exchange) > UNSENT_MAX)
		return;
	if (stream->restarts != stream->streams->sim->restarts || !send_changes(stream)) {
		begin(stream);
		return;
	}
	send_calls(stream);
	if (++stream->turns % (TURNS_A_SECOND / 4) == 0)
		send_world(stream);
	if (stream->turns % TURNS_A_SECOND == 0)
		send_clock(stream);
}

static void on_turn(void *owner)
{
	struct page_streams *streams = owner;
	struct page_stream *stream, *next;

	for (stream = LIST_FIRST(&streams->list); stream; stream = next) {
		next = LIST_NEXT(stream, link);
		look(stream);
	}
	if (streams->count > 0)
		loop_timer_set(streams->sim->loop, &streams->timer, TURN_MS);
}

void page_stream_open(struct sim *sim, struct exchange *exchange, int64_t chat_id)
{
	struct page_streams *streams = sim->page_streams;
	struct page_stream *stream;

	if (streams->count >= PAGE_STREAMS_MAX) {
		page_refuse(exchange, 503, "8 pages are open already; close one");
		return;
	}
	/* Of a person who did not write yet it is made now. */
	if (chat_id > 0 && world_person(&sim->world, chat_id))
		world_private_chat(&sim->world, world_person(&sim->world, chat_id));
	stream = xmalloc(sizeof(*stream));
	*stream = (struct page_stream) { .streams = streams,
					 .exchange = exchange,
					 .chat_id = chat_id };
	LIST_INSERT_HEAD(&streams->list, stream, link);
	streams->count++;
	exchange_on_gone(exchange, on_gone, stream);
	exchange_stream_begin(exchange, &(struct answer) { .status = 200,
							   .content_type = "text/event-stream",
							   .headers = stream_headers });
	begin(stream);
	if (!loop_timer_is_set(&streams->timer))
		loop_timer_set(sim->loop, &streams->timer, TURN_MS);
}
