/* method.h - what is known about each Bot API method that the bot calls: whether it may be repeated
 * when it may have been done already, and its label in the metrics.
 *
 * METHOD(id, name, repeat)
 * HARMLESS: doing it twice is the same as once (it reads, sets, deletes or answers).
 * ONCE: each time creates something new (a message, an invoice, a link), so after a network error
 * or a 5xx it is repeated only when the request was certainly not written (the Bot API has no
 * idempotency key; tdlib/telegram-bot-api#126). */
#ifndef WORKERS_WIRE_METHOD_H
#define WORKERS_WIRE_METHOD_H

#include <stdbool.h>

#include "common/pack.h"

#define METHODS(METHOD)                                                       \
	METHOD(GET_ME, "getMe", HARMLESS)                                     \
	METHOD(SEND_MESSAGE, "sendMessage", ONCE)                             \
	METHOD(FORWARD_MESSAGE, "forwardMessage", ONCE)                       \
	METHOD(COPY_MESSAGE, "copyMessage", ONCE)                             \
	METHOD(SEND_PHOTO, "sendPhoto", ONCE)                                 \
	METHOD(SEND_AUDIO, "sendAudio", ONCE)                                 \
	METHOD(SEND_DOCUMENT, "sendDocument", ONCE)                           \
	METHOD(SEND_VIDEO, "sendVideo", ONCE)                                 \
	METHOD(SEND_ANIMATION, "sendAnimation", ONCE)                         \
	METHOD(SEND_VOICE, "sendVoice", ONCE)                                 \
	METHOD(SEND_MEDIA_GROUP, "sendMediaGroup", ONCE)                      \
	METHOD(SEND_STICKER, "sendSticker", ONCE)                             \
	METHOD(SEND_LOCATION, "sendLocation", ONCE)                           \
	METHOD(SEND_POLL, "sendPoll", ONCE)                                   \
	METHOD(SEND_DICE, "sendDice", ONCE)                                   \
	METHOD(SEND_INVOICE, "sendInvoice", ONCE)                             \
	METHOD(SEND_CHAT_ACTION, "sendChatAction", HARMLESS)                  \
	METHOD(EDIT_MESSAGE_TEXT, "editMessageText", HARMLESS)                \
	METHOD(EDIT_MESSAGE_CAPTION, "editMessageCaption", HARMLESS)          \
	METHOD(EDIT_MESSAGE_MEDIA, "editMessageMedia", HARMLESS)              \
	METHOD(EDIT_MESSAGE_REPLY_MARKUP, "editMessageReplyMarkup", HARMLESS) \
	METHOD(DELETE_MESSAGE, "deleteMessage", HARMLESS)                     \
	METHOD(DELETE_MESSAGES, "deleteMessages", HARMLESS)                   \
	METHOD(SET_MESSAGE_REACTION, "setMessageReaction", HARMLESS)          \
	METHOD(ANSWER_CALLBACK_QUERY, "answerCallbackQuery", HARMLESS)        \
	METHOD(ANSWER_INLINE_QUERY, "answerInlineQuery", HARMLESS)            \
	METHOD(ANSWER_SHIPPING_QUERY, "answerShippingQuery", HARMLESS)        \
	METHOD(ANSWER_PRE_CHECKOUT_QUERY, "answerPreCheckoutQuery", HARMLESS) \
	METHOD(GET_CHAT, "getChat", HARMLESS)                                 \
	METHOD(GET_CHAT_MEMBER, "getChatMember", HARMLESS)                    \
	METHOD(GET_CHAT_ADMINISTRATORS, "getChatAdministrators", HARMLESS)    \
	METHOD(GET_CHAT_MEMBER_COUNT, "getChatMemberCount", HARMLESS)         \
	METHOD(GET_FILE, "getFile", HARMLESS)                                 \
	METHOD(BAN_CHAT_MEMBER, "banChatMember", HARMLESS)                    \
	METHOD(UNBAN_CHAT_MEMBER, "unbanChatMember", HARMLESS)                \
	METHOD(RESTRICT_CHAT_MEMBER, "restrictChatMember", HARMLESS)          \
	METHOD(PROMOTE_CHAT_MEMBER, "promoteChatMember", HARMLESS)            \
	METHOD(APPROVE_CHAT_JOIN_REQUEST, "approveChatJoinRequest", HARMLESS) \
	METHOD(DECLINE_CHAT_JOIN_REQUEST, "declineChatJoinRequest", HARMLESS) \
	METHOD(PIN_CHAT_MESSAGE, "pinChatMessage", HARMLESS)                  \
	METHOD(UNPIN_CHAT_MESSAGE, "unpinChatMessage", HARMLESS)              \
	METHOD(LEAVE_CHAT, "leaveChat", HARMLESS)                             \
	METHOD(CREATE_CHAT_INVITE_LINK, "createChatInviteLink", ONCE)         \
	METHOD(SET_MY_COMMANDS, "setMyCommands", HARMLESS)                    \
	METHOD(DELETE_MY_COMMANDS, "deleteMyCommands", HARMLESS)              \
	METHOD(OTHER, "other", ONCE)

enum method_id {
#define METHOD_ENUM(id, name, repeat) METHOD_##id,
	METHODS(METHOD_ENUM)
#undef METHOD_ENUM
		METHOD_COUNT,
	METHOD_NONE = METHOD_COUNT /* not a call to Telegram */
};

/* METHOD_OTHER for a method that is not in the table. */
enum method_id method_find(struct text name);
/* For methods that are not in the table the verb decides: get, set, delete, answer, edit, ban, … */
bool method_is_harmless(enum method_id id, struct text name);
/* Names in the order of the ids, NULL at the end: the label of the metrics. */
extern const char *const method_names[METHOD_COUNT + 1];

#endif
