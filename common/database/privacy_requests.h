/* privacy_requests.h - operators' requests about people and groups: show, export, erase. koronectl
 * asks the running recorder over its command socket, or runs them itself when it has DATABASE_URL.
 */
#ifndef COMMON_DATABASE_PRIVACY_REQUESTS_H
#define COMMON_DATABASE_PRIVACY_REQUESTS_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/settings.h"
#include "common/why.h"

/* Connects, runs the request, disconnects; takes seconds at most.
 *
 *   user export ID    {"user": row or null, "settings": […], "facts": […], "objected": bool}
 *   user forget ID    true when there was something to erase, else false; the objection is noted
 *   user remember ID  true when there was an objection, else false
 *   group …           the same of a group, whose ids are negative
 *   jobs …            long work: job_requests.h
 *   migrations        a line for each: its name and whether it is applied
 *
 * False with a reason: refused, and nothing was changed. */
MUST_CHECK bool privacy_requests_ask(const struct settings *settings, char *const words[],
				     size_t count, struct buffer *out, struct why *why);

/* The recorder's socket: recorder.control in KORONE_RUN_DIR. */
void privacy_requests_socket_path(const struct settings *settings, char *out, size_t size);

#endif
