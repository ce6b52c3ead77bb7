/* forward.h - sends reports from the store to every project of LOGFIRE_TOKEN (one token, or several
 * separated by commas), or to the collector of LOGFIRE_BASE_URL, and removes each report once all
 * of them have accepted it. */
#ifndef CRASHD_FORWARD_H
#define CRASHD_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/loop.h"
#include "common/settings.h"
#include "crashd/dedup.h"
#include "crashd/destination.h"
#include "crashd/store.h"

struct forward;

/* How a report left: accepted by at least one, or rejected by all. */
typedef void forward_left_fn(void *owner, enum destination_verdict verdict);

struct forward_options {
	struct loop *loop;
	const struct settings *settings;
	const char *directory; /* for the ids that each of several projects has accepted */
	struct store *store;
	struct dedup *delivered;
	forward_left_fn *fn;
	void *owner;
};

/* Whether each of the tokens can be sent as it is; prints what is wrong, never the token. */
bool forward_check(const char *tokens, FILE *faults);
/* What the options point to is borrowed for its life. NULL and a reason when the directory cannot
 * be used. */
struct forward *forward_create(const struct forward_options *options, struct why *why);
/* NULL is allowed. */
void forward_destroy(struct forward *forward);
bool forward_is_off(const struct forward *forward);
/* Sends whatever may be sent now. */
void forward_pump(struct forward *forward);
/* Sends nothing more; reports being sent are finished. */
void forward_stop(struct forward *forward);
size_t forward_busy(const struct forward *forward);
/* "ready", "off", or what is wrong with the first destination in trouble: for people, without
 * secrets. */
const char *forward_state(const struct forward *forward);
bool forward_is_ready(const struct forward *forward);

#endif
