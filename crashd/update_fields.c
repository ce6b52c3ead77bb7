/* update_fields.c - the lists, and the search of a field's type in the Bot API's table. */
#include "crashd/update_fields.h"

#include <string.h>

#include "common/xalloc.h"

#define WORD_SIZE 64 /* more than the longest of the Bot API's own words */

/* clang-format off */

/* Nothing below these is ever sent: debugging never needs it. */
static const char *const personal[] = {
	"contact", "email", "invoice", "location", "order_info", "passport_data", "phone_number",
	"shipping_address", "venue",
};

/* Numbers. */
static const char *const ids[] = {
	"chat_id", "draft_id", "ephemeral_message_id", "giveaway_message_id", "id",
	"marked_as_done_task_ids", "marked_as_not_done_task_ids", "message_id", "message_ids",
	"message_thread_id", "migrate_from_chat_id", "migrate_to_chat_id",
	"reply_to_checklist_task_id", "request_id", "topic_id", "update_id", "user_chat_id",
	"user_id",
};
static const char *const times[] = {
	"add_date", "addition_date", "close_date", "completion_date", "date", "duration",
	"edit_date", "expiration_date", "expire_date", "file_date", "message_auto_delete_time",
	"next_transfer_date", "open_period", "remove_date", "send_date", "start_date",
	"start_timestamp", "subscription_expiration_date", "subscription_period", "unix_time",
	"until_date", "winners_selection_date",
};
static const char *const lengths[] = {
	"boost_count", "colspan", "file_size", "height", "length", "member_limit", "offset",
	"pending_join_request_count", "rowspan", "sender_boost_count", "size", "total_count",
	"total_voter_count", "voter_count", "width", "winner_count",
};
/* What somebody chose or paid. */
static const char *const amounts[] = {
	"amount", "correct_option_ids", "direct_message_star_count", "nanostar_amount", "option_ids",
	"paid_message_star_count", "paid_star_count", "position", "star_count",
	"subscription_price", "total_amount", "value",
};

/* Texts. */
static const char *const text_ids[] = {
	"boost_id", "business_connection_id", "chat_instance", "custom_emoji_id", "effect_id",
	"file_id", "file_unique_id", "gift_id", "guest_query_id", "icon_custom_emoji_id", "id",
	"inline_message_id", "media_group_id", "option_persistent_id", "option_persistent_ids",
	"owned_gift_id", "persistent_id", "poll_id", "query_id", "reply_to_poll_option_id",
	"result_id",
};
static const char *const names[] = {
	"base_name", "bot_username", "custom_title", "file_name", "first_name",
	"game_short_name", "last_name", "name", "new_chat_title", "performer", "sender_tag",
	"sender_user_name", "set_name", "tag", "title", "username", "web_app_name",
};
static const char *const languages[] = {
	"codec", "currency", "language", "language_code", "mime_type",
};
static const char *const written[] = {
	"alternative_text", "anchor_name", "bot_command", "button_text", "callback_data",
	"caption", "cashtag", "comment", "connected_website", "credit", "data", "description",
	"emoji", "explanation", "expression", "hashtag", "label", "offset", "option_text",
	"prize_description", "query", "question", "reason", "reference_name", "summary",
	"switch_inline_query", "switch_inline_query_current_chat", "text", "theme_name", "url",
};

/* The structure of what was written. */
static const char *const layout[] = {
	"blocks", "caption_entities", "checklist", "description_entities", "entities",
	"explanation_entities", "link_preview_options", "option_text_entities", "options",
	"question_entities", "rich_message", "text_entities", "title_entities",
};

/* clang-format on */

#define LIST(name)                   \
	{                            \
		name, COUNT_OF(name) \
	}

struct list {
	const char *const *names;
	size_t count;
};

static const struct list plain_numbers[] = { LIST(ids), LIST(times), LIST(lengths) };
static const struct list full_numbers[] = { LIST(amounts) };
static const struct list full_texts[] = { LIST(text_ids), LIST(names), LIST(languages),
					  LIST(written) };

static bool is_in(const struct list *lists, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lists[i].count; j++)
			if (strcmp(lists[i].names[j], name) == 0)
				return true;
	return false;
}

bool update_field_is_personal(const char *field)
{
	static const struct list lists[] = { LIST(personal) };

	return is_in(lists, 1, field);
}

/* --- types ---------------------------------------------------------------------------------- */

const struct botapi_type *update_type(void)
{
	const struct botapi_method *method = botapi_find_method("getUpdates", strlen("getUpdates"));

	return update_element_type(&botapi_types[method->result]);
}

static const struct botapi_type *alternative(const struct botapi_type *type, size_t i)
{
	return &botapi_types[botapi_alternatives[type->first + i]];
}

static bool has_word(const struct botapi_type *type, struct cursor value)
{
	struct text text = cursor_text(&value);
	char word[WORD_SIZE];

	if (!text.data || text.length >= sizeof(word))
		return false;
	memcpy(word, text.data, text.length);
	word[text.length] = '\0';
	return botapi_has_word(type, word);
}

/* Whether the value is of this type, as far as its head tells. */
static bool fits(const struct botapi_type *type, struct cursor value)
{
	enum pack_type found = cursor_type(&value);

	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
		return found == PACK_INT || found == PACK_UINT;
	case BOTAPI_BOOLEAN:
	case BOTAPI_TRUE:
		return found == PACK_BOOL;
	case BOTAPI_STRING:
		return found == PACK_TEXT;
	case BOTAPI_WORD:
		return found == PACK_TEXT && has_word(type, value);
	case BOTAPI_OBJECT:
		return found == PACK_MAP;
	case BOTAPI_ARRAY:
		return found == PACK_ARRAY;
	case BOTAPI_ANY:
		for (size_t i = 0; i < type->count; i++)
			if (fits(alternative(type, i), value))
				return true;
		return false;
	case BOTAPI_FLOAT:
	case BOTAPI_FILE: /* not in an update */
		break;
	}
	return false;
}

const struct botapi_type *update_field_type(const struct botapi_type *type, struct text name,
					    struct cursor value)
{
	const struct botapi_type *found = NULL;
	const struct botapi_field *field;

	if (type->kind == BOTAPI_OBJECT) {
		field = botapi_find_field(&botapi_objects[type->first], name.data, name.length);
		return field ? &botapi_types[field->type] : NULL;
	}
	/* Objects that may stand here instead of each other have fields of the same name. */
	for (size_t i = 0; type->kind == BOTAPI_ANY && i < type->count; i++) {
		const struct botapi_type *other = update_field_type(alternative(type, i), name,
								    value);

		if (other && (!found || fits(other, value)))
			found = other;
		if (found && fits(found, value))
			break;
	}
	return found;
}

const struct botapi_type *update_stray_type(struct text name, struct cursor value)
{
	for (size_t i = 0; i < botapi_objects_count; i++) {
		const struct botapi_field *field = botapi_find_field(&botapi_objects[i], name.data,
								     name.length);

		if (field && fits(&botapi_types[field->type], value))
			return &botapi_types[field->type];
	}
	return NULL;
}

const struct botapi_type *update_element_type(const struct botapi_type *type)
{
	if (type->kind == BOTAPI_ARRAY)
		return &botapi_types[type->first];
	for (size_t i = 0; type->kind == BOTAPI_ANY && i < type->count; i++)
		if (alternative(type, i)->kind == BOTAPI_ARRAY)
			return &botapi_types[alternative(type, i)->first];
	return NULL;
}

/* --- values --------------------------------------------------------------------------------- */

/* One of the Bot API's own words says nothing about a person, but an emoji is what they meant. */
static bool is_kind(const struct botapi_type *type, const char *field, struct cursor value)
{
	if (type->kind == BOTAPI_WORD)
		return strcmp(field, "emoji") != 0 && has_word(type, value);
	for (size_t i = 0; type->kind == BOTAPI_ANY && i < type->count; i++)
		if (is_kind(alternative(type, i), field, value))
			return true;
	return false;
}

bool update_value_is_sent(const struct botapi_type *type, const char *field, struct cursor value,
			  bool redact)
{
	switch (cursor_type(&value)) {
	case PACK_NIL:
		return true;
	case PACK_BOOL:
		return fits(type, value);
	case PACK_INT:
	case PACK_UINT:
		return fits(type, value) &&
		       (is_in(plain_numbers, COUNT_OF(plain_numbers), field) ||
			(!redact && is_in(full_numbers, COUNT_OF(full_numbers), field)));
	case PACK_TEXT:
		return is_kind(type, field, value) ||
		       (!redact && fits(type, value) &&
			is_in(full_texts, COUNT_OF(full_texts), field));
	case PACK_NONE:
	case PACK_DOUBLE: /* places on the Earth and in pictures */
	case PACK_BYTES:
	case PACK_EXT:
	case PACK_ARRAY:
	case PACK_MAP:
		break;
	}
	return false;
}

bool update_structure_is_sent(const struct botapi_type *type, const char *field,
			      struct cursor value, bool redact)
{
	static const struct list lists[] = { LIST(layout) };

	return fits(type, value) && !(redact && is_in(lists, 1, field));
}
