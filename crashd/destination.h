/* destination.h - sends reports from the store to one project at Logfire, or to any OTLP
 * collector. */
#ifndef CRASHD_DESTINATION_H
#define CRASHD_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/http.h"
#include "common/loop.h"
#include "common/settings.h"
#include "crashd/dedup.h"
#include "crashd/store.h"

/* What an answer means for the report that was sent. */
enum destination_verdict {
	DESTINATION_ACCEPTED,
	DESTINATION_REJECTED, /* this report will never be accepted: drop it */
	DESTINATION_LATER,    /* not now: try again after a while */
	DESTINATION_REFUSED,  /* no report is accepted now (token, address): probe */
};

enum destination_verdict destination_judge(const struct http_answer *answer);
/* How long to wait after `failures` (from 1) in a row: Retry-After within 1 s and 10 min, else
 * 1 s doubling to 128 s. Jitter is added by the caller. */
uint64_t destination_wait_ms(unsigned failures, uint64_t retry_after_s);
/* "BASE/v1/traces": from the setting, else by the token's region (pylf_v1_eu_…), US without one.
 * The caller frees it. NULL when neither is set: forwarding is off. */
char *destination_url(const char *token, const char *base_url);

struct destination;

/* A report is finished here: DESTINATION_ACCEPTED or DESTINATION_REJECTED. */
typedef void destination_left_fn(void *owner, unsigned index, const struct trace_id *id,
				 enum destination_verdict verdict);

struct destination_options {
	struct loop *loop;
	const struct settings *settings;
	const char *token; /* "": none is sent */
	const char *url;
	struct store *store;
	unsigned index; /* of the store */
	/* Reports that are finished here but still in the store: for other destinations, or because
	 * crashd was killed in between. */
	struct dedup *finished;
	destination_left_fn *fn;
	void *owner;
};

/* Token and url are only used during the call; the rest is borrowed for its life. */
struct destination *destination_create(const struct destination_options *options);
/* NULL is allowed. */
void destination_destroy(struct destination *destination);
/* Sends whatever may be sent now. */
void destination_pump(struct destination *destination);
/* Sends nothing more; reports being sent are finished. */
void destination_stop(struct destination *destination);
size_t destination_busy(const struct destination *destination);
/* "ready", or what is wrong: for people, without secrets. */
const char *destination_state(const struct destination *destination);
bool destination_is_ready(const struct destination *destination);

#endif
