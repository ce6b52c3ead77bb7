#include "simulator/method_send.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/compose.h"
#include "simulator/json_scan.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

#define MARKUP_MAX 10000 /* bytes; Telegram: "reply markup is too long" */
#define CALLBACK_DATA_MAX 64

/* Telegram's reasons follow this prefix. */
static bool fail_parse(struct call *call, const struct why *why)
{
	return call_fail(call, 400, "Bad Request: can't parse entities: %s", why->text);
}

/* MessageEntity objects that the bot itself gives; only what tests need: type and range. */
static bool take_entities(struct call *call, const char *json, struct formatted *out)
{
	static const char *const types[] = { "bold",
					     "italic",
					     "underline",
					     "strikethrough",
					     "spoiler",
					     "code",
					     "pre",
					     "blockquote",
					     "mention",
					     "bot_command",
					     "hashtag",
					     "url",
					     "expandable_blockquote" };
	json_t *list = json_loads(json, 0, NULL);
	size_t i;
	json_t *item;

	if (!json_is_array(list)) {
		json_decref(list);
		return call_fail(call, 400, "Bad Request: can't parse entities JSON object");
	}
	json_array_foreach(list, i, item)
	{
		const char *type = json_string_value(json_object_get(item, "type"));
		struct entity entity = { 0 };

		for (size_t j = 0; type && j < COUNT_OF(types); j++) {
			if (!strcmp(types[j], type))
				entity.type = types[j];
		}
		entity.offset = (size_t)json_integer_value(json_object_get(item, "offset"));
		entity.length = (size_t)json_integer_value(json_object_get(item, "length"));
		if (entity.type && entity.length > 0 && out->count < ENTITIES_MAX)
			out->entities[out->count++] = entity;
	}
	json_decref(list);
	return true;
}

bool send_formatted(struct call *call, const char *text_name, const char *entities_name,
		    size_t units_max, struct formatted *out)
{
	const char *text = parameters_text(call->parameters, text_name);
	const char *mode = parameters_text(call->parameters, "parse_mode");
	const char *entities = parameters_text(call->parameters, entities_name);
	size_t length = strlen(text);
	struct why why;

	if (!utf8_is_valid(text, length))
		return call_fail(call, 400, "Bad Request: strings must be encoded in UTF-8");
	if (!strcasecmp(mode, "html")) {
		if (!entities_parse_html(text, length, call->arena, out, &why))
			return fail_parse(call, &why);
	} else if (*mode && strcasecmp(mode, "none") != 0) {
		return call_fail(call, 400, "Bad Request: unsupported parse_mode");
	} else {
		entities_plain(text, length, call->arena, out);
		if (*entities && !take_entities(call, entities, out))
			return false;
	}
	if (utf8_units(out->text, out->length) > units_max)
		return call_fail(call, 400, "Bad Request: %s is too long",
				 units_max == TEXT_UNITS_MAX ? "message" : "message caption");
	entities_detect(out, call->arena);
	return true;
}

static bool check_button(struct call *call, const json_t *button)
{
	const char *text = json_string_value(json_object_get(button, "text"));
	const char *data = json_string_value(json_object_get(button, "callback_data"));

	if (!json_is_object(button))
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: "
				 "InlineKeyboardButton must be an Object");
	if (!text)
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: Can't find "
				 "field \"text\"");
	if (data && (strlen(data) > CALLBACK_DATA_MAX || !*data))
		return call_fail(call, 400, "Bad Request: BUTTON_DATA_INVALID");
	if (json_object_size(button) < 2)
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: Text buttons "
				 "are unallowed in the inline keyboard");
	return true;
}

static bool check_keyboard(struct call *call, const json_t *rows)
{
	size_t i, j;
	json_t *row, *button;

	if (!json_is_array(rows))
		return call_fail(call, 400,
				 "Bad Request: field \"inline_keyboard\" of the "
				 "InlineKeyboardMarkup must be an Array of Arrays");
	json_array_foreach(rows, i, row)
	{
		if (!json_is_array(row))
			return call_fail(call, 400,
					 "Bad Request: field \"inline_keyboard\" of the "
					 "InlineKeyboardMarkup must be an Array of Arrays");
		json_array_foreach(row, j, button)
		{
			if (!check_button(call, button))
				return false;
		}
	}
	return true;
}

bool send_markup(struct call *call, const char **out)
{
	const char *text = parameters_text(call->parameters, "reply_markup");
	json_t *markup;
	json_t *rows;
	bool ok = true;

	*out = NULL;
	if (!*text)
		return true;
	markup = json_loads(text, 0, NULL);
	if (!markup)
		return call_fail(call, 400,
				 "Bad Request: can't parse reply keyboard markup JSON object");
	if (!json_is_object(markup)) {
		json_decref(markup);
		return call_fail(call, 400, "Bad Request: object expected as reply markup");
	}
	rows = json_object_get(markup, "inline_keyboard");
	if (rows)
		ok = check_keyboard(call, rows);
	if (ok && strlen(text) > MARKUP_MAX)
		ok = call_fail(call, 400, "Bad Request: reply markup is too long");
	if (ok && json_array_size(rows) > 0) {
		char *dump = json_dumps(markup, JSON_COMPACT | JSON_ENSURE_ASCII);

		*out = arena_strdup(call->arena, dump);
		free(dump);
	}
	json_decref(markup);
	return ok;
}

/* The members of reply_parameters that matter here. */
static bool scan_reply(struct call *call, const char *text, int64_t *id, bool *optional)
{
	struct json_scan scan = { text, text + strlen(text) };

	if (!json_scan_enter(&scan, '{'))
		return false;
	while (!json_scan_leave(&scan, '}')) {
		struct text name, value;

		if (!json_scan_string(&scan, call->arena, &name) || !json_scan_colon(&scan) ||
		    !json_scan_skip(&scan, &value))
			return false;
		if (text_is(name, "message_id"))
			*id = strtoll(value.data, NULL, 10);
		else if (text_is(name, "allow_sending_without_reply"))
			*optional = text_is(value, "true");
	}
	return true;
}

/* reply_parameters, or the older reply_to_message_id. */
static bool find_reply(struct call *call, const struct message **out)
{
	const char *text = parameters_text(call->parameters, "reply_parameters");
	int64_t id = 0;
	bool optional = false;

	*out = NULL;
	if (!*text) {
		id = parameters_id(call->parameters, "reply_to_message_id");
		optional = parameters_bool(call->parameters, "allow_sending_without_reply");
	} else if (!scan_reply(call, text, &id, &optional)) {
		return call_fail(call, 400,
				 "Bad Request: can't parse reply parameters JSON object");
	}
	if (id == 0)
		return true;
	*out = messages_find(&call->sim->messages, call->chat, id);
	if (!*out && !optional)
		return call_fail(call, 400, "Bad Request: message to be replied not found");
	return true;
}

static bool find_thread(struct call *call, const struct message *reply, int64_t *out)
{
	const struct topic *topic;

	*out = parameters_int(call->parameters, "message_thread_id", 0, INT32_MIN, INT32_MAX);
	if (*out == 0 && reply)
		*out = reply->thread_id;
	if (*out == 0)
		return true;
	if (call->chat->type != CHAT_SUPERGROUP)
		return call_fail(call, 400, "Bad Request: message thread not found");
	if (!call->chat->is_forum)
		return true;
	topic = chat_topic(call->chat, *out);
	if (!topic)
		return call_fail(call, 400, "Bad Request: message thread not found");
	return true;
}

const char *send_entities_text(struct call *call, const struct formatted *formatted)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *copy;

	if (formatted->count == 0)
		return NULL;
	entities_write(&json, formatted);
	copy = arena_strdup(call->arena, buffer_text(&out));
	buffer_finish(&out);
	return copy;
}

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* Writes the message as the result, then keeps it: keeping one may forget the one replied to. */
static void finish_sent(struct call *call, const struct message *reply, int64_t thread_id,
			const struct formatted *text, const char *document, const char *markup)
{
	struct sim *sim = call->sim;
	struct chat *chat = call->chat;
	bool is_channel = chat->type == CHAT_CHANNEL;
	struct draft draft = {
		.chat = chat,
		.message_id = chat_next_message_id(&sim->world, chat),
		.from = is_channel ? NULL : sim->world.bot,
		.sender_chat = is_channel ? chat : NULL,
		.date = sim_now_s(sim),
		.thread_id = thread_id,
		.is_topic_message = thread_id != 0 && chat->is_forum,
		.reply_to = reply,
	};
	struct message *message;

	compose_message_start(&call->result, &draft);
	if (document) {
		json_key(&call->result, "document");
		json_raw(&call->result, document, strlen(document));
	}
	compose_text(&call->result, text, document ? "caption" : "text");
	compose_message_end(&call->result, markup);
	message = messages_add(&sim->messages, chat, draft.message_id);
	message->from = is_channel ? NULL : sim->world.bot;
	message->sender_chat = is_channel ? chat : NULL;
	message->from_bot = true;
	message->date = draft.date;
	message->thread_id = thread_id;
	message->text = text->length ? xstrdup(text->text) : NULL;
	message->entities = copy_of(send_entities_text(call, text));
	message->markup = copy_of(markup);
	message->document = copy_of(document);
	call->message_id = draft.message_id;
	call->said = text->text;
	transcript_message(sim, chat, sim->world.bot, text->text);
}

void method_send_message(struct call *call)
{
	struct formatted text;
	const struct message *reply;
	const char *markup;
	int64_t thread_id;

	if (!send_formatted(call, "text", "entities", TEXT_UNITS_MAX, &text))
		return;
	if (text.length == 0) {
		call_fail(call, 400, "Bad Request: message text is empty");
		return;
	}
	if (!send_markup(call, &markup) || !call_chat(call, true) || !find_reply(call, &reply) ||
	    !find_thread(call, reply, &thread_id))
		return;
	finish_sent(call, reply, thread_id, &text, NULL, markup);
	ledger_said(&call->sim->ledger, call->chat->id, text.text, text.length, clock_boot_us());
}

/* The file of a parameter: an upload under that name, attach://NAME, or an id or URL as text. */
static bool find_file(struct call *call, const char *name, const struct parameter **out)
{
	const char *text = parameters_text(call->parameters, name);

	*out = parameters_find(call->parameters, name);
	if (!strncmp(text, "attach://", 9))
		*out = parameters_find(call->parameters, text + 9);
	if (!*out || (*out)->value.length == 0)
		return call_fail(call, 400, "Bad Request: there is no %s in the request", name);
	if (!(*out)->file_name.data && strlen(text) < 10)
		return call_fail(
			call, 400,
			"Bad Request: wrong remote file identifier specified: Wrong string "
			"length");
	return true;
}

/* What Telegram tells of an upload; the file itself is not kept. */
static const char *document_text(struct call *call, const struct parameter *file)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *copy;

	json_object_start(&json);
	if (file->file_name.data) {
		json_key(&json, "file_name");
		if (utf8_is_valid(file->file_name.data, file->file_name.length))
			ascii_text_n(&json, file->file_name.data, file->file_name.length);
		else
			json_text(&json, "file");
	}
	if (file->file_type.data) {
		json_key(&json, "mime_type");
		json_text_n(&json, file->file_type.data, file->file_type.length);
	}
	json_key_text(&json, "file_id", "BQACAgIAAxkDAAIB");
	json_key_text(&json, "file_unique_id", "AgADAQ");
	json_key_int(&json, "file_size", (int64_t)file->value.length);
	json_object_end(&json);
	copy = arena_strdup(call->arena, buffer_text(&out));
	buffer_finish(&out);
	return copy;
}

void method_send_document(struct call *call)
{
	struct formatted caption;
	const struct message *reply;
	const struct parameter *file;
	const char *markup;
	int64_t thread_id;

	if (!find_file(call, "document", &file) ||
	    !send_formatted(call, "caption", "caption_entities", CAPTION_UNITS_MAX, &caption) ||
	    !send_markup(call, &markup) || !call_chat(call, true) || !find_reply(call, &reply) ||
	    !find_thread(call, reply, &thread_id))
		return;
	finish_sent(call, reply, thread_id, &caption, document_text(call, file), markup);
}

void method_send_chat_action(struct call *call)
{
	static const char *const actions[] = {
		"typing",        "upload_photo",      "record_video",     "upload_video",
		"record_voice",  "upload_voice",      "upload_document",  "choose_sticker",
		"find_location", "record_video_note", "upload_video_note"
	};
	const char *action = parameters_text(call->parameters, "action");

	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		if (!strcmp(actions[i], action)) {
			if (call_chat(call, true))
				call_result_true(call);
			return;
		}
	}
	call_fail(call, 400, "Bad Request: wrong parameter action in request");
}
