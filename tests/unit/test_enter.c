/* test_enter.c - another chat in hand: what Telegram says of it and of who enters, and where things
 * are then. */
#include "tests/unit/host_world.h"
#include "tests/unit/moved_clock.h"

#define CHAT "\"chat\":{\"id\":7,\"type\":\"private\",\"first_name\":\"A\"}"
#define FROM "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"}"
#define GROUP_ID -1001234

static int64_t wanted;
static enum right right;
static const char *why;
static char seen[200];

static enum verdict enter(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	why = ctx_enter(ctx, wanted, right);
	snprintf(seen, sizeof(seen), "%lld %d %s", (long long)ctx_find_chat(ctx)->id,
		 (int)ctx_find_chat(ctx)->type, ctx_find_chat(ctx)->title);
	return ctx_reply(ctx, "%s", why ? why : "in");
}

static const struct route routes[] = { ANY(enter), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void run(struct host_world *world, const char *message)
{
	char json[600];

	put_clock_forward(RIGHTS_KEPT_MS + 1);
	why = "not asked";
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767000000,%s,"
		 "\"text\":\"x\"}}",
		 message);
	world_handle(world, KIND_MESSAGE, json);
}

/* As getChat and getChatMember at once. */
#define ANSWER(type, status)                                                                \
	"{\"id\":-1001234,\"type\":\"" type "\",\"title\":\"Friends\",\"status\":\"" status \
	"\",\"can_change_info\":true}"

static void expect_in(struct host_world *world, const char *chat)
{
	run(world, CHAT "," FROM);
	assert_null(why);
	assert_string_equal(seen, chat);
	assert_non_null(strstr(world_body(world, 0), "\"chat_id\":7,"));
}

static void expect_out(struct host_world *world, const char *reason)
{
	run(world, CHAT "," FROM);
	assert_non_null(why);
	if (!strstr(why, reason))
		fail_msg("\"%s\" instead of \"%s\"", why, reason);
	assert_string_equal(seen, "7 0 ");
}

static void who_has_the_right_or_is_a_member_enters(void **state)
{
	struct host_world *world = *state;

	wanted = GROUP_ID;
	right = RIGHT_CHANGE_INFO;
	world->answer = ANSWER("supergroup", "administrator");
	expect_in(world, "-1001234 2 Friends");
	world->answer = ANSWER("channel", "administrator");
	expect_in(world, "-1001234 3 Friends");
	world->answer = ANSWER("group", "creator");
	expect_in(world, "-1001234 1 Friends");
	right = RIGHT_PIN_MESSAGES;
	world->answer = ANSWER("supergroup", "administrator");
	expect_out(world, "without the right");
	right = RIGHT_ADMIN;
	world->answer = ANSWER("supergroup", "member");
	expect_out(world, "Only administrators");
	right = RIGHT_NONE;
	expect_in(world, "-1001234 2 Friends");
	world->answer = ANSWER("supergroup", "left");
	expect_out(world, "You are not in that group.");
	world->answer = ANSWER("supergroup", "kicked");
	expect_out(world, "You are not in that group.");
}

static void what_telegram_does_not_tell_is_not_entered(void **state)
{
	struct host_world *world = *state;

	wanted = GROUP_ID;
	right = RIGHT_NONE;
	world->answer = NULL;
	expect_out(world, "Telegram does not tell me right now");
	world->refusal = "Forbidden: bot was kicked from the supergroup chat";
	world->refusal_code = 403;
	expect_out(world, "I am not in that group");
	world->refusal = NULL;
	world->answer = "{\"id\":-1001234,\"type\":\"planet\",\"status\":\"member\"}";
	expect_out(world, "Telegram does not tell me right now");
	world->answer = "{\"id\":1234,\"type\":\"private\",\"status\":\"member\"}";
	expect_out(world, "Telegram does not tell me right now");
	world->answer = "[]";
	expect_out(world, "Telegram does not tell me right now");
}

static void nobody_enters_a_private_chat_but_their_own(void **state)
{
	struct host_world *world = *state;

	world->answer = ANSWER("supergroup", "creator");
	right = RIGHT_NONE;
	wanted = 8;
	expect_out(world, "You are not in that group.");
	wanted = 7;
	expect_in(world, "7 0 ");
	wanted = 0;
	expect_in(world, "7 0 ");
	assert_int_equal(world->calls, 0);
}

static void who_writes_in_the_name_of_a_chat_enters_nothing(void **state)
{
	struct host_world *world = *state;

	wanted = GROUP_ID;
	right = RIGHT_NONE;
	world->answer = ANSWER("supergroup", "creator");
	run(world, "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		   "\"from\":{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\"},"
		   "\"sender_chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}");
	assert_non_null(why);
	assert_string_equal(seen, "-100 2 G");
}

/* In a group, too, it is known who asks. */
static void what_was_not_written_has_no_right(void **state)
{
	struct host_world *world = *state;

	wanted = GROUP_ID;
	right = RIGHT_ADMIN;
	world->answer = ANSWER("supergroup", "creator");
	run(world, CHAT "," FROM ",\"forward_origin\":{\"type\":\"hidden_user\",\"date\":1,"
			"\"sender_user_name\":\"x\"}");
	assert_non_null(strstr(why, "when you write it yourself"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(who_has_the_right_or_is_a_member_enters),
		TEST(what_telegram_does_not_tell_is_not_entered),
		TEST(nobody_enters_a_private_chat_but_their_own),
		TEST(who_writes_in_the_name_of_a_chat_enters_nothing),
		TEST(what_was_not_written_has_no_right),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
