/* test_calls.c - calls that a handler makes itself: which chat they are for, where they go, what
 * fails. */
#include "tests/unit/host_world.h"

#include "workers/host/ctx.h"

static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	(void)command;
	return act(ctx);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return act(ctx);
}

static const struct route routes[] = { COMMAND("act", on_command), ANY(on_any), END_OF_ROUTES };
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

/* In topic 9 of a group. */
static void run(struct host_world *world, enum verdict (*what)(struct ctx *ctx))
{
	act = what;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"message_thread_id\":9,"
		     "\"is_topic_message\":true,"
		     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		     "\"text\":\"/act\"}}");
}

/* --- the chat --------------------------------------------------------------------------------- */

static const char *chat;

static enum verdict send_to_chat(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendMessage", "{chat_id: %s, text: '5'}", chat);
}

static int64_t chat_of_call(struct host_world *world, const char *chat_id)
{
	chat = chat_id;
	run(world, send_to_chat);
	assert_int_equal(world->outcome.calls_count, 1);
	return world->outcome.calls[0].chat_id;
}

/* The sender refuses a call whose parameters name another chat. */
static void a_call_belongs_to_the_chat_that_it_names(void **state)
{
	(void)state;
	assert_int_equal(chat_of_call(*state, "-100123"), -100123);
	assert_int_equal(chat_of_call(*state, "42"), 42);
	assert_int_equal(chat_of_call(*state, "@news"), 0);
	assert_int_equal(chat_of_call(*state, "042"), 0);
	assert_int_equal(chat_of_call(*state, ""), 0);
	assert_int_equal(chat_of_call(*state, "\",\"chat_id\":42,\"a\":\""), 0);
}

/* --- the place -------------------------------------------------------------------------------- */

static enum verdict send_sticker(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendSticker", "{sticker: %s}", "id");
}

static enum verdict send_in_another_topic(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendSticker",
			  "{sticker: %s, message_thread_id: 3, reply_parameters: {message_id: 2}}",
			  "id");
}

static enum verdict mute(struct ctx *ctx)
{
	return ctx_queuef(ctx, "restrictChatMember",
			  "{user_id: %lld, permissions: {}, until_date: %d}", 8LL, 600);
}

static enum verdict type(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendChatAction", "{action: 'typing'}");
}

static enum verdict edit(struct ctx *ctx)
{
	return ctx_queuef(ctx, "editMessageText", "{message_id: 5, text: 'a'}");
}

static enum verdict edit_inline(struct ctx *ctx)
{
	return ctx_queuef(ctx, "editMessageText", "{inline_message_id: 'i', text: 'a'}");
}

static enum verdict set_menu(struct ctx *ctx)
{
	return ctx_queuef(ctx, "setChatMenuButton", "{menu_button: {type: 'default'}}");
}

static enum verdict answer_query(struct ctx *ctx)
{
	return ctx_queue_oncef(ctx, "answerCallbackQuery", "{callback_query_id: %s}", "1");
}

static void without_a_chat_it_is_for_the_one_in_hand(void **state)
{
	static const struct {
		enum verdict (*what)(struct ctx *ctx);
		const char *body;
		int64_t chat_id;
	} rows[] = {
		{ send_sticker,
		  "{\"sticker\":\"id\",\"chat_id\":-100,\"message_thread_id\":9,\"reply_"
		  "parameters\":"
		  "{\"message_id\":5,\"allow_sending_without_reply\":true}}",
		  -100 },
		{ send_in_another_topic,
		  "{\"sticker\":\"id\",\"message_thread_id\":3,\"reply_parameters\":{\"message_"
		  "id\":2},"
		  "\"chat_id\":-100}",
		  -100 },
		{ mute, "{\"user_id\":8,\"permissions\":{},\"until_date\":600,\"chat_id\":-100}",
		  -100 },
		{ type, "{\"action\":\"typing\",\"chat_id\":-100,\"message_thread_id\":9}", -100 },
		{ edit, "{\"message_id\":5,\"text\":\"a\",\"chat_id\":-100}", -100 },
		{ edit_inline, "{\"inline_message_id\":\"i\",\"text\":\"a\"}", 0 },
		{ set_menu, "{\"menu_button\":{\"type\":\"default\"}}", 0 },
		{ answer_query, "{\"callback_query_id\":\"1\"}", 0 },
	};
	struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		run(world, rows[i].what);
		assert_int_equal(world->outcome.calls_count, 1);
		assert_string_equal(world_body(world, 0), rows[i].body);
		assert_int_equal(world->outcome.calls[0].chat_id, rows[i].chat_id);
		assert_int_equal(world->outcome.calls[0].at_most_once,
				 rows[i].what == answer_query);
		assert_int_equal(world->outcome.calls[0].said_s != 0, rows[i].what == mute);
	}
}

static void assert_failed(const struct host_world *world, const char *reason)
{
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, reason);
	assert_string_equal(world->outcome.file, "tests/unit/test_calls.c");
}

static void an_update_without_a_chat_has_none_in_hand(void **state)
{
	struct host_world *world = *state;

	act = mute;
	world_handle(world, KIND_POLL, "{\"update_id\":1,\"poll\":{\"id\":\"1\"}}");
	assert_failed(world, "restrictChatMember: no chat_id, and an update that has no chat");
}

/* --- faults ----------------------------------------------------------------------------------- */

static enum verdict write_nonsense(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendMessage", "{text: '%s'}", "a");
}

static enum verdict call_nonsense(struct ctx *ctx)
{
	const struct answer *answer = ctx_callf(ctx, "getChat", "{chat_id}");

	assert_false(answer_ok(answer));
	assert_string_equal(answer_error(answer), "the call is malformed");
	return DONE;
}

static enum verdict list_nonsense(struct ctx *ctx)
{
	struct list *list = ctx_list(ctx, "answerInlineQuery", "results");

	list_addf(list, "{id: }");
	return ctx_queuef(ctx, "answerInlineQuery", "{results: %s}", list_json(list));
}

static void a_malformed_literal_fails_the_handler_where_it_is(void **state)
{
	struct host_world *world = *state;

	run(world, write_nonsense);
	assert_failed(world, "sendMessage: a conversion in a string at \"%s'}\"");
	run(world, call_nonsense);
	assert_failed(world, "getChat: no colon at \"}\"");
	assert_int_equal(world->calls, 0);
	run(world, list_nonsense);
	assert_failed(world, "answerInlineQuery: results: no value at \"}\"");
}

/* --- checks ----------------------------------------------------------------------------------- */

static enum verdict misspell(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendMessage", "{txt: 'a', text: 'b'}");
}

static enum verdict call_without_a_text(struct ctx *ctx)
{
	ctx_callf(ctx, "sendMessage", "{chat_id: 5}");
	return DONE;
}

static enum verdict call_of_another_type(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendMessage", "{text: 5}");
}

static enum verdict call_of_another_api(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendTelepathy", "{}");
}

static void calls_are_checked_where_that_is_wanted(void **state)
{
	struct host_world *world = *state;

	run(world, misspell);
	assert_int_equal(world->outcome.end, HOST_DONE);
	world->host->services.checks_calls = true;
	run(world, misspell);
	assert_failed(world, "sendMessage: txt is unknown");
	run(world, call_without_a_text);
	assert_failed(world, "sendMessage: text is missing");
	assert_int_equal(world->calls, 0);
	run(world, call_of_another_type);
	assert_failed(world, "sendMessage: text: must be a string");
	run(world, call_of_another_api);
	assert_failed(world, "the Bot API has no method \"sendTelepathy\"");
	run(world, send_sticker);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static void what_may_be_newer_is_no_fault(void **state)
{
	struct host_world *world = *state;

	world->host->services.checks_calls = true;
	world->settings.botapi_newer = BOTAPI_NEWER_YES;
	run(world, misspell);
	assert_int_equal(world->outcome.end, HOST_DONE);
	run(world, call_of_another_api);
	assert_int_equal(world->outcome.end, HOST_DONE);
	run(world, call_of_another_type);
	assert_failed(world, "sendMessage: text: must be a string");
}

/* --- results and lists ------------------------------------------------------------------------ */

static enum verdict ask_title(struct ctx *ctx)
{
	return ctx_reply(ctx, "%s", answer_text(ctx_callf(ctx, "getChat", "{}"), "title"));
}

static void a_call_waits_for_its_answer(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"title\":\"Friends\"}";
	run(world, ask_title);
	assert_string_equal(world->call, "getChat {\"chat_id\":-100}");
	assert_non_null(strstr(world_body(world, 0), "Friends"));
}

static enum verdict answer_with_a_list(struct ctx *ctx)
{
	struct list *results = ctx_list(ctx, "answerInlineQuery", "results");
	const char *ids[] = { "a", "\"]" };

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		list_addf(results, "{type: 'photo', id: %s, show_caption_above_media: %d}", ids[i],
			  (int)i);
	assert_int_equal(list_count(results), 2);
	return ctx_queuef(ctx, "answerInlineQuery", "{inline_query_id: 'q', results: %s, x: %s}",
			  list_json(results), list_json(ctx_list(ctx, "noSuchMethod", "results")));
}

static void a_list_is_an_array_of_any_length(void **state)
{
	struct host_world *world = *state;

	run(world, answer_with_a_list);
	assert_string_equal(world_body(world, 0),
			    "{\"inline_query_id\":\"q\",\"results\":["
			    "{\"type\":\"photo\",\"id\":\"a\",\"show_caption_above_media\":false},"
			    "{\"type\":\"photo\",\"id\":\"\\\"]\",\"show_caption_above_media\":"
			    "true}],\"x\":[]}");
}

/* --- for one person --------------------------------------------------------------------------- */

static enum verdict roll(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendDice", "{}");
}

static enum verdict roll_for_all(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendDice", "{chat_id: -100}");
}

static enum verdict pin_it(struct ctx *ctx)
{
	return ctx_queuef(ctx, "pinChatMessage", "{message_id: 5}");
}

static void run_hidden(struct host_world *world, enum verdict (*what)(struct ctx *ctx))
{
	act = what;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":0,\"ephemeral_message_id\":4,"
		     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		     "\"text\":\"/act\"}}");
}

/* sendDice has no ephemeral_message_parameters. */
static void what_only_one_person_is_to_see_is_not_shown_to_all(void **state)
{
	const struct host_world *world = *state;

	run_hidden(*state, roll);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, "sendDice: all would see"));
	run_hidden(*state, roll_for_all);
	assert_int_equal(world->outcome.end, HOST_DONE);
	run_hidden(*state, pin_it);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_call_belongs_to_the_chat_that_it_names),
		TEST(without_a_chat_it_is_for_the_one_in_hand),
		TEST(an_update_without_a_chat_has_none_in_hand),
		TEST(what_only_one_person_is_to_see_is_not_shown_to_all),
		TEST(a_malformed_literal_fails_the_handler_where_it_is),
		TEST(calls_are_checked_where_that_is_wanted),
		TEST(what_may_be_newer_is_no_fault),
		TEST(a_call_waits_for_its_answer),
		TEST(a_list_is_an_array_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
