/* draft.c - texts that the bot sends: composed, cut into messages, with buttons below. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "workers/host/ask.h"
#include "workers/host/button.h"
#include "workers/host/ctx.h"
#include "workers/host/markup_parts.h"
#include "workers/host/place.h"

#define DOCUMENT_SIZE_MAX (1u << 20)

struct key {
	const char *label, *data, *url; /* either data or url */
	size_t row;
	struct key *next;
};

struct draft {
	struct ctx *ctx;
	struct markup markup;
	struct key *keys, **keys_end;
	size_t row;
	const char *question; /* its hidden link; NULL: not to be replied to */
	const char *fault;    /* what is wrong with a button or the question; NULL: nothing */
};

struct draft *ctx_draft(struct ctx *ctx)
{
	struct draft *draft = arena_alloc(ctx->arena, sizeof(*draft));

	draft->ctx = ctx;
	draft->keys_end = &draft->keys;
	markup_init(&draft->markup, ctx->arena);
	return draft;
}

void draft_add(struct draft *draft, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
}

/* --- buttons ---------------------------------------------------------------------------------- */

static struct key *add_key(struct draft *draft, const char *label)
{
	struct key *key = arena_alloc(draft->ctx->arena, sizeof(*key));

	key->label = label;
	key->row = draft->row;
	*draft->keys_end = key;
	draft->keys_end = &key->next;
	return key;
}

static struct button_owner owner_of(struct ctx *ctx, const struct route *route)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);

	return (struct button_owner) {
		.key = ctx->host->settings->privacy_key,
		.chat_id = chat ? chat->id : 0,
		.user_id = route->asker && user ? user->id : 0,
	};
}

void draft_button(struct draft *draft, const char *label, const char *slug, ...)
{
	struct ctx *ctx = draft->ctx;
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_BUTTON, slug);
	struct button_owner owner;
	struct why why;
	va_list arguments;
	const char *packed;

	if (!row) {
		draft->fault = arena_printf(ctx->arena, "a button: no BUTTON() route has \"%s\"",
					    slug);
		return;
	}
	owner = owner_of(ctx, row->route);
	va_start(arguments, slug);
	packed = button_pack(row->slug, &owner, arguments, ctx->arena, &why);
	va_end(arguments);
	if (packed)
		add_key(draft, label)->data = packed;
	else
		draft->fault = arena_printf(ctx->arena, "a button: %s", why.text);
}

void draft_link(struct draft *draft, const char *label, const char *url)
{
	add_key(draft, label)->url = url;
}

void draft_row(struct draft *draft)
{
	draft->row++;
}

/* Bot API "InlineKeyboardMarkup". */
static void write_keyboard(const struct draft *draft, struct json *json)
{
	const struct key *key = draft->keys;

	json_key(json, "reply_markup");
	json_object_start(json);
	json_key(json, "inline_keyboard");
	json_array_start(json);
	while (key) {
		size_t row = key->row;

		json_array_start(json);
		for (; key && key->row == row; key = key->next) {
			json_object_start(json);
			json_key_text(json, "text", key->label);
			json_key_text(json, key->url ? "url" : "callback_data",
				      key->url ? key->url : key->data);
			json_object_end(json);
		}
		json_array_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

/* --- messages --------------------------------------------------------------------------------- */

static void write_no_preview(struct json *json)
{
	json_key(json, "link_preview_options");
	json_object_start(json);
	json_key_bool(json, "is_disabled", true);
	json_object_end(json);
}

/* Bot API "ForceReply": only for the person who is replied to. */
static void write_force_reply(struct json *json)
{
	json_key(json, "reply_markup");
	json_object_start(json);
	json_key_bool(json, "force_reply", true);
	json_key_bool(json, "selective", true);
	json_object_end(json);
}

/* "Not supported in channels and for messages sent on behalf of a business account" (ForceReply).
 */
static bool takes_force_reply(struct ctx *ctx, const struct place *to)
{
	const struct chat *chat = ctx_find_chat(ctx);

	return !to->business_connection.length && chat && chat->type != CHAT_CHANNEL;
}

enum part_place { PART_FIRST = 1, PART_LAST = 2 };

static void push_part(const struct draft *draft, const struct markup_part *part, unsigned place,
		      const struct place *to)
{
	struct ctx *ctx = draft->ctx;
	struct json json = ctx_parameters(ctx);

	place_write(to, &json);
	markup_write_part(&draft->markup, part, "text", &json);
	write_no_preview(&json);
	if (place & PART_FIRST)
		place_write_reply(to, &json);
	if (draft->keys && place & PART_LAST)
		write_keyboard(draft, &json);
	else if (draft->question && place & PART_LAST && takes_force_reply(ctx, to))
		write_force_reply(&json);
	ctx_push(ctx, &(struct call) {
			      .chat_id = to->chat_id,
			      .method = { "sendMessage", strlen("sendMessage") },
			      .body = ctx_parameters_end(ctx, &json),
		      });
}

static enum verdict check(struct draft *draft)
{
	/* Behind U+200C, an invisible character. */
	if (draft->question)
		draft_add(draft, "<a href=\"%s\">\xe2\x80\x8c</a>", draft->question);
	if (!markup_end(&draft->markup))
		return ctx_fail(draft->ctx, "the text of a message: %s", draft->markup.fault);
	if (draft->fault)
		return ctx_fail(draft->ctx, "%s", draft->fault);
	return DONE;
}

static enum verdict send_parts(struct draft *draft, const struct place *to)
{
	struct markup_part at = { 0 }, part, next;
	unsigned place = PART_FIRST;
	bool more;

	if (check(draft) != DONE)
		return FAIL;
	more = markup_next_part(&draft->markup, MARKUP_TEXT_UNITS, &at, &part);
	while (more) {
		more = markup_next_part(&draft->markup, MARKUP_TEXT_UNITS, &at, &next);
		push_part(draft, &part, place | (more ? 0 : PART_LAST), to);
		place = 0;
		part = next;
	}
	return DONE;
}

enum verdict draft_reply(struct draft *draft)
{
	struct ctx *ctx = draft->ctx;
	struct place here;

	if (!ctx_find_chat(ctx))
		return ctx_fail(ctx, "a reply to an update that has no chat");
	here = place_here(ctx);
	return send_parts(draft, &here);
}

enum verdict draft_send(struct draft *draft, int64_t chat_id)
{
	struct place there = place_of_chat(draft->ctx, chat_id);

	return send_parts(draft, &there);
}

/* Bot API "editMessageText"; a message that only one person sees is edited by a method of its
 * own. */
static const char *write_edited(struct ctx *ctx, const struct button *pressed, struct json *json)
{
	struct text connection = update_business_connection(&ctx->update);
	int64_t ephemeral_id = ctx->update.message.ephemeral_id;

	json_key_int(json, "chat_id", pressed->chat->id);
	if (ephemeral_id) {
		json_key_int(json, "receiver_user_id", pressed->from->id);
		json_key_int(json, "ephemeral_message_id", ephemeral_id);
		return "editEphemeralMessageText";
	}
	json_key_int(json, "message_id", pressed->message_id);
	if (connection.length) {
		json_key(json, "business_connection_id");
		json_text_n(json, connection.data, connection.length);
	}
	return "editMessageText";
}

enum verdict draft_edit(struct draft *draft, const struct button *pressed)
{
	struct ctx *ctx = draft->ctx;
	struct markup_part at = { 0 }, part, rest;
	const char *method;
	struct json json;

	if (check(draft) != DONE)
		return FAIL;
	if (!markup_next_part(&draft->markup, MARKUP_TEXT_UNITS, &at, &part) ||
	    markup_next_part(&draft->markup, MARKUP_TEXT_UNITS, &at, &rest))
		return ctx_fail(ctx, "a text that does not fit into the one message to edit");
	json = ctx_parameters(ctx);
	method = write_edited(ctx, pressed, &json);
	markup_write_part(&draft->markup, &part, "text", &json);
	write_no_preview(&json);
	if (draft->keys)
		write_keyboard(draft, &json);
	ctx_push(ctx, &(struct call) {
			      .chat_id = pressed->chat->id,
			      .method = text_of(method),
			      .body = ctx_parameters_end(ctx, &json),
		      });
	return DONE;
}

enum verdict ctx_reply(struct ctx *ctx, const char *format, ...)
{
	struct draft *draft = ctx_draft(ctx);
	va_list arguments;

	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
	return draft_reply(draft);
}

static void make_question(struct draft *draft, const char *step, va_list arguments)
{
	struct ctx *ctx = draft->ctx;
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_TEXT, step);
	struct text slug;
	struct why why;

	if (!row)
		draft->fault = arena_printf(ctx->arena, "no TEXT() route has the step \"%s\"",
					    step);
	else if (!slug_write(row->slug, arguments, ctx->arena, &slug, &why))
		draft->fault = arena_printf(ctx->arena, "a question: %s", why.text);
	else
		draft->question = ask_link(ctx, slug);
}

void draft_question(struct draft *draft, const char *slug, ...)
{
	va_list arguments;

	va_start(arguments, slug);
	make_question(draft, slug, arguments);
	va_end(arguments);
}

enum verdict ctx_ask(struct ctx *ctx, const char *step, const char *format, ...)
{
	struct draft *draft = ctx_draft(ctx);
	va_list arguments;

	if (strchr(step, '%'))
		return ctx_fail(ctx, "the step \"%s\" has values: draft_question() takes them",
				step);
	va_start(arguments, format);
	make_question(draft, step, arguments); /* takes none of them */
	va_end(arguments);
	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
	return draft_reply(draft);
}

/* --- files ------------------------------------------------------------------------------------ */

static void push_file(struct ctx *ctx, int64_t chat_id, const char *method, struct json *json)
{
	const struct chat *here = ctx_find_chat(ctx);
	bool is_here = here && here->id == chat_id;
	struct place to = is_here ? place_here(ctx) : place_of_chat(ctx, chat_id);
	struct call call = { .chat_id = chat_id, .method = { method, strlen(method) } };

	place_write(&to, json);
	place_write_reply(&to, json);
	call.body = ctx_parameters_end(ctx, json);
	ctx_push(ctx, &call);
}

static void write_caption(const struct markup *caption, struct json *json)
{
	size_t length = markup_prefix(caption, MARKUP_CAPTION_UNITS);

	if (length == 0)
		return;
	json_key(json, "caption");
	json_text_n(json, caption->text, length);
}

static enum verdict push_document(struct ctx *ctx, int64_t chat_id, const struct document *document,
				  const char *caption, va_list arguments)
{
	struct markup markup;
	struct file *file;
	struct json json;

	if (document->size == 0 || document->size > DOCUMENT_SIZE_MAX)
		return ctx_fail(ctx, "a file of %zu bytes", document->size);
	markup_init(&markup, ctx->arena);
	markup_add(&markup, caption, arguments);
	if (!markup_end(&markup))
		return ctx_fail(ctx, "the caption of a file: %s", markup.fault);
	file = file_made(ctx, document->name);
	file_add_bytes(file, document->bytes, document->size);
	json = ctx_parameters(ctx);
	write_caption(&markup, &json);
	json_key_text(&json, "document", file_part(ctx, file));
	push_file(ctx, chat_id, "sendDocument", &json);
	return DONE;
}

enum verdict ctx_reply_document(struct ctx *ctx, const struct document *document,
				const char *caption, ...)
{
	const struct chat *chat = ctx_find_chat(ctx);
	enum verdict verdict;
	va_list arguments;

	if (!chat)
		return ctx_fail(ctx, "a file for an update that has no chat");
	va_start(arguments, caption);
	verdict = push_document(ctx, chat->id, document, caption, arguments);
	va_end(arguments);
	return verdict;
}

enum verdict ctx_send_document(struct ctx *ctx, int64_t chat_id, const struct document *document,
			       const char *caption, ...)
{
	enum verdict verdict;
	va_list arguments;

	va_start(arguments, caption);
	verdict = push_document(ctx, chat_id, document, caption, arguments);
	va_end(arguments);
	return verdict;
}

/* The parameter is named after the method: sendPhoto takes "photo". */
enum verdict ctx_reply_file(struct ctx *ctx, const char *method, const char *file_id)
{
	const char *what = strncmp(method, "send", 4) == 0 ? method + 4 : "";
	char *field = arena_strdup(ctx->arena, what);
	struct json json;

	if (!field[0] || !ctx_find_chat(ctx))
		return ctx_fail(ctx, "%s sends no file here", method);
	/* sendVideoNote takes "video_note", the only one of two words. */
	field = strcmp(field, "VideoNote") == 0 ? arena_strdup(ctx->arena, "video_note") : field;
	field[0] = (char)tolower((unsigned char)field[0]);
	json = ctx_parameters(ctx);
	json_key_text(&json, field, file_id);
	push_file(ctx, ctx_find_chat(ctx)->id, method, &json);
	return DONE;
}
