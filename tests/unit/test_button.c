/* test_button.c - data of buttons there and back, and only our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "workers/host/button.h"
#include "workers/host/routes.h"
#include "workers/storage/seal.h"

static const struct button_owner owner = { .key = "key", .chat_id = -100, .user_id = 7 };

struct fixture {
	struct arena arena;
	struct slug slug;
	struct slug_values read;
	struct why why;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture) { 0 };
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	arena_finish(&((struct fixture *)*state)->arena);
	return 0;
}

static const char *pack(struct fixture *fixture, const char *data, ...)
{
	va_list arguments;
	struct text written;
	bool ok;

	if (!slug_parse(data, &fixture->slug, &fixture->why))
		fail_msg("%s", fixture->why.text);
	va_start(arguments, data);
	ok = slug_write(&fixture->slug, arguments, &fixture->arena, &written, &fixture->why);
	va_end(arguments);
	return ok ? button_seal(written, &owner, &fixture->arena) : NULL;
}

static bool unpack(struct fixture *fixture, const char *data, const char *packed,
		   const struct button_owner *by)
{
	if (!slug_parse(data, &fixture->slug, &fixture->why))
		fail_msg("%s", fixture->why.text);
	return button_unpack(text_of(packed), &fixture->slug, by, &fixture->arena, &fixture->read);
}

static void values_come_back(void **state)
{
	struct fixture *fixture = *state;
	const char *packed = pack(fixture, "go:%d:%.16s/%lld", -5, "caf\xc3\xa9", LLONG_MIN);

	assert_memory_equal(packed, "go:-5:caf\xc3\xa9/-9223372036854775808", 32);
	assert_int_equal(strlen(packed), 32 + SEAL_SIZE);
	assert_true(unpack(fixture, "go:%d:%.16s/%lld", packed, &owner));
	assert_int_equal(fixture->read.values[0].integer, -5);
	assert_string_equal(fixture->read.values[1].text, "caf\xc3\xa9");
	assert_true(fixture->read.values[2].integer == LLONG_MIN);
}

static void a_last_text_may_hold_anything_and_a_name_may_be_all(void **state)
{
	struct fixture *fixture = *state;
	const char *packed = pack(fixture, "x:%.20s", "a:b:c");

	assert_true(unpack(fixture, "x:%.20s", packed, &owner));
	assert_string_equal(fixture->read.values[0].text, "a:b:c");
	packed = pack(fixture, "close");
	assert_true(unpack(fixture, "close", packed, &owner));
}

static void what_would_not_come_back_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_null(pack(fixture, "x:%.4s", "five5"));
	assert_null(pack(fixture, "x:%.8s:%d", "a:b", 1));
	assert_non_null(pack(fixture, "x:%.8s:%d", "", 1));
}

static void forged_and_borrowed_data_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const char *packed = pack(fixture, "x:%d", 1);
	struct button_owner other = owner;
	char forged[BUTTON_DATA_MAX];

	strcpy(forged, packed);
	forged[2] = '2';
	assert_false(unpack(fixture, "x:%d", forged, &owner));
	other.chat_id = -101;
	assert_false(unpack(fixture, "x:%d", packed, &other));
	other = owner;
	other.user_id = 8;
	assert_false(unpack(fixture, "x:%d", packed, &other));
	other = owner;
	other.key = "another";
	assert_false(unpack(fixture, "x:%d", packed, &other));
	assert_false(unpack(fixture, "x:%d", "x:1", &owner));
	assert_false(unpack(fixture, "x:%d", "", &owner));
	assert_true(unpack(fixture, "x:%d", packed, &owner));
}

static void numbers_are_read_strictly(void **state)
{
	static const char *const bodies[] = { "x:",
					      "x: 1",
					      "x:+1",
					      "x:1x",
					      "x:2147483648",
					      "x:0x1",
					      "x:99999999999999999999999999",
					      "y:1",
					      "x:1:" };
	struct fixture *fixture = *state;

	assert_non_null(pack(fixture, "x:%d", 1));
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char data[BUTTON_DATA_MAX];
		size_t length = strlen(bodies[i]);

		memcpy(data, bodies[i], length);
		seal_make(owner.key, SEAL_BUTTON, owner.chat_id, owner.user_id, bodies[i], length,
			  data + length);
		data[length + SEAL_SIZE] = '\0';
		assert_false(unpack(fixture, "x:%d", data, &owner));
	}
}

/* As a former version sent them: they must go on to work. */
static void data_does_not_change(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(pack(fixture, "page:%d:%.12s", 2, "maths"), "page:2:mathseTpPurWo");
	assert_string_equal(pack(fixture, "close"), "closetl5Z1D_s");
}

static void it_fits_beside_the_seal(void **state)
{
	struct fixture *fixture = *state;

	assert_non_null(pack(fixture, "x:%.54s", "x"));
	assert_true(button_check(&fixture->slug, &fixture->why));
	assert_non_null(pack(fixture, "x:%.55s", "x"));
	assert_false(button_check(&fixture->slug, &fixture->why));
	assert_string_equal(fixture->why.text,
			    "a button with \"x:%.55s\" may need 65 bytes; Telegram allows 64");
}

static void the_name_is_before_the_colon(void **state)
{
	struct text name = button_name((struct text) { "page:1AAAAAAAA", 14 });

	(void)state;
	assert_true(text_is(name, "page"));
	assert_true(text_is(button_name((struct text) { "closeAAAAAAAA", 13 }), "close"));
	assert_int_equal(button_name((struct text) { "short", 5 }).length, 0);
	assert_int_equal(button_name((struct text) { NULL, 0 }).length, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(values_come_back),
		TEST(a_last_text_may_hold_anything_and_a_name_may_be_all),
		TEST(what_would_not_come_back_is_refused),
		TEST(forged_and_borrowed_data_is_refused),
		TEST(numbers_are_read_strictly),
		TEST(data_does_not_change),
		TEST(it_fits_beside_the_seal),
		TEST(the_name_is_before_the_colon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
