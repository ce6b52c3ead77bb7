/* test_seal.c - a seal fits what it was made for, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/storage/seal.h"

static const enum seal_use uses[] = { SEAL_BUTTON, SEAL_QUESTION, SEAL_VALUE };
#define USES (sizeof(uses) / sizeof(*uses))

static bool fits(enum seal_use use, const char *mark)
{
	return seal_fits("key", use, -100, 7, "page:2", 6, mark);
}

static void a_mark_of_one_use_is_refused_in_every_other(void **state)
{
	(void)state;
	for (size_t made = 0; made < USES; made++) {
		char mark[SEAL_SIZE];

		seal_make("key", uses[made], -100, 7, "page:2", 6, mark);
		for (size_t asked = 0; asked < USES; asked++)
			assert_int_equal(fits(uses[asked], mark), made == asked);
	}
}

static void a_mark_fits_all_that_is_marked(void **state)
{
	char mark[SEAL_SIZE];

	(void)state;
	seal_make("key", SEAL_BUTTON, -100, 7, "page:2", 6, mark);
	assert_true(fits(SEAL_BUTTON, mark));
	assert_false(seal_fits("other", SEAL_BUTTON, -100, 7, "page:2", 6, mark));
	assert_false(seal_fits("key", SEAL_BUTTON, -101, 7, "page:2", 6, mark));
	assert_false(seal_fits("key", SEAL_BUTTON, -100, 8, "page:2", 6, mark));
	assert_false(seal_fits("key", SEAL_BUTTON, 7, -100, "page:2", 6, mark));
	assert_false(seal_fits("key", SEAL_BUTTON, -100, 7, "page:3", 6, mark));
	assert_false(seal_fits("key", SEAL_BUTTON, -100, 7, "page:2", 5, mark));
	for (size_t i = 0; i < SEAL_SIZE; i++) {
		mark[i] ^= 1;
		assert_false(fits(SEAL_BUTTON, mark));
		mark[i] ^= 1;
	}
}

/* HMAC-SHA-256 of "button 1", both numbers and the data, computed by another program. */
static void buttons_that_were_sent_long_ago_still_work(void **state)
{
	(void)state;
	assert_true(fits(SEAL_BUTTON, "3XDkeTEr"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_of_one_use_is_refused_in_every_other),
		cmocka_unit_test(a_mark_fits_all_that_is_marked),
		cmocka_unit_test(buttons_that_were_sent_long_ago_still_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
