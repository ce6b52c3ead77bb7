/* calls.h - any call to the Bot API, and its result. */
#ifndef WORKERS_API_CALLS_H
#define WORKERS_API_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/verdict.h"

/* Any call, as one literal:
 *
 *     ctx_queuef(ctx, "restrictChatMember",
 *                "{user_id: %lld, permissions: {can_send_messages: false}, until_date: %lld}",
 *                (long long)who->id, (long long)seconds);
 *
 * The literal is JSON as C is comfortable to write it in: names need no quotation marks, and
 * strings may have single ones. Conversions are values, never syntax: %s is a whole string, escaped
 * as needed; %d, %lld, %u, … an integer, or a boolean where the Bot API has one; %f a number. A %s
 * that is NULL leaves its parameter out. Elsewhere than in the place of a value a conversion is a
 * fault, which a conversation shows, as every name and type that the table of the Bot API (botapi/)
 * does not have. What is no literal does not compile.
 *
 * - Without a chat_id the call is for the chat in hand. A method that sends does so where
 *   ctx_reply() would: in its topic and business connection, as a reply, and shown to whom it is.
 * - Times that Telegram takes as a moment are durations here, in seconds: until_date, expire_date,
 *   close_date, send_date, emoji_status_expiration_date; 0 is none. They count from now, however
 *   late the call is made; an end that is over by then, or nearer than Telegram takes, becomes the
 *   nearest that it takes (until_date: 31 s, since less than 30 s is for ever).
 * - A file goes in as the %s of file_part() (files.h).
 * - Refused with 400 are methods that are the system's own (getUpdates, setWebhook, close, …:
 *   workers/sender/call_check.h).
 *
 * Queues the call to be made when the handler has returned; its result is discarded. Moderation
 * (bans, restrictions, requests to join, deletions: workers/wire/method.h) is made before all else
 * and beside the chat's messages, of each person in order; everything else in the chat's order. */
#define ctx_queuef(ctx, ...) ctx_queuef_at((ctx), __FILE__, __LINE__, __func__, __VA_ARGS__)
/* The same, but not repeated when Telegram may have done it already. */
#define ctx_queue_oncef(ctx, ...) \
	ctx_queue_oncef_at((ctx), __FILE__, __LINE__, __func__, __VA_ARGS__)
enum verdict ctx_queuef_at(struct ctx *ctx, const char *file, unsigned line, const char *function,
			   const char *method, const char *json, ...)
	__attribute__((format(printf, 6, 7)));
enum verdict ctx_queue_oncef_at(struct ctx *ctx, const char *file, unsigned line,
				const char *function, const char *method, const char *json, ...)
	__attribute__((format(printf, 6, 7)));

/* An array of any length for a parameter of that method, built piece by piece:
 *
 *     struct list *results = ctx_list(ctx, "answerInlineQuery", "results");
 *
 *     list_addf(results, "{type: 'article', id: %s, title: %s, …}", id, title);
 *     ctx_queuef(ctx, "answerInlineQuery", "{inline_query_id: %s, results: %s}", query_id,
 *                list_json(results)); */
struct list;

struct list *ctx_list(struct ctx *ctx, const char *method, const char *parameter);
#define list_addf(list, ...) list_addf_at((list), __FILE__, __LINE__, __func__, __VA_ARGS__)
void list_addf_at(struct list *list, const char *file, unsigned line, const char *function,
		  const char *json, ...) __attribute__((format(printf, 5, 6)));
size_t list_count(const struct list *list);
/* For the %s of a literal, which writes it as it is and not as a string. */
const char *list_json(const struct list *list);

/* Telegram's answer. */
struct answer;

/* Makes the call now, whether or not the handler succeeds, and waits for its result. When the
 * handler runs again, after its process died, a call that makes something new (sendMessage, a link)
 * is not made again: it has the answer that it had, a refusal, too, for an hour. */
#define ctx_callf(ctx, ...) ctx_callf_at((ctx), __FILE__, __LINE__, __func__, __VA_ARGS__)
const struct answer *ctx_callf_at(struct ctx *ctx, const char *file, unsigned line,
				  const char *function, const char *method, const char *json, ...)
	__attribute__((format(printf, 6, 7)));
bool answer_ok(const struct answer *answer);
/* Telegram said no and would say it again: the bot lacks a right, or there is no such thing. False
 * for what may work in a while. */
bool answer_refused(const struct answer *answer);
/* Why it failed; "" when ok. */
const char *answer_error(const struct answer *answer);
/* The kind of failure, for counting, as in the metrics: "blocked" (by the person), "kicked" (the
 * bot is not in the chat, or there is none), "no_rights", "gone" (the message), "not_modified",
 * "too_many" (Telegram wants silence: answer_wait_s()), "refused" (any other reason), "network" (no
 * answer: it was not made), "in_doubt" (no answer: Telegram may have done it), …; "ok". */
const char *answer_outcome(const struct answer *answer);
/* "too_many": after so many seconds it may be made; else 0. */
int64_t answer_wait_s(const struct answer *answer);
/* Fields of the result by path: "user.id", "0.status". 0, "" and false when missing. */
bool answer_has(const struct answer *answer, const char *path);
int64_t answer_integer(const struct answer *answer, const char *path);
double answer_number(const struct answer *answer, const char *path); /* with a fraction */
const char *answer_text(const struct answer *answer, const char *path);
bool answer_boolean(const struct answer *answer, const char *path);
size_t answer_count(const struct answer *answer, const char *path);

/* The value at a path ("" for all) as JSON, indented; "" when missing. */
const char *answer_json(struct ctx *ctx, const struct answer *answer, const char *path);

#endif
