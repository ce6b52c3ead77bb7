/* seal.c - see seal.h. HMAC-SHA-256 (RFC 2104), cut to 48 bits: a guess costs a press each. */
#include "workers/storage/seal.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/log.h"

#define SEALED_DATA_MAX 128

/* RFC 4648 section 5; three bytes give four characters. */
static void encode(const unsigned char *bytes, char *out)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned triple = (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2];

	for (int i = 0; i < 4; i++)
		out[i] = alphabet[triple >> (18 - 6 * i) & 63];
}

void seal_make(const char *key, int64_t first, int64_t second, const void *data, size_t size,
	       char out[SEAL_SIZE])
{
	/* The use is part of what is marked, so that the key may have others. */
	static const char use[] = { 'b', 'u', 't', 't', 'o', 'n', ' ', '1' };
	unsigned char message[sizeof(use) + 16 + SEALED_DATA_MAX];
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (size > SEALED_DATA_MAX)
		panic("%zu bytes to seal", size);
	memcpy(message, use, sizeof(use));
	memcpy(message + 8, &first, 8);
	memcpy(message + 16, &second, 8);
	memcpy(message + 24, data, size);
	if (!HMAC(EVP_sha256(), key, (int)strlen(key), message, 24 + size, digest, NULL))
		panic("HMAC-SHA-256 is not there");
	encode(digest, out);
	encode(digest + 3, out + 4);
}
