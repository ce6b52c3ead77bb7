#include "simulator/control.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_kinds.h"
#include "simulator/control_bot.h"
#include "simulator/control_business.h"
#include "simulator/control_group.h"
#include "simulator/control_join.h"
#include "simulator/control_members.h"
#include "simulator/control_people.h"
#include "simulator/control_query.h"
#include "simulator/control_reply.h"
#include "simulator/control_share.h"
#include "simulator/control_time.h"
#include "simulator/sim.h"

static control_fn control_several;

static const struct control {
	const char *name;
	control_fn *fn;
	bool reads; /* changes nothing: GET will do */
	const char *help;
} controls[] = {
	{ "chat", control_chat, false,
	  "make or change a chat: title, type, id?, username?, forum?, members?, linked?, topics?, "
	  "bot? (its status), permissions? (of all), hidden_members?" },
	{ "chats", control_chats, true,
	  "all chats; acted: an update that was queued happened there" },
	{ "person", control_person, false,
	  "make or change a person: first_name, last_name?, username?, language?, id?, bot?" },
	{ "people", control_people, true,
	  "all people; acted: did something in an update that was queued" },
	{ "say", control_say, false,
	  "from, text, chat? (default: private), edit?, reply_to?, thread?, anonymous?, as?" },
	{ "do", control_do, false,
	  "kind (photo, join, …), from, chat?, caption?, thread?, album?; every kind is a name "
	  "of "
	  "its own, too" },
	{ "several", control_several, false,
	  "deeds: a list of objects, each with `do` (a name of this list, or a kind) and its "
	  "fields; "
	  "answers with a list, of those that were refused with `error`" },
	{ "members", control_members, true,
	  "GET chat: who is no plain member, and how many are there" },
	{ "messages", control_messages, true,
	  "GET chat: [id, by the bot, person] of what was written and is still there" },
	{ "invite", control_invite, false, "from, chat, person: lets somebody else in" },
	{ "remove", control_remove, false,
	  "from, chat, person, until? (UTC, s) or for? (2h): bans somebody" },
	{ "delete", control_delete, false,
	  "from, chat?, message_id: takes a message away; bots are not told" },
	{ "press", control_press, false, "from, chat?, message_id, data? or button? (its text)" },
	{ "member", control_member, false,
	  "chat, person or bot: true, status, by?, rights? ({can_…: bool}), permissions?, "
	  "until? (UTC, s) or for? (2h)" },
	{ "join", control_join, false, "from, link (an invite link) or chat (asks to join), bio?" },
	{ "requests", control_requests, true, "requests to join that wait" },
	{ "inline", control_inline, false, "from, query?, offset?, chat? (where it is typed)" },
	{ "choose", control_choose, false,
	  "query_id (of inline), result_id, chat?: sends a result that the bot gave" },
	{ "forward", control_forward, false,
	  "from, chat? (where to), source (a chat), message_id: sends a message on" },
	{ "share", control_share, false,
	  "from, request_id, people (a list) or shared (a chat): what a button with request_users "
	  "or request_chat asked for" },
	{ "start", control_start, false,
	  "from, payload?, chat?: follows a deep link, with a chat ?startgroup=" },
	{ "pay", control_pay, false, "from, link (of an invoice) or chat? and message_id" },
	{ "business", control_business, false,
	  "from, enabled?, can_reply?: connects the bot to a person's account" },
	{ "business_say", control_business_say, false,
	  "to (who connected the bot), from, text, edit?, owner? (the other way)" },
	{ "business_delete", control_business_delete, false, "to, from, message_id" },
	{ "vote", control_vote, false,
	  "from, chat?, message_id, options (numbers from 0; [] takes the vote back)" },
	{ "react", control_react, false,
	  "from, chat?, message_id, reaction (an emoji, or several; [] takes it back), "
	  "anonymous?" },
	{ "block", control_block, false, "person, blocked (default true): blocks the bot" },
	{ "migrate", control_migrate, false,
	  "chat, by?: a group becomes a supergroup; before?: just before the bot's next call of "
	  "this method for it" },
	{ "privacy", control_privacy, false,
	  "on (default true): in groups the bot sees commands, replies to it and service messages, "
	  "unless it is an administrator" },
	{ "update", control_update, false,
	  "update or updates (objects without update_id), or raw (text in place of \"kind\":{…})" },
	{ "sent", control_sent, true,
	  "GET since?, method?, chat?, wait_ms?: calls of the bot from index since on" },
	{ "message", control_message, true, "GET chat, message_id: a message as it is now" },
	{ "statistics", control_statistics, true, "GET: counts, order, latencies" },
	{ "reset", control_reset, false,
	  "counts and latencies start again from 0; with seed: everything does, as after a start "
	  "with --seed, with at (UTC, s) on a clock that stands" },
	{ "missing", control_missing, true, "GET: /ping N that wait for an answer, [chat, N]" },
	{ "faults", control_faults, false,
	  "method (* for all), mode (none slow silent half garbage not_json html error close), "
	  "delay_ms?, status?, retry_after?, chat?, times?, percent?, effect?; clear: true first" },
	{ "revoke", control_revoke, false,
	  "token: the bot's from now on, as after /revoke at @BotFather; the one before is "
	  "unknown" },
	{ "limits", control_limits, false,
	  "strict? (Telegram's limits, or none), per_chat?, per_group?, per_second?: 0 is off; "
	  "silent_s?: none at all for so long" },
	{ "delay", control_delay, false, "ms: every answer comes so late" },
	{ "crowd", control_crowd, false,
	  "running?, rate? (0: max), count?, seed?, chats?, people?, spread?, pings?, backlog?" },
	{ "clock", control_clock, false,
	  "after (2h, 5m, 3d) or advance_s: time goes on for Telegram; at (UTC, s); stands" },
	{ "ids", control_ids, false,
	  "next: update ids go on from there; only with an empty queue" },
};

static void list_controls(struct control_request *request)
{
	const char *kind;

	for (size_t i = 0; (kind = action_kind(i)); i++)
		json_object_set_new(request->out, kind, json_string("do with this kind"));
	for (size_t i = 0; i < COUNT_OF(controls); i++)
		json_object_set_new(request->out, controls[i].name, json_string(controls[i].help));
}

static void control_deed(struct control_request *request)
{
	json_object_set_new((json_t *)request->in, "kind", json_string(request->name));
	control_do(request);
}

static const struct control *find(const char *name)
{
	static const struct control list = { "", list_controls, true, "" };
	static const struct control deed = { "", control_deed, false, "" };

	if (!*name)
		return &list;
	for (size_t i = 0; i < COUNT_OF(controls); i++) {
		if (!strcmp(controls[i].name, name))
			return &controls[i];
	}
	return action_is_kind(name) ? &deed : NULL;
}

/* Each as if it came alone. What answers later, or reads a query, is not for this. */
static void control_several(struct control_request *request)
{
	json_t *answers = json_array(), *deed;
	size_t i;

	json_array_foreach(json_object_get(request->in, "deeds"), i, deed)
	{
		struct control_request one = *request;
		const struct control *control;

		one.in = deed;
		one.out = json_object();
		one.name = control_text(&one, "do", "");
		control = find(one.name);
		if (control && !control->reads && control->fn != control_several)
			control->fn(&one);
		else
			one.refusal = "\"do\" is no deed";
		if (one.refusal)
			json_object_set_new(one.out, "error", json_string(one.refusal));
		json_array_append_new(answers, one.out);
	}
	json_object_set_new(request->out, "answers", answers);
}

static void send_answer(struct control_request *request, int status)
{
	char *text = json_dumps(request->out, JSON_COMPACT);

	exchange_answer(request->exchange,
			&(struct answer) { .status = status, .body = text, .size = strlen(text) });
	free(text);
}

static void refuse(struct control_request *request, int status, const char *reason)
{
	json_object_set_new(request->out, "error", json_string(reason));
	send_answer(request, status);
}

void control_handle(struct sim *sim, struct exchange *exchange, const struct http_request *http,
		    const char *name)
{
	struct parameters query = { 0 };
	struct http_request url = { .query = http->query };
	json_t *body = http->body.length ? json_loadb(http->body.data, http->body.length, 0, NULL)
					 : json_object();
	struct control_request request = { .sim = sim,
					   .exchange = exchange,
					   .name = name,
					   .query = &query,
					   .in = body,
					   .out = json_object() };
	const struct control *control = find(name);
	struct why why;

	arena_reset(&sim->arena);
	if (!control) {
		refuse(&request, 404, "no such control; GET /control/ lists them");
	} else if (!text_is(http->method, "POST") &&
		   !(control->reads && text_is(http->method, "GET"))) {
		/* What a link or an image could do. */
		refuse(&request, 405, control->reads ? "only GET and POST" : "only POST");
	} else if (!json_is_object(body)) {
		refuse(&request, 400, "the body must be a JSON object");
	} else if (!parameters_parse(&url, &sim->arena, &query, &why)) {
		refuse(&request, 400, why.text);
	} else {
		/* Calls from here on came after the deed. */
		if (!control->reads)
			control_set_int(&request, "next_call", (int64_t)sim->journal.next);
		control->fn(&request);
		if (request.refusal)
			refuse(&request, 400, request.refusal);
		else if (!request.deferred)
			send_answer(&request, 200);
	}
	json_decref(request.out);
	json_decref(body);
}
