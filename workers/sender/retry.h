/* retry.h - whether a call is made again, and when: the one place with that policy.
 *
 * outcome            not written       written, harmless   written, once
 * 429                after retry_after, always; a blocked handler gets waits over 2 s as an answer
 * 5xx, network       again, 0.5 s doubling to 30 s         given up: Telegram may have done it
 *                    forever           at most 8 times
 * migrated           once, at the new chat
 * 401                once getMe has confirmed the token, then as for 5xx, 8 times
 * 404                the same, but once: then Telegram does not know the method
 * any other          never: Telegram refused
 *
 * at_most_once makes a call "once". A handler that waits for the result waits for 3 attempts. */
#ifndef WORKERS_SENDER_RETRY_H
#define WORKERS_SENDER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/wire/answer.h"

struct retry_case {
	enum call_outcome outcome;
	bool written;     /* Telegram may have received the request */
	bool harmless;    /* repeating changes nothing */
	bool want_result; /* a handler waits */
	unsigned tries;   /* so far, including this one, excluding refusals */
	/* Answers of 401 or 404 from Telegram (answer_refuses_token()), including this one. 0: this
	 * answer is another. */
	unsigned refusals;
	bool not_found; /* it is 404 */
	uint32_t retry_after_s;
};

struct retry {
	bool again;
	uint64_t after_ms;
};

struct retry retry_decide(const struct retry_case *it);

#endif
