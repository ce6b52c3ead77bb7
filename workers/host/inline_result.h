/* inline_result.h - a draft as a result of an inline query (Bot API, "InlineQueryResult"). */
#ifndef WORKERS_HOST_INLINE_RESULT_H
#define WORKERS_HOST_INLINE_RESULT_H

#include "workers/host/draft.h"

struct inline_result {
	const char *id, *title, *description;
	const char *picture; /* NULL: none */
	struct draft *draft;
	struct inline_result *next;
};

/* NULL, or what is wrong with it. */
const char *inline_result_fault(const struct inline_result *result);
/* Only for a result without a fault, whose draft was checked. */
void inline_result_write(const struct inline_result *result, struct json *json);

#endif
