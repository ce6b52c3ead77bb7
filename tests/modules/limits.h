/* limits.h - the lengths and numbers that the Bot API's documentation allows, for what the bot says
 * in conversations. */
#ifndef TESTS_MODULES_LIMITS_H
#define TESTS_MODULES_LIMITS_H

#include <stdbool.h>

#include <jansson.h>

#include "common/why.h"

/* The parameters of a call. The reason names the place, its length and what is allowed. */
MUST_CHECK bool limits_check(const char *method, const json_t *parameters, struct why *why);

#endif
