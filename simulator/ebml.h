/* ebml.h - the elements of a WebM: a number that names it, a size, and so many bytes, which may be
 * elements (RFC 8794; names: https://www.webmproject.org/docs/container/). */
#ifndef SIMULATOR_EBML_H
#define SIMULATOR_EBML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ebml_id {
	EBML_HEAD = 0x1a45dfa3,
	EBML_SEGMENT = 0x18538067,
	EBML_INFO = 0x1549a966,
	EBML_SCALE = 0x2ad7b1,
	EBML_DURATION = 0x4489,
	EBML_TRACKS = 0x1654ae6b,
	EBML_TRACK = 0xae,
	EBML_TRACK_TYPE = 0x83,
	EBML_CODEC = 0x86,
	EBML_CODEC_HEAD = 0x63a2,
	EBML_VIDEO = 0xe0,
	EBML_WIDTH = 0xb0,
	EBML_HEIGHT = 0xba,
	EBML_CLUSTER = 0x1f43b675,
	EBML_BLOCKS = 0xa0,
	EBML_BLOCK = 0xa1,
	EBML_SIMPLE_BLOCK = 0xa3,
};

enum { EBML_TRACK_PICTURES = 1, EBML_TRACK_SOUNDS = 2 };

struct ebml {
	const uint8_t *at;
	size_t left;
};

/* Takes name and size of an element, at whose content `from` then is; of an unknown size, or one
 * that is larger than what is left, all that is left. False at the end, and when it is none. */
bool ebml_take(struct ebml *from, uint64_t *id, struct ebml *content);
/* One to eight bytes, of which the first says how many there are; UINT64_MAX: unknown. */
bool ebml_take_number(struct ebml *from, uint64_t *out);
/* Behind the element whose content that was. */
void ebml_skip(struct ebml *from, const struct ebml *content);
/* Of the whole content. */
uint64_t ebml_unsigned(const struct ebml *content);

#endif
