/* server.h - a small HTTP/1.1 server: keep-alive, one request of a connection at a time, answers at
 * once or later. common/http_server.h cannot break an answer off, as faults want it. */
#ifndef COMMON_WEB_SERVER_H
#define COMMON_WEB_SERVER_H

#include <netinet/in.h>
#include <stddef.h>

#include "common/loop.h"
#include "common/why.h"
#include "common/web/http.h"

struct server;
/* A request that waits for its answer. It is valid until it is answered or its exchange_gone_fn was
 * called. */
struct exchange;

/* Must answer, or keep the exchange and answer later. The request is borrowed for the call. */
typedef void server_request_fn(void *owner, struct exchange *exchange,
			       const struct http_request *request);
typedef void exchange_gone_fn(void *owner, struct exchange *exchange);

/* `port` 0 picks one. NULL and a reason on failure. */
struct server *server_create(struct loop *loop, struct in_addr listen_on, int port,
			     server_request_fn *fn, void *owner, struct why *why);
void server_destroy(struct server *server);
int server_port(const struct server *server);
size_t server_connections(const struct server *server);

struct answer {
	int status;
	const char *content_type; /* NULL: application/json */
	const char *headers;      /* further ones, "Name: value\r\n" each; NULL: none */
	int retry_after_s;        /* 0: no Retry-After */
	const void *body;
	size_t size;
};

void exchange_answer(struct exchange *exchange, const struct answer *answer);
/* The beginning of an answer without an end, such as an event stream; what follows is written
 * later. `answer` has no body. The exchange is valid until the client is gone. */
void exchange_stream_begin(struct exchange *exchange, const struct answer *answer);
void exchange_stream_write(struct exchange *exchange, const void *bytes, size_t size);
/* Bytes that the client did not take yet. */
size_t exchange_stream_unsent(const struct exchange *exchange);
/* For faults: the first `part` bytes of the answer with its full Content-Length, then the end. */
void exchange_answer_part(struct exchange *exchange, const struct answer *answer, size_t part);
/* For faults: bytes that are not HTTP, then the end. Size 0 just closes. */
void exchange_break(struct exchange *exchange, const void *bytes, size_t size);
void exchange_reset(struct exchange *exchange);
/* Called once if the client goes away before the answer. NULL ends it. */
void exchange_on_gone(struct exchange *exchange, exchange_gone_fn *fn, void *owner);

#endif
