/* answer.h - a value that a handler reads by path: the result of a call or stored data, as JSON; or
 * the update itself, as the msgpack in which it came, of which only what is asked for is read. */
#ifndef WORKERS_HOST_ANSWER_H
#define WORKERS_HOST_ANSWER_H

#include "workers/host/ctx.h"
#include "workers/wire/call.h"

/* Of a call that was made. What it holds lives until the update is handled. */
const struct answer *answer_of_call(struct ctx *ctx, const struct call_result *result);
/* JSON as the result of a call; NULL, and the handler has failed, when it cannot be parsed. */
const struct answer *ctx_answer_of(struct ctx *ctx, const char *json, size_t size);
/* Of another host than Telegram's. One that is `ok` and no JSON is not, and then `error` says so;
 * it lives in the arena. */
const struct answer *answer_from(struct ctx *ctx, bool ok, bool refused, const char *error,
				 struct text json);
/* Frees the results of calls once the update is handled. */
void ctx_release_answers(struct ctx *ctx);

#endif
