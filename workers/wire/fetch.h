/* fetch.h - a request to a host of the web on its way from a child through the parent to the
 * fetcher, and what came of it. */
#ifndef WORKERS_WIRE_FETCH_H
#define WORKERS_WIRE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"

/* FETCH_OUTCOME(id, label): the label is that of the metric. */
#define FETCH_OUTCOMES(FETCH_OUTCOME)                                                             \
	FETCH_OUTCOME(OK, "ok")               /* a status of 200 to 299 */                        \
	FETCH_OUTCOME(STATUS, "status")       /* another status */                                \
	FETCH_OUTCOME(BUSY, "busy")           /* the host wants silence, or too much waits */     \
	FETCH_OUTCOME(FORBIDDEN, "forbidden") /* not a host, address or port of the module */     \
	FETCH_OUTCOME(NO_KEY, "no_key")       /* the key that the host needs is not set */        \
	FETCH_OUTCOME(TOO_LARGE, "too_large") /* more bytes, headers or redirects than allowed */ \
	FETCH_OUTCOME(TIMEOUT, "timeout")                                                         \
	FETCH_OUTCOME(NETWORK, "network")     /* no connection, or no proper HTTP */              \
	FETCH_OUTCOME(MALFORMED, "malformed") /* the request is no request */                     \
	FETCH_OUTCOME(LOST, "lost")           /* the fetcher died with it, or cannot be started */

enum fetch_outcome {
#define FETCH_OUTCOME_ENUM(id, label) FETCH_##id,
	FETCH_OUTCOMES(FETCH_OUTCOME_ENUM)
#undef FETCH_OUTCOME_ENUM
		FETCH_OUTCOME_COUNT
};

extern const char *const fetch_outcome_names[FETCH_OUTCOME_COUNT + 1];

#define FETCH_URL_MAX 8192u
#define FETCH_HEADERS_MAX 8u
#define FETCH_HEADER_SIZE_MAX 1024u
#define FETCH_POSTED_MAX (256u << 10)
/* Of an answer, uncompressed; of one that is written into a file: what Telegram takes. */
#define FETCH_BODY_MAX (1u << 20)
#define FETCH_FILE_MAX 50000000u

struct fetch_request {
	struct text module; /* whose hosts it may reach */
	struct text url;
	struct text posted;                     /* nil: GET */
	struct text headers[FETCH_HEADERS_MAX]; /* "Name: value" */
	size_t headers_count;
	/* Where a good answer goes, a descriptor that travels beside the request; NULL: into the
	 * answer's body. */
	const int *sink;
};

struct fetch_answer {
	enum fetch_outcome outcome;
	int status; /* of HTTP; 0: there was none */
	uint32_t retry_after_s;
	struct text host; /* of the URL; "" where it could not be read */
	struct text type; /* Content-Type */
	struct text body;
};

void fetch_request_encode(const struct fetch_request *request, struct buffer *out);
/* Both borrow from the bytes, and refuse what is over the limits above. */
MUST_CHECK bool fetch_request_decode(struct cursor *cursor, struct fetch_request *out);
void fetch_answer_encode(const struct fetch_answer *answer, struct buffer *out);
MUST_CHECK bool fetch_answer_decode(struct cursor *cursor, struct fetch_answer *out);

#endif
