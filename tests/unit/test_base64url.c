/* test_base64url.c - there and back, and in one way only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/base64url.h"

/* RFC 4648 section 10, without padding. */
static void the_vectors_of_the_rfc(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *plain = vectors[i][0], *coded = vectors[i][1];
		char out[16], back[16];
		size_t size;

		assert_int_equal(BASE64URL_SIZE(strlen(plain)), strlen(coded));
		assert_int_equal(base64url_encode(plain, strlen(plain), out), strlen(coded));
		assert_memory_equal(out, coded, strlen(coded));
		assert_true(base64url_decode(coded, strlen(coded), back, &size));
		assert_int_equal(size, strlen(plain));
		assert_memory_equal(back, plain, size);
	}
}

static void every_byte(void **state)
{
	unsigned char bytes[256], back[sizeof(bytes)];
	char out[BASE64URL_SIZE(sizeof(bytes))];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(255 - i);
	assert_int_equal(base64url_encode(bytes, sizeof(bytes), out), sizeof(out));
	assert_true(base64url_decode(out, sizeof(out), back, &size));
	assert_int_equal(size, sizeof(bytes));
	assert_memory_equal(back, bytes, size);
}

static void nothing_else_decodes(void **state)
{
	static const char *const wrong[] = { "Z",    "Zm9vY", "Zh",   "Zm9",
					     "Zm8=", "Zm9+",  "Zm9/", "Z m" };
	char out[16];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(base64url_decode(wrong[i], strlen(wrong[i]), out, &size));
	assert_false(base64url_decode("Zm9\0", 4, out, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(nothing_else_decodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
