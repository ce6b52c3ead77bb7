/* method_send.h - sendMessage and its like, and what the editing methods share with them. */
#ifndef SIMULATOR_METHOD_SEND_H
#define SIMULATOR_METHOD_SEND_H

#include <stdbool.h>

#include "simulator/call.h"
#include "simulator/entities.h"

method_fn method_send_message;
method_fn method_send_document;
method_fn method_send_chat_action;

/* The text of the parameter with its formatting (parse_mode or entities); false after call_fail().
 */
bool send_formatted(struct call *call, const char *text_name, const char *entities_name,
		    size_t units_max, struct formatted *out);
/* reply_markup: *out is the inline keyboard as JSON in Telegram's form, NULL for none or for
 * another kind of markup. */
bool send_markup(struct call *call, const char **out);
/* The entities as JSON, in the call's arena; NULL when there are none. */
const char *send_entities_text(struct call *call, const struct formatted *formatted);

#endif
