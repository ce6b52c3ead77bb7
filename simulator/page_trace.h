/* page_trace.h - what happened around a message: the update by which the bot learned of it, when,
 * and the calls that followed in its chat. */
#ifndef SIMULATOR_PAGE_TRACE_H
#define SIMULATOR_PAGE_TRACE_H

#include <stdint.h>

#include "common/json.h"

struct sim;

/* {"update": the object or null, "made_us", "delivered_us", "confirmed_us", "calls": […]}. Of a
 * message of the bot: the update that was handed out last before it. */
void page_trace_write(struct json *json, const struct sim *sim, int64_t chat_id,
		      int64_t message_id);

#endif
