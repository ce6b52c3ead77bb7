/* link.h - the recorder's session with ingress: HELLO, beats with credit, sightings in,
 * acknowledgements out.
 *
 *   HELLO, repeated ──WELCOME──▶ open ──no answer for 6 s, another epoch, refused──▶ new session
 *
 * What a session had in hand when it ended belongs to ingress again: whoever holds it drops it. */
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

/* What the beats say. */
struct link_report {
	bool active, ready; /* without both there is no credit */
	const char *postgres, *redis;
	uint64_t sightings, written;
};

struct link_events {
	/* Borrowed for the call. */
	void (*sightings)(void *owner, const struct message_sightings *message);
	/* A session began; everything of earlier ones is void. Also called for the first. */
	void (*session)(void *owner, uint64_t session);
	void (*report)(void *owner, struct link_report *out);
};

/* `window` is the number of sightings that may be in hand. NULL and a reason on failure. */
struct link *link_open(struct zcontext *context, struct loop *loop, const struct settings *settings,
		       size_t window, const struct link_events *events, void *owner,
		       struct why *why);
/* Says BYE. */
void link_close(struct link *link);

/* The report changed in a way that ingress should know at once: credit came or went. */
void link_beat_now(struct link *link);
/* These are stored for good. Ignored for a session that is over. */
void link_acknowledge(struct link *link, uint64_t session, struct sighting_stored *stored,
		      size_t count);
/* Gives everything in hand back to ingress and starts a new session. */
void link_restart(struct link *link);
size_t link_in_flight(const struct link *link);
bool link_window_is_full(const struct link *link);
bool link_is_open(const struct link *link);
/* "ready", or what is wrong, for readiness. */
const char *link_text(const struct link *link);

#endif
