/* transcode.h - JSON from Telegram to msgpack, in one strict pass without a tree.
 *
 * Integers of 64 bits are exact (`-0` is 0); integers beyond that and numbers with a point or an
 * exponent become the nearest double; a number that no double holds, or of more than 128
 * characters, is an error. Invalid UTF-8 is an error, but an unpaired surrogate escape becomes
 * U+FFFD, and \u0000 is kept. Duplicate keys of an object are all kept, and readers see the first.
 * At most TRANSCODE_DEPTH_MAX deep, TRANSCODE_UPDATE_MAX bytes long. */
#ifndef INGRESS_UPDATE_TRANSCODE_H
#define INGRESS_UPDATE_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/json_member.h"
#include "common/why.h"

#define TRANSCODE_DEPTH_MAX 64
#define TRANSCODE_UPDATE_MAX (1u << 20)

/* Telegram's are of 31 bits (TDLib, TQueue.h). The offset behind one that is larger would confirm
 * all that is to come, and a negative one has another meaning (Bot API, getUpdates). */
#define UPDATE_ID_MAX ((INT64_C(1) << 32) - 1)

/* One JSON value that fills `json` except for white space. Appends to out; on failure out is
 * unchanged. */
MUST_CHECK bool transcode(const char *json, size_t size, struct buffer *out, struct why *why);

/* Calls fn for each element of a getUpdates answer's "result" without decoding it, so that a
 * malformed update affects only itself; where brackets or quotes do not match, the answer is cut
 * where the next `{"update_id":` starts. Returns false, without a call, when the answer has no such
 * array or was cut short. When the last update is malformed in such a way, the two cannot be told
 * apart: `insist` then assumes that the answer is complete. */
typedef void transcode_element_fn(void *owner, struct json_slice element);
MUST_CHECK bool transcode_split(const char *answer, size_t size, bool insist,
				transcode_element_fn *fn, void *owner, struct why *why);

/* The update_id of an element that may be otherwise malformed: the first `"update_id":` followed by
 * an integer. */
MUST_CHECK bool transcode_find_update_id(struct json_slice element, int64_t *out);

#endif
