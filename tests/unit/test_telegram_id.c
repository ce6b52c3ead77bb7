/* test_telegram_id.c - what is an id, and of whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/telegram_id.h"
#include "common/xalloc.h"

static void a_persons_is_positive_and_a_groups_negative(void **state)
{
	int64_t id;

	(void)state;
	assert_true(telegram_id_parse("1001", false, &id));
	assert_int_equal(id, 1001);
	assert_true(telegram_id_parse("-1001600000000", true, &id));
	assert_int_equal(id, INT64_C(-1001600000000));
	assert_true(telegram_id_parse("9223372036854775807", false, &id));
	assert_true(telegram_id_parse("-9223372036854775808", true, &id));
	assert_false(telegram_id_parse("1001", true, &id));
	assert_false(telegram_id_parse("-1001", false, &id));
}

static void what_is_no_id_is_refused(void **state)
{
	static const char *const texts[] = { "",         "0",   "x",
					     "12x",      "12 ", "9223372036854775808",
					     "1 2",      "-",   "-9223372036854775809",
					     "@somebody" };
	int64_t id;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_false(telegram_id_parse(texts[i], false, &id));
		assert_false(telegram_id_parse(texts[i], true, &id));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_persons_is_positive_and_a_groups_negative),
		cmocka_unit_test(what_is_no_id_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
