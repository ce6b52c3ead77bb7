/* transfer.h - libcurl on the event loop: transfers, many at once. All of libcurl's multi interface
 * is behind it; what is transferred, and what an answer means, is its users' (http.c, telegram.c).
 *
 * HTTP/1.1, no redirects (a token must not follow one to another host), answers bounded. */
#ifndef COMMON_TRANSFER_H
#define COMMON_TRANSFER_H

#include <curl/curl.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/why.h"

struct transfers;

/* The transfer is over and may be started again, from this call, too. */
typedef void transfer_end_fn(void *owner, CURLcode code);

/* A place for one transfer at a time. It is kept for the next one: to make an easy handle costs
 * more than a request. */
struct transfer {
	CURL *easy;           /* its owner sets what to transfer; NULL: not open */
	struct buffer answer; /* its owner gives its memory back */
	struct transfers *transfers;
	struct multi *multi;
	transfer_end_fn *fn;
	void *owner;
};

/* An answer of more than `answer_max` bytes ends with CURLE_WRITE_ERROR. NULL and a reason on
 * failure. */
struct transfers *transfers_create(struct loop *loop, size_t answer_max, struct why *why);
/* All transfers must be closed. Not from a transfer_end_fn. NULL is allowed. */
void transfers_destroy(struct transfers *transfers);
/* Drops every connection, and what is known of hosts: the next transfer begins with nothing. All
 * transfers must be closed. */
void transfers_reset(struct transfers *transfers);
/* What was asked for since the last time is done at the start of the next turn, for all of it at
 * once; with this now. At the end of a turn it saves the loop another one. */
void transfers_flush(struct transfers *transfers);

void transfer_open(struct transfer *transfer, struct transfers *transfers, transfer_end_fn *fn,
		   void *owner);
/* Ends what is under way, like transfer_abort(). The answer stays. */
void transfer_close(struct transfer *transfer);
/* `answer` is emptied. Nothing that is called back is called before this returns. */
void transfer_start(struct transfer *transfer);
/* Ends what is under way without a call, and closes its connection: an answer may still be on its
 * way there. */
void transfer_abort(struct transfer *transfer);

#endif
