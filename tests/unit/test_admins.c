/* test_admins.c - who may what in a group: asked once, remembered for a while, and never longer
 * than the change that Telegram told of. */
#include "tests/unit/host_world.h"
#include "tests/unit/moved_clock.h"

static unsigned ran;

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	(void)ctx;
	(void)command;
	ran++;
	return DONE;
}

static enum verdict on_forget(struct ctx *ctx, const struct command *command)
{
	(void)command;
	ctx_forget_admins(ctx);
	return DONE;
}

static int64_t looked_at;
static unsigned seen;

static enum verdict on_look(struct ctx *ctx, const struct command *command)
{
	(void)command;
	seen = ctx_rights(ctx, looked_at);
	return DONE;
}

static bool exempt;

static enum verdict on_rule(struct ctx *ctx, const struct command *command)
{
	exempt = ctx_is_exempt_user(ctx, command->from);
	return DONE;
}

static const struct route routes[] = {
	COMMAND("rule", on_rule),
	COMMAND("any", on_command, .admin = RIGHT_ADMIN),
	COMMAND("ban", on_command, .admin = RIGHT_RESTRICT_MEMBERS),
	COMMAND("pin", on_command, .admin = RIGHT_PIN_MESSAGES),
	COMMAND("own", on_command, .admin = RIGHT_OWNER),
	COMMAND("topic", on_command, .admin = RIGHT_MANAGE_TOPICS),
	COMMAND("look", on_look),
	COMMAND("forget", on_forget),
	END_OF_ROUTES,
};

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

/* Whether the command runs for this person in this group. */
static bool may(struct host_world *world, int64_t user, int64_t chat, const char *command)
{
	unsigned before = ran;
	char json[400];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,"
		 "\"from\":{\"id\":%lld,\"is_bot\":false,\"first_name\":\"A\"},"
		 "\"chat\":{\"id\":%lld,\"type\":\"supergroup\",\"title\":\"G\"},"
		 "\"text\":\"/%s\"}}",
		 (long long)user, (long long)chat, command);
	world_handle(world, KIND_MESSAGE, json);
	return ran > before;
}

#define ADMIN \
	"{\"status\":\"administrator\",\"can_restrict_members\":true,\"can_pin_messages\":false}"

static void rights_are_what_telegram_says(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	assert_true(may(world, 7, -100, "any"));
	assert_string_equal(world->call, "getChatMember {\"chat_id\":-100,\"user_id\":7}");
	assert_true(may(world, 7, -100, "ban"));
	assert_false(may(world, 7, -100, "pin"));
	world->answer = "{\"status\":\"creator\"}";
	assert_true(may(world, 8, -100, "any"));
	assert_true(may(world, 8, -100, "ban"));
	assert_true(may(world, 8, -100, "pin"));
	world->answer = "{\"status\":\"member\",\"can_restrict_members\":true}";
	assert_false(may(world, 9, -100, "any"));
	assert_false(may(world, 9, -100, "ban"));
}

/* A call for each command would be held up by Telegram's limits. */
static void an_answer_is_remembered(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	for (int i = 0; i < 3; i++)
		assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 1);
	world->answer = "{\"status\":\"member\"}";
	for (int i = 0; i < 3; i++)
		assert_false(may(world, 8, -100, "ban")); /* another person */
	assert_int_equal(world->calls, 2);
	for (int i = 0; i < 3; i++)
		assert_false(may(world, 7, -200, "ban")); /* another group */
	assert_int_equal(world->calls, 3);
	assert_true(may(world, 7, -100, "ban"));
	put_clock_forward(UINT64_C(24) * 3600 * 1000);
	assert_false(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 4);
}

static void what_fails_is_asked_again(void **state)
{
	struct host_world *world = *state;

	assert_false(may(world, 7, -100, "ban"));
	world->answer = ADMIN;
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 2);
}

/* Of the whole group, for nobody says whose rights changed. */
static void what_is_forgotten_is_asked_again(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	assert_true(may(world, 7, -100, "ban"));
	assert_true(may(world, 8, -100, "ban"));
	assert_true(may(world, 7, -200, "ban"));
	world->answer = "{\"status\":\"left\"}";
	(void)may(world, 9, -100, "forget");
	assert_false(may(world, 7, -100, "ban"));
	assert_false(may(world, 8, -100, "ban"));
	assert_true(may(world, 7, -200, "ban"));
}

static const char *said(struct host_world *world, const char *refusal)
{
	world->refusal = refusal;
	assert_false(may(world, 7, -100, "ban"));
	return world_body(world, 0);
}

/* "Please try again" helps only while Telegram is away. */
static void what_can_never_work_is_told_with_what_to_do(void **state)
{
	assert_non_null(strstr(said(*state, NULL), "Please try again"));
	assert_non_null(strstr(said(*state, "Bad Request: member list is inaccessible"),
			       "Please make me one."));
	assert_non_null(
		strstr(said(*state, "Bad Request: CHAT_ADMIN_REQUIRED"), "Please make me one."));
	/* Who comments in a channel's group need not be in it. */
	assert_non_null(
		strstr(said(*state, "Bad Request: PARTICIPANT_ID_INVALID"), "Only administrators"));
}

static void change(struct host_world *world, enum update_kind kind, const char *before,
		   const char *after)
{
	char json[500];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"%s\":{"
		 "\"from\":{\"id\":9,\"is_bot\":false,\"first_name\":\"B\"},"
		 "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		 "\"old_chat_member\":{\"status\":\"%s\",\"user\":{\"id\":7}},"
		 "\"new_chat_member\":{\"status\":\"%s\",\"user\":{\"id\":7}}}}",
		 kind == KIND_CHAT_MEMBER ? "chat_member" : "my_chat_member", before, after);
	world_handle(world, kind, json);
}

/* An update about a member says that something changed, not what holds now: only Telegram's answer
 * to the sender is stored. */
static void a_change_of_membership_is_asked_about(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	assert_true(may(world, 7, -100, "ban"));
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 1);
	world->answer = "{\"status\":\"member\"}";
	change(world, KIND_CHAT_MEMBER, "member", "administrator");
	assert_false(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 2);
	world->answer = ADMIN;
	change(world, KIND_MY_CHAT_MEMBER, "administrator", "member");
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 3);
	change(world, KIND_CHAT_MEMBER, "left", "member");
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 4);
}

static unsigned rights_of(struct host_world *world, int64_t user, int64_t chat)
{
	looked_at = user;
	(void)may(world, 9, chat, "look");
	return seen;
}

static void a_handler_sees_the_rights_of_anybody(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	assert_int_equal(rights_of(world, 7, -100),
			 1u << RIGHT_ADMIN | 1u << RIGHT_RESTRICT_MEMBERS);
	assert_int_equal(rights_of(world, 7, -100),
			 1u << RIGHT_ADMIN | 1u << RIGHT_RESTRICT_MEMBERS);
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 1);
	world->answer = "{\"status\":\"creator\"}";
	assert_int_equal(rights_of(world, 8, -100), (1u << (RIGHT_RESTRICT_MEMBERS + 1)) - 2);
	world->answer = "{\"status\":\"member\"}";
	assert_int_equal(rights_of(world, 10, -100), 0);
	assert_int_equal(world->calls, 3);
	world->answer = NULL;
	assert_int_equal(rights_of(world, 11, -100), 0);
	assert_int_equal(world->calls, 4);
}

static void of_those_who_stand_for_others_nobody_is_asked(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"status\":\"creator\"}";
	assert_int_equal(rights_of(world, 1087968824, -100), 1u << RIGHT_ADMIN);
	assert_int_equal(rights_of(world, 136817688, -100), 0);
	assert_int_equal(rights_of(world, 777000, -100), 0);
	assert_int_equal(world->calls, 0);
}

static void owners_and_topics_are_columns(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"status\":\"administrator\",\"can_manage_topics\":true}";
	assert_true(may(world, 7, -100, "topic"));
	assert_false(may(world, 7, -100, "own"));
	assert_non_null(strstr(world_body(world, 0), "Only the owner of this group"));
	world->answer = "{\"status\":\"member\"}";
	assert_false(may(world, 8, -100, "own"));
	assert_non_null(strstr(world_body(world, 0), "Only the owner of this group"));
	world->answer = "{\"status\":\"creator\"}";
	assert_true(may(world, 10, -100, "own"));
	assert_true(may(world, 10, -100, "topic"));
}

/* A call for each who writes would be too slow in a raid. */
static void rules_ask_for_the_list_once(void **state)
{
	struct host_world *world = *state;

	world->answer = "[{\"user\":{\"id\":7}}]";
	for (int64_t user = 1000; user < 1003; user++) {
		(void)may(world, user, -100, "rule");
		assert_false(exempt);
	}
	assert_string_equal(world->call, "getChatAdministrators {\"chat_id\":-100}");
	assert_int_equal(world->calls, 1);
	/* Nor have they any right. */
	assert_false(may(world, 1000, -100, "ban"));
	assert_int_equal(world->calls, 1);
	/* One who may be in it is asked for. */
	world->answer = ADMIN;
	(void)may(world, 7, -100, "rule");
	assert_true(exempt);
	assert_int_equal(world->calls, 2);
}

/* They come and go, and what is known of the administrators stays. */
static void who_joins_makes_nothing_forgotten(void **state)
{
	struct host_world *world = *state;

	world->answer = ADMIN;
	assert_true(may(world, 7, -100, "ban"));
	world_handle(
		world, KIND_CHAT_MEMBER,
		"{\"update_id\":1,\"chat_member\":{\"chat\":{\"id\":-100,\"type\":\"supergroup\","
		"\"title\":\"G\"},\"from\":{\"id\":9,\"is_bot\":false,\"first_name\":\"A\"},"
		"\"date\":1,\"old_chat_member\":{\"status\":\"left\",\"user\":{\"id\":9,"
		"\"is_bot\":false,\"first_name\":\"A\"}},\"new_chat_member\":{\"status\":"
		"\"member\",\"user\":{\"id\":9,\"is_bot\":false,\"first_name\":\"A\"}}}}");
	assert_true(may(world, 7, -100, "ban"));
	assert_int_equal(world->calls, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rules_ask_for_the_list_once),
		TEST(who_joins_makes_nothing_forgotten),
		TEST(rights_are_what_telegram_says),
		TEST(a_handler_sees_the_rights_of_anybody),
		TEST(of_those_who_stand_for_others_nobody_is_asked),
		TEST(owners_and_topics_are_columns),
		TEST(an_answer_is_remembered),
		TEST(what_fails_is_asked_again),
		TEST(what_is_forgotten_is_asked_again),
		TEST(what_can_never_work_is_told_with_what_to_do),
		TEST(a_change_of_membership_is_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
