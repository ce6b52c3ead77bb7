/* test_id_cipher.c - ids enciphered, and read back with the same key alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/database/id_cipher.h"
#include "common/trace.h"
#include "common/xalloc.h"

static const int64_t ids[] = { 1, 2, 7123456789345, -1001234567890, INT64_MAX, INT64_MIN, 0 };

static void what_is_enciphered_is_read_back(void **state)
{
	struct id_cipher *id_cipher = id_cipher_create("a key of sixteen");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		char hex[ENCIPHERED_ID_HEX_SIZE], again[ENCIPHERED_ID_HEX_SIZE];
		int64_t id = 42;

		id_encipher_hex(id_cipher, ids[i], hex);
		assert_int_equal(strlen(hex), ENCIPHERED_ID_HEX_SIZE - 1);
		assert_true(id_decipher_hex(id_cipher, hex, &id));
		assert_true(id == ids[i]);
		id_encipher_hex(id_cipher, ids[i], again);
		assert_string_equal(again, hex);
	}
	id_cipher_destroy(id_cipher);
	id_cipher_destroy(NULL);
}

/* With what OpenSSL's own program makes of it:
 *     printf 'korone person' | openssl dgst -sha256 -hmac 'a key of sixteen'
 *     printf '\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' | openssl enc -aes-256-ecb -nopad -K THAT */
static void it_must_not_change(void **state)
{
	struct id_cipher *id_cipher = id_cipher_create("a key of sixteen");
	char hex[ENCIPHERED_ID_HEX_SIZE];

	(void)state;
	id_encipher_hex(id_cipher, 1, hex);
	assert_string_equal(hex, "bd7b36819022eb52712ebd632509fb77");
	id_cipher_destroy(id_cipher);
}

static void another_key_tells_nothing(void **state)
{
	struct id_cipher *one = id_cipher_create("a key of sixteen");
	struct id_cipher *other = id_cipher_create("a key of 16 more");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		uint8_t mine[ENCIPHERED_ID_SIZE], theirs[ENCIPHERED_ID_SIZE];
		int64_t id = 42;

		id_encipher(one, ids[i], mine);
		id_encipher(other, ids[i], theirs);
		assert_memory_not_equal(mine, theirs, sizeof(mine));
		assert_false(id_decipher(other, mine, &id));
		assert_true(id == 42);
	}
	id_cipher_destroy(one);
	id_cipher_destroy(other);
}

static void what_nobody_enciphered_is_refused(void **state)
{
	static const char *const texts[] = { "", "00", "zz000000000000000000000000000000",
					     "00000000000000000000000000000000",
					     "0000000000000000000000000000000Z" };
	struct id_cipher *id_cipher = id_cipher_create("a key of sixteen");
	uint8_t bytes[ENCIPHERED_ID_SIZE];
	int64_t id = 42;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(id_decipher_hex(id_cipher, texts[i], &id));
	for (unsigned bit = 0; bit < 8 * sizeof(bytes); bit++) {
		id_encipher(id_cipher, 7, bytes);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(id_decipher(id_cipher, bytes, &id));
	}
	assert_true(id == 42);
	id_cipher_destroy(id_cipher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_enciphered_is_read_back),
		cmocka_unit_test(it_must_not_change),
		cmocka_unit_test(another_key_tells_nothing),
		cmocka_unit_test(what_nobody_enciphered_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
