/* test_draft.c - what a handler says, as the calls that come of it. */
#include "tests/unit/host_world.h"

/* What the handler in hand does, and what came of it. */
static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return act(ctx);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	return update->kind == KIND_POLL ? act(ctx) : PASS;
}

static bool edits;

static enum verdict on_page(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (edits) {
		draft_add(draft, "page %lld", (long long)slug_integer(ctx, 0));
		draft_button(draft, "next", "page:%d", 2);
	} else {
		draft_add(draft, "%05000d", 1);
	}
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	TEXT(on_text), BUTTON("page:%d", on_page),    BUTTON("mine:%d", on_page, .asker = true),
	ANY(on_any),   TEXT(on_text, .step = "name"), END_OF_ROUTES,
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

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define ANNA "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define NO_PREVIEW "\"link_preview_options\":{\"is_disabled\":true}"
#define REPLY "\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true}"

static void run(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5," ANNA "," GROUP
		     ",\"text\":\"x\"}}");
}

static void run_in_topic(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"message_thread_id\":9,"
		     "\"is_topic_message\":true," ANNA "," GROUP ",\"text\":\"x\"}}");
}

/* By an update that happened in no chat. */
static void run_nowhere(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_POLL, "{\"update_id\":1,\"poll\":{\"id\":\"1\"}}");
}

static void assert_said(const struct host_world *world, const char *method, const char *body)
{
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_true(text_is(world->outcome.calls[0].method, method));
	assert_string_equal(world_body(world, 0), body);
}

static void assert_failed(const struct host_world *world, const char *reason)
{
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, reason));
}

/* --- texts ------------------------------------------------------------------------------------ */

static enum verdict reply(struct ctx *ctx)
{
	return ctx_reply(ctx, "hello %s", "<you>");
}

static void a_reply_goes_to_chat_topic_and_message(void **state)
{
	run(*state, reply);
	assert_said(*state, "sendMessage",
		    "{\"chat_id\":-100,\"text\":\"hello <you>\"," NO_PREVIEW "," REPLY "}");
	run_in_topic(*state, reply);
	assert_said(*state, "sendMessage",
		    "{\"chat_id\":-100,\"message_thread_id\":9,\"text\":\"hello <you>\"," NO_PREVIEW
		    "," REPLY "}");
	run_nowhere(*state, reply);
	assert_failed(*state, "no chat");
}

static enum verdict send_elsewhere(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "psst");
	draft_to(draft, 42, 0);
	return draft_reply(draft);
}

/* Neither the topic nor the message is one of that chat. */
static void what_goes_elsewhere_is_no_reply(void **state)
{
	run_in_topic(*state, send_elsewhere);
	assert_said(*state, "sendMessage", "{\"chat_id\":42,\"text\":\"psst\"," NO_PREVIEW "}");
	run_nowhere(*state, send_elsewhere);
	assert_said(*state, "sendMessage", "{\"chat_id\":42,\"text\":\"psst\"," NO_PREVIEW "}");
}

static enum verdict say_nothing(struct ctx *ctx)
{
	return draft_reply(ctx_draft(ctx));
}

static enum verdict open_a_tag(struct ctx *ctx)
{
	return ctx_reply(ctx, "<b>open");
}

static void a_text_that_is_none_fails(void **state)
{
	run(*state, say_nothing);
	assert_failed(*state, "the text of a message: ");
	run(*state, open_a_tag);
	assert_failed(*state, "the text of a message: ");
}

static enum verdict reply_in_three_parts(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%04000d\n%04000d\n%04000d", 1, 2, 3);
	draft_link(draft, "more", "https://example.org/");
	return draft_reply(draft);
}

/* The first replies, the last has the buttons, none has both. */
static void a_long_text_is_several_messages(void **state)
{
	static const bool replies[] = { true, false, false },
			  has_buttons[] = { false, false, true };
	const struct host_world *world = *state;

	run(*state, reply_in_three_parts);
	assert_int_equal(world->outcome.calls_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(strstr(world_body(world, i), REPLY) != NULL, replies[i]);
		assert_int_equal(strstr(world_body(world, i), "reply_markup") != NULL,
				 has_buttons[i]);
		assert_non_null(strstr(world_body(world, i), NO_PREVIEW));
	}
	assert_non_null(strstr(world_body(world, 2), "0003"));
}

/* --- buttons ---------------------------------------------------------------------------------- */

static enum verdict show_rows(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_link(draft, "a", "https://a/");
	draft_link(draft, "b", "https://b/");
	draft_row(draft);
	draft_row(draft);
	draft_link(draft, "c", "https://c/");
	return draft_reply(draft);
}

/* An empty row is none. */
static void buttons_stand_in_rows(void **state)
{
	run(*state, show_rows);
	assert_non_null(strstr(world_body(*state, 0),
			       "\"reply_markup\":{\"inline_keyboard\":["
			       "[{\"text\":\"a\",\"url\":\"https://a/\"},"
			       "{\"text\":\"b\",\"url\":\"https://b/\"}],"
			       "[{\"text\":\"c\",\"url\":\"https://c/\"}]]}}"));
}

static enum verdict show_unknown(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_button(draft, "go", "nowhere:%d", 1);
	return draft_reply(draft);
}

static void a_button_that_nobody_handles_is_not_shown(void **state)
{
	run(*state, show_unknown);
	assert_failed(*state, "no BUTTON() route has \"nowhere:%d\"");
}

static enum verdict show_page(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_button(draft, "go", "page:%d", 1);
	return draft_reply(draft);
}

static enum verdict show_mine(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_button(draft, "go", "mine:%d", 1);
	return draft_reply(draft);
}

/* Presses the only button of the only message: what it carries is asked for by nobody else. */
static void press(struct host_world *world, int64_t user, int64_t chat)
{
	char data[200], json[600];
	const char *start = strstr(world_body(world, 0), "\"callback_data\":\"");

	assert_non_null(start);
	assert_int_equal(sscanf(start + 17, "%199[^\"]", data), 1);
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"callback_query\":{\"id\":\"77\",\"data\":\"%s\","
		 "\"from\":{\"id\":%lld,\"is_bot\":false,\"first_name\":\"P\"},"
		 "\"message\":{\"message_id\":6,\"date\":1,"
		 "\"chat\":{\"id\":%lld,\"type\":\"supergroup\",\"title\":\"G\"}}}}",
		 data, (long long)user, (long long)chat);
	world_handle(world, KIND_CALLBACK_QUERY, json);
}

static void a_press_edits_the_message_with_the_button(void **state)
{
	struct host_world *world = *state;
	const char *body;

	edits = true;
	run(world, show_page);
	press(world, 8, -100);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_true(text_is(world->outcome.calls[0].method, "editMessageText"));
	assert_int_equal(world->outcome.calls[0].chat_id, -100);
	body = world_body(world, 0);
	assert_non_null(strstr(body,
			       "{\"chat_id\":-100,\"message_id\":6,\"text\":\"page 1\"," NO_PREVIEW
			       ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"next\","
			       "\"callback_data\":\""));
	assert_null(strstr(body, "reply_parameters"));
}

static void what_does_not_fit_into_the_message_is_no_edit(void **state)
{
	edits = false;
	run(*state, show_page);
	press(*state, 8, -100);
	assert_failed(*state, "does not fit");
}

/* The press is answered, and nothing else comes of it. */
static void a_button_works_where_and_for_whom_it_was_made(void **state)
{
	struct host_world *world = *state;

	edits = true;
	run(world, show_page);
	press(world, 8, -200);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_true(text_is(world->outcome.calls[0].method, "answerCallbackQuery"));
	run(world, show_mine);
	press(world, 8, -100);
	assert_true(text_is(world->outcome.calls[0].method, "answerCallbackQuery"));
	run(world, show_mine);
	press(world, 7, -100);
	assert_true(text_is(world->outcome.calls[0].method, "editMessageText"));
}

/* --- questions -------------------------------------------------------------------------------- */

static enum verdict ask(struct ctx *ctx)
{
	return ctx_ask(ctx, "name", "What is your name?");
}

static enum verdict ask_for_nothing(struct ctx *ctx)
{
	return ctx_ask(ctx, "age", "How old?");
}

static void a_question_asks_for_a_reply_of_this_person(void **state)
{
	run(*state, ask);
	assert_non_null(strstr(world_body(*state, 0), "What is your name?"));
	assert_non_null(strstr(world_body(*state, 0), REPLY));
	assert_non_null(strstr(world_body(*state, 0),
			       "\"reply_markup\":{\"force_reply\":true,\"selective\":true}"));
	run(*state, ask_for_nothing);
	assert_failed(*state, "no TEXT() route has the step \"age\"");
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *content = "a,b\n";

static struct draft *document(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "a.csv");

	file_add(file, "%s", content);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "your <b>%s</b>", "data");
	return draft;
}

static enum verdict reply_document(struct ctx *ctx)
{
	return draft_reply(document(ctx));
}

static enum verdict send_document(struct ctx *ctx)
{
	struct draft *draft = document(ctx);

	draft_to(draft, 42, 0);
	return draft_reply(draft);
}

static enum verdict reply_document_with_a_fault(struct ctx *ctx)
{
	struct draft *draft = document(ctx);

	draft_add(draft, "<b>");
	return draft_reply(draft);
}

static enum verdict reply_two_documents(struct ctx *ctx)
{
	struct draft *draft = document(ctx);

	draft_media(draft, "document", NULL, file_made(ctx, "empty"));
	return draft_reply(draft);
}

#define CAPTION                                                                            \
	"\"document\":\"attach://file0\",\"caption\":\"your data\",\"caption_entities\":[" \
	"{\"type\":\"bold\",\"offset\":5,\"length\":4}]"

static void a_document_goes_with_its_name_and_caption(void **state)
{
	const struct host_world *world = *state;
	const struct call *call;

	run_in_topic(*state, reply_document);
	assert_said(*state, "sendDocument",
		    "{\"chat_id\":-100,\"message_thread_id\":9," CAPTION "," REPLY "}");
	call = &world->outcome.calls[0];
	assert_int_equal(call->chat_id, -100);
	assert_int_equal(call->files_count, 1);
	assert_true(text_is(call->files[0].part, "file0"));
	assert_true(text_is(call->files[0].name, "a.csv"));
	assert_true(text_is(call->files[0].bytes, "a,b\n"));
	run_in_topic(*state, send_document);
	assert_said(*state, "sendDocument", "{\"chat_id\":42," CAPTION "}");
	run_nowhere(*state, send_document);
	assert_said(*state, "sendDocument", "{\"chat_id\":42," CAPTION "}");
	run_nowhere(*state, reply_document);
	assert_failed(*state, "no chat");
	run(*state, reply_document_with_a_fault);
	assert_failed(*state, "the text of a message: a tag is not closed");
}

static void a_document_has_a_size(void **state)
{
	content = "";
	run(*state, reply_document);
	assert_failed(*state, "a file cannot be sent: ");
	content = "a,b\n";
	run(*state, reply_two_documents);
	assert_failed(*state, "a file cannot be sent: ");
	run(*state, reply_document);
	assert_int_equal(((struct host_world *)*state)->outcome.end, HOST_DONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_reply_goes_to_chat_topic_and_message),
		TEST(what_goes_elsewhere_is_no_reply),
		TEST(a_text_that_is_none_fails),
		TEST(a_long_text_is_several_messages),
		TEST(buttons_stand_in_rows),
		TEST(a_button_that_nobody_handles_is_not_shown),
		TEST(a_press_edits_the_message_with_the_button),
		TEST(what_does_not_fit_into_the_message_is_no_edit),
		TEST(a_button_works_where_and_for_whom_it_was_made),
		TEST(a_question_asks_for_a_reply_of_this_person),
		TEST(a_document_goes_with_its_name_and_caption),
		TEST(a_document_has_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
