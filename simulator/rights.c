#include "simulator/rights.h"

#include <string.h>

const char *const right_names[RIGHTS_COUNT] = {
	"can_manage_chat",      "can_change_info",           "can_post_messages",
	"can_edit_messages",    "can_delete_messages",       "can_invite_users",
	"can_restrict_members", "can_pin_messages",          "can_manage_topics",
	"can_promote_members",  "can_manage_video_chats",    "can_post_stories",
	"can_edit_stories",     "can_delete_stories",        "can_manage_direct_messages",
	"can_manage_tags",      "can_send_welcome_messages", "is_anonymous",
};

const char *const permission_names[PERMISSIONS_COUNT] = {
	"can_send_messages",         "can_send_audios",       "can_send_documents",
	"can_send_photos",           "can_send_videos",       "can_send_video_notes",
	"can_send_voice_notes",      "can_send_polls",        "can_send_other_messages",
	"can_add_web_page_previews", "can_react_to_messages", "can_edit_tag",
	"can_change_info",           "can_invite_users",      "can_pin_messages",
	"can_manage_topics",
};

uint32_t rights_of_type(enum chat_type type)
{
	uint32_t all = (1u << RIGHTS_COUNT) - 1 - RIGHT_ANONYMOUS;
	uint32_t of_channels = RIGHT_POST_MESSAGES | RIGHT_EDIT_MESSAGES |
			       RIGHT_MANAGE_DIRECT_MESSAGES;

	switch (type) {
	case CHAT_CHANNEL:
		return all &
		       ~(uint32_t)(RIGHT_PIN_MESSAGES | RIGHT_MANAGE_TOPICS | RIGHT_MANAGE_TAGS);
	case CHAT_SUPERGROUP:
		return all & ~of_channels;
	case CHAT_GROUP:
		return all & ~(of_channels | RIGHT_MANAGE_TOPICS);
	case CHAT_PRIVATE:
		break;
	}
	return 0;
}

uint32_t rights_fit(uint32_t rights, enum chat_type type)
{
	rights &= rights_of_type(type) | (type == CHAT_CHANNEL ? 0 : RIGHT_ANONYMOUS);
	return rights ? rights | RIGHT_MANAGE_CHAT : 0;
}

void rights_write(struct json *json, uint32_t rights, enum chat_type type)
{
	uint32_t shown = rights_of_type(type) | RIGHT_ANONYMOUS;

	for (unsigned i = 0; i < RIGHTS_COUNT; i++) {
		if (shown >> i & 1)
			json_key_bool(json, right_names[i], rights >> i & 1);
	}
}

void permissions_write(struct json *json, uint32_t permissions)
{
	for (unsigned i = 0; i < PERMISSIONS_COUNT; i++) {
		json_key_bool(json, permission_names[i], permissions >> i & 1);
		/* The older name for all media, which Telegram still writes. */
		if (i == 0)
			json_key_bool(json, "can_send_media_messages",
				      permissions & PERMISSIONS_MEDIA);
	}
}

bool rights_take(const json_t *object, const char *const *names, unsigned count, uint32_t *bits,
		 const char **unknown)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		unsigned i = 0;

		while (i < count && strcmp(names[i], name) != 0)
			i++;
		if (i == count) {
			*unknown = name;
			return false;
		}
		*bits = json_is_true(value) ? *bits | 1u << i : *bits & ~(1u << i);
	}
	return true;
}

static bool has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

static bool names_media(const json_t *object)
{
	for (unsigned i = 0; i < PERMISSIONS_COUNT; i++) {
		if (PERMISSIONS_MEDIA >> i & 1 && has(object, permission_names[i]))
			return true;
	}
	return false;
}

bool permissions_know(const char *name)
{
	for (unsigned i = 0; i < PERMISSIONS_COUNT; i++) {
		if (!strcmp(permission_names[i], name))
			return true;
	}
	return !strcmp(name, "can_send_media_messages");
}

uint32_t permissions_of(const json_t *object, bool independent)
{
	uint32_t result = 0;

	for (unsigned i = 0; i < PERMISSIONS_COUNT; i++) {
		if (json_is_true(json_object_get(object, permission_names[i])))
			result |= 1u << i;
	}
	if (!names_media(object) &&
	    json_is_true(json_object_get(object, "can_send_media_messages")))
		result |= PERMISSIONS_MEDIA | (independent ? 0 : MAY_SEND_MESSAGES);
	if (!has(object, "can_manage_topics") && result & MAY_PIN_MESSAGES)
		result |= MAY_MANAGE_TOPICS;
	if (!has(object, "can_edit_tag") && result & MAY_PIN_MESSAGES)
		result |= MAY_EDIT_TAG;
	if (!has(object, "can_react_to_messages") && result & MAY_SEND_MESSAGES)
		result |= MAY_REACT;
	if (!independent && result & (MAY_SEND_OTHER | MAY_ADD_PREVIEWS))
		result |= PERMISSIONS_MEDIA | MAY_SEND_MESSAGES;
	if (!independent && result & MAY_SEND_POLLS)
		result |= MAY_SEND_MESSAGES;
	return result;
}
