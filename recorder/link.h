/* link.h - the recorder's session with ingress: HELLO, beats with credit, sightings in,
 * acknowledgements out.
 *
 *   HELLO, repeated ──WELCOME──▶ open ──no answer for 6 s, another epoch, refused──▶ new session
 *
 * What a session had in flight when it ended belongs to ingress again: every holder drops it. */
#ifndef RECORDER_LINK_H
#define RECORDER_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/message.h"
#include "common/settings.h"
#include "common/zlink.h"

struct link;

/* Contents of the beats. */
struct link_report {
	bool active, ready; /* unless both are true there is no credit */
	const char *postgres, *redis;
	uint64_t sightings, written;
};

struct link_events {
	/* Borrowed for the call. */
	void (*sightings)(void *owner, const struct message_sightings *message);
	/* A session began, also the first one; everything of earlier ones is void. */
	void (*session)(void *owner, uint64_t session);
	void (*report)(void *owner, struct link_report *out);
};

/* `window` is the number of sightings that may be in flight. NULL and a reason on failure. */
struct link *link_open(struct zcontext *context, struct loop *loop, const struct settings *settings,
		       size_t window, const struct link_events *events, void *owner,
		       struct why *why);
/* Sends BYE. */
void link_close(struct link *link);

/* Sends a beat now: credit was granted or withdrawn. */
void link_beat_now(struct link *link);
/* These are stored durably. Ignored for a session that is over. */
void link_acknowledge(struct link *link, uint64_t session, struct sighting_stored *stored,
		      size_t count);
/* Returns everything in flight to ingress and starts a new session. */
void link_restart(struct link *link);
size_t link_in_flight(const struct link *link);
bool link_window_is_full(const struct link *link);
bool link_is_open(const struct link *link);
/* "ready", or what is wrong, for readiness. */
const char *link_text(const struct link *link);

#endif
