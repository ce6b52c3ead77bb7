/* scrub.h - removes what looks like a secret from what is sent to Logfire: bot tokens anywhere,
 * passwords in URLs, and values whose key or text matches Logfire's own patterns (its SDKs scrub,
 * its server does not: pydantic/logfire `_internal/scrubbing.py`). */
#ifndef CRASHD_SCRUB_H
#define CRASHD_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/pack.h"
#include "crashd/pattern.h"

/* The patterns, compiled once, when they are first needed. For one thread. */
struct scrubber;

struct scrubber *scrubber_create(const struct pattern_limits *limits);
void scrubber_destroy(struct scrubber *scrubber);

/* The part of `text` that matches one of Logfire's patterns; nil when none does; "(match limit)"
 * when a limit was hit. */
struct text scrub_find(struct scrubber *scrubber, struct text text);
/* Copies the text and replaces tokens, passwords in URLs, and values assigned to a name that
 * matches one of Logfire's patterns ("password=…", "Authorization: Bearer …"). When a limit was hit
 * the whole text is replaced. */
void scrub_copy(struct scrubber *scrubber, struct text text, struct buffer *out);

/* Appends the update, msgpack, to `out` as JSON, scrubbed: the fields that update_fields.h allows,
 * with `redact` those that say nothing of what people wrote or are called. Adds a JSON object
 * {"path", "matched_substring"} per removed value to `notes`, separated by commas. False when the
 * update is malformed: `out` is then unchanged. */
MUST_CHECK bool scrub_update(struct scrubber *scrubber, struct text update, bool redact,
			     struct buffer *out, struct buffer *notes);

#endif
