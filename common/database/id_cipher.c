/* id_cipher.c - one block of AES-256 each, with contexts that are made once. */
#include "common/database/id_cipher.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/database/hash.h"
#include "common/log.h"
#include "common/trace.h"
#include "common/xalloc.h"

struct id_cipher {
	EVP_CIPHER_CTX *encipher, *decipher;
};

static EVP_CIPHER_CTX *context_create(const uint8_t key[DERIVED_KEY_SIZE], bool encipher)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	if (!context ||
	    EVP_CipherInit_ex(context, EVP_aes_256_ecb(), NULL, key, NULL, encipher) != 1 ||
	    EVP_CIPHER_CTX_set_padding(context, 0) != 1)
		panic("AES-256 is not there");
	return context;
}

struct id_cipher *id_cipher_create(const char *privacy_key)
{
	struct id_cipher *id_cipher = xmalloc(sizeof(*id_cipher));
	uint8_t key[DERIVED_KEY_SIZE];

	hash_derive_key(privacy_key, "korone person", key);
	id_cipher->encipher = context_create(key, true);
	id_cipher->decipher = context_create(key, false);
	OPENSSL_cleanse(key, sizeof(key));
	return id_cipher;
}

void id_cipher_destroy(struct id_cipher *id_cipher)
{
	if (!id_cipher)
		return;
	EVP_CIPHER_CTX_free(id_cipher->encipher);
	EVP_CIPHER_CTX_free(id_cipher->decipher);
	free(id_cipher);
}

static void run_block(EVP_CIPHER_CTX *context, const uint8_t in[ENCIPHERED_ID_SIZE],
		      uint8_t out[ENCIPHERED_ID_SIZE])
{
	int size = 0;

	if (EVP_CipherUpdate(context, out, &size, in, ENCIPHERED_ID_SIZE) != 1 ||
	    size != ENCIPHERED_ID_SIZE)
		panic("AES-256 failed");
}

void id_encipher(const struct id_cipher *id_cipher, int64_t id, uint8_t out[ENCIPHERED_ID_SIZE])
{
	uint8_t block[ENCIPHERED_ID_SIZE] = { 0 };
	uint64_t wire = htole64((uint64_t)id);

	memcpy(block, &wire, sizeof(wire));
	run_block(id_cipher->encipher, block, out);
}

bool id_decipher(const struct id_cipher *id_cipher, const uint8_t in[ENCIPHERED_ID_SIZE],
		 int64_t *id)
{
	static const uint8_t zeros[ENCIPHERED_ID_SIZE - sizeof(uint64_t)];
	uint8_t block[ENCIPHERED_ID_SIZE];
	uint64_t wire;

	run_block(id_cipher->decipher, in, block);
	memcpy(&wire, block, sizeof(wire));
	if (CRYPTO_memcmp(block + sizeof(wire), zeros, sizeof(zeros)) != 0)
		return false;
	*id = (int64_t)le64toh(wire);
	return true;
}

void id_encipher_hex(const struct id_cipher *id_cipher, int64_t id,
		     char out[ENCIPHERED_ID_HEX_SIZE])
{
	uint8_t block[ENCIPHERED_ID_SIZE];

	id_encipher(id_cipher, id, block);
	hex_encode(block, sizeof(block), out);
}

bool id_decipher_hex(const struct id_cipher *id_cipher, const char *hex, int64_t *id)
{
	uint8_t block[ENCIPHERED_ID_SIZE];

	if (strspn(hex, "0123456789abcdef") < 2 * sizeof(block))
		return false;
	_Static_assert(sizeof(block) == ID_HASH_SIZE, "hash_from_hex() reads as many");
	hash_from_hex(hex, block);
	return id_decipher(id_cipher, block, id);
}
