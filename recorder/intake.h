/* intake.h - the recorder's work in the loop: sightings from the link into batches, batches to the
 * writer, acknowledgements back; readiness, /status and beats. */
#ifndef RECORDER_INTAKE_H
#define RECORDER_INTAKE_H

#include "common/health.h"
#include "common/loop.h"
#include "common/settings.h"
#include "common/zlink.h"

struct intake;

/* Starts the writer and the link. NULL and a reason that names the setting on failure. */
struct intake *intake_start(const struct settings *settings, struct loop *loop,
			    struct zcontext *context, struct health *health, struct why *why);
/* Takes nothing new, writes and acknowledges what is in flight while Postgres is ready and for at
 * most 5 s, then stops the loop. Ingress still has whatever is left. */
void intake_drain(struct intake *intake);
void intake_stop(struct intake *intake);

#endif
