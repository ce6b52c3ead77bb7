/* inline.h - inline queries, "@thebot words" in any chat:
 *
 *     static enum verdict find_cats(struct ctx *ctx, const struct inline_query *query)
 *     {
 *             struct draft *draft = ctx_inline_result(ctx, "1", "A cat", "that purrs");
 *
 *             draft_add(draft, "Look, <b>a cat</b>!");
 *             draft_button(draft, "More", "cats:%d", 2);
 *             return ctx_inline_answer(ctx);
 *     }
 */
#ifndef WORKERS_API_INLINE_H
#define WORKERS_API_INLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/people.h"
#include "workers/api/verdict.h"

struct draft;

/* Bot API "InlineQuery". */
struct inline_query {
	const struct user *from;
	const char *query;
	const char *offset;    /* of the page that is wanted; "" for the first */
	const char *chat_type; /* "sender" for the private chat with the bot, "private", "group",
				* "supergroup", "channel"; "": Telegram does not say */
};

/* Bot API "ChosenInlineResult": a result of an inline query was sent. */
struct chosen_result {
	const struct user *from;
	const char *result_id; /* as given to ctx_inline_result() */
	const char *query;
};

/* Adds a result, of at most 50, and returns what is sent when it is chosen: a text, or one photo,
 * video, animation, audio, document, voice message or sticker that Telegram has (its file_id) or
 * gets from a URL; with inline buttons, which work in any chat: button->chat is NULL then. `id`: at
 * most 64 bytes, for CHOSEN(); no two are equal. Title and description are shown in the list, of
 * stickers and audio neither. What is wrong with a result fails the handler in ctx_inline_answer().
 */
struct draft *ctx_inline_result(struct ctx *ctx, const char *id, const char *title,
				const char *description);
/* The URL of a small JPEG that the list shows for the last result. A video by a URL needs one. */
void ctx_inline_picture(struct ctx *ctx, const char *url);
/* For how long Telegram may give the same answer to the same person; by default 300 s, at most a
 * day. `for_all`: to everybody else, too. */
void ctx_inline_keep(struct ctx *ctx, int64_t seconds, bool for_all);
/* There are more results: the query comes again with this offset, of at most 64 bytes, when the
 * person has scrolled to the end. */
void ctx_inline_next(struct ctx *ctx, const char *offset);
/* A button above the results that leads to the private chat, at the LINK() route with this slug. */
void ctx_inline_button(struct ctx *ctx, const char *label, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* Answers the query; without results the list is empty. The host does that for a handler that does
 * not, or fails. */
enum verdict ctx_inline_answer(struct ctx *ctx);

/* CHOSEN(): changes the message that was sent, which must have buttons: else Telegram does not say
 * which it is. */
enum verdict draft_edit_chosen(struct draft *draft);

#endif
