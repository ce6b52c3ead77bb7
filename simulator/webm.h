/* webm.h - what the head of a WebM says of it (https://www.webmproject.org/docs/container/): enough
 * to tell whether Telegram takes it as a video sticker. */
#ifndef SIMULATOR_WEBM_H
#define SIMULATOR_WEBM_H

#include <stdbool.h>
#include <stddef.h>

struct webm {
	double seconds; /* 0: it does not say */
	int width, height;
	unsigned pictures, sounds; /* tracks */
	bool is_vp9;
};

/* False for what is no WebM, or is cut off before its tracks. */
bool webm_read(struct webm *webm, const void *bytes, size_t size);

#endif
