/* keyboards.h - buttons: below a message, or in the place of the person's own keyboard. */
#ifndef WORKERS_API_KEYBOARDS_H
#define WORKERS_API_KEYBOARDS_H

#include <stdint.h>

#include "workers/api/routes.h"

struct draft;

/* Each function adds a button to the current row. A message has inline buttons, at most 100, or
 * keys. Labels are plain text, and not empty. */

/* Ends the row: the next button starts a new one. */
void draft_row(struct draft *draft);

/* Inline buttons, below the message. */

/* The slug is that of its BUTTON() route. It works in the chat where the draft goes. */
void draft_button(struct draft *draft, const char *label, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
void draft_link(struct draft *draft, const char *label, const char *url);
/* Opens the private chat with the bot, or lets the person choose a group for it, at the LINK()
 * route with this slug. */
void draft_deep_link(struct draft *draft, const char *label, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* Copies a text of at most 256 characters. */
void draft_copy(struct draft *draft, const char *label, const char *text);
/* Greyed out. */
void draft_disabled(struct draft *draft, const char *label);
/* Pays the invoice: the first button below one. */
void draft_pay(struct draft *draft, const char *label);

enum inline_chat {
	INLINE_HERE = 0, /* in this chat */
	INLINE_PEOPLE = 1,
	INLINE_BOTS = 2,
	INLINE_GROUPS = 4,
	INLINE_CHANNELS = 8,
	INLINE_ANYWHERE = 15,
};

/* Begins an inline query of the bot, here or in a chat of these sorts that the person chooses. */
void draft_inline_query(struct draft *draft, const char *label, unsigned chats, const char *query);

/* Both sorts. */

/* Opens a web app, by https, in private chats. */
void draft_web_app(struct draft *draft, const char *label, const char *url);

enum button_style { STYLE_PLAIN, STYLE_PRIMARY, STYLE_SUCCESS, STYLE_DANGER };

/* The colour of the button before it, and the custom emoji before its label (which needs a bot with
 * an additional username or an owner with Premium). */
void draft_style(struct draft *draft, enum button_style style);
void draft_icon(struct draft *draft, const char *custom_emoji_id);

/* Keys: a keyboard in the place of the person's own, until DRAFT_REMOVE_KEYS. In groups only for
 * the person who is replied to. */

/* Writes its label as a message of the person. */
void draft_key(struct draft *draft, const char *label);

enum shared { SHARE_CONTACT, SHARE_LOCATION, SHARE_POLL, SHARE_QUIZ };

/* Sends the person's phone number, their location, or a poll that they make. In private chats. */
void draft_share(struct draft *draft, const char *label, enum shared what);

/* Telegram's own lists, in private chats. What is chosen goes to the SERVICE("users_shared") or
 * SERVICE("chat_shared") route with this `.step`. */

/* One to ten people, with their names. */
void draft_choose_users(struct draft *draft, const char *label, unsigned most, const char *step);
/* A group of the bot in which the person has this right; RIGHT_NONE: any group of both. */
void draft_choose_chat(struct draft *draft, const char *label, enum right right, const char *step);
/* A channel in which the person may post; the bot may, too, from then on. */
void draft_choose_channel(struct draft *draft, const char *label, const char *step);

/* What is written in the empty field above a keyboard, or below a question; cut at 64 characters.
 */
void draft_placeholder(struct draft *draft, const char *text);

#endif
