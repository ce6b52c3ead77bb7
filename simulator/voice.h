/* voice.h - voice messages: what Telegram takes as one, and what a browser records.
 *
 * https://core.telegram.org/bots/api#sendvoice: OGG with Opus, MP3 or M4A; other formats are audio
 * or documents. Telegram's clients record OGG with Opus. Browsers put Opus into WebM, so the page's
 * recordings are put into OGG, as they are. */
#ifndef SIMULATOR_VOICE_H
#define SIMULATOR_VOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

struct voice {
	const char *mime, *extension;
	int seconds; /* 1 at least; 0: it does not say */
};

/* False for what is none. */
bool voice_read(struct voice *voice, const void *bytes, size_t size);
/* Appends the OGG of a WebM that has one track, of Opus; false, and nothing is appended, when it is
 * none or is damaged. A last block that was cut off is left out. */
bool voice_of_recording(const void *bytes, size_t size, struct buffer *out);

#endif
