/* ogg.h - OGG with Opus, as Telegram's clients record voice messages (RFC 3533, RFC 7845). */
#ifndef SIMULATOR_OGG_H
#define SIMULATOR_OGG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define OPUS_RATE 48000 /* positions in OGG are counted so, whatever was recorded */

struct ogg {
	struct buffer *out;
	struct buffer packets;      /* of the page that is not written yet */
	uint8_t lacing[255];        /* their sizes */
	size_t lacing_count, count; /* of them */
	uint32_t page;
	uint64_t position; /* samples until the end of the last packet */
};

/* `head` is the OpusHead of the codec, of 19 bytes or more; false when it is none. */
bool ogg_begin(struct ogg *ogg, const uint8_t *head, size_t size, struct buffer *out);
/* An Opus packet; false when it is none, or larger than any. */
bool ogg_add(struct ogg *ogg, const uint8_t *packet, size_t size);
void ogg_end(struct ogg *ogg);
/* Also after ogg_end(), or instead. */
void ogg_finish(struct ogg *ogg);

/* How long it is to be played; negative when it is no OGG with Opus. */
double ogg_seconds(const void *bytes, size_t size);

#endif
