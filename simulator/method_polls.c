#include "simulator/method_polls.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/call_message.h"
#include "simulator/formatting.h"
#include "simulator/markup.h"
#include "simulator/polls.h"
#include "simulator/sending.h"
#include "simulator/sim.h"

#define FIRST_POLL_ID 5301072835204480000 /* as large as Telegram's */

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* Custom emoji is the only formatting that questions and options may have: others are dropped. */
static bool take_text(struct call *call, const char *text, const char *mode, const char *entities,
		      struct formatted *out)
{
	if (!format_text(call, text, mode, entities, TEXT_UNITS_MAX, out))
		return false;
	for (size_t i = out->count; i-- > 0;) {
		if (strcmp(out->entities[i].type, "custom_emoji") != 0)
			out->entities[i] = out->entities[--out->count];
	}
	return true;
}

static bool take_question(struct call *call, struct poll *poll)
{
	struct formatted text;

	if (!take_text(call, parameters_text(call->parameters, "question"),
		       parameters_text(call->parameters, "question_parse_mode"),
		       parameters_text(call->parameters, "question_entities"), &text))
		return false;
	if (text.length == 0)
		return call_fail(call, 400, "Bad Request: text must be non-empty");
	if (utf8_units(text.text, text.length) > POLL_QUESTION_UNITS_MAX)
		return call_fail(call, 400, "Bad Request: poll question length must not exceed %d",
				 POLL_QUESTION_UNITS_MAX);
	poll->question = xstrdup(text.text);
	poll->question_entities = copy_of(send_entities_text(call, &text));
	return true;
}

static bool take_option(struct call *call, const json_t *item, struct poll *poll)
{
	const char *text = json_is_string(item) ? json_string_value(item)
						: json_string_value(json_object_get(item, "text"));
	const char *mode = json_string_value(json_object_get(item, "text_parse_mode"));
	char *entities;
	struct formatted formatted;
	bool ok;

	if (!json_is_string(item) && !json_is_object(item))
		return call_fail(call, 400, "Bad Request: expected an option to be of type String");
	if (!text)
		return call_fail(call, 400, "Bad Request: can't find field \"text\"");
	entities = json_dumps(json_object_get(item, "text_entities"), JSON_COMPACT);
	ok = take_text(call, text, mode ? mode : "", entities ? entities : "", &formatted);
	free(entities);
	if (!ok)
		return false;
	if (formatted.length == 0)
		return call_fail(call, 400, "Bad Request: text must be non-empty");
	if (utf8_units(formatted.text, formatted.length) > POLL_OPTION_UNITS_MAX)
		return call_fail(call, 400, "Bad Request: poll options length must not exceed %d",
				 POLL_OPTION_UNITS_MAX);
	poll_add_option(poll, formatted.text, send_entities_text(call, &formatted));
	return true;
}

static bool take_options(struct call *call, struct poll *poll)
{
	json_t *list = json_loads(parameters_text(call->parameters, "options"), 0, NULL);
	bool ok = true;

	if (!list)
		return call_fail(call, 400, "Bad Request: can't parse options JSON object");
	if (!json_is_array(list))
		ok = call_fail(call, 400, "Bad Request: expected an Array of String as options");
	else if (json_array_size(list) == 0)
		ok = call_fail(call, 400, "Bad Request: poll must have at least one answer option");
	else if (json_array_size(list) > POLL_OPTIONS_MAX)
		ok = call_fail(call, 400, "Bad Request: poll can't have more than %d options",
			       POLL_OPTIONS_MAX);
	for (size_t i = 0; ok && i < json_array_size(list); i++)
		ok = take_option(call, json_array_get(list, i), poll);
	json_decref(list);
	return ok;
}

/* check_quiz_correct_option_ids in TDLib */
static bool take_correct(struct call *call, struct poll *poll)
{
	json_t *list = json_loads(parameters_text(call->parameters, "correct_option_ids"), 0, NULL);
	bool increasing = true;
	json_int_t last = -1;
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		json_int_t id = json_integer_value(item);

		increasing = increasing && json_is_integer(item) && id > last &&
			     (size_t)id < poll->options_count;
		if (increasing)
			poll->correct |= 1u << id;
		last = id;
	}
	json_decref(list);
	if (!increasing)
		return call_fail(call, 400,
				 "Bad Request: correct quiz option list must be increasing");
	return poll->correct ||
	       call_fail(call, 400, "Bad Request: correct quiz option list must be non-empty");
}

static size_t line_feeds(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static bool take_quiz(struct call *call, struct poll *poll)
{
	struct formatted text;

	if (!take_correct(call, poll) ||
	    !format_text(call, parameters_text(call->parameters, "explanation"),
			 parameters_text(call->parameters, "explanation_parse_mode"),
			 parameters_text(call->parameters, "explanation_entities"), TEXT_UNITS_MAX,
			 &text))
		return false;
	if (utf8_units(text.text, text.length) > POLL_EXPLANATION_UNITS_MAX ||
	    line_feeds(text.text) > POLL_EXPLANATION_LINES_MAX)
		return call_fail(call, 400, "Bad Request: message is too long");
	poll->explanation = text.length ? xstrdup(text.text) : NULL;
	poll->explanation_entities = copy_of(send_entities_text(call, &text));
	return true;
}

static bool flag(const struct call *call, const char *name, bool fallback)
{
	return *parameters_text(call->parameters, name) ? parameters_bool(call->parameters, name)
							: fallback;
}

/* open_period or close_date, 5 s to 2628000 s from now. */
static bool take_times(struct call *call, struct poll *poll)
{
	int64_t now_s = sim_now_s(call->sim);
	int64_t period = parameters_int(call->parameters, "open_period", 0, 0, POLL_OPEN_MAX_S);
	int64_t close_s = parameters_int(call->parameters, "close_date", 0, INT32_MIN, INT32_MAX);

	if (period && period < POLL_OPEN_MIN_S)
		return call_fail(call, 400, "Bad Request: MESSAGE_POLL_OPEN_PERIOD_INVALID");
	if (close_s && !period &&
	    (close_s < now_s + POLL_OPEN_MIN_S || close_s > now_s + POLL_OPEN_MAX_S))
		return call_fail(call, 400, "Bad Request: MESSAGE_POLL_CLOSE_DATE_INVALID");
	poll->open_period_s = period;
	poll->close_s = period ? now_s + period : close_s;
	return true;
}

static bool take_poll(struct call *call, struct poll *poll)
{
	const char *type = parameters_text(call->parameters, "type");

	poll->is_quiz = !strcmp(type, "quiz");
	poll->by_bot = true;
	poll->is_anonymous = flag(call, "is_anonymous", true);
	poll->is_multiple = parameters_bool(call->parameters, "allows_multiple_answers");
	poll->is_revotable = flag(call, "allows_revoting", !poll->is_quiz);
	poll->is_closed = parameters_bool(call->parameters, "is_closed");
	if (!take_question(call, poll) || !take_options(call, poll))
		return false;
	if (*type && !poll->is_quiz && strcmp(type, "regular") != 0)
		return call_fail(call, 400, "Bad Request: unsupported poll type specified");
	return (!poll->is_quiz || take_quiz(call, poll)) && take_times(call, poll);
}

void method_send_poll(struct call *call)
{
	struct sending sending = { .permission = MAY_SEND_POLLS, .plural = "polls" };
	struct poll *poll = poll_create(FIRST_POLL_ID + ++call->sim->polls);

	sending.poll = poll;
	if (!take_poll(call, poll) || !sending_begin(call, &sending)) {
		poll_release(poll);
		return;
	}
	if (call->chat->type == CHAT_CHANNEL && !poll->is_anonymous) {
		call_fail(call, 400,
			  "Bad Request: non-anonymous polls can't be sent to channel chats");
		poll_release(poll);
		return;
	}
	poll_render(poll);
	sending_finish(call, &sending);
	call->said = poll->question;
}

void method_stop_poll(struct call *call)
{
	struct message *message;
	const char *markup;

	if (!send_markup(call, &markup) || !call_chat(call, true) ||
	    !call_message(call, "message with poll to stop", &message))
		return;
	if (!message->poll) {
		call_fail(call, 400, "Bad Request: message is not a poll");
		return;
	}
	poll_expire(message->poll, sim_now_s(call->sim));
	if (!message->from_bot || message->poll->is_closed) {
		call_fail(call, 400, "Bad Request: poll can't be stopped");
		return;
	}
	message->poll->is_closed = true;
	messages_changed(&call->sim->messages, message);
	poll_render(message->poll);
	free(message->markup);
	message->markup = copy_of(markup);
	poll_write(&call->result, message->poll);
}
