/* keyboard.h - what is below a message of the bot, and what people can press of it. */
#ifndef TESTS_MODULES_KEYBOARD_H
#define TESTS_MODULES_KEYBOARD_H

#include <jansson.h>

#include "common/buffer.h"
#include "tests/modules/world.h"

/* Inline buttons in [ ], keys in { }, a line for each row; the world remembers them. */
void keyboard_append(struct world *world, const json_t *body, int64_t message_id,
		     struct buffer *out);

#endif
