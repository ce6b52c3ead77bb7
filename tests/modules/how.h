/* how.h - how a message is said, apart from its text. */
#ifndef TESTS_MODULES_HOW_H
#define TESTS_MODULES_HOW_H

#include <jansson.h>

#include "common/buffer.h"

/* " (silent, only for 1001)"; nothing for a message like any other. */
void how_append(const json_t *body, struct buffer *out);

#endif
