/* test_sim_member.c - rights, permissions and places in a chat as Telegram counts them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulator/member.h"

#define NOW_S 1700000000

static void a_term_is_for_ever_unless_it_is_30_s_to_366_days(void **state)
{
	const int64_t longest_s = NOW_S + INT64_C(366) * 86400;

	(void)state;
	assert_int_equal(member_until(0, NOW_S), 0);
	assert_int_equal(member_until(NOW_S - 1, NOW_S), 0);
	assert_int_equal(member_until(NOW_S + 29, NOW_S), 0);
	assert_int_equal(member_until(NOW_S + 30, NOW_S), NOW_S + 30);
	assert_int_equal(member_until(longest_s, NOW_S), longest_s);
	assert_int_equal(member_until(longest_s + 1, NOW_S), 0);
}

static void what_is_over_ends_the_second_after(void **state)
{
	struct member muted = { .status = MEMBER_RESTRICTED, .until_s = NOW_S };
	struct member away = { .status = MEMBER_RESTRICTED, .until_s = NOW_S, .away = true };
	struct member banned = { .status = MEMBER_KICKED, .until_s = NOW_S };
	struct member for_ever = { .status = MEMBER_KICKED };

	(void)state;
	member_expire(&muted, NOW_S);
	assert_int_equal(muted.status, MEMBER_RESTRICTED);
	member_expire(&muted, NOW_S + 1);
	member_expire(&away, NOW_S + 1);
	member_expire(&banned, NOW_S + 1);
	member_expire(&for_ever, NOW_S + 1);
	assert_int_equal(muted.status, MEMBER_MEMBER);
	assert_int_equal(muted.until_s, 0);
	assert_int_equal(away.status, MEMBER_LEFT);
	assert_false(away.away);
	assert_int_equal(banned.status, MEMBER_LEFT);
	assert_int_equal(for_ever.status, MEMBER_KICKED);
}

static void rights_are_those_of_the_type_of_chat(void **state)
{
	const uint32_t channel = RIGHT_POST_MESSAGES | RIGHT_EDIT_MESSAGES;

	(void)state;
	assert_int_equal(rights_fit(channel, CHAT_SUPERGROUP), 0);
	assert_int_equal(rights_fit(channel, CHAT_CHANNEL), channel | RIGHT_MANAGE_CHAT);
	assert_int_equal(rights_fit(RIGHT_MANAGE_TOPICS, CHAT_GROUP), 0);
	assert_int_equal(rights_fit(RIGHT_ANONYMOUS, CHAT_CHANNEL), 0);
	assert_int_equal(rights_fit(RIGHT_ANONYMOUS, CHAT_SUPERGROUP),
			 RIGHT_ANONYMOUS | RIGHT_MANAGE_CHAT);
	assert_int_equal(rights_of_type(CHAT_PRIVATE), 0);
}

static uint32_t permissions(const char *json, bool independent)
{
	json_t *object = json_loads(json, 0, NULL);
	uint32_t result = permissions_of(object, independent);

	json_decref(object);
	return result;
}

static void permissions_imply_others_unless_they_are_independent(void **state)
{
	const uint32_t text = MAY_SEND_MESSAGES | MAY_REACT;

	(void)state;
	assert_int_equal(permissions("{}", false), 0);
	assert_int_equal(permissions("{\"can_send_messages\":true}", false), text);
	assert_int_equal(permissions("{\"can_send_polls\":true}", false),
			 MAY_SEND_POLLS | MAY_SEND_MESSAGES);
	assert_int_equal(permissions("{\"can_send_polls\":true}", true), MAY_SEND_POLLS);
	assert_int_equal(permissions("{\"can_send_other_messages\":true}", false),
			 MAY_SEND_OTHER | PERMISSIONS_MEDIA | MAY_SEND_MESSAGES);
	assert_int_equal(permissions("{\"can_send_media_messages\":true}", false),
			 PERMISSIONS_MEDIA | text);
	assert_int_equal(permissions("{\"can_send_media_messages\":true}", true),
			 PERMISSIONS_MEDIA);
	assert_int_equal(permissions("{\"can_pin_messages\":true}", false),
			 MAY_PIN_MESSAGES | MAY_MANAGE_TOPICS | MAY_EDIT_TAG);
	assert_int_equal(
		permissions("{\"can_pin_messages\":true,\"can_manage_topics\":false}", false),
		MAY_PIN_MESSAGES | MAY_EDIT_TAG);
}

static void who_may_send_depends_on_all_and_on_one(void **state)
{
	struct member member = { .status = MEMBER_MEMBER };
	struct member muted = { .status = MEMBER_RESTRICTED, .permissions = MAY_SEND_PHOTOS };
	struct member admin = { .status = MEMBER_ADMINISTRATOR };
	struct member left = { .status = MEMBER_LEFT };

	(void)state;
	assert_true(member_may(&member, PERMISSIONS_ALL, MAY_SEND_MESSAGES));
	assert_false(member_may(&member, MAY_SEND_PHOTOS, MAY_SEND_MESSAGES));
	assert_true(member_may(&muted, PERMISSIONS_ALL, MAY_SEND_PHOTOS));
	assert_false(member_may(&muted, MAY_SEND_MESSAGES, MAY_SEND_PHOTOS));
	assert_false(member_may(&muted, PERMISSIONS_ALL, MAY_SEND_MESSAGES));
	assert_true(member_may(&admin, 0, MAY_SEND_MESSAGES));
	assert_false(member_may(&left, PERMISSIONS_ALL, MAY_SEND_MESSAGES));
	muted.away = true;
	assert_false(member_may(&muted, PERMISSIONS_ALL, MAY_SEND_PHOTOS));
}

static void names_that_are_none_are_told(void **state)
{
	json_t *object = json_loads("{\"can_fly\":true}", 0, NULL);
	const char *unknown = NULL;
	uint32_t bits = RIGHT_PIN_MESSAGES;

	(void)state;
	assert_false(rights_take(object, right_names, RIGHTS_COUNT, &bits, &unknown));
	assert_string_equal(unknown, "can_fly");
	json_decref(object);
	object = json_loads("{\"can_pin_messages\":false,\"is_anonymous\":true}", 0, NULL);
	assert_true(rights_take(object, right_names, RIGHTS_COUNT, &bits, &unknown));
	assert_int_equal(bits, RIGHT_ANONYMOUS);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_term_is_for_ever_unless_it_is_30_s_to_366_days),
		cmocka_unit_test(what_is_over_ends_the_second_after),
		cmocka_unit_test(rights_are_those_of_the_type_of_chat),
		cmocka_unit_test(permissions_imply_others_unless_they_are_independent),
		cmocka_unit_test(who_may_send_depends_on_all_and_on_one),
		cmocka_unit_test(names_that_are_none_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
