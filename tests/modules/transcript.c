/* transcript.c - writes the bot's calls as lines. */
#include "tests/modules/transcript.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "botapi/check.h"
#include "common/log.h"
#include "common/utf8.h"
#include "tests/modules/conversation.h"
#include "tests/modules/how.h"
#include "tests/modules/html.h"
#include "tests/modules/keyboard.h"
#include "tests/modules/limits.h"
#include "tests/modules/part.h"
#include "tests/modules/said.h"
#include "workers/host/known_call.h"

#define HIDDEN "\xe2\x80\x8c" /* U+200C */
#define QUESTION_LINK "http://t.me/#ask-"

int64_t print_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const char *print_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

void print_html(const json_t *object, struct buffer *out)
{
	html_append(object, json_object_get(object, "text") ? "text" : "caption", out);
}

void transcript_text(const char *who, const char *text, struct buffer *out)
{
	buffer_append_text(out, who);
	buffer_append_text(out, *text == '\n' ? ":" : ": ");
	for (; *text; text++) {
		buffer_append_byte(out, (uint8_t)*text);
		if (*text == '\n')
			buffer_append_text(out, text[1] == '\n' || !text[1] ? "  |" : "  | ");
	}
	buffer_append_text(out, "\n");
}

/* --- messages --------------------------------------------------------------------------------- */

const char *print_who(const struct print *print, const char *verb)
{
	const struct line_action *action = print->conversation->action;
	int64_t chat_id = print_number(print->body, "chat_id");
	int64_t topic = print_number(print->body, "message_thread_id");
	struct buffer who = { 0 };
	const char *copy;

	buffer_printf(&who, "bot%s%s", verb[0] ? " " : "", verb);
	if (chat_id && chat_id != action_chat_id(action))
		buffer_printf(&who, " to %lld", (long long)chat_id);
	if (topic && topic != action->topic)
		buffer_printf(&who, " in topic %lld", (long long)topic);
	how_append(print->body, &who);
	copy = arena_strdup(&print->conversation->world.arena, buffer_text(&who));
	buffer_finish(&who);
	return copy;
}

void print_keyboard(const struct print *print, struct buffer *out)
{
	keyboard_append(&print->conversation->world, print->body, print->message_id, out);
}

bool print_take_question(struct print *print, const char *name)
{
	struct world *world = &print->conversation->world;
	const char *key = strcmp(name, "text") == 0 ? "entities" : "caption_entities";
	json_t *entities = json_object_get(print->body, key);
	size_t count = json_array_size(entities);
	const json_t *text = json_object_get(print->body, name);
	const char *link = print_string(json_array_get(entities, count - 1), "url");

	if (strncmp(link, QUESTION_LINK, strlen(QUESTION_LINK)) != 0)
		return false;
	world->question = (struct question) {
		.chat_id = print_number(print->body, "chat_id"),
		.message_id = print->message_id,
		.link = arena_strdup(&world->arena, link),
	};
	json_array_remove(entities, count - 1);
	json_object_set_new(
		print->body, name,
		json_stringn(json_string_value(text), json_string_length(text) - strlen(HIDDEN)));
	return true;
}

void print_message(const struct print *print, const char *verb)
{
	struct buffer text = { 0 };

	print_html(print->body, &text);
	print_keyboard(print, &text);
	transcript_text(print_who(print, verb), buffer_text(&text), print->out);
	buffer_finish(&text);
}

void print_other(struct print *print)
{
	char *json = json_dumps(print->body, JSON_SORT_KEYS | JSON_ENCODE_ANY);

	buffer_printf(print->out, "bot %s %s %s\n",
		      print->call->want_result ? "waits for" : "calls", print->method, json);
	free(json);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void append_bytes(const struct call_file *file, struct buffer *out)
{
	uint8_t bytes[4096];
	ssize_t got;

	buffer_append(out, file->bytes.data, file->bytes.length);
	for (off_t at = 0; !file->bytes.data; at += got) {
		got = pread(file->descriptor, bytes, sizeof(bytes), at);
		if (got <= 0)
			break;
		buffer_append(out, bytes, (size_t)got);
	}
}

static bool is_text(const char *bytes, size_t size)
{
	size_t at = 0, length;

	while (at < size && bytes[at] && (length = utf8_character(bytes + at, size - at)) > 0)
		at += length;
	return at == size;
}

/* In full, or that it is no text. */
static void append_made(const struct call_file *file, struct buffer *out)
{
	struct buffer bytes = { 0 };
	size_t size;

	append_bytes(file, &bytes);
	size = buffer_unread_size(&bytes);
	buffer_append_text(out,
			   is_text(buffer_text(&bytes), size) ? buffer_text(&bytes) : "(no text)");
	buffer_finish(&bytes);
}

/* What was made here is shown. */
static void print_upload(struct print *print)
{
	const struct call *call = print->call;
	struct buffer text = { 0 };
	const struct call_file *file = &call->files[0];
	bool asks = print_take_question(print, "caption");
	const char *verb = arena_printf(&print->conversation->world.arena, "%s %.*s",
					asks ? "asks with" : "sends", (int)file->name.length,
					file->name.data);

	print_html(print->body, &text);
	buffer_append_text(&text, "\n");
	append_made(file, &text);
	print_keyboard(print, &text);
	transcript_text(print_who(print, verb), buffer_text(&text), print->out);
	buffer_finish(&text);
}

void transcript_check(struct conversation *conversation, const struct call *call)
{
	const struct botapi_method *row = botapi_find_method(call->method.data,
							     call->method.length);
	json_t *body = json_loadb(call->body.data, call->body.length, 0, NULL);
	struct why why;

	if (!known_call(&conversation->settings, call, &why) ||
	    (row && !limits_check(row->name, body, &why)))
		conversation_fault(conversation, "%s", why.text);
	json_decref(body);
}

/* A method whose result is a message sends it; others are about the one that they name. */
static int64_t message_of(struct world *world, const char *method, const json_t *body)
{
	const struct botapi_method *row = botapi_find_method(method, strlen(method));
	const struct botapi_type *type = row ? &botapi_types[row->result] : NULL;
	const char *object = type && type->kind == BOTAPI_OBJECT ? botapi_objects[type->first].name
								 : "";

	if (strcmp(object, "Message") == 0 || strcmp(object, "MessageId") == 0)
		return ++world->last_message_id;
	return print_number(body, "message_id");
}

void transcript_call(struct conversation *conversation, const struct call *call, int64_t message_id)
{
	const struct printed *row = part_find_printed(call->method);
	struct print print = {
		.conversation = conversation,
		.call = call,
		.body = json_loadb(call->body.data, call->body.length, 0, NULL),
		.method = arena_strndup(&conversation->world.arena, call->method.data,
					call->method.length),
		.out = &conversation->actual,
	};

	if (!print.body)
		panic("the parameters of %s are not JSON", print.method);
	transcript_check(conversation, call);
	print.message_id = message_id ? message_id
				      : message_of(&conversation->world, print.method, print.body);
	const bool uploads = call->files_count == 1, edits = strncmp(print.method, "edit", 4) == 0;
	if (!row && uploads && strncmp(print.method, "send", 4) != 0)
		print_other(&print);
	if (uploads && !(row && edits))
		print_upload(&print);
	else if (row)
		row->print(&print);
	else
		print_other(&print);
	json_decref(print.body);
}

static size_t count_press_answers(const struct host_outcome *outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->calls_count; i++)
		count += text_is(outcome->calls[i].method, "answerCallbackQuery");
	return count;
}

static void show_call(struct conversation *conversation, struct call call)
{
	int64_t before = conversation->world.last_message_id;

	if (!said_prepare(conversation, &call))
		return;
	transcript_call(conversation, &call, 0);
	said_learn(conversation, &call, before);
}

void transcript_outcome(struct conversation *conversation, const struct host_outcome *outcome)
{
	const struct word *deed = conversation->action->deed;
	size_t answers = count_press_answers(outcome);

	if (outcome->end == HOST_FAILED) {
		buffer_printf(&conversation->actual, "bot fails: %s\n", outcome->reason);
		why_set(&conversation->failed_at, "%s:%u (%s)", outcome->file, outcome->line,
			outcome->function);
	}
	/* The answer to a press is on its way beside all others, and is shown before them. */
	for (size_t i = 0; i < outcome->calls_count; i++)
		if (text_is(outcome->calls[i].method, "answerCallbackQuery"))
			show_call(conversation, outcome->calls[i]);
	for (size_t i = 0; i < outcome->calls_count; i++)
		if (!text_is(outcome->calls[i].method, "answerCallbackQuery"))
			show_call(conversation, outcome->calls[i]);
	if (answers != (deed && deed->kind == KIND_CALLBACK_QUERY))
		buffer_printf(&conversation->actual, "bot answers the press %zu times\n", answers);
}
