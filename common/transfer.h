/* transfer.h - libcurl on the event loop: many transfers at once. It hides libcurl's multi
 * interface; its users (http.c, telegram.c) decide what to transfer and what an answer means.
 *
 * HTTP/1.1, no redirects (a token must not follow one to another host), bounded answers. */
#ifndef COMMON_TRANSFER_H
#define COMMON_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/why.h"

struct transfers;

/* The transfer is over and may be started again, even from this call. */
typedef void transfer_end_fn(void *owner, CURLcode code);

/* Whether a connection to this address may be opened for the transfer; libcurl goes on to the next
 * address of the host. */
typedef bool transfer_guard_fn(void *owner, const struct sockaddr *address);

/* A slot for one transfer at a time, kept for the next: creating an easy handle costs more than a
 * request. */
struct transfer {
	CURL *easy;           /* its owner sets what to transfer; NULL: not open */
	struct buffer answer; /* its owner frees its memory */
	struct transfers *transfers;
	struct multi *multi;
	transfer_end_fn *fn;
	transfer_guard_fn *guard; /* set by its owner once it is open; NULL: any address */
	/* With CURLOPT_CONNECT_ONLY: the connection outlives the transfer, see
	 * transfer_take_socket(). Set as the guard is. */
	bool keeps_socket;
	int socket; /* -1: none is kept */
	void *owner;
	char error[CURL_ERROR_SIZE]; /* libcurl's text, which may quote the URL */
};

/* An answer of more than `answer_max` bytes ends with CURLE_WRITE_ERROR. Returns NULL with a reason
 * on failure. */
struct transfers *transfers_create(struct loop *loop, size_t answer_max, struct why *why);
/* All transfers must be closed. Not from a transfer_end_fn. NULL is allowed. */
void transfers_destroy(struct transfers *transfers);
/* Drops all connections and everything known about hosts, so that the next transfer starts afresh.
 * All transfers must be closed. */
void transfers_reset(struct transfers *transfers);
/* What was requested since the last time is done at the start of the next turn, all at once; this
 * does it now. Called at the end of a turn, it saves the loop another one. */
void transfers_flush(struct transfers *transfers);

void transfer_open(struct transfer *transfer, struct transfers *transfers, transfer_end_fn *fn,
		   void *owner);
/* Why a transfer failed, beyond what the code says: that this process lacks descriptors or threads,
 * or which proxy stands in between, without its login. "" when there is nothing to add. */
void transfer_cause(const struct transfer *transfer, CURLcode code, char *out, size_t size);
/* Ends a transfer in progress, like transfer_abort(). The answer stays. */
void transfer_close(struct transfer *transfer);
/* Empties `answer`. No callback is made before this returns. */
void transfer_start(struct transfer *transfer);
/* From the end callback of a transfer that `keeps_socket`: the connection, non-blocking, for the
 * caller to close; -1: there is none. */
int transfer_take_socket(struct transfer *transfer);
/* Ends a transfer in progress without a callback, and closes its connection: an answer may still be
 * on its way there. */
void transfer_abort(struct transfer *transfer);

#endif
