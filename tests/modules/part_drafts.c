/* part_drafts.c - media, albums and polls that the bot sends or puts into a message, and what
 * people pick from Telegram's own lists:
 *
 *     bot sends photo FILE: caption                  an album: photo FILE, video FILE
 *     bot sends poll: question                       its options after "-"
 *     bot edits caption: …, bot edits photo FILE: …
 *     alice picks "Friends": Label                 what a key asked for */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "tests/modules/conversation.h"
#include "tests/modules/html.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"

/* --- one -------------------------------------------------------------------------------------- */

/* "video_note" of sendVideoNote. */
static void name_kind(const char *method, struct buffer *out)
{
	for (const char *at = method + strlen("send"); *at; at++) {
		bool capital = *at >= 'A' && *at <= 'Z';

		if (capital && at > method + strlen("send"))
			buffer_append_text(out, "_");
		buffer_append_byte(out, (uint8_t)(capital ? *at - 'A' + 'a' : *at));
	}
}

/* A file_id or URL, or the name of a file that was made here. */
static const char *source(const struct print *print, const json_t *object, const char *field)
{
	static const char attached[] = "attach://";
	const char *value = print_string(object, field);

	if (strncmp(value, attached, strlen(attached)) != 0)
		return value;
	for (size_t i = 0; i < print->call->files_count; i++)
		if (text_is(print->call->files[i].part, value + strlen(attached)))
			return arena_strndup(&print->conversation->world.arena,
					     print->call->files[i].name.data,
					     print->call->files[i].name.length);
	return value;
}

/* Parameters that are shown otherwise, or are the same for all. */
static bool is_shown(const char *parameter, const char *kind)
{
	static const char *const shown[] = {
		"chat_id",
		"message_thread_id",
		"direct_messages_topic_id",
		"business_connection_id",
		"ephemeral_message_parameters",
		"reply_parameters",
		"reply_markup",
		"caption",
		"caption_entities",
		"show_caption_above_media",
		"has_spoiler",
		"disable_notification",
		"protect_content",
		"message_effect_id",
	};

	for (size_t i = 0; i < COUNT_OF(shown); i++)
		if (strcmp(shown[i], parameter) == 0)
			return true;
	return strcmp(parameter, kind) == 0;
}

/* " {"duration": 180}" */
static void append_others(const json_t *body, const char *kind, struct buffer *out)
{
	json_t *others = json_object(), *value;
	const char *name;
	char *text;

	json_object_foreach((json_t *)body, name, value)
	{
		if (!is_shown(name, kind))
			json_object_set(others, name, value);
	}
	text = json_dumps(others, JSON_SORT_KEYS);
	if (json_object_size(others))
		buffer_printf(out, " %s", text);
	free(text);
	json_decref(others);
}

static void print_under(struct print *print, struct buffer *head, const json_t *object,
			const char *name)
{
	struct buffer text = { 0 };

	html_append(object, name, &text);
	print_keyboard(print, &text);
	if (text.size)
		transcript_text(print_who(print, buffer_text(head)), buffer_text(&text),
				print->out);
	else
		buffer_printf(print->out, "%s\n", print_who(print, buffer_text(head)));
	buffer_finish(&text);
}

static void print_medium(struct print *print)
{
	struct buffer head = { 0 }, kind = { 0 };
	bool asks = print_take_question(print, "caption");

	name_kind(print->method, &kind);
	buffer_printf(&head, "%s %s %s", asks ? "asks with" : "sends", buffer_text(&kind),
		      source(print, print->body, buffer_text(&kind)));
	append_others(print->body, buffer_text(&kind), &head);
	print_under(print, &head, print->body, "caption");
	buffer_finish(&head);
	buffer_finish(&kind);
}

/* "bot sends venue {…}" */
static void print_content(struct print *print)
{
	struct buffer head = { 0 };

	buffer_append_text(&head, "sends ");
	name_kind(print->method, &head);
	append_others(print->body, "", &head);
	print_under(print, &head, print->body, "caption");
	buffer_finish(&head);
}

/* --- several ---------------------------------------------------------------------------------- */

/* "photo FILE, video FILE", and the one with the caption. */
static const json_t *list_media(const struct print *print, struct buffer *out)
{
	const json_t *media = json_object_get(print->body, "media"), *item, *captioned = NULL;
	size_t i;

	json_array_foreach(media, i, item)
	{
		buffer_printf(out, "%s%s %s", i ? ", " : "", print_string(item, "type"),
			      source(print, item, "media"));
		if (json_object_get(item, "caption"))
			captioned = item;
	}
	return captioned;
}

static void print_album(struct print *print)
{
	struct world *world = &print->conversation->world;
	const json_t *media = json_object_get(print->body, "media"), *captioned;
	struct buffer head = { 0 };

	buffer_append_text(&head, "sends ");
	captioned = list_media(print, &head);
	/* Each of them is a message. */
	world->last_message_id += (int64_t)json_array_size(media);
	print_under(print, &head, captioned, "caption");
	buffer_finish(&head);
}

static void print_paid(struct print *print)
{
	struct buffer head = { 0 };

	buffer_append_text(&head, "sends ");
	list_media(print, &head);
	buffer_printf(&head, " for %lld stars", (long long)print_number(print->body, "star_count"));
	print_under(print, &head, print->body, "caption");
	buffer_finish(&head);
}

static void print_poll(struct print *print)
{
	struct buffer text = { 0 };
	const json_t *option;
	size_t i;

	html_append(print->body, "question", &text);
	json_array_foreach(json_object_get(print->body, "options"), i, option)
	{
		buffer_append_text(&text, "\n- ");
		html_append(option, "text", &text);
	}
	if (json_object_get(print->body, "description")) {
		buffer_append_text(&text, "\n");
		html_append(print->body, "description", &text);
	}
	print_keyboard(print, &text);
	transcript_text(print_who(print, "sends poll"), buffer_text(&text), print->out);
	buffer_finish(&text);
}

/* --- edits ------------------------------------------------------------------------------------ */

static void print_edited_caption(struct print *print)
{
	struct buffer head = { 0 };

	buffer_append_text(&head, "edits caption");
	print_under(print, &head, print->body, "caption");
	buffer_finish(&head);
}

static void print_edited_media(struct print *print)
{
	const json_t *media = json_object_get(print->body, "media");
	struct buffer head = { 0 };

	buffer_printf(&head, "edits %s %s", print_string(media, "type"),
		      source(print, media, "media"));
	print_under(print, &head, media, "caption");
	buffer_finish(&head);
}

/* --- what is picked --------------------------------------------------------------------------- */

static bool take_picked(struct conversation *conversation, const char **at,
			struct line_action *action, struct why *why)
{
	struct group *group;
	struct person *person;

	if (**at == '"') {
		if (!take_chat(&conversation->world, at, &group, why))
			return false;
		action_set(action, "chat_shared",
			   json_pack("{s:I,s:s}", "chat_id", (json_int_t)group->id, "title",
				     group->title));
		return true;
	}
	person = take_person(&conversation->world, at, why);
	if (person)
		action_set(action, "users_shared",
			   json_pack("{s:[{s:I,s:s}]}", "users", "user_id", (json_int_t)person->id,
				     "first_name", person->name));
	return person;
}

/* Bot API "ChatShared", "UsersShared": with the id of the request. */
static json_t *picks(struct conversation *conversation, const struct line_action *action,
		     struct why *why)
{
	const struct shown_button *button = conversation_find_button(conversation, action, false);
	json_t *shared = json_object_get(action->fields, "chat_shared");

	if (!button) {
		why_set(why, "no message here has a key \"%s\"", action->text);
		return NULL;
	}
	if (!shared)
		shared = json_object_get(action->fields, "users_shared");
	json_object_set_new(shared, "request_id", json_integer(strtoll(button->data, NULL, 10)));
	return update_message(&conversation->world, action);
}

static const struct word words[] = {
	{ "picks", take_picked, KIND_MESSAGE, picks },
	{ 0 },
};

static const struct printed printed[] = {
	{ "sendPhoto", print_medium },
	{ "sendVideo", print_medium },
	{ "sendLivePhoto", print_medium },
	{ "sendAnimation", print_medium },
	{ "sendAudio", print_medium },
	{ "sendDocument", print_medium },
	{ "sendVoice", print_medium },
	{ "sendVideoNote", print_medium },
	{ "sendSticker", print_medium },
	{ "sendMediaGroup", print_album },
	{ "sendPaidMedia", print_paid },
	{ "sendPoll", print_poll },
	{ "sendVenue", print_content },
	{ "sendLocation", print_content },
	{ "sendContact", print_content },
	{ "sendDice", print_content },
	{ "editMessageCaption", print_edited_caption },
	{ "editMessageMedia", print_edited_media },
	{ 0 },
};

extern const struct part drafts_part;
const struct part drafts_part = { .words = words, .printed = printed };
