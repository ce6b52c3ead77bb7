/* hash.c - HMACs with OpenSSL's low-level SHA-256: the two key blocks are hashed once, so that an
 * HMAC costs two compressions and no allocation, where EVP_MAC takes about a microsecond. Nor does
 * it load a provider of OpenSSL, which is 150 KiB in each process that does. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/database/hash.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

struct hmac_key {
	SHA256_CTX inner, outer; /* after their key blocks */
};

struct hash_keys {
	struct hmac_key id, name, row, check;
};

/* SHA256() would fetch the algorithm from a provider. */
static void sha256(const void *bytes, size_t size, uint8_t out[SHA256_DIGEST_LENGTH])
{
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, bytes, size);
	SHA256_Final(out, &context);
	OPENSSL_cleanse(&context, sizeof(context));
}

static void hmac_key_init(struct hmac_key *key, const void *secret, size_t size)
{
	uint8_t block[SHA256_CBLOCK] = { 0 };

	if (size > sizeof(block))
		sha256(secret, size, block);
	else
		memcpy(block, secret, size);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	SHA256_Init(&key->inner);
	SHA256_Update(&key->inner, block, sizeof(block));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&key->outer);
	SHA256_Update(&key->outer, block, sizeof(block));
	OPENSSL_cleanse(block, sizeof(block));
}

/* `inner` is a copy of key->inner that has absorbed the message. */
static void hmac_finish(const struct hmac_key *key, SHA256_CTX *inner, void *out, size_t size)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX outer = key->outer;

	SHA256_Final(digest, inner);
	SHA256_Update(&outer, digest, sizeof(digest));
	SHA256_Final(digest, &outer);
	memcpy(out, digest, size);
}

static void derive_secret(const struct hmac_key *master, const char *purpose,
			  uint8_t out[DERIVED_KEY_SIZE])
{
	SHA256_CTX inner = master->inner;

	SHA256_Update(&inner, purpose, strlen(purpose));
	hmac_finish(master, &inner, out, DERIVED_KEY_SIZE);
}

static void derive_key(const struct hmac_key *master, const char *purpose, struct hmac_key *out)
{
	uint8_t secret[DERIVED_KEY_SIZE];

	derive_secret(master, purpose, secret);
	hmac_key_init(out, secret, sizeof(secret));
	OPENSSL_cleanse(secret, sizeof(secret));
}

void hash_derive_key(const char *privacy_key, const char *purpose, uint8_t out[DERIVED_KEY_SIZE])
{
	struct hmac_key master;

	hmac_key_init(&master, privacy_key, strlen(privacy_key));
	derive_secret(&master, purpose, out);
	OPENSSL_cleanse(&master, sizeof(master));
}

struct hash_keys *hash_keys_create(const char *privacy_key)
{
	struct hash_keys *keys = xmalloc(sizeof(*keys));
	struct hmac_key master;

	hmac_key_init(&master, privacy_key, strlen(privacy_key));
	derive_key(&master, "korone id", &keys->id);
	derive_key(&master, "korone name", &keys->name);
	derive_key(&master, "korone row", &keys->row);
	derive_key(&master, "korone check", &keys->check);
	OPENSSL_cleanse(&master, sizeof(master));
	return keys;
}

void hash_keys_destroy(struct hash_keys *keys)
{
	if (keys)
		OPENSSL_cleanse(keys, sizeof(*keys));
	free(keys);
}

void hash_id(const struct hash_keys *keys, int64_t id, uint8_t out[ID_HASH_SIZE])
{
	SHA256_CTX inner = keys->id.inner;
	uint64_t wire = htole64((uint64_t)id);

	SHA256_Update(&inner, &wire, sizeof(wire));
	hmac_finish(&keys->id, &inner, out, ID_HASH_SIZE);
}

void hash_name(const struct hash_keys *keys, struct text name, uint8_t out[ID_HASH_SIZE])
{
	SHA256_CTX inner = keys->name.inner;
	char folded[32]; /* the longest that Telegram allows */

	for (size_t at = 0; at < name.length; at += sizeof(folded)) {
		size_t left = name.length - at;
		size_t size = left < sizeof(folded) ? left : sizeof(folded);

		for (size_t i = 0; i < size; i++) {
			char letter = name.data[at + i];

			folded[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
		}
		SHA256_Update(&inner, folded, size);
	}
	hmac_finish(&keys->name, &inner, out, ID_HASH_SIZE);
}

static void take_text(SHA256_CTX *inner, struct text text)
{
	uint32_t length = text.data ? htole32((uint32_t)text.length) : UINT32_MAX;

	SHA256_Update(inner, &length, sizeof(length));
	if (text.length)
		SHA256_Update(inner, text.data, text.length);
}

void hash_row(const struct hash_keys *keys, const struct sighting *row, uint8_t out[ROW_HASH_SIZE])
{
	SHA256_CTX inner = keys->row.inner;
	uint64_t wire = htole64((uint64_t)row->id);

	SHA256_Update(&inner, &wire, sizeof(wire));
	take_text(&inner, row->username);
	if (row->scope == SIGHTING_USER) {
		take_text(&inner, row->first_name);
		take_text(&inner, row->last_name);
		take_text(&inner, row->language_code);
	} else {
		take_text(&inner, row->title);
		take_text(&inner, row->type);
	}
	hmac_finish(&keys->row, &inner, out, ROW_HASH_SIZE);
}

void hash_key_check(const struct hash_keys *keys, char out[KEY_CHECK_SIZE])
{
	uint8_t hash[ID_HASH_SIZE];
	SHA256_CTX inner = keys->check.inner;

	hmac_finish(&keys->check, &inner, hash, sizeof(hash));
	hex_encode(hash, sizeof(hash), out);
}

static uint8_t hex_value(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void hash_from_hex(const char *hex, uint8_t out[ID_HASH_SIZE])
{
	for (size_t i = 0; i < ID_HASH_SIZE; i++)
		out[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
}

void hash_sha256_hex(const void *bytes, size_t size, char out[65])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	sha256(bytes, size, digest);
	hex_encode(digest, sizeof(digest), out);
}
