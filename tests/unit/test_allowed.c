/* test_allowed.c - which kinds are requested, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingress/intake/allowed.h"

#define MESSAGE_BIT (1u << KIND_MESSAGE)
#define POLL_BIT (1u << KIND_POLL)

static void it_widens_at_once_and_narrows_after_a_day(void **state)
{
	struct allowed allowed = { 0 };

	(void)state;
	assert_int_equal(allowed_kinds(&allowed, 1000), 0);
	assert_true(allowed_need(&allowed, MESSAGE_BIT | POLL_BIT, 1000));
	assert_false(allowed_need(&allowed, MESSAGE_BIT, 2000));
	assert_int_equal(allowed_kinds(&allowed, 1000 + ALLOWED_KEPT_S - 1),
			 MESSAGE_BIT | POLL_BIT);
	assert_int_equal(allowed_kinds(&allowed, 1000 + ALLOWED_KEPT_S), MESSAGE_BIT);
	assert_true(allowed_need(&allowed, POLL_BIT, 1000 + ALLOWED_KEPT_S));
}

static void it_is_written_for_telegram(void **state)
{
	struct buffer json = { 0 };

	(void)state;
	allowed_json(MESSAGE_BIT | POLL_BIT, &json);
	assert_string_equal(buffer_text(&json), "[\"message\",\"poll\"]");
	buffer_finish(&json);
}

static void it_survives_a_restart(void **state)
{
	struct allowed allowed = { 0 }, restored = { 0 };
	struct buffer encoded = { 0 };

	(void)state;
	(void)allowed_need(&allowed, MESSAGE_BIT, 1000);
	(void)allowed_need(&allowed, POLL_BIT, 2000);
	allowed_encode(&allowed, &encoded);
	allowed_decode(&restored, buffer_unread(&encoded), buffer_unread_size(&encoded));
	assert_memory_equal(&allowed, &restored, sizeof(allowed));
	/* Truncation at any length is harmless. */
	for (size_t size = 0; size < buffer_unread_size(&encoded); size++)
		allowed_decode(&restored, buffer_unread(&encoded), size);
	buffer_finish(&encoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_widens_at_once_and_narrows_after_a_day),
		cmocka_unit_test(it_is_written_for_telegram),
		cmocka_unit_test(it_survives_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
