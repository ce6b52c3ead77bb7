#include "simulator/method_inline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/inline_result.h"
#include "simulator/queries.h"
#include "simulator/sim.h"

/* InlineQueryResultsButton: a text and either a Mini App or a deep link of 1 to 64 characters. */
static bool check_button(struct call *call)
{
	const char *text = parameters_text(call->parameters, "button");
	json_t *button = *text ? json_loads(text, 0, NULL) : NULL;
	const char *start = json_string_value(json_object_get(button, "start_parameter"));
	bool ok = true;

	if (*text && !button)
		ok = call_fail(call, 400,
			       "Bad Request: can't parse inline query results button JSON object");
	else if (button && !json_is_object(button))
		ok = call_fail(call, 400,
			       "Bad Request: InlineQueryResultsButton must be an Object");
	else if (button && !json_object_get(button, "web_app") == !start)
		ok = call_fail(call, 400,
			       "Bad Request: InlineQueryResultsButton must have exactly one "
			       "optional field");
	else if (start &&
		 (!*start || strlen(start) > 64 ||
		  strspn(start,
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") <
			  strlen(start)))
		ok = call_fail(call, 400, "Bad Request: START_PARAM_INVALID");
	json_decref(button);
	return ok;
}

static void answer(struct call *call, const char *results)
{
	struct query *query = queries_answer(&call->sim->queries, QUERY_INLINE,
					     parameters_id(call->parameters, "inline_query_id"),
					     sim_now_s(call->sim));

	if (!query) {
		call_fail(call, 400,
			  "Bad Request: query is too old and response timeout expired or query "
			  "ID is invalid");
		return;
	}
	free(query->answer);
	query->answer = xstrdup(results);
	call_result_true(call);
}

void method_answer_inline_query(struct call *call)
{
	const char *text = parameters_text(call->parameters, "results");
	json_t *results = json_loads(text, 0, NULL);

	if (!results)
		call_fail(call, 400, "Bad Request: can't parse JSON encoded inline query results");
	else if (!json_is_array(results))
		call_fail(call, 400, "Bad Request: expected an Array of inline query results");
	else if (json_array_size(results) > INLINE_RESULTS_MAX)
		call_fail(call, 400, "Bad Request: too many inline query results specified");
	else if (strlen(parameters_text(call->parameters, "next_offset")) > INLINE_ID_MAX)
		call_fail(call, 400, "Bad Request: NEXT_OFFSET_INVALID");
	else if (check_button(call) && inline_results_check(call, results))
		answer(call, text);
	json_decref(results);
}
