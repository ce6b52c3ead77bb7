/* draft_edit.c - changes what the bot has said, and deletes messages: by the method that is made
 * for what the message is and for who sees it (Bot API, "Updating messages"). */
#include <string.h>

#include "workers/host/draft.h"
#include "workers/host/here.h"
#include "workers/host/name.h"

/* A message, and what is known of it. */
struct edited {
	int64_t chat_id, message_id;
	int64_t receiver_id, ephemeral_id; /* of one that only one person sees; 0: all see it */
	struct text inline_id;             /* of one that was sent by an inline query; nil: not */
	struct text business_connection;
	const struct media_kind *kind; /* NULL: it has no media, as far as is known */
	bool captioned;                /* its text is a caption */
	struct call_name name;         /* of the message, in place of its id */
	bool textless;                 /* neither has it a text, nor can it have a caption */
};

/* What the message under a button is. One that is too old is not described. */
static void look_at(struct ctx *ctx, struct edited *out)
{
	const struct message *message = ctx_find_message(ctx);
	struct cursor paid = cursor_find(ctx->update.pressed, "paid_media");

	if (message && message->media)
		out->kind = media_kind_find(message->media->kind);
	out->captioned = out->kind ? out->kind->captioned : cursor_type(&paid) != PACK_NONE;
	out->textless = out->kind && !out->kind->captioned;
}

static struct edited message_pressed(struct ctx *ctx, const struct button *pressed)
{
	const struct update *update = &ctx->update;
	const struct chat *here = ctx_find_here(ctx);
	struct edited edited = {
		.chat_id = here ? here->id : 0,
		.message_id = pressed->message_id,
		.ephemeral_id = update->message.ephemeral_id,
		.receiver_id = update->message.ephemeral_id ? pressed->from->id : 0,
		.inline_id = update->inline_message_id,
		.business_connection = update_business_connection(update),
	};

	look_at(ctx, &edited);
	return edited;
}

static void write_message(const struct edited *edited, struct json *json)
{
	if (edited->inline_id.length) {
		json_key(json, "inline_message_id");
		json_text_n(json, edited->inline_id.data, edited->inline_id.length);
		return;
	}
	json_key_int(json, "chat_id", edited->chat_id);
	if (edited->ephemeral_id) {
		json_key_int(json, "receiver_user_id", edited->receiver_id);
		json_key_int(json, "ephemeral_message_id", edited->ephemeral_id);
		return;
	}
	json_key_int(json, "message_id", edited->message_id);
	if (edited->business_connection.length) {
		json_key(json, "business_connection_id");
		json_text_n(json, edited->business_connection.data,
			    edited->business_connection.length);
	}
}

enum edit { EDIT_MEDIA, EDIT_TEXT, EDIT_CAPTION, EDIT_BUTTONS };

static const char *const methods[][2] = {
	[EDIT_MEDIA] = { "editMessageMedia", "editEphemeralMessageMedia" },
	[EDIT_TEXT] = { "editMessageText", "editEphemeralMessageText" },
	[EDIT_CAPTION] = { "editMessageCaption", "editEphemeralMessageCaption" },
	[EDIT_BUTTONS] = { "editMessageReplyMarkup", "editEphemeralMessageReplyMarkup" },
};

static enum edit edit_of(const struct draft *draft, const struct edited *edited, bool has_text)
{
	if (draft->media.count)
		return EDIT_MEDIA;
	if (!has_text)
		return EDIT_BUTTONS;
	return edited->captioned || draft->flags & DRAFT_CAPTION ? EDIT_CAPTION : EDIT_TEXT;
}

static void write_edit(struct draft *draft, enum edit edit, const struct markup_part *part,
		       struct json *json)
{
	const struct caption caption = {
		.markup = &draft->markup,
		.part = part,
		.above = draft->flags & DRAFT_TEXT_ABOVE,
		.spoiler = draft->flags & DRAFT_SPOILER,
	};

	switch (edit) {
	case EDIT_MEDIA:
		json_key(json, "media");
		medium_write_input(&draft->media.list[0], &caption, json);
		return;
	case EDIT_CAPTION:
		markup_write_part(&draft->markup, part, "caption", json);
		if (caption.above)
			json_key_bool(json, "show_caption_above_media", true);
		return;
	case EDIT_TEXT:
		markup_write_part(&draft->markup, part, "text", json);
		draft_write_preview(draft, json);
		return;
	case EDIT_BUTTONS:
		return;
	}
}

static void push_edit(struct draft *draft, const struct edited *edited, enum edit edit,
		      const struct markup_part *part)
{
	const struct place to = { .chat_id = edited->chat_id };
	struct json json = ctx_parameters(draft->ctx);

	write_message(edited, &json);
	write_edit(draft, edit, part, &json);
	keyboard_write(&draft->keyboard, draft->ctx, &to, &json);
	ctx_push(draft->ctx, &(struct call) {
				     .chat_id = edited->chat_id,
				     .method = text_of(methods[edit][edited->ephemeral_id != 0]),
				     .body = ctx_parameters_end(draft->ctx, &json),
				     .name = edited->name,
			     });
}

static enum verdict edit(struct draft *draft, const struct edited *edited)
{
	struct ctx *ctx = draft->ctx;
	struct markup_part at = { 0 }, part = { 0 }, rest;
	bool captioned = draft->media.count || edited->captioned || draft->flags & DRAFT_CAPTION;
	size_t units = captioned ? MARKUP_CAPTION_UNITS : MARKUP_TEXT_UNITS;
	bool has_text;

	if (!draft->elsewhere)
		draft_sign(draft);
	if (draft_check(draft, true) != DONE)
		return FAIL;
	has_text = markup_next_part(&draft->markup, units, &at, &part);
	if (markup_next_part(&draft->markup, units, &at, &rest))
		return ctx_fail(ctx, "a text that does not fit into the one message to edit");
	if (has_text && !draft->media.count && edited->textless)
		return ctx_fail(ctx, "a text for a %s, which has none", edited->kind->name);
	push_edit(draft, edited, edit_of(draft, edited, has_text), &part);
	return DONE;
}

enum verdict draft_edit(struct draft *draft, const struct button *pressed)
{
	struct edited edited = message_pressed(draft->ctx, pressed);

	return edit(draft, &edited);
}

enum verdict draft_edit_chosen(struct draft *draft)
{
	struct edited edited = { .inline_id = draft->ctx->update.inline_message_id };

	if (!edited.inline_id.length)
		return ctx_fail(draft->ctx, "no result with buttons was chosen: Telegram names no "
					    "message to edit");
	return edit(draft, &edited);
}

static bool find_edited_chat(struct draft *draft, struct edited *out)
{
	struct ctx *ctx = draft->ctx;
	const struct chat *said = ctx_find_said(ctx), *here = ctx_find_here(ctx);

	if (!draft->elsewhere && !said) {
		ctx_fail(ctx, "an edit by an update that has no chat");
		return false;
	}
	out->chat_id = draft->elsewhere ? draft->chat_id : said->id;
	if (here && here->id == out->chat_id)
		out->business_connection = update_business_connection(&ctx->update);
	return true;
}

enum verdict draft_edit_message(struct draft *draft, int64_t message_id)
{
	struct edited edited = { .message_id = message_id };

	return find_edited_chat(draft, &edited) ? edit(draft, &edited) : FAIL;
}

enum verdict draft_edit_named(struct draft *draft, const char *slug, ...)
{
	struct ctx *ctx = draft->ctx;
	struct edited edited = { .message_id = 0 }; /* the sender's */
	va_list arguments;
	const char *name;
	struct why why;

	va_start(arguments, slug);
	name = name_write(ctx, slug, arguments, &why);
	va_end(arguments);
	if (!name)
		return ctx_fail(ctx, "the name of a message: %s", why.text);
	if (!find_edited_chat(draft, &edited))
		return FAIL;
	edited.name = name_use(ctx, edited.chat_id, name, NAME_EDITS);
	return edit(draft, &edited);
}

/* --- delete ----------------------------------------------------------------------------------- */

static void push_delete(struct ctx *ctx, int64_t chat_id, const char *method, struct json *json)
{
	ctx_push(ctx, &(struct call) {
			      .chat_id = chat_id,
			      .method = text_of(method),
			      .body = ctx_parameters_end(ctx, json),
		      });
}

static void delete_ephemeral(struct ctx *ctx, int64_t chat_id, int64_t receiver_id)
{
	struct json json = ctx_parameters(ctx);

	json_key_int(&json, "chat_id", chat_id);
	json_key_int(&json, "receiver_user_id", receiver_id);
	json_key_int(&json, "ephemeral_message_id", ctx->update.message.ephemeral_id);
	push_delete(ctx, chat_id, "deleteEphemeralMessage", &json);
}

static void delete_business(struct ctx *ctx, int64_t chat_id, int64_t message_id,
			    struct text connection)
{
	struct json json = ctx_parameters(ctx);

	json_key(&json, "business_connection_id");
	json_text_n(&json, connection.data, connection.length);
	json_key(&json, "message_ids");
	json_array_start(&json);
	json_int(&json, message_id);
	json_array_end(&json);
	push_delete(ctx, chat_id, "deleteBusinessMessages", &json);
}

/* The sender puts the deletions of a chat together. */
static void delete_plain(struct ctx *ctx, int64_t chat_id, int64_t message_id)
{
	struct json json = ctx_parameters(ctx);

	json_key_int(&json, "chat_id", chat_id);
	json_key_int(&json, "message_id", message_id);
	push_delete(ctx, chat_id, "deleteMessage", &json);
}

enum verdict ctx_delete(struct ctx *ctx, int64_t message_id)
{
	/* The one that this update is about is where it happened, whatever was entered. */
	bool is_own = message_id == 0 || message_id == ctx->update.message.message_id;
	const struct chat *chat = is_own ? ctx_find_here(ctx) : ctx_find_said(ctx);
	const struct user *user = ctx_find_user(ctx);
	struct text connection = update_business_connection(&ctx->update);

	if (!chat)
		return ctx_fail(ctx, "a deletion by an update that has no chat");
	if (message_id == 0 && !(ctx->update.message.ephemeral_id && user))
		return ctx_fail(ctx, "a deletion of message 0, and the one in hand is not for one "
				     "person only");
	if (message_id == 0)
		delete_ephemeral(ctx, chat->id, user->id);
	else if (connection.length)
		delete_business(ctx, chat->id, message_id, connection);
	else
		delete_plain(ctx, chat->id, message_id);
	return DONE;
}
