/* telegram.h - HTTP requests to the Bot API, many at once, on the event loop. URLs contain the
 * token: nothing here logs one. */
#ifndef WORKERS_SENDER_TELEGRAM_H
#define WORKERS_SENDER_TELEGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "workers/wire/call.h"

struct telegram;

/* The outcome of a request; `body` and `error` are borrowed for the call. */
struct telegram_answer {
	int http_status; /* 0: no answer */
	const char *body;
	size_t size;
	bool written;      /* the request may have reached Telegram */
	bool repeated;     /* libcurl wrote it a second time: the first connection was dead */
	const char *error; /* a network error, without the URL; "" when there is an answer */
	uint32_t duration_us;
};

struct telegram_events {
	void *owner;
	/* The request is about to be written; false: do not write it (again). `times` counts from
	 * 1. */
	bool (*before)(void *owner, void *tag, unsigned times);
	void (*after)(void *owner, void *tag, const struct telegram_answer *answer);
};

struct telegram *telegram_create(struct loop *loop, const char *api_url, const char *token,
				 const struct telegram_events *events, struct why *why);
void telegram_destroy(struct telegram *telegram);
/* Starts a request. `call` must not change until after() was called with `tag`. */
void telegram_request(struct telegram *telegram, const struct call *call, uint32_t timeout_ms,
		      void *tag);
/* Gets the file of this path (Bot API "File"); `fn` gets its bytes, piece by piece, and may end it.
 * What it is answered instead of a file is in the telegram_answer, as of a call. */
typedef bool telegram_write_fn(void *owner, const void *bytes, size_t size);
void telegram_download(struct telegram *telegram, const char *path, telegram_write_fn *fn,
		       void *owner, uint32_t timeout_ms, void *tag);
/* Lets libcurl start what was requested since the last call; once per loop iteration. */
void telegram_kick(struct telegram *telegram);

#endif
