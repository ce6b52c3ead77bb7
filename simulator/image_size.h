/* image_size.h - what kind of image some bytes are and how large, from their first bytes. */
#ifndef SIMULATOR_IMAGE_SIZE_H
#define SIMULATOR_IMAGE_SIZE_H

#include <stdbool.h>
#include <stddef.h>

enum image_format {
	IMAGE_NONE, /* no image that Telegram takes */
	IMAGE_PNG,
	IMAGE_JPEG,
	IMAGE_WEBP,
	IMAGE_GIF,
	IMAGE_TGS,  /* gzip: an animated sticker */
	IMAGE_WEBM, /* EBML: a video sticker */
};

struct image {
	enum image_format format;
	int width, height; /* pixels; 0 of TGS and WEBM */
};

/* IMAGE_NONE for what is cut off before its size is known. */
struct image image_of(const void *bytes, size_t size);

#endif
