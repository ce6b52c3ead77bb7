/* formatting.h - formatted texts of a call: parse_mode or entities. */
#ifndef SIMULATOR_FORMATTING_H
#define SIMULATOR_FORMATTING_H

#include <jansson.h>
#include <stdbool.h>

#include "simulator/call.h"
#include "simulator/entities.h"

/* The text of the parameter with its formatting (parse_mode or entities); false after call_fail().
 */
bool send_formatted(struct call *call, const char *text_name, const char *entities_name,
		    size_t units_max, struct formatted *out);
/* The same for a text whose mode and entities (JSON; "" for none) are given. */
bool format_text(struct call *call, const char *text, const char *mode, const char *entities,
		 size_t units_max, struct formatted *out);
/* The entities as JSON, in the call's arena; NULL when there are none. */
const char *send_entities_text(struct call *call, const struct formatted *formatted);

#endif
