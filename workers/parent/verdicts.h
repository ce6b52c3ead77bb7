/* verdicts.h - the verdicts of a pool: each is kept, under its number, until ingress confirms that
 * it is stored. */
#ifndef WORKERS_PARENT_VERDICTS_H
#define WORKERS_PARENT_VERDICTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/message.h"

struct verdict_entry;

struct verdicts {
	struct verdict_entry *ring;
	size_t capacity; /* power of two */
	uint64_t stored; /* up to this number they are stored and forgotten */
	uint64_t sent;   /* up to this number they were sent */
	uint64_t last;   /* the newest number */
};

/* Zeroed is empty; numbers start at 1. */
void verdicts_finish(struct verdicts *verdicts);
/* Returns the number. The body of an UNSENT verdict is copied, as are orders. */
uint64_t verdicts_add(struct verdicts *verdicts, const struct message_verdict *verdict);
/* What is not sent yet and fits into one message: at most `max` verdicts, and no more once their
 * bodies and orders have MESSAGE_VERDICTS_BYTES, which are borrowed; returns how many.
 * verdicts_sent() then marks them as sent. */
size_t verdicts_unsent(const struct verdicts *verdicts, struct message_verdict *out, size_t max);
void verdicts_sent(struct verdicts *verdicts, size_t count);
/* Everything that is not stored will be sent again. */
void verdicts_resend(struct verdicts *verdicts);
/* False when ingress confirms a number that was never used. */
MUST_CHECK bool verdicts_stored(struct verdicts *verdicts, uint64_t number);
size_t verdicts_unstored(const struct verdicts *verdicts);

#endif
