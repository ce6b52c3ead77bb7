/* http.h - POST requests on the loop, a few at a time: ingress' long poll and crashd's reports.
 *
 * HTTP/1.1, no redirects (a token must not follow one to another host), bounded answers. URLs and
 * headers may contain tokens: neither is logged, nor are libcurl's error texts, which may quote
 * them. */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

#define HTTP_REQUESTS_MAX 4

enum http_result {
	HTTP_ANSWERED, /* a complete answer, with any status */
	HTTP_TIMED_OUT,
	HTTP_NO_CONNECTION, /* unknown host, refused, reset */
	HTTP_TLS_FAILED,
	HTTP_INCOMPLETE, /* the answer was cut off */
	HTTP_TOO_LARGE,
	HTTP_FAILED, /* anything else */
};

struct http_answer {
	enum http_result result;
	int status;             /* 0 without a complete answer */
	uint64_t retry_after_s; /* from the Retry-After header; 0: none */
	const char *body;       /* this and `notice` are borrowed for the callback */
	size_t size;
	const char *notice; /* value of the header that was asked for; "" without */
	/* What went wrong: one of a few fixed texts, and the cause when transfer.h knows more; ""
	 * when answered. */
	const char *error;
};

typedef void http_answer_fn(void *owner, const struct http_answer *answer);

struct http_options {
	struct loop *loop;
	const char *const *headers; /* "Name: value" of all requests, NULL-terminated; copied */
	const char *user_agent;     /* NULL: none */
	const char *notice; /* "Name:" of an answer header to report; must outlive it; NULL: none */
	unsigned connect_timeout_ms;
	size_t answer_max; /* bytes */
};

struct http;

struct http *http_create(const struct http_options *options);
/* Ends pending requests without a call. NULL is allowed. */
void http_destroy(struct http *http);
/* Posts the body (copied) and calls fn once, from the loop. At most HTTP_REQUESTS_MAX at a time. */
void http_post(struct http *http, const char *url, const void *body, size_t size,
	       uint64_t timeout_ms, http_answer_fn *fn, void *owner);
/* The number of pending requests. */
unsigned http_busy(const struct http *http);
/* Ends pending requests without calling fn. */
void http_abort(struct http *http);
/* Drops all connections: the next request opens a new one. Nothing may be pending. */
void http_rebuild(struct http *http);

#endif
