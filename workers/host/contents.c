/* contents.c - one pass over the fields of a message; each is looked up in a table. */
#include "workers/host/contents.h"

#include <string.h>

#include "common/xalloc.h"
#include "workers/api/routes.h"

/* Bot API 10.3, "Message", in the order of strcmp(). 0: who, where, when and how. */
/* clang-format off */
static const struct known {
	const char *name;
	uint32_t content;
} fields[] = {
	{ "animation", CONTENT_ANIMATION }, { "audio", CONTENT_AUDIO }, { "author_signature", 0 },
	{ "boost_added", CONTENT_SERVICE }, { "business_connection_id", 0 }, { "caption", 0 },
	{ "caption_entities", 0 }, { "channel_chat_created", CONTENT_SERVICE }, { "chat", 0 },
	{ "chat_background_set", CONTENT_SERVICE }, { "chat_owner_changed", CONTENT_SERVICE },
	{ "chat_owner_left", CONTENT_SERVICE }, { "chat_shared", CONTENT_SERVICE },
	{ "checklist", CONTENT_CHECKLIST }, { "checklist_tasks_added", CONTENT_SERVICE },
	{ "checklist_tasks_done", CONTENT_SERVICE }, { "community_chat_added", CONTENT_SERVICE },
	{ "community_chat_joined", CONTENT_SERVICE },
	{ "community_chat_removed", CONTENT_SERVICE }, { "connected_website", CONTENT_SERVICE },
	{ "contact", CONTENT_CONTACT }, { "date", 0 }, { "delete_chat_photo", CONTENT_SERVICE },
	{ "dice", CONTENT_DICE }, { "direct_message_price_changed", CONTENT_SERVICE },
	{ "direct_messages_topic", 0 }, { "document", CONTENT_DOCUMENT }, { "edit_date", 0 },
	{ "effect_id", 0 }, { "entities", 0 }, { "ephemeral_message_id", 0 },
	{ "external_reply", 0 }, { "forum_topic_closed", CONTENT_SERVICE },
	{ "forum_topic_created", CONTENT_SERVICE }, { "forum_topic_edited", CONTENT_SERVICE },
	{ "forum_topic_reopened", CONTENT_SERVICE }, { "forward_date", 0 },
	{ "forward_origin", 0 }, { "from", 0 }, { "game", CONTENT_GAME },
	{ "general_forum_topic_hidden", CONTENT_SERVICE },
	{ "general_forum_topic_unhidden", CONTENT_SERVICE }, { "gift", CONTENT_SERVICE },
	{ "gift_upgrade_sent", CONTENT_SERVICE }, { "giveaway", CONTENT_GIVEAWAY },
	{ "giveaway_completed", CONTENT_SERVICE }, { "giveaway_created", CONTENT_SERVICE },
	{ "giveaway_winners", CONTENT_GIVEAWAY }, { "group_chat_created", CONTENT_SERVICE },
	{ "guest_bot_caller_chat", 0 }, { "guest_bot_caller_user", 0 }, { "guest_query_id", 0 },
	{ "has_media_spoiler", 0 }, { "has_protected_content", 0 },
	{ "invoice", CONTENT_INVOICE }, { "is_automatic_forward", 0 }, { "is_from_offline", 0 },
	{ "is_paid_post", 0 }, { "is_topic_message", 0 }, { "left_chat_member", CONTENT_SERVICE },
	{ "link_preview_options", 0 }, { "live_photo", CONTENT_LIVE_PHOTO },
	{ "location", CONTENT_LOCATION }, { "managed_bot_created", CONTENT_SERVICE },
	{ "media_group_id", 0 }, { "message_auto_delete_timer_changed", CONTENT_SERVICE },
	{ "message_id", 0 }, { "message_thread_id", 0 },
	{ "migrate_from_chat_id", CONTENT_SERVICE }, { "migrate_to_chat_id", CONTENT_SERVICE },
	{ "new_chat_members", CONTENT_SERVICE }, { "new_chat_photo", CONTENT_SERVICE },
	{ "new_chat_title", CONTENT_SERVICE }, { "paid_media", CONTENT_PAID_MEDIA },
	{ "paid_message_price_changed", CONTENT_SERVICE }, { "paid_star_count", 0 },
	{ "passport_data", CONTENT_SERVICE }, { "photo", CONTENT_PHOTO },
	{ "pinned_message", CONTENT_SERVICE }, { "poll", CONTENT_POLL },
	{ "poll_option_added", CONTENT_SERVICE }, { "poll_option_deleted", CONTENT_SERVICE },
	{ "proximity_alert_triggered", CONTENT_SERVICE }, { "quote", 0 }, { "receiver_user", 0 },
	{ "refunded_payment", CONTENT_SERVICE }, { "reply_markup", 0 },
	{ "reply_to_checklist_task_id", 0 }, { "reply_to_message", 0 },
	{ "reply_to_poll_option_id", 0 }, { "reply_to_story", 0 },
	{ "rich_message", CONTENT_RICH }, { "sender_boost_count", 0 },
	{ "sender_business_bot", 0 }, { "sender_chat", 0 }, { "sender_tag", 0 },
	{ "show_caption_above_media", 0 }, { "sticker", CONTENT_STICKER },
	{ "story", CONTENT_STORY }, { "successful_payment", CONTENT_SERVICE },
	{ "suggested_post_approval_failed", CONTENT_SERVICE },
	{ "suggested_post_approved", CONTENT_SERVICE },
	{ "suggested_post_declined", CONTENT_SERVICE }, { "suggested_post_info", 0 },
	{ "suggested_post_paid", CONTENT_SERVICE },
	{ "suggested_post_refunded", CONTENT_SERVICE },
	{ "supergroup_chat_created", CONTENT_SERVICE }, { "text", 0 },
	{ "unique_gift", CONTENT_SERVICE }, { "users_shared", CONTENT_SERVICE },
	{ "venue", CONTENT_VENUE }, { "via_bot", 0 }, { "video", CONTENT_VIDEO },
	{ "video_chat_ended", CONTENT_SERVICE },
	{ "video_chat_participants_invited", CONTENT_SERVICE },
	{ "video_chat_scheduled", CONTENT_SERVICE }, { "video_chat_started", CONTENT_SERVICE },
	{ "video_note", CONTENT_VIDEO_NOTE }, { "voice", CONTENT_VOICE },
	{ "web_app_data", CONTENT_SERVICE }, { "write_access_allowed", CONTENT_SERVICE },
};
/* clang-format on */

static int compare(const char *name, struct text field)
{
	size_t length = strlen(name);
	int order = memcmp(name, field.data, length < field.length ? length : field.length);

	return order ? order : (length > field.length) - (length < field.length);
}

bool contents_know(struct text field, uint32_t *out)
{
	size_t low = 0, high = field.length ? COUNT_OF(fields) : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(fields[middle].name, field);

		if (order == 0) {
			*out = fields[middle].content;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Telegram gives an animation as a document, too, and a venue as a location, for programs that do
 * not know the newer kinds (Bot API "Message"). A live photo, which it gives as a photo, remains
 * both. */
static uint32_t without_doubles(uint32_t bits)
{
	if (bits & CONTENT_ANIMATION)
		bits &= ~(uint32_t)CONTENT_DOCUMENT;
	if (bits & CONTENT_VENUE)
		bits &= ~(uint32_t)CONTENT_LOCATION;
	return bits ? bits : CONTENT_OTHER;
}

uint32_t contents_read(struct cursor message)
{
	size_t pairs = cursor_type(&message) == PACK_MAP ? cursor_map(&message) : 0;
	uint32_t bits = 0, bit;

	while (pairs-- && cursor_ok(&message)) {
		struct text field = cursor_type(&message) == PACK_TEXT ? cursor_text(&message)
								       : cursor_skip(&message);

		if (contents_know(field, &bit))
			bits |= bit;
		cursor_skip(&message);
	}
	return without_doubles(bits);
}
