/* test_wire_settings.c - the settings that reach handlers: all that they need, but no token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/wire/settings.h"

static void it_brings_all_but_the_token_and_the_keys(void **state)
{
	int64_t operators[] = { 5, -1002147483648001 };
	struct module_key keys[] = { { "KORONE_LASTFM_KEY", "key-of-lastfm" } };
	const struct settings settings = { .bot_token = "42:secret-token-of-the-bot",
					   .api_url = "http://api",
					   .database_url = "postgresql:///db",
					   .redis_url = "unix:///redis",
					   .privacy_key = "0123456789abcdef",
					   .curve_dir = "/keys",
					   .run_dir = "/run",
					   .state_dir = "/state",
					   .handler_timeout_ms = 1234,
					   .owner_id = 7,
					   .module_keys = { .all = keys, .count = 1 },
					   .operators = { operators, 2 },
					   .crash_update = CRASH_UPDATE_NONE,
					   .botapi_newer = BOTAPI_NEWER_YES };
	struct settings read;
	struct buffer bytes = { 0 };
	struct why why;

	(void)state;
	wire_settings_pack(&settings, &bytes);
	assert_null(memmem(buffer_unread(&bytes), buffer_unread_size(&bytes), "secret-token", 12));
	assert_null(memmem(buffer_unread(&bytes), buffer_unread_size(&bytes), "key-of-", 7));
	assert_true(wire_settings_unpack(buffer_unread(&bytes), buffer_unread_size(&bytes), &read,
					 &why));
	assert_string_equal(read.bot_token, "");
	assert_string_equal(read.curve_dir, "");
	assert_string_equal(read.database_url, "postgresql:///db");
	assert_string_equal(read.privacy_key, "0123456789abcdef");
	assert_int_equal(read.handler_timeout_ms, 1234);
	assert_int_equal(read.owner_id, 7);
	assert_int_equal(read.module_keys.count, 1);
	assert_string_equal(read.module_keys.all[0].name, "KORONE_LASTFM_KEY");
	assert_string_equal(read.module_keys.all[0].value, "");
	assert_int_equal(read.operators.count, 2);
	assert_int_equal(read.operators.ids[1], -1002147483648001);
	assert_int_equal(read.crash_update, CRASH_UPDATE_NONE);
	assert_int_equal(read.botapi_newer, BOTAPI_NEWER_YES);
	/* Of other programs: never NULL. */
	assert_string_equal(read.logfire_token, "");
	assert_false(wire_settings_unpack(buffer_unread(&bytes), 20, &read, &why));
	buffer_finish(&bytes);
}

/* No leak check: settings live as long as the program. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_brings_all_but_the_token_and_the_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
