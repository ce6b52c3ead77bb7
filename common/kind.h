/* kind.h - the kinds of Bot API updates (Bot API 10.3, "Update"): one table for every process.
 *
 * KIND(name, telegram's field, lane, urgent, expires in seconds or 0)
 *
 * lane: what is kept in order (ARCHITECTURE.md, "Order"). Urgent kinds go first and may run in
 * parallel with a message of the same chat. Only inline, shipping and pre-checkout queries expire:
 * after these times Telegram itself refuses an answer. For a pre-checkout query it waits 10 s. */
#ifndef COMMON_KIND_H
#define COMMON_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define UPDATE_KINDS(KIND)                                                                         \
	KIND(MESSAGE, "message", LANE_CHAT, false, 0)                                              \
	KIND(EDITED_MESSAGE, "edited_message", LANE_CHAT, false, 0)                                \
	KIND(CHANNEL_POST, "channel_post", LANE_CHAT, false, 0)                                    \
	KIND(EDITED_CHANNEL_POST, "edited_channel_post", LANE_CHAT, false, 0)                      \
	KIND(BUSINESS_CONNECTION, "business_connection", LANE_OWN, false, 0)                       \
	KIND(BUSINESS_MESSAGE, "business_message", LANE_CHAT, false, 0)                            \
	KIND(EDITED_BUSINESS_MESSAGE, "edited_business_message", LANE_CHAT, false, 0)              \
	KIND(DELETED_BUSINESS_MESSAGES, "deleted_business_messages", LANE_CHAT, false, 0)          \
	KIND(MESSAGE_REACTION, "message_reaction", LANE_CHAT, false, 0)                            \
	KIND(MESSAGE_REACTION_COUNT, "message_reaction_count", LANE_CHAT, false, 0)                \
	KIND(INLINE_QUERY, "inline_query", LANE_USER, false, 30)                                   \
	KIND(CHOSEN_INLINE_RESULT, "chosen_inline_result", LANE_USER, false, 0)                    \
	KIND(CALLBACK_QUERY, "callback_query", LANE_CALLBACK, true, 0)                             \
	KIND(SHIPPING_QUERY, "shipping_query", LANE_USER, false, 150)                              \
	KIND(PRE_CHECKOUT_QUERY, "pre_checkout_query", LANE_OWN, true, 150)                        \
	KIND(PURCHASED_PAID_MEDIA, "purchased_paid_media", LANE_OWN, false, 0)                     \
	KIND(POLL, "poll", LANE_OWN, false, 0)                                                     \
	KIND(POLL_ANSWER, "poll_answer", LANE_USER, false, 0)                                      \
	KIND(MY_CHAT_MEMBER, "my_chat_member", LANE_CHAT, false, 0)                                \
	KIND(CHAT_MEMBER, "chat_member", LANE_CHAT, false, 0)                                      \
	KIND(CHAT_JOIN_REQUEST, "chat_join_request", LANE_JOIN, true, 0)                           \
	KIND(CHAT_BOOST, "chat_boost", LANE_OWN, false, 0)                                         \
	KIND(REMOVED_CHAT_BOOST, "removed_chat_boost", LANE_OWN, false, 0)                         \
	KIND(GUEST_MESSAGE, "guest_message", LANE_CHAT, false, 0)                                  \
	KIND(MANAGED_BOT, "managed_bot", LANE_USER, false, 0)                                      \
	KIND(STOPPED_MESSAGE_GENERATION, "stopped_message_generation", LANE_OWN, true, 0)          \
	KIND(SUBSCRIPTION, "subscription", LANE_USER, false, 0)                                    \
	KIND(UNKNOWN, "", LANE_OWN, false, 0)
/* clang-format on */

enum lane_rule {
	LANE_CHAT,     /* the chat */
	LANE_CALLBACK, /* (user, "callback") */
	LANE_JOIN,     /* (chat, "join") */
	LANE_USER,     /* the user */
	LANE_OWN,      /* a separate lane */
};

enum update_kind {
#define KIND_ENUM(name, field, lane, urgent, expires) KIND_##name,
	UPDATE_KINDS(KIND_ENUM)
#undef KIND_ENUM
};

#define KIND_COUNT (KIND_UNKNOWN + 1)

struct kind {
	const char *field;
	enum lane_rule lane;
	bool urgent;
	uint32_t expires_s;
};

extern const struct kind kinds[KIND_COUNT];

/* KIND_UNKNOWN for a field that is not in the table. */
enum update_kind kind_find(const char *field, size_t length);

#endif
