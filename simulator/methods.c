#include "simulator/methods.h"

#include <strings.h>

#include "common/xalloc.h"
#include "simulator/long_poll.h"
#include "simulator/method_bot.h"
#include "simulator/method_chats.h"
#include "simulator/method_edit.h"
#include "simulator/method_send.h"
#include "simulator/method_webhook.h"

/* In alphabetical order, for the binary search; Telegram accepts names in any case. */
const struct method methods[] = {
	{ "answerCallbackQuery", method_answer_callback_query, 0 },
	{ "answerInlineQuery", method_answer_inline_query, 0 },
	{ "answerPreCheckoutQuery", method_answer_query, 0 },
	{ "answerShippingQuery", method_answer_query, 0 },
	{ "approveChatJoinRequest", method_approve_chat_join_request, 0 },
	{ "banChatMember", method_ban_chat_member, 0 },
	{ "declineChatJoinRequest", method_decline_chat_join_request, 0 },
	{ "deleteMessage", method_delete_message, 0 },
	{ "deleteMessages", method_delete_messages, 0 },
	{ "deleteMyCommands", method_delete_my_commands, 0 },
	{ "deleteWebhook", method_delete_webhook, 0 },
	{ "editMessageCaption", method_edit_message_caption, 0 },
	{ "editMessageReplyMarkup", method_edit_message_reply_markup, 0 },
	{ "editMessageText", method_edit_message_text, 0 },
	{ "getChat", method_get_chat, 0 },
	{ "getChatAdministrators", method_get_chat_administrators, 0 },
	{ "getChatMember", method_get_chat_member, 0 },
	{ "getChatMemberCount", method_get_chat_member_count, 0 },
	{ "getMe", method_get_me, 0 },
	{ "getMyCommands", method_get_my_commands, 0 },
	{ "getUpdates", method_get_updates, 0 },
	{ "getWebhookInfo", method_get_webhook_info, 0 },
	{ "leaveChat", method_leave_chat, 0 },
	{ "pinChatMessage", method_touch_message, 0 },
	{ "promoteChatMember", method_promote_chat_member, 0 },
	{ "restrictChatMember", method_restrict_chat_member, 0 },
	{ "sendChatAction", method_send_chat_action, 0 },
	{ "sendDocument", method_send_document, METHOD_SENDS },
	{ "sendMessage", method_send_message, METHOD_SENDS },
	{ "setMessageReaction", method_touch_message, 0 },
	{ "setMyCommands", method_set_my_commands, 0 },
	{ "setWebhook", method_set_webhook, 0 },
	{ "unbanChatMember", method_unban_chat_member, 0 },
	{ "unpinChatMessage", method_touch_message, 0 },
};
const size_t methods_count = COUNT_OF(methods);

const struct method *methods_find(const char *name, size_t length)
{
	size_t low = 0;
	size_t high = methods_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncasecmp(name, methods[middle].name, length);

		if (order == 0 && methods[middle].name[length] != '\0')
			order = -1;
		if (order == 0)
			return &methods[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
