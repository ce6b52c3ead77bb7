/* test_access.c - what is said of a command with two rows when both refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/host/access.h"

static void a_row_for_this_kind_of_chat_explains_more(void **state)
{
	(void)state;
	assert_int_equal(access_join(ACCESS_ONLY_PRIVATE, ACCESS_LACKS_RIGHT), ACCESS_LACKS_RIGHT);
	assert_int_equal(access_join(ACCESS_ONLY_GROUP, ACCESS_ANONYMOUS), ACCESS_ANONYMOUS);
	assert_int_equal(access_join(ACCESS_LACKS_RIGHT, ACCESS_ONLY_PRIVATE), ACCESS_LACKS_RIGHT);
	assert_int_equal(access_join(ACCESS_NOT_ADMIN, ACCESS_UNKNOWN), ACCESS_NOT_ADMIN);
}

static void who_is_told_nothing_by_one_row_hears_the_other(void **state)
{
	(void)state;
	assert_int_equal(access_join(ACCESS_ONLY_PRIVATE, ACCESS_SILENT), ACCESS_ONLY_PRIVATE);
	assert_int_equal(access_join(ACCESS_ONLY_GROUP, ACCESS_SILENT), ACCESS_ONLY_GROUP);
	assert_int_equal(access_join(ACCESS_SILENT, ACCESS_NOT_ADMIN), ACCESS_SILENT);
	assert_int_equal(access_join(ACCESS_GRANTED, ACCESS_NOT_ADMIN), ACCESS_NOT_ADMIN);
}

static void an_own_row_for_private_chats_is_pointed_to(void **state)
{
	(void)state;
	assert_int_equal(access_join(ACCESS_ONLY_PRIVATE, ACCESS_NOT_ADMIN),
			 ACCESS_ADMIN_OR_PRIVATE);
	assert_int_equal(access_join(ACCESS_ONLY_GROUP, ACCESS_NOT_ADMIN), ACCESS_NOT_ADMIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_for_this_kind_of_chat_explains_more),
		cmocka_unit_test(who_is_told_nothing_by_one_row_hears_the_other),
		cmocka_unit_test(an_own_row_for_private_chats_is_pointed_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
