/* calls.h - any call to the Bot API, and its result. */
#ifndef WORKERS_API_CALLS_H
#define WORKERS_API_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/verdict.h"

/* A call to a method of the Bot API. Refused with 400 are those that are the system's own
 * (getUpdates, setWebhook, close, …: workers/sender/call_check.h) and a parameter given twice. */
struct request;

struct request *ctx_request(struct ctx *ctx, const char *method);
void request_integer(struct request *request, const char *parameter, int64_t value);
void request_boolean(struct request *request, const char *parameter, bool value);
void request_text(struct request *request, const char *parameter, const char *value);
/* For methods that send a message: where ctx_reply() would send it, which takes more than a chat_id
 * (topics, business connections) or Telegram refuses it or shows it elsewhere. */
void request_here(struct request *request);
/* Not to be repeated when Telegram may have done it already. */
void request_at_most_once(struct request *request);
/* Queues it to be made when the handler has returned; its result is discarded. */
enum verdict ctx_queue(struct ctx *ctx, struct request *request);

/* Telegram's answer. */
struct answer;

/* Makes the call now, whether or not the handler succeeds, and waits for its result. */
const struct answer *ctx_call(struct ctx *ctx, struct request *request);
bool answer_ok(const struct answer *answer);
/* Telegram said no and would say it again: the bot lacks a right, or there is no such thing. False
 * for what may work in a while. */
bool answer_refused(const struct answer *answer);
/* Why it failed; "" when ok. */
const char *answer_error(const struct answer *answer);
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
