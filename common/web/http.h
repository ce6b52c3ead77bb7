/* http.h - reads HTTP/1.1 requests (RFC 9112) as far as Bot API clients send them: a request line,
 * headers, a body with Content-Length or in chunks. Pure: it points into the bytes it is given. */
#ifndef COMMON_WEB_HTTP_H
#define COMMON_WEB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/pack.h"
#include "common/web/http_state.h"

/* Texts borrow from the bytes. */
struct http_request {
	struct text method;
	struct text path;  /* without the query, not decoded */
	struct text query; /* after '?', not decoded; nil when there is none */
	struct text content_type;
	struct text host; /* these three nil when there is none */
	struct text origin;
	struct text fetch_site; /* Sec-Fetch-Site */
	struct text secret;     /* X-Telegram-Bot-Api-Secret-Token, for tests of our own delivery */
	struct text body;       /* with `chunked`, as it came: see http_chunks.h */
	size_t header_size;
	size_t size; /* of header and body: what to consume */
	bool keep_alive;
	bool chunked;
	bool expects_continue; /* with HTTP_MORE: the client waits for "100 Continue" */
	int status;            /* of HTTP_BAD */
};

enum http_state http_parse(const char *data, size_t size, struct http_request *out);

/* The answer to a request of our own (webhook delivery). HTTP_READY when status and body are
 * there; a body without Content-Length ends with the connection (`at_end`). */
struct http_response {
	int status;
	struct text reason;
	struct text body;
	size_t size;
	bool keep_alive;
	int retry_after_s;
};

enum http_state http_parse_response(const char *data, size_t size, bool at_end,
				    struct http_response *out);

const char *http_reason(int status);

#endif
