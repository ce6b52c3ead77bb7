/* incident.c - builds an incident from an update. */
#include "ingress/update/incident.h"

#include "ingress/update/extract.h"

void incident_make(const struct trace_id *trace, enum update_kind kind, enum ended_reason reason,
		   const struct buffer *body, bool is_work, struct buffer *out)
{
	struct incident incident = { 0 };

	if (body && is_work)
		incident.work = (struct text) { (const char *)buffer_unread(body),
						buffer_unread_size(body) };
	else if (body)
		extract_incident(buffer_unread(body), buffer_unread_size(body), &incident);
	incident.trace = *trace;
	incident.kind = kind;
	incident.reason = reason;
	incident_encode(&incident, out);
}
