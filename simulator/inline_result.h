/* inline_result.h - InlineQueryResult objects: whether they are right, and what message each makes.
 */
#ifndef SIMULATOR_INLINE_RESULT_H
#define SIMULATOR_INLINE_RESULT_H

#include <jansson.h>

#include "simulator/call.h"
#include "simulator/entities.h"

/* answerInlineQuery */
#define INLINE_RESULTS_MAX 50
#define INLINE_ID_MAX 64 /* bytes, as of next_offset */

/* What is sent when the result is chosen; texts in the call's arena. */
struct inline_content {
	struct formatted text;
	const char *content; /* as in struct message; NULL: a text */
	const char *markup;  /* NULL: no buttons */
};

/* False after call_fail(). */
bool inline_result_read(struct call *call, const json_t *result, struct inline_content *out);
bool inline_results_check(struct call *call, const json_t *list);

#endif
