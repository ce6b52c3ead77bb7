/* transcode.h - JSON from Telegram to msgpack, in one strict pass without a tree.
 *
 * Integers of 64 bits are exact (`-0` is 0); integers beyond that and numbers with a point or an
 * exponent become the nearest double; a number that no double holds, or of more than 128
 * characters, is an error. Text is checked UTF-8: what is not is an error, but a lone surrogate
 * escape becomes U+FFFD, and \u0000 is kept. Of a key that comes twice in an object both are kept,
 * and readers see the first. At most TRANSCODE_DEPTH_MAX deep, TRANSCODE_UPDATE_MAX bytes long. */
#ifndef INGRESS_UPDATE_TRANSCODE_H
#define INGRESS_UPDATE_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

#define TRANSCODE_DEPTH_MAX 64
#define TRANSCODE_UPDATE_MAX (1u << 20)

/* One JSON value that fills `json` but for white space. Appends to out; on failure out is as it
 * was. */
MUST_CHECK bool transcode(const char *json, size_t size, struct buffer *out, struct why *why);

/* Walks over the elements of a getUpdates answer's "result" without decoding them, so that a
 * malformed update loses only itself; where brackets or quotes do not match, it is cut where the
 * next `{"update_id":` begins. Returns false, and calls nothing, when the answer has no such array
 * or was cut short. Whether it was cannot be told where the last update is malformed in such a way:
 * with `insist` it is taken as that. */
struct json_slice {
	const char *data;
	size_t size;
};
typedef void transcode_element_fn(void *owner, struct json_slice element);
MUST_CHECK bool transcode_split(const char *answer, size_t size, bool insist,
				transcode_element_fn *fn, void *owner, struct why *why);

/* The update_id of an element that may be malformed otherwise: the first `"update_id":` followed by
 * an integer. */
MUST_CHECK bool transcode_find_update_id(struct json_slice element, int64_t *out);

#endif
