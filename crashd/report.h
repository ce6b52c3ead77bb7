/* report.h - a crash as the operator reads it: made from a capture and its frames, kept on disk
 * until Logfire has accepted it. It contains no stack, no environment and no secret. */
#ifndef CRASHD_REPORT_H
#define CRASHD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/capture.h"
#include "crashd/frame.h"
#include "crashd/scrub.h"

/* Logfire cuts exception messages and stack traces there (docs/reference/limits.md). */
#define REPORT_TEXT_MAX 32000

/* Texts are nil when there is nothing to report. */
struct report {
	struct trace_id id;    /* of the capture; app.crash.id */
	struct trace_id trace; /* the reference id that the person was given */
	struct span_id span;   /* of this attempt */
	enum capture_kind kind;
	struct text type;    /* exception.type, crash_text_type() */
	struct text signal;  /* "SIGSEGV"; nil when it was not a signal */
	struct text message; /* a description, with libc's or the program's own text */
	struct text title;   /* one line: type, function, place */
	struct text traceback;
	struct text fingerprint;    /* 64 hex digits: equal for equal faults */
	struct text function, file; /* the place in our own code */
	uint32_t line;
	struct text process, pool, host, version, build_id, thread;
	uint32_t pid, tid;
	int32_t exit_status;
	struct text module, handler;
	uint8_t attempt; /* 0: no update */
	int64_t update_id;
	struct text update;            /* JSON */
	struct text registers;         /* JSON object */
	struct text scrubbed;          /* JSON array for logfire.scrubbed */
	uint64_t started_ns, ended_ns; /* UTC */
	/* In a light report: the full one of the same fault; zero: this one is full. */
	struct trace_id full_trace;
	struct span_id full_span;
};

/* `frames` may be empty; `fault` says why the trace is incomplete, "" when it is not. Texts come
 * from the arena or are borrowed from capture and frames. */
void report_make(struct scrubber *scrubber, const struct capture *capture,
		 const struct trace_id *id, const struct frames *frames, const char *fault,
		 struct arena *arena, struct report *out);
/* Removes everything except what finds and groups it; `trace` and `span` are those of a full report
 * of the same fault. */
void report_lighten(struct report *report, const struct trace_id *trace,
		    const struct span_id *span);
bool report_is_light(const struct report *report);
void report_encode(const struct report *report, struct buffer *out);
/* Texts borrow from `data`. */
MUST_CHECK bool report_decode(const void *data, size_t size, struct report *out, struct why *why);

#endif
