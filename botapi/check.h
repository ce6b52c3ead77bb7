/* check.h - whether a JSON value is what the Bot API takes or gives there: names, types, required
 * ones. Stricter than Telegram, which ignores what it does not know: for tests of our own calls. */
#ifndef BOTAPI_CHECK_H
#define BOTAPI_CHECK_H

#include <jansson.h>
#include <stdbool.h>

#include "botapi/botapi.h"
#include "common/why.h"

/* The reason names the place and what is allowed there: "sendMessage: entities: [0]: type: must
 * be …". */
MUST_CHECK bool botapi_check(const struct botapi_type *type, const json_t *value, struct why *why);
/* The parameters of a call, as a JSON object. A file is "attach://NAME" or any other text. */
MUST_CHECK bool botapi_check_call(const struct botapi_method *method, const json_t *parameters,
				  struct why *why);

/* The same for what may be newer than the table: what it does not know is no fault; *unknown says
 * the first of it, or is "". */
MUST_CHECK bool botapi_check_newer(const char *method, const json_t *parameters,
				   struct why *unknown, struct why *why);

#endif
