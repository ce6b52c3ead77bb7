#include "picture/decode.h"

#include <string.h>

static bool begins(const void *bytes, size_t size, const char *with, size_t length)
{
	return size >= length && memcmp(bytes, with, length) == 0;
}

bool picture_decode(const void *bytes, size_t size, int side, struct raster *out, struct why *why)
{
	*out = (struct raster) { 0 };
	if (size > DECODE_BYTES_MAX)
		return why_set(why, "%zu bytes: at most %u are possible", size, DECODE_BYTES_MAX);
	if (begins(bytes, size, "\x89PNG\r\n\x1a\n", 8))
		return png_decode(bytes, size, out, why);
	if (begins(bytes, size, "\xff\xd8\xff", 3))
		return jpeg_decode(bytes, size, side, out, why);
	if (begins(bytes, size, "RIFF", 4) && size >= 12 &&
	    memcmp((const char *)bytes + 8, "WEBP", 4) == 0)
		return webp_decode(bytes, size, out, why);
	return why_set(why, "neither PNG nor JPEG nor WebP");
}
