/* json_scan.h - walks over JSON text without building a tree, and keeps what it passes over as it
 * was written; jansson does neither. */
#ifndef SIMULATOR_JSON_SCAN_H
#define SIMULATOR_JSON_SCAN_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/pack.h"

struct json_scan {
	const char *at;
	const char *end;
};

/* Passes over the opening bracket of an object or array. */
bool json_scan_enter(struct json_scan *scan, char bracket);
/* True and passed over when the closing bracket is next; otherwise passes over a comma. */
bool json_scan_leave(struct json_scan *scan, char bracket);
bool json_scan_colon(struct json_scan *scan);
bool json_scan_is_string(struct json_scan *scan);
/* Decodes into the arena, with a NUL behind it; \u0000 and invalid UTF-8 are refused. */
bool json_scan_string(struct json_scan *scan, struct arena *arena, struct text *out);
/* Passes over any value, at most 64 deep: `out` is its JSON text, borrowed. */
bool json_scan_skip(struct json_scan *scan, struct text *out);
bool json_scan_at_end(struct json_scan *scan);

#endif
