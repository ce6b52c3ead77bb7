/* incidents.h - a line per fault: where, how often, since when, why it was said to be, and the last
 * reference ids. No personal data beyond what a module puts into a reason. Survives restarts. */
#ifndef CRASHD_INCIDENTS_H
#define CRASHD_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace.h"
#include "common/why.h"
#include "crashd/report.h"

#define INCIDENTS_MAX 256 /* faults; the least recently seen one makes room */
#define INCIDENT_REFERENCES 16

/* Texts are cut where they do not fit. */
struct incident {
	char fingerprint[65]; /* "": unused */
	char title[200];
	char reason[200]; /* the last: a panic, or what ctx_fail() was given; "": none */
	char type[64];
	char function[128], file[128], module[64], process[32], version[32];
	uint32_t line;
	uint64_t count;
	int64_t first_s, last_s;                         /* UTC */
	struct trace_id references[INCIDENT_REFERENCES]; /* the newest at (count - 1) % … */
	struct trace_id captures[INCIDENT_REFERENCES];   /* names of the same in the store */
};

struct incidents;

/* Reads what an earlier run left at `path`; a file that cannot be read is ignored. */
struct incidents *incidents_open(const char *path);
/* Saves changes. NULL is ignored. */
void incidents_close(struct incidents *incidents);
void incidents_count(struct incidents *incidents, const struct report *report);
/* Writes the file if something changed; call it from time to time. */
MUST_CHECK bool incidents_save(struct incidents *incidents, struct why *why);

typedef void incident_fn(void *owner, const struct incident *incident);

/* Most recently seen first. */
void incidents_each(const struct incidents *incidents, incident_fn *fn, void *owner);
size_t incident_reference_count(const struct incident *incident);
/* Finds it by a reference id, or by the first 8 or more digits of a fingerprint; *capture is then
 * the name of that capture. NULL when there is none. */
const struct incident *incidents_find(const struct incidents *incidents, const char *id,
				      struct trace_id *capture);

#endif
