/* http_server.h - a small HTTP/1.1 server (libmicrohttpd): for the health endpoints, in their own
 * thread, and for ingress' webhook, in its loop.
 *
 * Everything runs in http_server_run(), in one thread. It accepts connections itself: when all
 * places are taken, or the process is out of descriptors, new connections wait in the listener's
 * queue until there is room. http_places.h defines who may keep a place how long; a check once a
 * second enforces it. */
#ifndef COMMON_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/http_places.h"
#include "common/metric.h"
#include "common/why.h"

struct http_server;
/* Valid from the end of its head until its connection is done with it. */
struct http_request;

typedef void http_request_fn(void *owner, struct http_request *request);

struct http_server_options {
	const char *listen; /* HOST:PORT; port 0 picks one */
	unsigned places;    /* concurrent connections */
	struct http_limits limits;
	size_t memory;            /* per connection: limits the head; 0: libmicrohttpd's default */
	size_t body_max;          /* a larger body is dropped */
	http_request_fn *on_head; /* NULL: none; if it answers, no body is waited for */
	http_request_fn *on_request; /* the request is complete; answer now or later */
	void *owner;
	struct metric *connections; /* gauge; NULL: none */
	struct metric *ended;       /* counter by http_end_names; NULL: none */
};

/* By enum http_end, without HTTP_END_NONE; for a metric's label. */
extern const char *const http_end_names[];

/* Returns NULL with a reason on failure. */
struct http_server *http_server_open(const struct http_server_options *options, struct why *why);
/* Sends the answers given so far; requests still waiting for theirs get none. */
void http_server_close(struct http_server *server);
int http_server_port(const struct http_server *server);

/* Readable when http_server_run() has something to do. */
int http_server_fd(const struct http_server *server);
/* Does what is pending. Returns in how many ms it must be called again at the latest; -1: not
 * before its descriptor is readable. */
int http_server_run(struct http_server *server);
/* How long a connection has been waiting for a place; 0: none is. */
uint64_t http_server_crowded_ms(const struct http_server *server);
/* Why the last newcomer could not be accepted, an errno (EMFILE, say): it waits; 0: it could. */
int http_server_lacks(const struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

const char *http_request_method(const struct http_request *request);
/* Path and query as sent: nothing is decoded. */
const char *http_request_target(const struct http_request *request);
/* NULL when there is none. */
const char *http_request_header(const struct http_request *request, const char *name);
/* For on_request, NUL-terminated; NULL when it exceeded the maximum. Valid until the answer. */
const char *http_request_body(struct http_request *request, size_t *size);
void *http_request_owner(const struct http_request *request);

struct http_header {
	const char *name, *value;
};

struct http_reply {
	unsigned status;
	const void *body; /* copied */
	size_t size;
	const struct http_header *headers; /* ends with a NULL name; NULL: none */
};

/* Exactly once, from http_server_run()'s thread. An answer given after on_request is sent by the
 * next http_server_run(). */
void http_request_answer(struct http_request *request, const struct http_reply *reply);

#endif
