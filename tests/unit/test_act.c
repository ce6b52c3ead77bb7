/* test_act.c - actions on somebody: what is asked of Telegram, and what its refusal changes. What
 * people are told: tests/modules/example_acts.txt. */
#include "tests/unit/host_world.h"

static struct action action;
static enum act_wait wait_for;
static char said[200];

static enum verdict on_act(struct ctx *ctx, const struct command *command)
{
	const char *why = ctx_act(ctx, action, target_of(ctx, atoll(command->args)), wait_for, "");

	snprintf(said, sizeof(said), "%s", why ? why : "done");
	return DONE;
}

static enum verdict on_undo(struct ctx *ctx, const struct command *command)
{
	const char *why = ctx_undo(ctx, action, target_of(ctx, atoll(command->args)), wait_for);

	snprintf(said, sizeof(said), "%s", why ? why : "done");
	return DONE;
}

static enum verdict on_text(struct ctx *ctx, const struct text_message *text)
{
	const char *why = ctx_act(ctx, action, message_author(ctx_find_message(ctx)), ACT_QUEUED,
				  "");

	(void)text;
	snprintf(said, sizeof(said), "%s", why ? why : "done");
	return DONE;
}

static const struct route routes[] = {
	COMMAND("act", on_act),
	COMMAND("undo", on_undo),
	TEXT(on_text),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };

static int keepers_state;
static const char *keeper_says, *keeper_refuses;

static void *open_keeper(const struct settings *settings, struct why *why)
{
	(void)settings;
	(void)why;
	return &keepers_state;
}

static const char *keep_warning(struct ctx *ctx, struct target target, const char *reason,
				const char **text)
{
	assert_ptr_equal(ctx_state(ctx), &keepers_state);
	assert_int_equal(target.user->id, 8);
	assert_string_equal(reason, "");
	*text = keeper_says;
	if (!fact_add(ctx, THIS_CHAT, "warning", 8, 1, NULL))
		return "failed";
	return keeper_refuses;
}

static const char *take_warning(struct ctx *ctx, struct target target, const char **text)
{
	*text = NULL;
	return fact_remove(ctx, THIS_CHAT, "warning", target.user->id) ? NULL : "none";
}

static const struct warnings warnings = { keep_warning, take_warning };
static const struct route no_routes[] = { END_OF_ROUTES };
static const struct module keeper_module = {
	.name = "keeper",
	.open = open_keeper,
	.routes = no_routes,
	.warnings = &warnings,
	.facts = FACTS(FACT("warning", "warnings")),
};
static const struct module second_keeper = { .name = "second",
					     .routes = no_routes,
					     .warnings = &warnings };
static const struct module *const modules[] = { &keeper_module, &test_module, NULL };

static int set_up(void **state)
{
	action = (struct action) { .kind = ACTION_BAN };
	wait_for = ACT_QUEUED;
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

/* Has person 7 write this in reply to a message of person 8. */
static const char *write_text(struct host_world *world, const char *text)
{
	char json[500];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,"
		 "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		 "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		 "\"reply_to_message\":{\"message_id\":4,\"date\":1,"
		 "\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"B\"},"
		 "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}},"
		 "\"text\":\"%s\"}}",
		 text);
	strcpy(said, "nothing");
	world_handle(world, KIND_MESSAGE, json);
	return said;
}

/* As the sender learns it. */
static void know(struct host_world *world, int64_t user_id, const char *member)
{
	struct rights *rights = host_rights(world->host);
	char body[100];
	const struct call_result result = { .status = CALL_OK, .result = text_of(member) };
	struct call call = { .chat_id = -100,
			     .want_result = true,
			     .method = text_of("getChatMember") };

	snprintf(body, sizeof(body), "{\"chat_id\":-100,\"user_id\":%lld}", (long long)user_id);
	call.body = text_of(body);
	rights_learn(rights, &call, &result, rights_stamp(rights, -100));
}

#define ADMIN                                                          \
	"{\"status\":\"administrator\",\"can_restrict_members\":true," \
	"\"can_delete_messages\":true}"

static void know_all(struct host_world *world)
{
	know(world, 1, ADMIN);
	know(world, 7, ADMIN);
	know(world, 8, "{\"status\":\"member\"}");
}

static void what_is_known_is_not_asked(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->calls, 0);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_string_equal(world_body(world, 0), "{\"user_id\":8,\"chat_id\":-100}");
}

static void nothing_is_done_when_it_cannot_be_done_whole(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	know(world, 1, "{\"status\":\"administrator\",\"can_restrict_members\":true}");
	action.delete_message = true;
	assert_non_null(strstr(write_text(world, "/act 8"), "I need to be an administrator"));
	assert_int_equal(world->outcome.calls_count, 0);
	assert_int_equal(world->calls, 0);
	action.delete_message = false;
	assert_string_equal(write_text(world, "/act 8"), "done");
}

static void no_action_needs_nothing(void **state)
{
	struct host_world *world = *state;

	action.kind = ACTION_NONE;
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->outcome.calls_count + world->calls, 0);
}

/* Else everybody would hear for a minute that the bot may, and it may not. */
static void what_telegram_contradicts_is_forgotten(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	wait_for = ACT_NOW;
	world->refusal = "Bad Request: not enough rights to restrict/unrestrict chat member";
	assert_non_null(strstr(write_text(world, "/act 8"), "I need to be an administrator"));
	assert_int_equal(world->calls, 1);
	world->refusal = NULL;
	world->answer = "{\"status\":\"member\"}";
	assert_non_null(strstr(write_text(world, "/act 8"), "Only administrators"));
	assert_string_equal(world->call, "getChatMember {\"chat_id\":-100,\"user_id\":7}");
}

static void other_refusals_change_nothing(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	wait_for = ACT_NOW;
	world->refusal = "Bad Request: something";
	assert_string_equal(write_text(world, "/act 8"),
			    "Telegram refuses: Bad Request: something");
	world->refusal = NULL;
	world->answer = "true";
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->calls, 2);
}

/* A guard acts on who writes: the message is theirs, not that to which they reply. */
static void whoever_writes_is_their_own_asker(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	know(world, 7, "{\"status\":\"member\"}");
	action = (struct action) { .kind = ACTION_MUTE, .seconds = 60, .delete_message = true };
	assert_string_equal(write_text(world, "spam"), "done");
	assert_int_equal(world->outcome.calls_count, 3);
	assert_string_equal(world_body(world, 0),
			    "{\"user_id\":7,\"permissions\":{\"can_send_messages\":false},"
			    "\"until_date\":60,\"chat_id\":-100}");
	assert_non_null(strstr(world_body(world, 1), "\"message_id\":5"));
	/* They are told so, after all answers. */
	assert_non_null(strstr(world_body(world, 2), "You cannot write in"));
	assert_int_equal(world->outcome.calls[2].chat_id, 7);
	assert_int_equal(world->outcome.calls[2].class, CALL_BULK);
	assert_int_equal(world->outcome.calls[0].class, CALL_ANSWER);
}

/* To somebody who is banned it would be a pardon. */
static void who_is_not_there_is_neither_kicked_nor_muted(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	know(world, 8, "{\"status\":\"kicked\"}");
	action.kind = ACTION_KICK;
	assert_string_equal(write_text(world, "/act 8"), "They are not in this group.");
	action.kind = ACTION_MUTE;
	assert_string_equal(write_text(world, "/act 8"), "They are not in this group.");
	assert_int_equal(world->outcome.calls_count, 0);
	action.kind = ACTION_BAN;
	assert_string_equal(write_text(world, "/act 8"), "done");
}

/* Rather than to act on somebody who may be an administrator. */
static void without_an_answer_nothing_is_done(void **state)
{
	struct host_world *world = *state;

	know(world, 1, ADMIN);
	know(world, 7, ADMIN);
	assert_non_null(strstr(write_text(world, "/act 8"), "Please try again."));
	assert_int_equal(world->calls, 1);
	assert_int_equal(world->outcome.calls_count, 0);
}

/* A button below what was said of a ban is seen by whoever was banned, too. */
static void nobody_takes_their_own_ban_back(void **state)
{
	struct host_world *world = *state;

	know_all(world);
	assert_string_equal(write_text(world, "/undo 8"), "done");
	assert_string_equal(world_body(world, 0),
			    "{\"user_id\":8,\"only_if_banned\":true,\"chat_id\":-100}");
	know(world, 7, "{\"status\":\"member\"}");
	assert_non_null(strstr(write_text(world, "/undo 7"), "Only administrators"));
	assert_int_equal(world->outcome.calls_count, 0);
	action.by_rule = true;
	assert_string_equal(write_text(world, "/undo 7"), "done");
}

/* Its state and its facts are its own, whoever warns. */
static void warnings_are_the_matter_of_one_module(void **state)
{
	struct host_world *world = *state;

	know(world, 7, "{\"status\":\"creator\"}");
	know(world, 8, "{\"status\":\"member\"}");
	action = (struct action) { .kind = ACTION_WARN };
	keeper_says = "1 of 3";
	keeper_refuses = NULL;
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->outcome.calls_count, 0);
	assert_string_equal(write_text(world, "/undo 8"), "done");
	assert_string_equal(write_text(world, "/undo 8"), "none");
	keeper_refuses = "not now";
	assert_string_equal(write_text(world, "/act 8"), "not now");
}

static void two_modules_that_keep_warnings_are_refused(void **state)
{
	const struct module *const both[] = { &keeper_module, &second_keeper, NULL };
	struct host_world *world = *state;
	struct why why;

	assert_null(host_create(both, &world->settings, &why));
	assert_string_equal(why.text, "both \"keeper\" and \"second\" keep warnings");
}

static void nothing_is_done_on_trial(void **state)
{
	struct host_world *world = *state;

	know(world, 7, "{\"status\":\"creator\"}");
	know(world, 8, "{\"status\":\"member\"}");
	action = (struct action) { .kind = ACTION_MUTE, .delete_message = true, .dry_run = true };
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->outcome.calls_count, 0);
	action.kind = ACTION_DELETE;
	assert_string_equal(write_text(world, "/act 8"), "done");
	action.kind = ACTION_LOG;
	assert_string_equal(write_text(world, "/act 8"), "done");
	assert_int_equal(world->outcome.calls_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_known_is_not_asked),
		TEST(nothing_is_done_when_it_cannot_be_done_whole),
		TEST(no_action_needs_nothing),
		TEST(what_telegram_contradicts_is_forgotten),
		TEST(other_refusals_change_nothing),
		TEST(whoever_writes_is_their_own_asker),
		TEST(who_is_not_there_is_neither_kicked_nor_muted),
		TEST(nobody_takes_their_own_ban_back),
		TEST(without_an_answer_nothing_is_done),
		TEST(warnings_are_the_matter_of_one_module),
		TEST(two_modules_that_keep_warnings_are_refused),
		TEST(nothing_is_done_on_trial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
