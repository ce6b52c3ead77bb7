/* base64url.c - three bytes are four characters of six bits. */
#include "common/base64url.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(const void *bytes, size_t size, char *out)
{
	const unsigned char *at = bytes;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t length = 0;

	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | at[i];
		held += 8;
		while (held >= 6) {
			held -= 6;
			out[length++] = alphabet[bits >> held & 63];
		}
	}
	if (held)
		out[length++] = alphabet[bits << (6 - held) & 63];
	return length;
}

bool base64url_decode(const char *text, size_t length, void *out, size_t *size)
{
	unsigned char *bytes = out;
	uint32_t bits = 0;
	unsigned held = 0;

	*size = 0;
	for (size_t i = 0; i < length; i++) {
		const char *found = memchr(alphabet, text[i], sizeof(alphabet) - 1);

		if (!found)
			return false;
		bits = bits << 6 | (uint32_t)(found - alphabet);
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[(*size)++] = (unsigned char)(bits >> held);
		}
	}
	return held < 6 && (bits & ((1u << held) - 1)) == 0;
}
