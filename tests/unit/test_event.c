/* test_event.c - what handlers are given, and that none runs for an update without what its kind
 * promises: it comes from outside, and a handler does not look. */
#include "tests/unit/host_world.h"

/* What ran last, in words. */
static char seen[300];

#define SEE(...) (snprintf(seen, sizeof(seen), __VA_ARGS__), DONE)

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	(void)ctx;
	return SEE("command %s [%s] %lld by %s in %lld", command->name, command->args,
		   (long long)command->message_id, command->from->first_name,
		   (long long)command->chat->id);
}

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)ctx;
	return SEE("text [%s] %lld by %s in %lld", message->text, (long long)message->message_id,
		   message->from->first_name, (long long)message->chat->id);
}

static enum verdict on_edited(struct ctx *ctx, const struct message *message)
{
	(void)ctx;
	return SEE("edited [%s] %lld by %s in %lld", message->text, (long long)message->id,
		   message->from->first_name, (long long)message->chat->id);
}

static enum verdict on_member(struct ctx *ctx, const struct member_change *change)
{
	(void)ctx;
	return SEE("member %s by %s in %lld: %d to %d", change->member->first_name,
		   change->by->first_name, (long long)change->chat->id, change->before,
		   change->after);
}

static enum verdict on_join(struct ctx *ctx, const struct join_request *request)
{
	(void)ctx;
	return SEE("join %s in %lld, private %lld", request->from->first_name,
		   (long long)request->chat->id, (long long)request->user_chat_id);
}

static enum verdict on_reaction(struct ctx *ctx, const struct reaction *reaction)
{
	(void)ctx;
	return SEE("reaction %lld by %s in %lld: [%s] to [%s]", (long long)reaction->message_id,
		   reaction->from->first_name, (long long)reaction->chat->id, reaction->before,
		   reaction->after);
}

static enum verdict on_service(struct ctx *ctx, const struct service_message *message)
{
	(void)ctx;
	return SEE("service %s %lld by %s in %lld", message->event, (long long)message->message_id,
		   message->from->first_name, (long long)message->chat->id);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)ctx;
	return SEE("any %d %lld", update->kind, (long long)update->update_id);
}

struct count {
	int64_t count;
};

static const struct field arguments[] = {
	INTEGER_FIELD(struct count, count, "count"),
	END_OF_FIELDS(struct count),
};

static const struct route routes[] = {
	COMMAND("do", on_command),
	COMMAND("work", on_command, .typing = "upload_photo", .arguments = arguments),
	TEXT(on_text),
	EDITED(on_edited),
	MEMBER(on_member),
	JOIN_REQUEST(on_join),
	REACTION(on_reaction),
	SERVICE("new_chat_title", on_service),
	ANY(on_any), /* whatever nobody else was given */
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

#define IN "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define BY "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define NOBODY "\"from\":{}"

/* An update of the kind with these fields; what ran. */
static const char *sees(void **state, enum update_kind kind, const char *name, const char *fields)
{
	char json[1200];

	snprintf(json, sizeof(json), "{\"update_id\":3,\"%s\":{%s}}", name, fields);
	strcpy(seen, "nothing");
	world_handle(*state, kind, json);
	assert_int_equal(((struct host_world *)*state)->outcome.end, HOST_DONE);
	return seen;
}

#define MESSAGE_SEES(fields) sees(state, KIND_MESSAGE, "message", "\"message_id\":5," fields)
#define EDIT(fields) sees(state, KIND_EDITED_MESSAGE, "edited_message", "\"message_id\":5," fields)
#define CHANGE(fields) sees(state, KIND_CHAT_MEMBER, "chat_member", fields)
#define ASK(fields) sees(state, KIND_CHAT_JOIN_REQUEST, "chat_join_request", fields)
#define REACT(fields) sees(state, KIND_MESSAGE_REACTION, "message_reaction", fields)

static bool is_any(const char *what)
{
	return strncmp(what, "any ", 4) == 0;
}

/* --- what people see while a handler runs ----------------------------------------------------- */

static const char *typing(void **state, const char *fields)
{
	struct host_world *world = *state;
	char json[600];

	world->typing[0] = '\0';
	snprintf(json, sizeof(json), "{\"update_id\":3,\"message\":{\"message_id\":5,%s}}", fields);
	world_handle(world, KIND_MESSAGE, json);
	return world->typing;
}

static void a_command_may_show_that_it_is_at_work(void **state)
{
	assert_string_equal(typing(state,
				   BY "," IN ",\"text\":\"/work 5\",\"is_topic_message\":true,"
				      "\"message_thread_id\":9"),
			    "sendChatAction {\"chat_id\":-100,\"message_thread_id\":9,"
			    "\"action\":\"upload_photo\"}");
	assert_string_equal(typing(state, BY "," IN ",\"text\":\"/do it\""), "");
	/* Its arguments are wrong: it does not run. */
	assert_string_equal(typing(state, BY "," IN ",\"text\":\"/work many\""), "");
}

/* All would see it of an answer that only one gets; and channels have none. */
static void nothing_is_shown_to_others_or_in_channels(void **state)
{
	assert_string_equal(
		typing(state, BY "," IN ",\"text\":\"/work 5\",\"ephemeral_message_id\":4"), "");
	assert_string_equal(typing(state,
				   BY "," IN ",\"text\":\"/work 5\",\"direct_messages_topic\":{"
				      "\"topic_id\":9}"),
			    "");
	assert_string_equal(typing(state, BY ",\"text\":\"/work 5\",\"chat\":{\"id\":-7,"
					     "\"type\":\"channel\",\"title\":\"N\"}"),
			    "");
}

/* --- messages --------------------------------------------------------------------------------- */

static void messages_have_a_chat_and_a_person(void **state)
{
	assert_string_equal(MESSAGE_SEES(BY "," IN ",\"text\":\"/do it  now \""),
			    "command do [it  now] 5 by Anna in -100");
	assert_string_equal(MESSAGE_SEES(BY "," IN ",\"text\":\"hello\""),
			    "text [hello] 5 by Anna in -100");
	assert_string_equal(MESSAGE_SEES(BY "," IN ",\"new_chat_title\":\"T\""),
			    "service new_chat_title 5 by Anna in -100");
	assert_true(is_any(MESSAGE_SEES(IN ",\"text\":\"/do\"")));
	assert_true(is_any(MESSAGE_SEES(BY ",\"text\":\"/do\"")));
	assert_true(is_any(MESSAGE_SEES(IN ",\"text\":\"hello\"")));
	assert_true(is_any(MESSAGE_SEES(BY ",\"text\":\"hello\"")));
	assert_true(is_any(MESSAGE_SEES(NOBODY "," IN ",\"text\":\"hello\"")));
	assert_true(is_any(MESSAGE_SEES(IN ",\"new_chat_title\":\"T\"")));
	assert_true(is_any(MESSAGE_SEES(BY ",\"new_chat_title\":\"T\"")));
}

static void an_edit_is_a_whole_message(void **state)
{
	assert_string_equal(EDIT(BY "," IN ",\"text\":\"new\""), "edited [new] 5 by Anna in -100");
	assert_string_equal(EDIT(BY "," IN ",\"caption\":\"new\""),
			    "edited [new] 5 by Anna in -100");
	assert_string_equal(EDIT(BY "," IN ",\"photo\":[]"), "edited [] 5 by Anna in -100");
	assert_true(is_any(EDIT(IN ",\"text\":\"new\"")));
	assert_true(is_any(EDIT(BY ",\"text\":\"new\"")));
}

/* --- people ----------------------------------------------------------------------------------- */

#define MEMBER_OF(status) "{\"status\":\"" status "\",\"user\":{\"id\":9,\"first_name\":\"Bob\"}}"
#define OLD "\"old_chat_member\":" MEMBER_OF("left")
#define NEW "\"new_chat_member\":" MEMBER_OF("administrator")

static void a_change_has_a_member_and_two_states(void **state)
{
	char expected[100];

	snprintf(expected, sizeof(expected), "member Bob by Anna in -100: %d to %d", MEMBER_OUTSIDE,
		 MEMBER_ADMINISTRATOR);
	assert_string_equal(CHANGE(BY "," IN "," OLD "," NEW), expected);
	assert_true(is_any(CHANGE(IN "," OLD "," NEW)));
	assert_true(is_any(CHANGE(BY "," OLD "," NEW)));
	assert_true(is_any(CHANGE(BY "," IN "," OLD)));
	assert_true(is_any(CHANGE(BY "," IN "," NEW)));
	assert_true(is_any(
		CHANGE(BY "," IN "," OLD ",\"new_chat_member\":" MEMBER_OF("something new"))));
	assert_true(is_any(CHANGE(BY "," IN "," OLD ",\"new_chat_member\":{\"status\":\"left\"}")));
}

static void who_asks_to_join_has_a_private_chat(void **state)
{
	assert_string_equal(ASK(BY "," IN ",\"user_chat_id\":77"), "join Anna in -100, private 77");
	assert_true(is_any(ASK(IN ",\"user_chat_id\":77")));
	assert_true(is_any(ASK(BY ",\"user_chat_id\":77")));
}

/* --- reactions -------------------------------------------------------------------------------- */

#define WHO "\"user\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define LIKE "{\"type\":\"emoji\",\"emoji\":\"L\"}"
#define CUSTOM "{\"type\":\"custom_emoji\",\"custom_emoji_id\":\"1\"}"

static void a_reaction_is_the_first_emoji(void **state)
{
	assert_string_equal(REACT(WHO "," IN ",\"message_id\":6,\"old_reaction\":[],"
				      "\"new_reaction\":[" LIKE "]"),
			    "reaction 6 by Anna in -100: [] to [L]");
	assert_string_equal(REACT(WHO "," IN ",\"message_id\":6,\"old_reaction\":[" LIKE "],"
				      "\"new_reaction\":[" CUSTOM "," LIKE "]"),
			    "reaction 6 by Anna in -100: [L] to [L]");
	assert_string_equal(REACT(WHO "," IN ",\"message_id\":6,\"old_reaction\":[" CUSTOM "],"
				      "\"new_reaction\":7"),
			    "reaction 6 by Anna in -100: [] to []");
	assert_true(is_any(REACT(IN ",\"message_id\":6,\"new_reaction\":[" LIKE "]")));
	assert_true(is_any(REACT(WHO ",\"message_id\":6,\"new_reaction\":[" LIKE "]")));
}

static void any_update_has_its_kind_and_number(void **state)
{
	char expected[40];

	snprintf(expected, sizeof(expected), "any %d 3", KIND_POLL);
	assert_string_equal(sees(state, KIND_POLL, "poll", "\"id\":\"1\""), expected);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_command_may_show_that_it_is_at_work),
		TEST(nothing_is_shown_to_others_or_in_channels),
		TEST(messages_have_a_chat_and_a_person),
		TEST(an_edit_is_a_whole_message),
		TEST(a_change_has_a_member_and_two_states),
		TEST(who_asks_to_join_has_a_private_chat),
		TEST(a_reaction_is_the_first_emoji),
		TEST(any_update_has_its_kind_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
