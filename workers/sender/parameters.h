/* parameters.h - the parameters of a call without decoding them: one strict pass that allocates
 * nothing.
 *
 * What it takes is JSON that any reader understands in the same way: well-formed UTF-8, no name
 * that needs an escape, no name twice in an object, numbers of at most 18 digits. Of everything
 * else it says no, and then jansson decides: nearly all calls are of the kind that it takes. */
#ifndef WORKERS_SENDER_PARAMETERS_H
#define WORKERS_SENDER_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json_member.h"
#include "common/pack.h"

/* Of one object: sendPoll has 35 in Bot API 10.3. */
#define PARAMETERS_MAX 40u

struct parameters {
	size_t count;
	struct parameter {
		struct json_slice name, value; /* without quotes; as written */
	} list[PARAMETERS_MAX];
};

/* False: not of that kind, whether or not it is JSON. What is read points into the body. */
bool parameters_read(struct text body, struct parameters *out);
/* NULL: none of this name. */
const struct json_slice *parameters_find(const struct parameters *parameters, struct text name);
/* Whether the value is a string, and what is between its quotes, escapes as written. */
bool parameters_text(struct json_slice value, struct text *out);
/* Whether the value is an integer. */
bool parameters_integer(struct json_slice value, int64_t *out);

#endif
