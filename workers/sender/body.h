/* body.h - the parameters of a call without decoding them: one strict pass that allocates
 * nothing.
 *
 * What it takes is JSON that any reader understands in the same way: well-formed UTF-8, no name
 * that needs an escape, no name twice in an object, numbers of at most 18 digits. Of everything
 * else it says no, and then jansson decides: nearly all calls are of the kind that it takes. */
#ifndef WORKERS_SENDER_BODY_H
#define WORKERS_SENDER_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json_member.h"
#include "common/pack.h"

/* Of one object: sendPoll has 35 in Bot API 10.3. */
#define BODY_MEMBERS_MAX 40u

struct body {
	size_t count;
	struct body_member {
		struct json_slice name, value; /* without quotes; as written */
	} list[BODY_MEMBERS_MAX];
};

/* False: not of that kind, whether or not it is JSON. What is read points into the body. */
bool body_read(struct text body, struct body *out);
/* NULL: none of this name. */
const struct json_slice *body_find(const struct body *body, struct text name);
/* Whether the value is a string, and what is between its quotes, escapes as written. */
bool body_text(struct json_slice value, struct text *out);
/* An id, which Telegram also takes as text: of a chat or a person; 0: none. */
int64_t body_id(struct json_slice value);
/* Whether the value is an integer. */
bool body_integer(struct json_slice value, int64_t *out);

#endif
