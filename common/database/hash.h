/* hash.h - keyed hashes (HMAC-SHA256, RFC 2104, truncated) of ids and rows, so that neither Redis
 * nor the list of objections reveals who somebody is. Keys are derived from KORONE_PRIVACY_KEY, one
 * per purpose. */
#ifndef COMMON_DATABASE_HASH_H
#define COMMON_DATABASE_HASH_H

#include <stdint.h>

#include "common/message.h"

#define ID_HASH_SIZE 16
#define ROW_HASH_SIZE 8
#define KEY_CHECK_SIZE (2 * ID_HASH_SIZE + 1)

struct hash_keys;

struct hash_keys *hash_keys_create(const char *privacy_key);
void hash_keys_destroy(struct hash_keys *keys);

/* Of a person's or group's id, as in the tables objections and redis_removals. */
void hash_id(const struct hash_keys *keys, int64_t id, uint8_t out[ID_HASH_SIZE]);
/* Of a username; ASCII letters are case-insensitive. */
void hash_name(const struct hash_keys *keys, struct text name, uint8_t out[ID_HASH_SIZE]);
/* Of the stored fields, including the id but not the registration date, which never changes once it
 * is stored. Absent and empty texts differ, and texts cannot run into each other. */
void hash_row(const struct hash_keys *keys, const struct sighting *row, uint8_t out[ROW_HASH_SIZE]);
/* A key of its own for something else than hashes. */
#define DERIVED_KEY_SIZE 32
void hash_derive_key(const char *privacy_key, const char *purpose, uint8_t out[DERIVED_KEY_SIZE]);
/* Hex text that tells whether two keys are the same without revealing the key. */
void hash_key_check(const struct hash_keys *keys, char out[KEY_CHECK_SIZE]);

/* A hash_id() in lower-case hex, as Postgres returns it. */
void hash_from_hex(const char *hex, uint8_t out[ID_HASH_SIZE]);
/* Plain SHA-256 in hex: the checksum of a migration. */
void hash_sha256_hex(const void *bytes, size_t size, char out[65]);

#endif
