/* incident.h - what is kept of an update whose attempts are used up. */
#ifndef INGRESS_UPDATE_INCIDENT_H
#define INGRESS_UPDATE_INCIDENT_H

#include "common/buffer.h"
#include "common/message.h"
#include "common/trace.h"

/* Makes the body of the incident that replaces an update, from the update's body (NULL when it
 * cannot be read: then nobody can be told, but the trace id still identifies it). Waiting work,
 * which only the host can read, is kept in it whole. */
void incident_make(const struct trace_id *trace, enum update_kind kind, enum ended_reason reason,
		   const struct buffer *body, bool is_work, struct buffer *out);

#endif
