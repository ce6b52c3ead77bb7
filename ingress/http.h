/* http.h - one HTTP request at a time to the Bot API, on the loop: the long poll's own connection.
 *
 * The only file of ingress that includes curl is http.c. HTTP/1.1, no redirects, answers bounded.
 * The URL holds the bot token: it is never logged, nor are libcurl's error texts, which may quote
 * it. */
#ifndef INGRESS_HTTP_H
#define INGRESS_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

enum http_result {
	HTTP_ANSWERED, /* a whole answer, with any status */
	HTTP_TIMED_OUT,
	HTTP_NO_CONNECTION, /* unknown host, refused, reset */
	HTTP_TLS_FAILED,
	HTTP_INCOMPLETE, /* the answer broke off */
	HTTP_TOO_LARGE,
	HTTP_FAILED, /* anything else */
};

struct http_answer {
	enum http_result result;
	int status;       /* 0 without an answer */
	const char *body; /* borrowed for the callback */
	size_t size;
	const char *error; /* what went wrong in a few fixed words; "" when answered */
};

typedef void http_answer_fn(void *owner, const struct http_answer *answer);

struct http;

struct http *http_create(struct loop *loop);
void http_destroy(struct http *http);
/* Posts a JSON body (copied) and calls fn once, from the loop. One request at a time. */
void http_post(struct http *http, const char *url, const char *json, uint64_t timeout_ms,
	       http_answer_fn *fn, void *owner);
/* Ends the request without a call of fn. Nothing under way is allowed. */
void http_abort(struct http *http);
/* Drops every connection: the next request begins with a new one. Nothing may be under way. */
void http_rebuild(struct http *http);

#endif
