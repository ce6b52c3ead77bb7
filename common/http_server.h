/* http_server.h - a small HTTP/1.1 server (libmicrohttpd): of the health endpoints, in a thread of
 * their own, and of ingress' webhook, in its loop.
 *
 * All of it runs in http_server_run(), in one thread. It accepts connections itself: when all
 * places are taken, or the process has no descriptor left, newcomers wait in the listener's queue
 * and are heard again once there is room. Who may keep a place how long says http_places.h; a look
 * once a second enforces it. */
#ifndef COMMON_HTTP_SERVER_H
#define COMMON_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/http_places.h"
#include "common/metric.h"
#include "common/why.h"

struct http_server;
/* From the end of its head until its connection is done with it. */
struct http_request;

typedef void http_request_fn(void *owner, struct http_request *request);

struct http_server_options {
	const char *listen; /* HOST:PORT; port 0 picks one */
	unsigned places;    /* connections at once */
	struct http_limits limits;
	size_t memory;            /* of a connection: what a head may be; 0: libmicrohttpd's own */
	size_t body_max;          /* what is over it is not kept */
	http_request_fn *on_head; /* NULL: none; if it answers, no body is waited for */
	http_request_fn *on_request; /* the whole of it is there; answers now or later */
	void *owner;
	struct metric *connections; /* gauge; NULL: none */
	struct metric *ended;       /* counter by http_end_names; NULL: none */
};

/* By enum http_end, without HTTP_END_NONE; for a metric's label. */
extern const char *const http_end_names[];

/* NULL and a reason on failure. */
struct http_server *http_server_open(const struct http_server_options *options, struct why *why);
/* Sends the answers that were given; the requests that wait for theirs get none. */
void http_server_close(struct http_server *server);
int http_server_port(const struct http_server *server);

/* Readable when http_server_run() has something to do. */
int http_server_fd(const struct http_server *server);
/* Does what there is to do. Returns after how many ms it must be called again at the latest; -1:
 * not before its descriptor is readable. */
int http_server_run(struct http_server *server);
/* How long somebody has been waiting for a place now; 0: nobody does. */
uint64_t http_server_crowded_ms(const struct http_server *server);
unsigned http_server_connections(const struct http_server *server);

const char *http_request_method(const struct http_request *request);
/* Path and query as they were sent: nothing is decoded. */
const char *http_request_target(const struct http_request *request);
/* NULL when there is none. */
const char *http_request_header(const struct http_request *request, const char *name);
/* Of on_request, with a NUL behind it; NULL when it was over the maximum. Good until the answer. */
const char *http_request_body(struct http_request *request, size_t *size);
void *http_request_owner(const struct http_request *request);

struct http_header {
	const char *name, *value;
};

struct http_reply {
	unsigned status;
	const void *body; /* copied */
	size_t size;
	const struct http_header *headers; /* ends with a name that is NULL; NULL: none */
};

/* Once. From http_server_run()'s thread; later than on_request, http_server_run() sends it. */
void http_request_answer(struct http_request *request, const struct http_reply *reply);

#endif
