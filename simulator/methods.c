#include "simulator/methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "simulator/long_poll.h"
#include "simulator/method_any.h"
#include "simulator/method_bot.h"
#include "simulator/method_business.h"
#include "simulator/method_chat_settings.h"
#include "simulator/method_chats.h"
#include "simulator/method_content.h"
#include "simulator/method_copy.h"
#include "simulator/method_edit.h"
#include "simulator/method_ephemeral.h"
#include "simulator/method_files.h"
#include "simulator/method_inline.h"
#include "simulator/method_invites.h"
#include "simulator/method_media.h"
#include "simulator/method_members.h"
#include "simulator/method_payments.h"
#include "simulator/method_pins.h"
#include "simulator/method_polls.h"
#include "simulator/method_reactions.h"
#include "simulator/method_send.h"
#include "simulator/method_stickers.h"
#include "simulator/method_topics.h"
#include "simulator/method_webhook.h"
#include "simulator/sim.h"

/* Those that are acted out, in alphabetical order. */
static const struct acted {
	const char *name;
	method_fn *fn;
	unsigned flags;
} acted[] = {
	{ "addStickerToSet", method_add_sticker, 0 },
	{ "answerCallbackQuery", method_answer_callback_query, 0 },
	{ "answerChatJoinRequestQuery", method_answer_join_query, 0 },
	{ "answerInlineQuery", method_answer_inline_query, 0 },
	{ "answerPreCheckoutQuery", method_answer_pre_checkout_query, 0 },
	{ "answerShippingQuery", method_answer_shipping_query, 0 },
	{ "approveChatJoinRequest", method_approve_chat_join_request, 0 },
	{ "banChatMember", method_ban_chat_member, 0 },
	{ "banChatSenderChat", method_ban_sender_chat, 0 },
	{ "closeForumTopic", method_close_forum_topic, 0 },
	{ "closeGeneralForumTopic", method_general_forum_topic, 0 },
	{ "copyMessage", method_copy_message, METHOD_SENDS },
	{ "copyMessages", method_copy_messages, METHOD_SENDS },
	{ "createChatInviteLink", method_create_invite_link, 0 },
	{ "createChatSubscriptionInviteLink", method_create_subscription_link, 0 },
	{ "createForumTopic", method_create_forum_topic, 0 },
	{ "createInvoiceLink", method_create_invoice_link, 0 },
	{ "createNewStickerSet", method_create_sticker_set, 0 },
	{ "declineChatJoinRequest", method_decline_chat_join_request, 0 },
	{ "deleteAllMessageReactions", method_delete_all_message_reactions, 0 },
	{ "deleteBusinessMessages", method_delete_business_messages, 0 },
	{ "deleteChatPhoto", method_delete_chat_photo, 0 },
	{ "deleteEphemeralMessage", method_delete_ephemeral, 0 },
	{ "deleteForumTopic", method_delete_forum_topic, 0 },
	{ "deleteMessage", method_delete_message, 0 },
	{ "deleteMessageReaction", method_delete_message_reaction, 0 },
	{ "deleteMessages", method_delete_messages, 0 },
	{ "deleteMyCommands", method_delete_my_commands, 0 },
	{ "deleteStickerFromSet", method_delete_sticker, 0 },
	{ "deleteStickerSet", method_delete_sticker_set, 0 },
	{ "deleteWebhook", method_delete_webhook, 0 },
	{ "editChatInviteLink", method_edit_invite_link, 0 },
	{ "editChatSubscriptionInviteLink", method_edit_subscription_link, 0 },
	{ "editEphemeralMessageCaption", method_edit_ephemeral_caption, 0 },
	{ "editEphemeralMessageMedia", method_edit_ephemeral_media, 0 },
	{ "editEphemeralMessageReplyMarkup", method_edit_ephemeral_markup, 0 },
	{ "editEphemeralMessageText", method_edit_ephemeral_text, 0 },
	{ "editForumTopic", method_edit_forum_topic, 0 },
	{ "editGeneralForumTopic", method_edit_general_forum_topic, 0 },
	{ "editMessageCaption", method_edit_message_caption, 0 },
	{ "editMessageLiveLocation", method_edit_live_location, 0 },
	{ "editMessageMedia", method_edit_message_media, 0 },
	{ "editMessageReplyMarkup", method_edit_message_reply_markup, 0 },
	{ "editMessageText", method_edit_message_text, 0 },
	{ "exportChatInviteLink", method_export_invite_link, 0 },
	{ "forwardMessage", method_forward_message, METHOD_SENDS },
	{ "forwardMessages", method_forward_messages, METHOD_SENDS },
	{ "getBusinessConnection", method_get_business_connection, 0 },
	{ "getChat", method_get_chat, 0 },
	{ "getChatAdministrators", method_get_chat_administrators, 0 },
	{ "getChatMember", method_get_chat_member, 0 },
	{ "getChatMemberCount", method_get_chat_member_count, 0 },
	{ "getChatMembersCount", method_get_chat_member_count, 0 },
	{ "getFile", method_get_file, 0 },
	{ "getForumTopicIconStickers", method_get_forum_topic_icon_stickers, 0 },
	{ "getMe", method_get_me, 0 },
	{ "getMyCommands", method_get_my_commands, 0 },
	{ "getStickerSet", method_get_sticker_set, 0 },
	{ "getUpdates", method_get_updates, 0 },
	{ "getWebhookInfo", method_get_webhook_info, 0 },
	{ "hideGeneralForumTopic", method_general_forum_topic, 0 },
	{ "kickChatMember", method_ban_chat_member, 0 },
	{ "leaveChat", method_leave_chat, 0 },
	{ "pinChatMessage", method_pin_chat_message, 0 },
	{ "promoteChatMember", method_promote_chat_member, 0 },
	{ "readBusinessMessage", method_read_business_message, 0 },
	{ "refundStarPayment", method_refund_star_payment, 0 },
	{ "reopenForumTopic", method_reopen_forum_topic, 0 },
	{ "reopenGeneralForumTopic", method_general_forum_topic, 0 },
	{ "replaceStickerInSet", method_replace_sticker, 0 },
	{ "restrictChatMember", method_restrict_chat_member, 0 },
	{ "revokeChatInviteLink", method_revoke_invite_link, 0 },
	{ "sendAnimation", method_send_media, METHOD_SENDS },
	{ "sendAudio", method_send_media, METHOD_SENDS },
	{ "sendChatAction", method_send_chat_action, 0 },
	{ "sendChatJoinRequestWebApp", method_send_join_web_app, 0 },
	{ "sendContact", method_send_contact, METHOD_SENDS },
	{ "sendDice", method_send_dice, METHOD_SENDS },
	{ "sendDocument", method_send_media, METHOD_SENDS },
	{ "sendInvoice", method_send_invoice, METHOD_SENDS },
	{ "sendLivePhoto", method_send_live_photo, METHOD_SENDS },
	{ "sendLocation", method_send_location, METHOD_SENDS },
	{ "sendMediaGroup", method_send_media_group, METHOD_SENDS },
	{ "sendMessage", method_send_message, METHOD_SENDS },
	{ "sendPaidMedia", method_send_paid_media, METHOD_SENDS },
	{ "sendPhoto", method_send_media, METHOD_SENDS },
	{ "sendPoll", method_send_poll, METHOD_SENDS },
	{ "sendSticker", method_send_media, METHOD_SENDS },
	{ "sendVenue", method_send_venue, METHOD_SENDS },
	{ "sendVideo", method_send_media, METHOD_SENDS },
	{ "sendVideoNote", method_send_media, METHOD_SENDS },
	{ "sendVoice", method_send_media, METHOD_SENDS },
	{ "setChatAdministratorCustomTitle", method_set_custom_title, 0 },
	{ "setChatDescription", method_set_chat_description, 0 },
	{ "setChatMemberTag", method_set_member_tag, 0 },
	{ "setChatPermissions", method_set_chat_permissions, 0 },
	{ "setChatPhoto", method_set_chat_photo, 0 },
	{ "setChatTitle", method_set_chat_title, 0 },
	{ "setMessageReaction", method_set_message_reaction, 0 },
	{ "setMyCommands", method_set_my_commands, 0 },
	{ "setStickerEmojiList", method_set_sticker_emoji, 0 },
	{ "setStickerPositionInSet", method_set_sticker_position, 0 },
	{ "setStickerSetTitle", method_set_sticker_set_title, 0 },
	{ "setWebhook", method_set_webhook, 0 },
	{ "stopMessageLiveLocation", method_stop_live_location, 0 },
	{ "stopPoll", method_stop_poll, 0 },
	{ "unbanChatMember", method_unban_chat_member, 0 },
	{ "unbanChatSenderChat", method_unban_sender_chat, 0 },
	{ "unhideGeneralForumTopic", method_general_forum_topic, 0 },
	{ "unpinAllChatMessages", method_unpin_all_chat_messages, 0 },
	{ "unpinAllForumTopicMessages", method_unpin_all_forum_topic_messages, 0 },
	{ "unpinAllGeneralForumTopicMessages", method_unpin_all_chat_messages, 0 },
	{ "unpinChatMessage", method_unpin_chat_message, 0 },
	{ "uploadStickerFile", method_upload_sticker_file, 0 },
};

struct methods *methods_create(void)
{
	struct methods *methods = xmalloc(sizeof(*methods));
	size_t next = 0;

	if (botapi_methods_count > METHODS_MAX)
		panic("the Bot API has more than %d methods", METHODS_MAX);
	methods->items = xcalloc(botapi_methods_count, sizeof(struct method));
	for (size_t i = 0; i < botapi_methods_count; i++) {
		struct method *method = &methods->items[i];

		*method = (struct method) { .api = &botapi_methods[i],
					    .name = botapi_methods[i].name,
					    .fn = method_any };
		if (next < COUNT_OF(acted) && !strcmp(acted[next].name, method->name)) {
			method->fn = acted[next].fn;
			method->flags = acted[next++].flags | METHOD_ACTED;
		}
	}
	if (next < COUNT_OF(acted))
		panic("%s is not a method, or out of order", acted[next].name);
	return methods;
}

void methods_destroy(struct methods *methods)
{
	if (!methods)
		return;
	free(methods->items);
	free(methods);
}

const struct method *methods_find(const struct methods *methods, const char *name, size_t length)
{
	const struct botapi_method *api = botapi_find_method(name, length);

	return api ? &methods->items[api - botapi_methods] : NULL;
}

static void print_list(const struct methods *methods, const char *title, unsigned flag)
{
	size_t count = 0;

	for (size_t i = 0; i < botapi_methods_count; i++)
		count += (methods->items[i].flags & METHOD_ACTED) == flag ? 1 : 0;
	printf("%s (%zu):\n", title, count);
	for (size_t i = 0; i < botapi_methods_count; i++) {
		if ((methods->items[i].flags & METHOD_ACTED) == flag)
			printf("  %s\n", methods->items[i].name);
	}
}

void methods_print(const struct methods *methods)
{
	printf("The methods of the Bot API (%s).\n\n", botapi_source);
	print_list(methods, "Acted out", METHOD_ACTED);
	print_list(methods, "\nOnly checked, answered with the right type and noted in the journal",
		   0);
}
