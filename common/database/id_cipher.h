/* id_cipher.h - ids enciphered so that the holder of the key can find, count and read them back,
 * and a dump of the database tells nobody whose they are: the column `person` of facts.
 *
 * AES-256, on one block: the id and eight bytes of zeros, under a key that is derived from
 * KORONE_PRIVACY_KEY for this alone. A block cipher is a permutation that nobody can tell from a
 * random one, so equal ids have equal texts (they are found by an index) and different ones have
 * nothing in common; and the zeros tell a text that another key made, or nobody
 * (encode-then-encipher: Bellare and Rogaway, 2000). What is one block long needs no mode: AES-SIV
 * (RFC 5297) would add a second block and say no more. It tells how many facts are about the same
 * person, and no more. */
#ifndef COMMON_DATABASE_ID_CIPHER_H
#define COMMON_DATABASE_ID_CIPHER_H

#include <stdbool.h>
#include <stdint.h>

#define ENCIPHERED_ID_SIZE 16
#define ENCIPHERED_ID_HEX_SIZE (2 * ENCIPHERED_ID_SIZE + 1)

struct id_cipher;

struct id_cipher *id_cipher_create(const char *privacy_key);
void id_cipher_destroy(struct id_cipher *id_cipher);

void id_encipher(const struct id_cipher *id_cipher, int64_t id, uint8_t out[ENCIPHERED_ID_SIZE]);
/* False for what this key has not made. */
bool id_decipher(const struct id_cipher *id_cipher, const uint8_t in[ENCIPHERED_ID_SIZE],
		 int64_t *id);
/* The same as lower-case hex; reads no more than ENCIPHERED_ID_HEX_SIZE - 1 characters. */
void id_encipher_hex(const struct id_cipher *id_cipher, int64_t id,
		     char out[ENCIPHERED_ID_HEX_SIZE]);
bool id_decipher_hex(const struct id_cipher *id_cipher, const char *hex, int64_t *id);

#endif
