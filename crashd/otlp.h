/* otlp.h - a report as an OTLP/HTTP request in JSON: ExportTraceServiceRequest with one span
 * (opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding"; Logfire's attributes). */
#ifndef CRASHD_OTLP_H
#define CRASHD_OTLP_H

#include <stdint.h>

#include "common/buffer.h"
#include "crashd/report.h"

/* Logfire drops what is older than 24 h: past this age a report is sent as of now, with the time of
 * the crash as an attribute (docs/reference/limits.md). */
#define OTLP_FRESH_NS (23ull * 3600 * 1000000000)

struct otlp_options {
	const char *service_name;
	const char *environment; /* "": none */
	uint64_t now_ns;         /* UTC */
};

void otlp_encode(const struct report *report, const struct otlp_options *options,
		 struct buffer *out);

/* What a 200 says about the span that was sent (ExportTraceServiceResponse). */
enum otlp_answer {
	OTLP_ACCEPTED,
	OTLP_WARNED,   /* accepted, with a message */
	OTLP_REJECTED, /* must not be sent again */
	OTLP_FOREIGN, /* not an OTLP server's: something in between answered, nobody has the span */
};

/* `message` is filled unless accepted, cut to its size, "" when the server gave none. An empty body
 * is acceptance (a message without fields, in either encoding); anything else that is not an object
 * with the member that the message has is foreign. */
enum otlp_answer otlp_read_answer(const char *body, size_t size, char message[static 200]);
/* What an answer that is an error says of itself (google.rpc.Status, or FastAPI's "detail", which
 * Logfire uses): "" when it says nothing. */
void otlp_read_error(const char *body, size_t size, char message[static 200]);

#endif
