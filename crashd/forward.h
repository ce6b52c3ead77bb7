/* forward.h - brings reports from the store to Logfire, or to any OTLP collector, and forgets each
 * once it is accepted. */
#ifndef CRASHD_FORWARD_H
#define CRASHD_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/settings.h"
#include "crashd/delivered.h"
#include "crashd/store.h"
#include "crashd/upload.h"

/* What an answer means for the report that was sent. */
enum forward_verdict {
	FORWARD_ACCEPTED,
	FORWARD_REJECTED, /* this report will never be taken: forget it */
	FORWARD_LATER,    /* not now: again after a while */
	FORWARD_REFUSED,  /* no report will be taken as things are (token, address): probe */
};

enum forward_verdict forward_judge(const struct upload_answer *answer);
/* How long to wait after `failures` (from 1) in a row: Retry-After within 1 s and 10 min, else
 * 1 s doubling to 128 s. Jitter is added by the caller. */
uint64_t forward_wait_ms(unsigned failures, uint64_t retry_after_s);
/* "BASE/v1/traces": the setting, else the token's region (pylf_v1_eu_…), US without one. The text
 * is to be freed. NULL when neither is set: forwarding is off. */
char *forward_url(const char *token, const char *base_url);

struct forward;

/* How a report left: FORWARD_ACCEPTED or FORWARD_REJECTED. */
typedef void forward_left_fn(void *owner, enum forward_verdict verdict);

/* `store` and `delivered` are borrowed for its life. */
struct forward *forward_create(struct loop *loop, const struct settings *settings,
			       struct store *store, struct delivered *delivered,
			       forward_left_fn *fn, void *owner);
void forward_destroy(struct forward *forward);
bool forward_is_off(const struct forward *forward);
/* Sends what may be sent now. */
void forward_pump(struct forward *forward);
/* Sends nothing more; what is under way goes on. */
void forward_stop(struct forward *forward);
size_t forward_busy(const struct forward *forward);
/* "ready", "off", or what is wrong: for people, without secrets. */
const char *forward_state(const struct forward *forward);
bool forward_is_ready(const struct forward *forward);

#endif
