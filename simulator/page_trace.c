#include "simulator/page_trace.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/sim.h"

#define CALLS_MAX 40

/* The update as the bot gets it, but for its id. */
static json_t *object_of(const struct logged_update *update)
{
	struct buffer text = { 0 };
	json_t *object;

	buffer_append_byte(&text, '{');
	buffer_append(&text, update->json, update->size);
	buffer_append_byte(&text, '}');
	object = json_loadb((const char *)buffer_unread(&text), buffer_unread_size(&text), 0, NULL);
	buffer_finish(&text);
	return object;
}

static int64_t message_of(const json_t *object)
{
	static const char *const kinds[] = { "message",          "edited_message",
					     "channel_post",     "edited_channel_post",
					     "business_message", "edited_business_message" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const json_t *message = json_object_get(object, kinds[i]);

		if (message)
			return json_integer_value(json_object_get(message, "message_id"));
	}
	return 0;
}

/* The newest update about the message. */
static const struct logged_update *find_told(const struct sim *sim, int64_t chat_id,
					     int64_t message_id)
{
	const struct update_log *log = &sim->update_log;

	for (uint64_t place = log->next; place > log->first; place--) {
		const struct logged_update *update = update_log_at(log, place - 1);
		json_t *object = update->chat_id == chat_id ? object_of(update) : NULL;
		int64_t id = message_of(object);

		json_decref(object);
		if (id == message_id)
			return update;
	}
	return NULL;
}

/* Of a message that the bot sent or edited: the call. */
static const struct journal_entry *find_call(const struct sim *sim, int64_t chat_id,
					     int64_t message_id)
{
	for (uint64_t index = sim->journal.next; index > sim->journal.first; index--) {
		const struct journal_entry *entry = journal_at(&sim->journal, index - 1);

		if (entry->chat_id == chat_id && entry->message_id == message_id)
			return entry;
	}
	return NULL;
}

static const struct logged_update *find_before(const struct sim *sim, int64_t chat_id,
					       int64_t time_ms)
{
	const struct update_log *log = &sim->update_log;

	for (uint64_t place = log->next; place > log->first; place--) {
		const struct logged_update *update = update_log_at(log, place - 1);

		if (update->chat_id == chat_id && update->delivered_us &&
		    update->delivered_us / 1000 <= time_ms)
			return update;
	}
	return NULL;
}

/* When the next update of the chat was handed out; INT64_MAX: none was. */
static int64_t end_us(const struct sim *sim, const struct logged_update *of)
{
	const struct update_log *log = &sim->update_log;
	int64_t end = INT64_MAX;

	for (uint64_t place = log->first; place < log->next; place++) {
		const struct logged_update *update = update_log_at(log, place);

		if (update->chat_id == of->chat_id && update->delivered_us > of->delivered_us &&
		    update->delivered_us < end)
			end = update->delivered_us;
	}
	return end;
}

static void write_call(struct json *json, const struct journal_entry *entry)
{
	json_object_start(json);
	json_key_text(json, "method", entry->method);
	json_key_int(json, "time_ms", entry->time_ms);
	json_key_int(json, "error_code", entry->error_code);
	json_key_int(json, "message_id", entry->message_id);
	if (entry->remarks)
		json_key_text(json, "remarks", entry->remarks);
	json_key(json, "parameters");
	json_raw(json, entry->parameters, strlen(entry->parameters));
	json_object_end(json);
}

/* An answer to the query of this update has no chat, but names the query. */
static bool names(const struct journal_entry *entry, const char *query_id)
{
	return query_id && entry->chat_id == 0 && strstr(entry->parameters, query_id);
}

static const char *query_id_of(const json_t *object)
{
	const char *key;
	const json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		const char *id = json_string_value(json_object_get(value, "id"));

		if (id)
			return id;
	}
	return NULL;
}

static void write_calls(struct json *json, const struct sim *sim,
			const struct logged_update *update, const json_t *object)
{
	int64_t start_ms = update->delivered_us / 1000, end_ms = end_us(sim, update) / 1000;
	const char *query_id = query_id_of(object);
	unsigned count = 0;

	json_array_start(json);
	for (uint64_t i = sim->journal.first; i < sim->journal.next && count < CALLS_MAX; i++) {
		const struct journal_entry *entry = journal_at(&sim->journal, i);

		if (entry->time_ms < start_ms || !update->delivered_us ||
		    !(names(entry, query_id) ||
		      (entry->chat_id == update->chat_id && entry->time_ms < end_ms)))
			continue;
		write_call(json, entry);
		count++;
	}
	json_array_end(json);
}

void page_trace_write(struct json *json, const struct sim *sim, int64_t chat_id, int64_t message_id)
{
	const struct logged_update *update = find_told(sim, chat_id, message_id);
	const struct journal_entry *call = update ? NULL : find_call(sim, chat_id, message_id);
	json_t *object;
	char *text;

	if (call)
		update = find_before(sim, chat_id, call->time_ms);
	json_object_start(json);
	if (update) {
		object = object_of(update);
		json_key_int(json, "update_id", update->id);
		json_key_int(json, "made_us", update->made_us);
		json_key_int(json, "delivered_us", update->delivered_us);
		json_key_int(json, "confirmed_us", update->confirmed_us);
		text = json_dumps(object, JSON_COMPACT);
		json_key(json, "update");
		json_raw(json, text ? text : "null", text ? strlen(text) : 4);
		json_key(json, "calls");
		write_calls(json, sim, update, object);
		free(text);
		json_decref(object);
	} else if (call) {
		json_key(json, "calls");
		json_array_start(json);
		write_call(json, call);
		json_array_end(json);
	}
	json_object_end(json);
}
