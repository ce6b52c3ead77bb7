#include "simulator/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/control_steer.h"
#include "simulator/sim.h"

static const struct {
	const char *name;
	control_fn *fn;
	const char *help;
} controls[] = {
	{ "chat", control_chat,
	  "make or change a chat: title, type, id?, username?, forum?, members?, linked?, "
	  "topics?" },
	{ "chats", control_chats, "all chats; acted: an update that was queued happened there" },
	{ "person", control_person,
	  "make or change a person: first_name, last_name?, username?, language?, id?, bot?" },
	{ "people", control_people,
	  "all people; acted: did something in an update that was queued" },
	{ "say", control_say,
	  "from, text, chat? (default: private), edit?, reply_to?, thread?, anonymous?, as?" },
	{ "do", control_do, "kind (photo, join, reaction, …), from, chat?, caption?, thread?" },
	{ "press", control_press, "from, chat?, message_id, data? or button? (its text)" },
	{ "member", control_member, "chat, person or bot: true, status, by?" },
	{ "block", control_block, "person, blocked (default true): blocks the bot" },
	{ "migrate", control_migrate, "chat, by?: a group becomes a supergroup" },
	{ "update", control_update,
	  "update or updates (objects without update_id), or raw (text in place of \"kind\":{…})" },
	{ "sent", control_sent,
	  "GET since?, method?, chat?, wait_ms?: calls of the bot from index since on" },
	{ "message", control_message, "GET chat, message_id: a message as it is now" },
	{ "statistics", control_statistics, "GET: counts, order, latencies" },
	{ "reset", control_reset, "counts and latencies start again from 0" },
	{ "missing", control_missing, "GET: /ping N that wait for an answer, [chat, N]" },
	{ "faults", control_faults,
	  "method (* for all), mode (none slow silent half garbage not_json html error close), "
	  "delay_ms?, status?, retry_after?, chat?, times?, percent?, effect?; clear: true first" },
	{ "revoke", control_revoke,
	  "token: the bot's from now on, as after /revoke at @BotFather; the one before is "
	  "unknown" },
	{ "limits", control_limits,
	  "per_chat?, per_group?, per_second?: 0 is off; silent_s?: none at all for so long" },
	{ "delay", control_delay, "ms: every answer comes so late" },
	{ "crowd", control_crowd,
	  "running?, rate? (0: max), count?, seed?, chats?, people?, spread?, pings?, backlog?" },
	{ "clock", control_clock, "advance_s: time goes on for Telegram" },
	{ "ids", control_ids, "next: update ids go on from there; only with an empty queue" },
};

const char *control_text(const struct control *control, const char *name, const char *fallback)
{
	const char *text = json_string_value(json_object_get(control->in, name));

	return text ? text : fallback;
}

int64_t control_int(const struct control *control, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(control->in, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool control_bool(const struct control *control, const char *name, bool fallback)
{
	const json_t *value = json_object_get(control->in, name);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

const char *control_name(const struct control *control, const char *name, char digits[32])
{
	const json_t *value = json_object_get(control->in, name);

	if (json_is_string(value))
		return json_string_value(value);
	if (!json_is_integer(value))
		return NULL;
	snprintf(digits, 32, "%lld", (long long)json_integer_value(value));
	return digits;
}

struct person *control_find_person(struct control *control, const char *name)
{
	char digits[32];
	const char *wanted = control_name(control, name, digits);
	struct person *person = wanted ? world_find_person(&control->sim->world, wanted) : NULL;

	if (!person)
		control->fault = "there is no such person";
	return person;
}

struct chat *control_find_chat(struct control *control, const char *name)
{
	char digits[32];
	const char *wanted = control_name(control, name, digits);
	struct chat *chat = wanted ? world_find_chat(&control->sim->world, wanted) : NULL;

	if (!chat && wanted && world_find_person(&control->sim->world, wanted))
		chat = world_private_chat(&control->sim->world,
					  world_find_person(&control->sim->world, wanted));
	if (!chat)
		control->fault = "there is no such chat";
	return chat;
}

void control_set_int(struct control *control, const char *name, int64_t value)
{
	json_object_set_new(control->out, name, json_integer(value));
}

static void list_controls(struct control *control)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		json_object_set_new(control->out, controls[i].name, json_string(controls[i].help));
}

static control_fn *find(const char *name)
{
	if (!*name)
		return list_controls;
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		if (!strcmp(controls[i].name, name))
			return controls[i].fn;
	}
	return NULL;
}

static void give(struct control *control, int status)
{
	char *text = json_dumps(control->out, JSON_COMPACT);

	exchange_answer(control->exchange,
			&(struct answer) { .status = status, .body = text, .size = strlen(text) });
	free(text);
}

static void refuse(struct control *control, int status, const char *fault)
{
	json_object_set_new(control->out, "error", json_string(fault));
	give(control, status);
}

void control_request(struct sim *sim, struct exchange *exchange, const struct http_request *request,
		     const char *name)
{
	struct args query = { 0 };
	struct http_request url = { .query = request->query };
	json_t *body = request->body.length
			       ? json_loadb(request->body.data, request->body.length, 0, NULL)
			       : json_object();
	struct control control = {
		.sim = sim, .exchange = exchange, .query = &query, .in = body, .out = json_object()
	};
	control_fn *fn = find(name);
	struct why why;

	arena_reset(&sim->arena);
	if (!fn) {
		refuse(&control, 404, "no such control; GET /control/ lists them");
	} else if (!json_is_object(body)) {
		refuse(&control, 400, "the body must be a JSON object");
	} else if (!args_parse(&url, &sim->arena, &query, &why)) {
		refuse(&control, 400, why.text);
	} else {
		fn(&control);
		if (control.fault)
			refuse(&control, 400, control.fault);
		else if (!control.deferred)
			give(&control, 200);
	}
	json_decref(control.out);
	json_decref(body);
}
