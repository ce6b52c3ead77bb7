/* incident.c - builds an incident from an update. */
#include "ingress/update/incident.h"

#include "ingress/update/extract.h"

void incident_make(const struct trace_id *trace, enum update_kind kind, enum ended_reason reason,
		   const struct buffer *update, struct buffer *out)
{
	struct incident incident = { 0 };

	if (update)
		extract_incident(buffer_unread(update), buffer_unread_size(update), &incident);
	incident.trace = *trace;
	incident.kind = kind;
	incident.reason = reason;
	incident_encode(&incident, out);
}
