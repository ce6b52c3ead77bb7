/* part_buttons.c - presses of buttons, and what the bot answers to them. */
#include <stdio.h>
#include <string.h>

#include "tests/modules/conversation.h"
#include "tests/modules/media.h"
#include "tests/modules/part.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"

/* A link to a person comes back as a mention of them. */
static void mention(const struct world *world, json_t *entity)
{
	const json_t *url = json_object_get(entity, "url");
	long long id;

	if (!url || sscanf(json_string_value(url), "tg://user?id=%lld", &id) != 1)
		return;
	for (size_t i = 0; i < world->people_count; i++)
		if (world->people[i].id == id) {
			json_object_set_new(entity, "user", update_person(&world->people[i]));
			json_object_set_new(entity, "type", json_string("text_mention"));
			json_object_del(entity, "url");
			return;
		}
}

static void set_wording(const struct world *world, json_t *message, const char *wording)
{
	json_t *parts = wording ? json_loads(wording, 0, NULL) : NULL, *entity;
	size_t i;

	if (!parts)
		return;
	json_array_foreach(json_object_get(parts, "entities"), i, entity) mention(world, entity);
	json_object_update(message, parts);
	json_decref(parts);
}

/* Bot API "InlineKeyboardMarkup": a row for each. */
static json_t *buttons_of(const struct world *world, const struct shown_button *pressed)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < world->buttons_count; i++) {
		const struct shown_button *button = &world->buttons[i];

		if (button->chat_id != pressed->chat_id || button->gone != pressed->gone ||
		    button->message_id != pressed->message_id)
			continue;
		json_array_append_new(rows,
				      json_pack("[{s:s,s:s}]", "text", button->label,
						button->data[0] ? "callback_data" : "url",
						button->data[0] ? button->data : button->url));
	}
	return json_pack("{s:o}", "inline_keyboard", rows);
}

/* Bot API "Message": what is in it besides the button matters to what edits it. */
static json_t *message_with(const struct world *world, const struct line_action *action,
			    const struct shown_button *button)
{
	json_t *message = json_pack("{s:I,s:I,s:o}", "message_id", (json_int_t)button->message_id,
				    "date", (json_int_t)world_now(world), "chat",
				    update_chat(action));

	if (button->media)
		json_object_set_new(message, button->media, media_value(button->media, "shown"));
	set_wording(world, message, button->wording);
	json_object_set_new(message, "reply_markup", buttons_of(world, button));
	return message;
}

/* Bot API "CallbackQuery". */
static json_t *press(struct conversation *conversation, const struct line_action *action, bool gone,
		     struct why *why)
{
	const struct world *world = &conversation->world;
	const struct shown_button *button = conversation_find_button(conversation, action, gone);

	if (!button || !button->data[0]) {
		why_set(why,
			gone ? "no button \"%s\" is gone from here"
			     : "no message here has a button \"%s\"",
			action->text);
		return NULL;
	}
	return json_pack("{s:s,s:o,s:s,s:o,s:s}", "id", "press", "from",
			 update_person(action->person), "chat_instance", "1", "message",
			 message_with(world, action, button), "data", button->data);
}

static json_t *presses(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	return press(conversation, action, false, why);
}

/* Before the bot edited the message or deleted it: the press arrives afterwards. */
static json_t *pressed(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	return press(conversation, action, true, why);
}

static bool lead_away(struct conversation *conversation, const char **at,
		      struct line_action *action, struct why *why)
{
	(void)conversation;
	(void)at;
	(void)why;
	action->leads_away = true;
	return true;
}

/* A deep link of this bot: opening it says /start with what comes after "?start=", in the private
 * chat. */
static json_t *follows(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	static const char start[] = "?start=";
	struct line_action said = *action;
	const struct shown_button *button = conversation_find_button(conversation, action, false);
	const char *payload = button ? strstr(button->url, start) : NULL;
	json_t *message;

	if (!payload) {
		why_set(why, "no message here has a deep link \"%s\"", action->text);
		return NULL;
	}
	said.group = NULL;
	message = update_message(&conversation->world, &said);
	json_object_set_new(message, "text",
			    json_sprintf("/start %s", payload + sizeof(start) - 1));
	return message;
}

static void print_answer(struct print *print)
{
	const char *text = print_string(print->body, "text");
	bool alert = json_is_true(json_object_get(print->body, "show_alert"));

	if (text[0])
		transcript_text(alert ? "bot alerts" : "bot shows", text, print->out);
}

static const struct word words[] = {
	{ "presses", NULL, KIND_CALLBACK_QUERY, presses },
	{ "pressed", NULL, KIND_CALLBACK_QUERY, pressed },
	{ "follows", lead_away, KIND_MESSAGE, follows },
	{ 0 },
};

static const struct printed printed[] = { { "answerCallbackQuery", print_answer }, { 0 } };

const struct part buttons_part = { .words = words, .printed = printed };
