/* transcript.c - writes the bot's calls as lines. */
#include "tests/modules/transcript.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "common/log.h"
#include "tests/modules/html.h"

#define HIDDEN "\xe2\x80\x8c" /* U+200C */

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void transcript_text(const char *who, const char *text, struct buffer *out)
{
	buffer_append_text(out, who);
	buffer_append_text(out, ": ");
	for (; *text; text++) {
		buffer_append_byte(out, (uint8_t)*text);
		if (*text == '\n')
			buffer_append_text(out, text[1] == '\n' ? "  |" : "  | ");
	}
	buffer_append_text(out, "\n");
}

/* --- buttons ---------------------------------------------------------------------------------- */

static void remember_button(struct world *world, int64_t chat_id, int64_t message_id,
			    const json_t *key)
{
	const char *data = json_string_value(json_object_get(key, "callback_data"));

	if (!data)
		return;
	if (world->buttons_count == WORLD_BUTTONS_MAX)
		panic("more than %d buttons in a conversation", WORLD_BUTTONS_MAX);
	world->buttons[world->buttons_count++] = (struct shown_button) {
		.chat_id = chat_id,
		.message_id = message_id,
		.label = arena_strdup(&world->arena,
				      json_string_value(json_object_get(key, "text"))),
		.data = arena_strdup(&world->arena, data),
	};
}

static void append_keyboard(struct world *world, const json_t *body, int64_t message_id,
			    struct buffer *out)
{
	const json_t *rows = json_object_get(json_object_get(body, "reply_markup"),
					     "inline_keyboard");
	const json_t *row, *key;
	size_t i, j;

	json_array_foreach(rows, i, row)
	{
		buffer_append_text(out, "\n");
		json_array_foreach(row, j, key)
		{
			const char *url = json_string_value(json_object_get(key, "url"));

			buffer_printf(out, "%s[%s%s%s]", j ? " " : "",
				      json_string_value(json_object_get(key, "text")),
				      url ? " -> " : "", url ? url : "");
			remember_button(world, number(body, "chat_id"), message_id, key);
		}
	}
}

/* --- calls ------------------------------------------------------------------------------------ */

static void append_message(struct world *world, const struct action *action, const json_t *body,
			   const char *verb, int64_t message_id, struct buffer *out)
{
	struct buffer text = { 0 };
	char who[64];

	if (number(body, "chat_id") == action_chat_id(action))
		snprintf(who, sizeof(who), "bot%s", verb);
	else
		snprintf(who, sizeof(who), "bot%s to %lld", verb,
			 (long long)number(body, "chat_id"));
	html_append(body, "text", &text);
	append_keyboard(world, body, message_id, &text);
	transcript_text(who, buffer_text(&text), out);
	buffer_finish(&text);
}

/* A question ends with an invisible character that carries its link: it is kept for the answer and
 * not shown. */
static void append_question(struct world *world, const struct action *action, json_t *body,
			    struct buffer *out)
{
	json_t *entities = json_object_get(body, "entities");
	size_t last = json_array_size(entities) - 1;
	const json_t *text = json_object_get(body, "text");
	const json_t *link = json_object_get(json_array_get(entities, last), "url");

	world->question = (struct question) {
		.chat_id = action_chat_id(action),
		.message_id = ++world->last_message_id,
		.link = arena_strdup(&world->arena, json_string_value(link)),
	};
	json_array_remove(entities, last);
	json_object_set_new(
		body, "text",
		json_stringn(json_string_value(text), json_string_length(text) - strlen(HIDDEN)));
	append_message(world, action, body, " asks", world->last_message_id, out);
}

static bool is_question(const json_t *body)
{
	return json_is_true(json_object_get(json_object_get(body, "reply_markup"), "force_reply"));
}

static void append_press_answer(const json_t *body, struct buffer *out)
{
	const char *text = json_string_value(json_object_get(body, "text"));
	bool alert = json_is_true(json_object_get(body, "show_alert"));

	if (text)
		transcript_text(alert ? "bot alerts" : "bot shows", text, out);
}

static void append_other(const char *method, const json_t *body, struct buffer *out)
{
	char *json = json_dumps(body, JSON_SORT_KEYS | JSON_ENCODE_ANY);

	buffer_printf(out, "bot calls %s %s\n", method, json);
	free(json);
}

/* What was made here is shown in full. */
static void append_document(const struct action *action, const struct call *call,
			    const json_t *body, struct buffer *out)
{
	const char *caption = json_string_value(json_object_get(body, "caption"));
	struct buffer text = { 0 };
	char who[128];

	snprintf(who, sizeof(who), "bot sends %.*s (%.*s)", (int)call->file_name.length,
		 call->file_name.data, (int)call->file_type.length, call->file_type.data);
	if (call->chat_id != action_chat_id(action))
		snprintf(who + strlen(who), sizeof(who) - strlen(who), " to %lld",
			 (long long)call->chat_id);
	buffer_append_text(&text, caption ? caption : "");
	buffer_append_text(&text, "\n");
	buffer_append(&text, call->file.data, call->file.length);
	transcript_text(who, buffer_text(&text), out);
	buffer_finish(&text);
}

static void append_call(struct world *world, const struct action *action, const struct call *call,
			struct buffer *out)
{
	json_t *body = json_loadb(call->body.data, call->body.length, 0, NULL);
	char method[64];

	snprintf(method, sizeof(method), "%.*s", (int)call->method.length, call->method.data);
	if (!body)
		panic("the parameters of %s are not JSON", method);
	if (strcmp(method, "sendMessage") == 0 && is_question(body))
		append_question(world, action, body, out);
	else if (strcmp(method, "sendMessage") == 0)
		append_message(world, action, body, "", ++world->last_message_id, out);
	else if (strcmp(method, "editMessageText") == 0)
		append_message(world, action, body, " edits", number(body, "message_id"), out);
	else if (call->file.data)
		append_document(action, call, body, out);
	else if (strcmp(method, "answerCallbackQuery") == 0)
		append_press_answer(body, out);
	else
		append_other(method, body, out);
	json_decref(body);
}

static size_t count_press_answers(const struct host_outcome *outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->calls_count; i++)
		count += text_is(outcome->calls[i].method, "answerCallbackQuery");
	return count;
}

void transcript_outcome(struct world *world, const struct action *action,
			const struct host_outcome *outcome, struct buffer *out)
{
	size_t answers = count_press_answers(outcome);

	if (outcome->end == HOST_FAILED)
		buffer_printf(out, "bot fails: %s\n", outcome->reason);
	for (size_t i = 0; i < outcome->calls_count; i++)
		append_call(world, action, &outcome->calls[i], out);
	if (answers != (action->what == ACTION_PRESSES))
		buffer_printf(out, "bot answers the press %zu times\n", answers);
}
