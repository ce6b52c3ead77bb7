/* answers.h - what a handler says. */
#ifndef WORKERS_API_ANSWERS_H
#define WORKERS_API_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/events.h"
#include "workers/api/verdict.h"

/* A format is a literal (or a translation of one) in Telegram's HTML: <b> <i> <u> <s> <code> <pre>
 * <pre><code class="language-c"> <blockquote> <blockquote expandable> <tg-spoiler> <a href="…">
 * <tg-emoji emoji-id="…"> <tg-time unix="…" format="…"> and &lt; &gt; &amp; &quot; &#8230;. Its
 * arguments are text and never markup, in attributes too, so nothing needs escaping and nobody can
 * inject anything; a format that is not a literal does not compile. Texts over 4096 UTF-16 units
 * are sent in parts. */

/* Answers the message (or the press) in its chat and topic, as a reply. */
enum verdict ctx_reply(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Asks the person something; a reply within an hour goes to the TEXT() route with this `.step` and
 * to no other. They end it with /cancel, or by not replying. For a step whose slug has values, see
 * draft_question(). */
enum verdict ctx_ask(struct ctx *ctx, const char *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Shows up to 200 characters to the person who pressed the button; ctx_alert() until they close
 * it. */
enum verdict ctx_toast(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum verdict ctx_alert(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A file that the handler makes, of at most 1 MiB. */
struct document {
	const char *name;
	const void *bytes;
	size_t size;
};

/* Answers with a document; the caption is cut at 1024 units. */
enum verdict ctx_reply_document(struct ctx *ctx, const struct document *document,
				const char *caption, ...) __attribute__((format(printf, 3, 4)));
/* The same to another chat. Telegram lets nothing through to a person who never wrote to the
 * bot. */
enum verdict ctx_send_document(struct ctx *ctx, int64_t chat_id, const struct document *document,
			       const char *caption, ...) __attribute__((format(printf, 4, 5)));
/* Answers with a file that Telegram has already: `method` is sendPhoto, sendSticker, … */
enum verdict ctx_reply_file(struct ctx *ctx, const char *method, const char *file_id);
/* Ends all questions to this person in this chat: answers to them are refused. False while Redis is
 * away: then they end by themselves within the hour. */
bool ctx_cancel_questions(struct ctx *ctx);

/* A text composed piece by piece, with buttons below it. */
struct draft;

struct draft *ctx_draft(struct ctx *ctx);
void draft_add(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A button in the current row; the slug is that of its BUTTON() route. */
void draft_button(struct draft *draft, const char *label, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
void draft_link(struct draft *draft, const char *label, const char *url);
/* Ends the row of buttons: the next button starts a new one. */
void draft_row(struct draft *draft);
/* Makes it a question, as ctx_ask() does; the slug is the `.step` of its TEXT() route. */
void draft_question(struct draft *draft, const char *slug, ...)
	__attribute__((format(printf, 2, 3)));
enum verdict draft_reply(struct draft *draft);
/* Replaces the message whose button was pressed. */
enum verdict draft_edit(struct draft *draft, const struct button *pressed);
/* Sends it to another chat, not as a reply. */
enum verdict draft_send(struct draft *draft, int64_t chat_id);

#endif
