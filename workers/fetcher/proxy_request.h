/* proxy_request.h - what a program asks the proxy for: the head of an HTTP/1 request, as a client
 * sends it to a proxy (RFC 9112, 3.2.2 and 3.2.3). No network. */
#ifndef WORKERS_FETCHER_PROXY_REQUEST_H
#define WORKERS_FETCHER_PROXY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/pack.h"
#include "workers/fetcher/target.h"

#define PROXY_HEAD_MAX (16u << 10) /* bytes, with the empty line */

enum proxy_read {
	PROXY_MORE, /* the head has not ended yet */
	PROXY_READ,
	PROXY_MALFORMED, /* none, or one that is longer than PROXY_HEAD_MAX */
};

/* Borrows the bytes that it was read from. */
struct proxy_request {
	bool tunnels; /* CONNECT HOST:PORT: the bytes are the program's and the host's own */
	struct text method;
	struct text place;   /* "HOST:PORT", or a URL of http */
	struct text headers; /* whole lines, each with its end */
	size_t size;         /* of the head; what follows belongs to the body or the tunnel */
};

enum proxy_read proxy_request_read(const void *bytes, size_t size, struct proxy_request *out);
/* Where it leads, as a URL; for the caller to free. */
char *proxy_request_url(const struct proxy_request *request);
/* The head for the host that `target` was read from: in origin form, with the Host of its URL
 * whatever the program wrote, and for one answer only; without what was meant for a proxy. */
void proxy_request_pass_on(const struct proxy_request *request, const struct target *target,
			   struct buffer *out);

#endif
