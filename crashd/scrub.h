/* scrub.h - takes what looks like a secret out of what leaves for Logfire: bot tokens anywhere,
 * passwords in URLs, and values whose key or text matches Logfire's own patterns (its SDKs scrub,
 * its server does not: pydantic/logfire `_internal/scrubbing.py`). */
#ifndef CRASHD_SCRUB_H
#define CRASHD_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/pack.h"

/* The part of `text` that matches one of the patterns; nil when none does. */
struct text scrub_find(struct text text);
/* Copies the text; tokens, passwords in URLs, and values given to a name that matches one of the
 * patterns ("password=…", "Authorization: Bearer …") replaced. */
void scrub_copy(struct text text, struct buffer *out);

/* Appends the update, msgpack, to `out` as JSON, scrubbed; with `redact` without texts, captions
 * and what else people write. Adds a JSON object {"path", "matched_substring"} per value taken out
 * to `notes`, separated by commas. False when the update is malformed: `out` is then as before. */
MUST_CHECK bool scrub_update(struct text update, bool redact, struct buffer *out,
			     struct buffer *notes);

#endif
