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

/* Answers the message (or the press) in its chat and topic, as a reply. Fails the handler where
 * there is no chat: INLINE(), POLL() and the like. */
enum verdict ctx_reply(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Asks the person something; a reply within an hour goes to the TEXT() route with this `.step` and
 * to no other. They end it with /cancel, or by not replying. For a step whose slug has values, see
 * draft_question(). */
enum verdict ctx_ask(struct ctx *ctx, const char *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Shows up to 200 characters to the person who pressed the button; ctx_alert() until they close
 * it. Once per press (Bot API, answerCallbackQuery); later ones, those after a press that is
 * `late`, and those without a press show nothing. */
enum verdict ctx_toast(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum verdict ctx_alert(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends all questions to this person in this chat: answers to them are refused. False while Redis is
 * away: then they end by themselves within the hour. */
bool ctx_cancel_questions(struct ctx *ctx);

#endif
