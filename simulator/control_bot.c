#include "simulator/control_bot.h"

#include <stdlib.h>
#include <string.h>

#include "simulator/call_waiters.h"
#include "simulator/compose.h"
#include "simulator/crowd.h"
#include "simulator/feed.h"
#include "simulator/long_poll.h"
#include "simulator/methods.h"
#include "simulator/sim.h"

#define SENT_MAX 1000 /* calls in one answer */

/* An update as an object: its one key other than update_id is the kind. */
static int32_t put_update(struct control_request *request, json_t *update)
{
	char *text;
	int32_t id;

	if (!json_is_object(update))
		return 0;
	json_object_del(update, "update_id");
	text = json_dumps(update, JSON_COMPACT | JSON_ENSURE_ASCII);
	/* Without its outer brackets. */
	id = feed_raw(request->sim, text + 1, strlen(text) - 2);
	free(text);
	return id;
}

void control_update(struct control_request *request)
{
	json_t *one = json_object_get(request->in, "update");
	json_t *list = json_object_get(request->in, "updates");
	const char *raw = control_text(request, "raw", NULL);
	json_t *ids = json_array();
	json_t *item;
	size_t i;

	if (!one && !list && !raw)
		request->refusal = "\"update\", \"updates\" or \"raw\" is missing";
	if (one)
		json_array_append_new(ids, json_integer(put_update(request, one)));
	json_array_foreach(list, i, item)
		json_array_append_new(ids, json_integer(put_update(request, item)));
	if (raw)
		json_array_append_new(ids, json_integer(feed_raw(request->sim, raw, strlen(raw))));
	json_object_set_new(request->out, "update_ids", ids);
}

static bool is_wanted(const struct journal_entry *entry, const char *method, int64_t chat_id)
{
	return (!*method || !strcmp(method, entry->method)) &&
	       (chat_id == 0 || chat_id == entry->chat_id);
}

static json_t *entry_json(const struct journal_entry *entry, uint64_t index)
{
	json_t *item = json_object();

	json_object_set_new(item, "index", json_integer((json_int_t)index));
	json_object_set_new(item, "method", json_string(entry->method));
	json_object_set_new(item, "chat_id", json_integer(entry->chat_id));
	json_object_set_new(item, "message_id", json_integer(entry->message_id));
	json_object_set_new(item, "time_ms", json_integer(entry->time_ms));
	json_object_set_new(item, "error_code", json_integer(entry->error_code));
	json_object_set_new(item, "text", entry->text ? json_string(entry->text) : json_null());
	json_object_set_new(item, "acted_out", json_boolean(entry->acted_out));
	if (entry->remarks)
		json_object_set_new(item, "remarks", json_string(entry->remarks));
	json_object_set_new(item, "parameters", json_loads(entry->parameters, 0, NULL));
	return item;
}

/* "METHOD/CHAT ID" */
static void answer_sent(struct sim *sim, struct exchange *exchange, uint64_t since,
			const char *filter)
{
	const struct journal *journal = &sim->journal;
	uint64_t index = since < journal->first ? journal->first : since;
	char method[40] = "";
	int64_t chat_id = strtoll(strchr(filter, '/') + 1, NULL, 10);
	json_t *calls = json_array();
	json_t *out = json_object();
	char *text;

	strncat(method, filter, strcspn(filter, "/") < 39 ? strcspn(filter, "/") : 39);
	for (; index < journal->next && json_array_size(calls) < SENT_MAX; index++) {
		const struct journal_entry *entry = journal_at(journal, index);

		if (is_wanted(entry, method, chat_id))
			json_array_append_new(calls, entry_json(entry, index));
	}
	json_object_set_new(out, "calls", calls);
	json_object_set_new(out, "next", json_integer((json_int_t)index));
	json_object_set_new(out, "first", json_integer((json_int_t)journal->first));
	text = json_dumps(out, JSON_COMPACT);
	exchange_answer(exchange,
			&(struct answer) { .status = 200, .body = text, .size = strlen(text) });
	free(text);
	json_decref(out);
}

void control_sent(struct control_request *request)
{
	struct sim *sim = request->sim;
	uint64_t since = (uint64_t)parameters_id(request->query, "since");
	int64_t wait_ms = parameters_int(request->query, "wait_ms", 0, 0, 600000);
	const char *filter = arena_printf(&sim->arena, "%s/%lld",
					  parameters_text(request->query, "method"),
					  (long long)parameters_id(request->query, "chat"));

	request->deferred = true;
	if (wait_ms > 0 && since >= sim->journal.next)
		call_waiters_add(sim, request->exchange, since, filter, (uint64_t)wait_ms,
				 answer_sent);
	else
		answer_sent(sim, request->exchange, since, filter);
}

void control_message(struct control_request *request)
{
	const struct chat *chat = world_chat(&request->sim->world,
					     parameters_id(request->query, "chat"));
	const struct message *message = chat ? messages_find(
						       &request->sim->messages, chat,
						       parameters_id(request->query, "message_id"))
					     : NULL;
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	if (!message) {
		request->refusal = "there is no such message";
		return;
	}
	compose_stored(&json, message);
	json_object_set_new(request->out, "message", json_loads(buffer_text(&out), 0, NULL));
	buffer_finish(&out);
}

static void set_count(json_t *out, const char *name, uint64_t value)
{
	json_object_set_new(out, name, json_integer((json_int_t)value));
}

static json_t *updates_statistics(const struct sim *sim)
{
	const struct queue_counts *counts = &sim->queue.counts;
	json_t *out = json_object();

	set_count(out, "pending", sim->queue.count);
	set_count(out, "pushed", counts->pushed);
	set_count(out, "refused", counts->refused);
	set_count(out, "skipped", sim->feed->skipped);
	set_count(out, "delivered", counts->delivered);
	set_count(out, "redelivered", counts->redelivered);
	set_count(out, "confirmed", counts->confirmed);
	set_count(out, "unseen", counts->unseen);
	set_count(out, "expired", counts->expired);
	return out;
}

static json_t *pings_statistics(const struct ledger *ledger)
{
	const struct ledger_counts *counts = &ledger->counts;
	json_t *out = json_object();

	set_count(out, "asked", counts->asked);
	set_count(out, "answered", counts->answered);
	set_count(out, "duplicates", counts->duplicates);
	set_count(out, "disordered", counts->disordered);
	set_count(out, "unexpected", counts->unexpected);
	set_count(out, "missing", counts->asked - counts->answered);
	set_count(out, "p50_us", ledger_percentile(ledger, 0.5));
	set_count(out, "p99_us", ledger_percentile(ledger, 0.99));
	set_count(out, "max_us", ledger->latency_max_us);
	return out;
}

static json_t *calls_statistics(const struct sim *sim)
{
	json_t *out = json_object();

	for (size_t i = 0; i < botapi_methods_count; i++) {
		if (sim->calls[i] == 0)
			continue;
		json_object_set_new(out, botapi_methods[i].name,
				    json_pack("{sIsI}", "calls", (json_int_t)sim->calls[i],
					      "errors", (json_int_t)sim->errors[i]));
	}
	return out;
}

void control_statistics(struct control_request *request)
{
	const struct sim *sim = request->sim;
	json_t *poll = json_object();

	json_object_set_new(request->out, "updates", updates_statistics(sim));
	json_object_set_new(request->out, "pings", pings_statistics(&sim->ledger));
	json_object_set_new(request->out, "calls", calls_statistics(sim));
	set_count(poll, "polls", sim->long_poll->polls);
	set_count(poll, "conflicts", sim->long_poll->conflicts);
	json_object_set_new(poll, "waiting", json_boolean(sim->long_poll->waiting != NULL));
	json_object_set_new(request->out, "poll", poll);
	set_count(request->out, "callbacks_answered", sim->callback_queries.answered);
	set_count(request->out, "callbacks_too_old", sim->callback_queries.too_old);
	set_count(request->out, "faults_applied", sim->faults.applied);
	set_count(request->out, "unauthorized", sim->unauthorized);
	set_count(request->out, "foreign", sim->foreign);
	set_count(request->out, "limited", sim->limits.refused);
	set_count(request->out, "connections", server_connections(sim->server));
	set_count(request->out, "journal_next", sim->journal.next);
	set_count(request->out, "crowd_made", sim->crowd->made);
	json_object_set_new(request->out, "crowd_running", json_boolean(sim->crowd->running));
}

void control_missing(struct control_request *request)
{
	enum { MISSING_MAX = 200 };
	int64_t pairs[MISSING_MAX];
	size_t count = ledger_missing(&request->sim->ledger, pairs, MISSING_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i += 2)
		json_array_append_new(
			list, json_pack("[II]", (json_int_t)pairs[i], (json_int_t)pairs[i + 1]));
	json_object_set_new(request->out, "missing", list);
}

void control_faults(struct control_request *request)
{
	const char *method = control_text(request, "method", "*");
	const char *mode = control_text(request, "mode", "none");
	struct fault fault = {
		.delay_ms = (uint32_t)control_int(request, "delay_ms", 1000),
		.status = (int)control_int(request, "status", 500),
		.retry_after_s = (int)control_int(request, "retry_after", 0),
		.chat_id = control_int(request, "chat", 0),
		.times = control_int(request, "times", -1),
		.percent = (uint32_t)control_int(request, "percent", 100),
		.effect = control_bool(request, "effect", false),
	};

	if (!fault_mode_find(mode, &fault.mode)) {
		request->refusal = "no such \"mode\"";
		return;
	}
	if (strcmp(method, "*") != 0 &&
	    !methods_find(request->sim->methods, method, strlen(method))) {
		request->refusal = "no such \"method\"";
		return;
	}
	if (control_bool(request, "clear", false))
		faults_remove(&request->sim->faults, NULL);
	if (fault.mode == FAULT_NONE) {
		faults_remove(&request->sim->faults, strcmp(method, "*") ? method : NULL);
		return;
	}
	strncpy(fault.method, method, sizeof(fault.method) - 1);
	if (!faults_add(&request->sim->faults, &fault))
		request->refusal = "too many faults";
}

void control_revoke(struct control_request *request)
{
	const char *token = control_text(request, "token", "");
	struct sim *sim = request->sim;

	if (strtoll(token, NULL, 10) != sim->options.bot_id || !strchr(token, ':') ||
	    strlen(token) > TOKEN_MAX) {
		request->refusal = "\"token\" is not a token of this bot";
		return;
	}
	strcpy(sim->options.token, token);
	long_poll_revoke(sim);
}

void control_limits(struct control_request *request)
{
	struct limits *limits = &request->sim->limits;
	struct limit_options options = limits->options;
	int64_t silent_s = control_int(request, "silent_s", 0);

	if (json_object_get(request->in, "strict"))
		options = control_bool(request, "strict", false) ? limit_options_strict()
								 : (struct limit_options) { 0 };
	options.per_chat = control_int(request, "per_chat", options.per_chat);
	options.per_group = control_int(request, "per_group", options.per_group);
	options.per_second = control_int(request, "per_second", options.per_second);
	limits->options = options;
	if (silent_s > 0)
		limits->silent_until_ms = sim_clock_ms(&request->sim->world.clock) +
					  silent_s * 1000;
}

void control_delay(struct control_request *request)
{
	int64_t ms = control_int(request, "ms", -1);

	if (ms < 0 || ms > 600000)
		request->refusal = "\"ms\" must be from 0 to 600000";
	else
		request->sim->options.delay_ms = ms;
}

void control_crowd(struct control_request *request)
{
	struct crowd_options options = request->sim->crowd->options;
	const json_t *rate = json_object_get(request->in, "rate");
	const char *spread = control_text(request, "spread", "");

	options.on = true;
	if (json_is_number(rate))
		options.rate = json_number_value(rate);
	options.count = (uint64_t)control_int(request, "count", (int64_t)options.count);
	options.seed = (uint64_t)control_int(request, "seed", (int64_t)options.seed);
	options.chats = control_int(request, "chats", options.chats);
	options.people = control_int(request, "people", options.people);
	options.ping_percent = control_int(request, "pings", options.ping_percent);
	options.backlog = control_int(request, "backlog", options.backlog);
	if (*spread && !spread_parse(spread, &options.spread))
		request->refusal = "spread must be zipf, even or turns";
	else if (options.rate < 0 || options.chats < 1 || options.people < 1 ||
		 options.backlog < 1 || options.ping_percent < 0 || options.ping_percent > 100)
		request->refusal = "a number is out of range";
	else if (control_bool(request, "running", true))
		crowd_start(request->sim, &options);
	else
		crowd_stop(request->sim);
}

void control_ids(struct control_request *request)
{
	int64_t next = control_int(request, "next", 0);

	if (next <= 0 || next >= QUEUE_ID_MAX ||
	    !queue_restart(&request->sim->queue, (int32_t)next))
		request->refusal = "\"next\" is out of range, or the queue is not empty";
}
