#include "simulator/image_size.h"

#include <string.h>

static int big(const unsigned char *at)
{
	return at[0] << 8 | at[1];
}

static int little(const unsigned char *at)
{
	return at[1] << 8 | at[0];
}

/* The first frame header of a JPEG (ITU T.81, B.2.2). */
static struct image jpeg(const unsigned char *bytes, size_t size)
{
	size_t at = 2;

	while (at + 9 <= size && bytes[at] == 0xff) {
		unsigned marker = bytes[at + 1];

		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
		    marker != 0xcc)
			return (struct image) { IMAGE_JPEG, big(bytes + at + 7),
						big(bytes + at + 5) };
		at += 2 + (size_t)big(bytes + at + 2);
	}
	return (struct image) { 0 };
}

/* RFC 9649: VP8 (lossy), VP8L (lossless), VP8X (with more). */
static struct image webp(const unsigned char *bytes)
{
	if (!memcmp(bytes + 12, "VP8 ", 4))
		return (struct image) { IMAGE_WEBP, little(bytes + 26) & 0x3fff,
					little(bytes + 28) & 0x3fff };
	if (!memcmp(bytes + 12, "VP8L", 4))
		return (struct image) { IMAGE_WEBP, 1 + (little(bytes + 21) & 0x3fff),
					1 + ((bytes[22] >> 6 | bytes[23] << 2 | bytes[24] << 10) &
					     0x3fff) };
	if (!memcmp(bytes + 12, "VP8X", 4))
		return (struct image) { IMAGE_WEBP, 1 + little(bytes + 24),
					1 + little(bytes + 27) };
	return (struct image) { 0 };
}

struct image image_of(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	if (size >= 24 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8))
		return (struct image) { IMAGE_PNG, big(bytes + 18), big(bytes + 22) };
	if (size >= 4 && bytes[0] == 0xff && bytes[1] == 0xd8)
		return jpeg(bytes, size);
	if (size >= 30 && !memcmp(bytes, "RIFF", 4) && !memcmp(bytes + 8, "WEBP", 4))
		return webp(bytes);
	if (size >= 10 && !memcmp(bytes, "GIF8", 4))
		return (struct image) { IMAGE_GIF, little(bytes + 6), little(bytes + 8) };
	if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
		return (struct image) { .format = IMAGE_TGS };
	if (size >= 4 && !memcmp(bytes, "\x1a\x45\xdf\xa3", 4))
		return (struct image) { .format = IMAGE_WEBM };
	return (struct image) { 0 };
}
