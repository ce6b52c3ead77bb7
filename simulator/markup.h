/* markup.h - reply_markup: the buttons of a message. */
#ifndef SIMULATOR_MARKUP_H
#define SIMULATOR_MARKUP_H

#include <jansson.h>
#include <stdbool.h>

#include "simulator/call.h"

/* *out is the inline keyboard as JSON in Telegram's form, NULL for none or for another kind of
 * markup. False after call_fail(). */
bool send_markup(struct call *call, const char **out);
/* The same for an object; NULL is none. */
bool markup_take(struct call *call, const json_t *markup, const char **out);

#endif
