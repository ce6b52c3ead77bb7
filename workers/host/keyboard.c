/* keyboard.c - the buttons of a draft, what is wrong with them, and their JSON. */
#include "workers/host/keyboard.h"

#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/host/connection.h"
#include "workers/host/here.h"

#define PLACEHOLDER_UNITS 64 /* Bot API: input_field_placeholder */

void keyboard_init(struct keyboard *keyboard, struct arena *arena)
{
	*keyboard = (struct keyboard) { .arena = arena };
	keyboard->keys_end = &keyboard->keys;
}

struct key *keyboard_add(struct keyboard *keyboard, const char *label, enum key_use use,
			 const char *field)
{
	struct key *key = arena_alloc(keyboard->arena, sizeof(*key));

	*key = (struct key) { .label = label, .field = field, .use = use, .row = keyboard->row };
	*keyboard->keys_end = keyboard->last = key;
	keyboard->keys_end = &key->next;
	return key;
}

bool keyboard_is_empty(const struct keyboard *keyboard)
{
	return !keyboard->keys && !keyboard->force_reply && !keyboard->remove;
}

/* --- faults ----------------------------------------------------------------------------------- */

/* What all keys can be; 0: some are of one sort, some of the other. */
static unsigned use_of(const struct keyboard *keyboard)
{
	unsigned use = KEY_ANYWHERE;

	for (const struct key *key = keyboard->keys; key; key = key->next)
		use &= key->use;
	return use;
}

static bool is_inline(const struct keyboard *keyboard)
{
	return use_of(keyboard) & KEY_INLINE;
}

static size_t count_keys(const struct keyboard *keyboard)
{
	size_t count = 0;

	for (const struct key *key = keyboard->keys; key; key = key->next)
		count++;
	return count;
}

/* What is malformed is shown as U+FFFD. */
static bool is_blank(const char *label)
{
	size_t size = strlen(label), length;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_character(label + at, size - at);
		if (!length)
			return false;
	}
	return utf8_is_blank(label);
}

static const char *label_fault(const struct keyboard *keyboard)
{
	for (const struct key *key = keyboard->keys; key; key = key->next)
		if (!key->label || is_blank(key->label))
			return "a button: its label is empty";
	return NULL;
}

/* Bot API, InlineKeyboardButton, "pay". */
static const char *pay_fault(const struct keyboard *keyboard)
{
	for (const struct key *key = keyboard->keys; key; key = key->next)
		if (key != keyboard->keys && key->field && strcmp(key->field, "pay") == 0)
			return "a button: the one that pays must be the first";
	return NULL;
}

const char *keyboard_fault(const struct keyboard *keyboard, bool edits)
{
	unsigned use = use_of(keyboard);
	size_t most = use & KEY_INLINE ? KEYBOARD_INLINE_MAX : KEYBOARD_REPLY_MAX;
	size_t count = count_keys(keyboard);
	const char *fault = keyboard->fault;

	if (!fault)
		fault = label_fault(keyboard);
	if (!fault)
		fault = pay_fault(keyboard);
	if (fault)
		return fault;
	if (!use)
		return "buttons: a message has inline buttons or a reply keyboard, not both";
	if (count > most)
		return arena_printf(keyboard->arena, "buttons: %zu; Telegram takes at most %zu",
				    count, most);
	if (keyboard->remove && (count || keyboard->force_reply))
		return "buttons: a message that removes a keyboard has none, and is no question";
	if (edits && count && !(use & KEY_INLINE))
		return "buttons: a message that is edited has inline buttons only";
	if (edits && (keyboard->remove || keyboard->force_reply))
		return "buttons: a message that is edited removes no keyboard and asks nothing";
	return NULL;
}

/* ReplyKeyboardMarkup, ReplyKeyboardRemove: "Not supported in channels and for messages sent on
 * behalf of a business account". */
const char *keyboard_fault_at(struct keyboard *keyboard, struct ctx *ctx, const struct place *to)
{
	const struct chat *chat = ctx_find_here(ctx);
	bool reply = keyboard->remove || (keyboard->keys && !is_inline(keyboard));
	bool in_channel = chat && chat->id == to->chat_id && chat->type == CHAT_CHANNEL;

	if (reply && (in_channel || to->business_connection.length))
		return "buttons: channels and business accounts have no reply keyboards";
	for (const struct key *key = keyboard->keys; key; key = key->next)
		if (key->private && !place_is_private(to, ctx))
			return arena_printf(keyboard->arena,
					    "a button: %s is for private chats only", key->field);
	return NULL;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_slug(const struct key *key, struct ctx *ctx, const struct place *to,
		       struct json *json)
{
	const struct button_owner owner = {
		.key = ctx->host->settings->privacy_key,
		.chat_id = connection_seals(ctx, to->chat_id),
		.user_id = key->asker ? place_person(to, ctx) : 0,
	};

	json_text(json, button_seal(key->slug, &owner, ctx->arena));
}

static void write_value(const struct key *key, struct ctx *ctx, const struct place *to,
			struct json *json)
{
	json_key(json, key->field);
	if (key->slug.data)
		write_slug(key, ctx, to, json);
	else if (key->text)
		json_text(json, key->text);
	else
		json_raw(json, key->json.data, key->json.length);
}

static void write_key(const struct key *key, struct ctx *ctx, const struct place *to,
		      struct json *json)
{
	json_object_start(json);
	json_key_text(json, "text", key->label);
	if (key->icon)
		json_key_text(json, "icon_custom_emoji_id", key->icon);
	if (key->style)
		json_key_text(json, "style", key->style);
	if (key->field)
		write_value(key, ctx, to, json);
	json_object_end(json);
}

static void write_rows(const struct keyboard *keyboard, struct ctx *ctx, const struct place *to,
		       struct json *json)
{
	const struct key *key = keyboard->keys;

	json_array_start(json);
	while (key) {
		size_t row = key->row;

		json_array_start(json);
		for (; key && key->row == row; key = key->next)
			write_key(key, ctx, to, json);
		json_array_end(json);
	}
	json_array_end(json);
}

/* "Not supported in channels and for messages sent on behalf of a business account" (ForceReply).
 * Inline buttons cannot be for the person who is replied to, so that all would be asked. */
static bool forces_reply(const struct keyboard *keyboard, struct ctx *ctx, const struct place *to)
{
	const struct chat *chat = ctx_find_here(ctx);

	if (!keyboard->force_reply || to->business_connection.length)
		return false;
	if (chat && chat->id == to->chat_id && chat->type == CHAT_CHANNEL)
		return false;
	return !keyboard->keys || !is_inline(keyboard) || to->receiver_id ||
	       place_is_private(to, ctx);
}

/* Only for the person who is replied to; without a reply that would be nobody. */
static void write_selective(const struct place *to, struct json *json)
{
	if (to->reply_to)
		json_key_bool(json, "selective", true);
}

static void write_placeholder(const struct keyboard *keyboard, struct json *json)
{
	const char *text = keyboard->placeholder;

	if (!text || !*text)
		return;
	json_key(json, "input_field_placeholder");
	json_text_n(json, text, utf8_prefix(text, strlen(text), PLACEHOLDER_UNITS));
}

static void write_reply_keyboard(const struct keyboard *keyboard, struct ctx *ctx,
				 const struct place *to, struct json *json)
{
	json_key(json, "keyboard");
	write_rows(keyboard, ctx, to, json);
	json_key_bool(json, "resize_keyboard", true);
	if (keyboard->once)
		json_key_bool(json, "one_time_keyboard", true);
	if (keyboard->persistent)
		json_key_bool(json, "is_persistent", true);
	write_selective(to, json);
	write_placeholder(keyboard, json);
}

void keyboard_write(const struct keyboard *keyboard, struct ctx *ctx, const struct place *to,
		    struct json *json)
{
	bool force = forces_reply(keyboard, ctx, to);

	if (!keyboard->keys && !keyboard->remove && !force)
		return;
	json_key(json, "reply_markup");
	json_object_start(json);
	if (keyboard->keys && is_inline(keyboard)) {
		json_key(json, "inline_keyboard");
		write_rows(keyboard, ctx, to, json);
	} else if (keyboard->keys) {
		write_reply_keyboard(keyboard, ctx, to, json);
	} else if (keyboard->remove) {
		json_key_bool(json, "remove_keyboard", true);
		write_selective(to, json);
	}
	if (force)
		json_key_bool(json, "force_reply", true);
	if (force && !keyboard->keys) {
		write_selective(to, json);
		write_placeholder(keyboard, json);
	}
	json_object_end(json);
}
