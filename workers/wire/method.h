/* method.h - what is known about each Bot API method that the bot calls: whether it may be repeated
 * when it may have been done already, and its label in the metrics.
 *
 * METHOD(id, name, repeat, line)
 * HARMLESS: doing it twice is the same as once (it reads, sets, deletes or answers).
 * ONCE: each time creates something new (a message, an invoice, a link), so after a network error
 * or a 5xx it is repeated only when the request was certainly not written (the Bot API has no
 * idempotency key; tdlib/telegram-bot-api#126).
 * CHAT: made in the order of its chat's calls. The others are moderation, which goes before all
 * else: of PERSON each person's are made in order and those of different people at the same time,
 * DELETION has an order of its own in each chat, and may be gathered. */
#ifndef WORKERS_WIRE_METHOD_H
#define WORKERS_WIRE_METHOD_H

#include <stdbool.h>

#include "common/pack.h"

#define METHODS(METHOD)                                                                          \
	METHOD(GET_ME, "getMe", HARMLESS, CHAT)                                                  \
	METHOD(SEND_MESSAGE, "sendMessage", ONCE, CHAT)                                          \
	METHOD(FORWARD_MESSAGE, "forwardMessage", ONCE, CHAT)                                    \
	METHOD(COPY_MESSAGE, "copyMessage", ONCE, CHAT)                                          \
	METHOD(SEND_PHOTO, "sendPhoto", ONCE, CHAT)                                              \
	METHOD(SEND_AUDIO, "sendAudio", ONCE, CHAT)                                              \
	METHOD(SEND_DOCUMENT, "sendDocument", ONCE, CHAT)                                        \
	METHOD(SEND_VIDEO, "sendVideo", ONCE, CHAT)                                              \
	METHOD(SEND_ANIMATION, "sendAnimation", ONCE, CHAT)                                      \
	METHOD(SEND_VOICE, "sendVoice", ONCE, CHAT)                                              \
	METHOD(SEND_MEDIA_GROUP, "sendMediaGroup", ONCE, CHAT)                                   \
	METHOD(SEND_STICKER, "sendSticker", ONCE, CHAT)                                          \
	METHOD(SEND_LOCATION, "sendLocation", ONCE, CHAT)                                        \
	METHOD(SEND_POLL, "sendPoll", ONCE, CHAT)                                                \
	METHOD(SEND_DICE, "sendDice", ONCE, CHAT)                                                \
	METHOD(SEND_INVOICE, "sendInvoice", ONCE, CHAT)                                          \
	METHOD(SEND_CHAT_ACTION, "sendChatAction", HARMLESS, CHAT)                               \
	METHOD(EDIT_MESSAGE_TEXT, "editMessageText", HARMLESS, CHAT)                             \
	METHOD(EDIT_MESSAGE_CAPTION, "editMessageCaption", HARMLESS, CHAT)                       \
	METHOD(EDIT_MESSAGE_MEDIA, "editMessageMedia", HARMLESS, CHAT)                           \
	METHOD(EDIT_MESSAGE_REPLY_MARKUP, "editMessageReplyMarkup", HARMLESS, CHAT)              \
	METHOD(DELETE_MESSAGE, "deleteMessage", HARMLESS, DELETION)                              \
	METHOD(DELETE_MESSAGES, "deleteMessages", HARMLESS, DELETION)                            \
	METHOD(DELETE_MESSAGE_REACTION, "deleteMessageReaction", HARMLESS, PERSON)               \
	METHOD(DELETE_ALL_MESSAGE_REACTIONS, "deleteAllMessageReactions", HARMLESS, PERSON)      \
	METHOD(SET_MESSAGE_REACTION, "setMessageReaction", HARMLESS, CHAT)                       \
	METHOD(ANSWER_CALLBACK_QUERY, "answerCallbackQuery", HARMLESS, CHAT)                     \
	METHOD(ANSWER_INLINE_QUERY, "answerInlineQuery", HARMLESS, CHAT)                         \
	METHOD(ANSWER_SHIPPING_QUERY, "answerShippingQuery", HARMLESS, CHAT)                     \
	METHOD(ANSWER_PRE_CHECKOUT_QUERY, "answerPreCheckoutQuery", HARMLESS, CHAT)              \
	METHOD(GET_CHAT, "getChat", HARMLESS, CHAT)                                              \
	METHOD(GET_CHAT_MEMBER, "getChatMember", HARMLESS, CHAT)                                 \
	METHOD(GET_CHAT_ADMINISTRATORS, "getChatAdministrators", HARMLESS, CHAT)                 \
	METHOD(GET_CHAT_MEMBER_COUNT, "getChatMemberCount", HARMLESS, CHAT)                      \
	METHOD(GET_FILE, "getFile", HARMLESS, CHAT)                                              \
	METHOD(BAN_CHAT_MEMBER, "banChatMember", HARMLESS, PERSON)                               \
	METHOD(UNBAN_CHAT_MEMBER, "unbanChatMember", HARMLESS, PERSON)                           \
	METHOD(RESTRICT_CHAT_MEMBER, "restrictChatMember", HARMLESS, PERSON)                     \
	METHOD(PROMOTE_CHAT_MEMBER, "promoteChatMember", HARMLESS, PERSON)                       \
	METHOD(SET_CHAT_ADMINISTRATOR_CUSTOM_TITLE, "setChatAdministratorCustomTitle", HARMLESS, \
	       PERSON)                                                                           \
	METHOD(SET_CHAT_MEMBER_TAG, "setChatMemberTag", HARMLESS, PERSON)                        \
	METHOD(BAN_CHAT_SENDER_CHAT, "banChatSenderChat", HARMLESS, PERSON)                      \
	METHOD(UNBAN_CHAT_SENDER_CHAT, "unbanChatSenderChat", HARMLESS, PERSON)                  \
	METHOD(SET_CHAT_PERMISSIONS, "setChatPermissions", HARMLESS, PERSON)                     \
	METHOD(APPROVE_CHAT_JOIN_REQUEST, "approveChatJoinRequest", HARMLESS, PERSON)            \
	METHOD(DECLINE_CHAT_JOIN_REQUEST, "declineChatJoinRequest", HARMLESS, PERSON)            \
	METHOD(ANSWER_CHAT_JOIN_REQUEST_QUERY, "answerChatJoinRequestQuery", HARMLESS, PERSON)   \
	METHOD(PIN_CHAT_MESSAGE, "pinChatMessage", HARMLESS, CHAT)                               \
	METHOD(UNPIN_CHAT_MESSAGE, "unpinChatMessage", HARMLESS, CHAT)                           \
	METHOD(LEAVE_CHAT, "leaveChat", HARMLESS, CHAT)                                          \
	METHOD(CREATE_CHAT_INVITE_LINK, "createChatInviteLink", ONCE, CHAT)                      \
	METHOD(SET_MY_COMMANDS, "setMyCommands", HARMLESS, CHAT)                                 \
	METHOD(DELETE_MY_COMMANDS, "deleteMyCommands", HARMLESS, CHAT)                           \
	METHOD(OTHER, "other", ONCE, CHAT)

enum method_id {
#define METHOD_ENUM(id, name, repeat, line) METHOD_##id,
	METHODS(METHOD_ENUM)
#undef METHOD_ENUM
		METHOD_COUNT,
	METHOD_NONE = METHOD_COUNT /* not a call to Telegram */
};

/* Which calls of a chat wait for each other. */
enum method_line { LINE_CHAT, LINE_PERSON, LINE_DELETION };

enum method_line method_line(enum method_id id);
/* METHOD_OTHER for a method that is not in the table. */
enum method_id method_find(struct text name);
/* For methods that are not in the table the verb decides: get, set, delete, answer, edit, ban, … */
bool method_is_harmless(enum method_id id, struct text name);
/* Names in the order of the ids, NULL at the end: the label of the metrics. */
extern const char *const method_names[METHOD_COUNT + 1];

#endif
