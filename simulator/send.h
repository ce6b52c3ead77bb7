/* send.h - what the sending methods share with the editing ones. */
#ifndef SIMULATOR_SEND_H
#define SIMULATOR_SEND_H

#include <stdbool.h>

#include "simulator/call.h"
#include "simulator/entities.h"

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
