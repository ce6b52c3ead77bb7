/* drafts.h - what is said piece by piece: text, media, a poll; to whom and how; changes of what was
 * said. */
#ifndef WORKERS_API_DRAFTS_H
#define WORKERS_API_DRAFTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/events.h"
#include "workers/api/files.h"
#include "workers/api/verdict.h"

/* A message in the making. What is wrong with it fails the handler when it is sent, with a reason:
 * no function here needs its result checked before. */
struct draft;

struct draft *ctx_draft(struct ctx *ctx);
void draft_add(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A "photo", "video", "live_photo", "animation", "audio", "document", "voice", "video_note" or
 * "sticker": `source` is the file_id of a file that Telegram has, or a URL from which Telegram gets
 * it (no video notes); else NULL and a file. The text becomes its caption: what is over 1024 units,
 * and all of it below stickers and video notes, goes on in messages after it.
 *
 * Two to ten are an album: photos, videos and live photos, or documents, or audio. Its caption is
 * at the first (documents and audio: the last). Telegram has no buttons below albums: with buttons,
 * or as a question, the text is a message after the album. */
void draft_media(struct draft *draft, const char *kind, const char *source,
		 const struct file *file);
/* The picture that is shown for the media before it: of a live photo, which needs one, of a video,
 * and, only as a file (JPEG, at most 320 pixels wide and high, 200 kB), of an animation, audio,
 * document or video note. */
void draft_cover(struct draft *draft, const char *source, const struct file *file);
/* Photos, videos and live photos, up to ten, that are seen by who pays: 1 to 25000 stars. */
void draft_price(struct draft *draft, int64_t stars);

/* A poll with at most 12 options; the text of the draft is its description. Of the tags, questions
 * and options take <tg-emoji> only. */
void draft_poll(struct draft *draft, const char *question, ...)
	__attribute__((format(printf, 2, 3)));
void draft_option(struct draft *draft, const char *option, ...)
	__attribute__((format(printf, 2, 3)));

/* Anything else that the Bot API sends as one message: a place, a contact, a dice, an invoice, a
 * copy of another message. Its own parameters are a literal as that of ctx_queuef(); where it goes,
 * the reply, flags and buttons are the draft's. The text is its caption where the method has one,
 * else it follows.
 *
 *     draft_content(draft, "sendVenue", "{latitude: %f, longitude: %f, title: %s, address: %s}",
 * …);
 */
void draft_content(struct draft *draft, const char *method, const char *json, ...)
	__attribute__((format(printf, 3, 4)));
/* More parameters of the media before it, else of the message (or the poll):
 *
 *     draft_media(draft, "audio", file_id, NULL);
 *     draft_with(draft, "{title: %s, performer: %s, duration: %d}", title, artist, seconds); */
void draft_with(struct draft *draft, const char *json, ...) __attribute__((format(printf, 2, 3)));

/* Makes it a question, as ctx_ask() does; the slug is the `.step` of its TEXT() route. Asked in a
 * private chat with somebody else, it is for them. */
void draft_question(struct draft *draft, const char *slug, ...)
	__attribute__((format(printf, 2, 3)));

/* To whom and how. */

/* Where it goes instead: another chat, and the topic there (0: none). Not as a reply; its buttons
 * and questions work there. Telegram lets nothing through to a person who never wrote to the bot.
 */
void draft_to(struct draft *draft, int64_t chat_id, int64_t topic);
/* Which message of the chat where it goes it replies to, 0: none; by default the one that is
 * answered. */
void draft_answers(struct draft *draft, int64_t message_id);
/* The part of that message that the reply quotes, as it is written there; at most 1024 units. What
 * the message in hand does not contain is not quoted. */
void draft_quote(struct draft *draft, const char *text);

enum draft_flag {
	DRAFT_SILENT = 1,    /* notifies without a sound */
	DRAFT_PROTECTED = 2, /* can neither be forwarded nor saved */
	DRAFT_SPOILER = 4,   /* photos, videos, animations: covered until somebody taps */
	/* In a group only who did this sees it, for a while. Who writes in the name of a chat
	 * cannot be shown anything so: then the handler fails. */
	DRAFT_ONLY_FOR_THEM = 8,
	DRAFT_TEXT_ABOVE = 16,    /* the caption, above a photo, video or animation */
	DRAFT_PREVIEW_LARGE = 32, /* with draft_preview() */
	DRAFT_PREVIEW_SMALL = 64,
	DRAFT_PREVIEW_ABOVE = 128, /* above the text */
	DRAFT_KEYS_ONCE = 256,     /* a reply keyboard is hidden once it was used */
	DRAFT_KEYS_STAY = 512,     /* it is shown whenever the person's own keyboard is hidden */
	DRAFT_REMOVE_KEYS = 1024,  /* takes the reply keyboard of an earlier message away */
	DRAFT_FORCE_REPLY = 2048,  /* opens an answer, as a question does */
	DRAFT_CAPTION = 4096,      /* draft_edit_message(): the message is media with a caption */
};

/* Adds flags. */
void draft_flags(struct draft *draft, unsigned flags);
/* Shows what a link leads to: that URL; "": the first link of the text. By default none is shown.
 */
void draft_preview(struct draft *draft, const char *url);
/* An animation, in private chats; Telegram's identifier of it. Elsewhere there is none. */
void draft_effect(struct draft *draft, const char *effect_id);

/* Says it when the handler has returned, as the answer to the message (or the press), in its chat
 * and topic; or where draft_to() says. */
enum verdict draft_reply(struct draft *draft);
struct answer; /* calls.h */
/* Says it at once, whether or not the handler succeeds, and waits for what Telegram answers:
 * answer_outcome() tells whom it did not reach, and why. What may have arrived is not said again,
 * but is "in_doubt". Of what takes several messages only the first is said now. With a name
 * (names.h) what had that name before is not deleted, what an earlier try has said is not said
 * again (and then the answer has no result), and it is said twice only if the pool, or its nursery,
 * ends between Telegram's answer and the note of it. NULL when the draft is wrong, and the handler
 * has failed.
 */
const struct answer *draft_call(struct draft *draft);
/* Changes the message whose button was pressed, by what the draft holds: its media, its text (or
 * caption), or, when it holds neither, only its buttons. Buttons that are not there again go. */
enum verdict draft_edit(struct draft *draft, const struct button *pressed);
/* The same for one of the bot's messages, in the chat in hand or that of draft_to(). */
enum verdict draft_edit_message(struct draft *draft, int64_t message_id);

/* Deletes a message of the chat in hand. Who may: Bot API, deleteMessage. 0, the id of messages
 * that only one person sees, is the one of the pressed button. */
enum verdict ctx_delete(struct ctx *ctx, int64_t message_id);

#endif
