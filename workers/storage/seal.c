/* seal.c - HMAC-SHA-256 (RFC 2104), cut to 48 bits: every guess costs a press of a button. */
#include "workers/storage/seal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base64url.h"
#include "common/log.h"
#include "common/xalloc.h"

#define USE_SIZE 8

/* Part of what is marked. These must not change: buttons are pressed long after they were sent,
 * even by an earlier version of this program. */
static const char *const use_names[] = {
	[SEAL_BUTTON] = "button 1",  [SEAL_QUESTION] = "question", [SEAL_LINK] = "link   1",
	[SEAL_VALUE] = "values 2",   [SEAL_MARKS] = "marks  1",    [SEAL_RANDOM] = "random 1",
	[SEAL_FETCHED] = "fetched1", [SEAL_NAME] = "name   1",     [SEAL_PIECE] = "piece  1",
	[SEAL_CACHED] = "cached 1",  [SEAL_SECRET] = "secret 1",
};

static void digest_data(const char *key, enum seal_use use, int64_t first, int64_t second,
			const void *data, size_t size, unsigned char digest[EVP_MAX_MD_SIZE])
{
	unsigned char message[USE_SIZE + 16 + SEALED_DATA_MAX];

	if (size > SEALED_DATA_MAX)
		panic("%zu bytes to seal", size);
	memcpy(message, use_names[use], USE_SIZE);
	memcpy(message + USE_SIZE, &first, 8);
	memcpy(message + USE_SIZE + 8, &second, 8);
	memcpy(message + USE_SIZE + 16, data, size);
	if (!HMAC(EVP_sha256(), key, (int)strlen(key), message, USE_SIZE + 16 + size, digest, NULL))
		panic("HMAC-SHA-256 is not there");
}

void seal_make(const char *key, enum seal_use use, int64_t first, int64_t second, const void *data,
	       size_t size, char out[SEAL_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	digest_data(key, use, first, second, data, size, digest);
	base64url_encode(digest, SEAL_SIZE * 6 / 8, out);
}

uint64_t seal_number(const char *key, enum seal_use use, int64_t first, int64_t second)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t number;

	digest_data(key, use, first, second, "", 0, digest);
	memcpy(&number, digest, sizeof(number));
	return number;
}

bool seal_fits(const char *key, enum seal_use use, int64_t first, int64_t second, const void *data,
	       size_t size, const char mark[SEAL_SIZE])
{
	char expected[SEAL_SIZE];

	seal_make(key, use, first, second, data, size, expected);
	return CRYPTO_memcmp(expected, mark, SEAL_SIZE) == 0;
}

void seal_digest(const char *key, enum seal_use use, const void *data, size_t size,
		 uint8_t out[SEAL_DIGEST_SIZE])
{
	unsigned char *message = xmalloc(USE_SIZE + size);

	memcpy(message, use_names[use], USE_SIZE);
	memcpy(message + USE_SIZE, data, size);
	if (!HMAC(EVP_sha256(), key, (int)strlen(key), message, USE_SIZE + size, out, NULL))
		panic("HMAC-SHA-256 is not there");
	free(message);
}
