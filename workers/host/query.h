/* query.h - queries for whose answer a person waits, but for presses of buttons (press.h): inline
 * queries, and what is asked before somebody pays. */
#ifndef WORKERS_HOST_QUERY_H
#define WORKERS_HOST_QUERY_H

#include "workers/host/ctx.h"

/* Whether there is one that was not answered yet. */
bool ctx_query_waits(const struct ctx *ctx);
/* Notes that a handler answers it, or the press, by a call of its own. True when this method does.
 */
bool query_note(struct ctx *ctx, struct text method);
/* Whether it is answered if no handler did: an inline query only if any was asked. */
bool ctx_query_needs_answer(const struct ctx *ctx);
/* Answers it in the place of a handler: no results, or a refusal with a text. */
void ctx_answer_query(struct ctx *ctx);

/* Starts the answer with the id of the query, under this name. */
struct json query_answer_start(struct ctx *ctx, const char *id_name);
void query_answer_end(struct ctx *ctx, const char *method, struct json *json);

#endif
