/* test_place.c - where an answer goes, for each way to answer and each kind of place. */
#include "tests/unit/host_world.h"

#include <jansson.h>
#include <time.h>

#include "botapi/check.h"

/* The ways to answer. */

static enum verdict reply(struct ctx *ctx)
{
	return ctx_reply(ctx, "x");
}

static enum verdict reply_with_a_button(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_button(draft, "more", "more");
	return draft_reply(draft);
}

static enum verdict reply_in_two_parts(struct ctx *ctx)
{
	return ctx_reply(ctx, "%04097d", 1);
}

static enum verdict ask(struct ctx *ctx)
{
	return ctx_ask(ctx, "name", "Who?");
}

static struct draft *document(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "a.csv");

	file_add(file, "a,b\n");
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "x");
	return draft;
}

static enum verdict reply_document(struct ctx *ctx)
{
	return draft_reply(document(ctx));
}

static enum verdict reply_file(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "video_note", "the-id", NULL);
	return draft_reply(draft);
}

static enum verdict reply_with_a_long_caption(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "the-id", NULL);
	draft_add(draft, "%01025d", 1);
	draft_button(draft, "more", "more");
	return draft_reply(draft);
}

static enum verdict reply_with_an_album(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "one", NULL);
	draft_media(draft, "video", "two", NULL);
	draft_add(draft, "x");
	draft_flags(draft, DRAFT_SILENT | DRAFT_PROTECTED | DRAFT_SPOILER);
	return draft_reply(draft);
}

static enum verdict request(struct ctx *ctx)
{
	return ctx_queuef(ctx, "sendSticker", "{sticker: %s}", "the-id");
}

static enum verdict fail_it(struct ctx *ctx)
{
	return ctx_fail(ctx, "on purpose");
}

static enum verdict (*const ways[])(struct ctx *ctx) = {
	reply,
	reply_with_a_button,
	reply_in_two_parts,
	ask,
	reply_document,
	reply_file,
	request,
	reply_with_a_long_caption,
	reply_with_an_album,
	fail_it,
};

static enum verdict (*act)(struct ctx *ctx);

/* --- a module --------------------------------------------------------------------------------- */

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return act ? act(ctx) : PASS;
}

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return act(ctx);
}

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	(void)ctx;
	(void)command;
	return DONE;
}

static enum verdict on_more(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "y");
	return draft_edit(draft, button);
}

static enum verdict on_work(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return reply(ctx);
}

static const struct route routes[] = {
	COMMAND("rights", on_command, .group = true, .admin = RIGHT_ADMIN),
	BUTTON("more", on_more),
	ANY(on_any),
	TEXT(on_text, .step = "name"),
	WORK("later", on_work),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	act = NULL;
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

/* --- places ----------------------------------------------------------------------------------- */

#define ANNA "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"
#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define PRIVATE "\"chat\":{\"id\":7,\"type\":\"private\"}"
#define DIRECT "\"direct_messages_topic\":{\"topic_id\":4503599627370495," ANNA "}"
#define TO_DIRECT "\"direct_messages_topic_id\":4503599627370495"
#define REPLY "\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true}"

static const struct {
	enum update_kind kind;
	const char *update, *where, *reply; /* what each call has; reply "": must have none */
} places[] = {
	{ KIND_MESSAGE, "\"message\":{\"message_id\":5," ANNA "," GROUP "," DIRECT "}",
	  "\"chat_id\":-100," TO_DIRECT, REPLY },
	{ KIND_EDITED_MESSAGE,
	  "\"edited_message\":{\"message_id\":5," ANNA "," GROUP "," DIRECT "}",
	  "\"chat_id\":-100," TO_DIRECT, REPLY },
	{ KIND_CALLBACK_QUERY,
	  "\"callback_query\":{\"id\":\"q\"," ANNA
	  ",\"data\":\"x\",\"message\":{\"message_id\":5," GROUP "," DIRECT "}}",
	  "\"chat_id\":-100," TO_DIRECT, REPLY },
	{ KIND_MESSAGE,
	  "\"message\":{\"message_id\":5," ANNA "," PRIVATE
	  ",\"is_topic_message\":true,\"message_thread_id\":9}",
	  "\"chat_id\":7,\"message_thread_id\":9", REPLY },
	{ KIND_BUSINESS_MESSAGE,
	  "\"business_message\":{\"message_id\":5," ANNA "," PRIVATE
	  ",\"business_connection_id\":\"bc\"}",
	  "\"chat_id\":7,\"business_connection_id\":\"bc\"", REPLY },
	{ KIND_EDITED_BUSINESS_MESSAGE,
	  "\"edited_business_message\":{\"message_id\":5," ANNA "," PRIVATE
	  ",\"business_connection_id\":\"bc\"}",
	  "\"chat_id\":7,\"business_connection_id\":\"bc\"", REPLY },
	{ KIND_DELETED_BUSINESS_MESSAGES,
	  "\"deleted_business_messages\":{" PRIVATE ",\"business_connection_id\":\"bc\"}",
	  "\"chat_id\":7,\"business_connection_id\":\"bc\"", "" },
	{ KIND_CALLBACK_QUERY,
	  "\"callback_query\":{\"id\":\"q\"," ANNA
	  ",\"data\":\"x\",\"message\":{\"message_id\":5," PRIVATE
	  ",\"business_connection_id\":\"bc\"}}",
	  "\"chat_id\":7,\"business_connection_id\":\"bc\"", REPLY },
	{ KIND_CALLBACK_QUERY,
	  "\"callback_query\":{\"id\":\"q\"," ANNA
	  ",\"data\":\"x\",\"message\":{\"message_id\":0," GROUP ",\"ephemeral_message_id\":4}}",
	  "\"chat_id\":-100,\"ephemeral_message_parameters\":{\"receiver_user_id\":7,"
	  "\"callback_query_id\":\"q\"}",
	  "" },
	{ KIND_MESSAGE,
	  "\"message\":{\"message_id\":0,\"date\":1," ANNA "," GROUP ",\"ephemeral_message_id\":4}",
	  "\"chat_id\":-100,\"ephemeral_message_parameters\":{\"receiver_user_id\":7}", "" },
	{ KIND_MESSAGE_REACTION,
	  "\"message_reaction\":{\"message_id\":5,\"user\":{\"id\":7,\"first_name\":\"A\"}," GROUP
	  ",\"old_reaction\":[],\"new_reaction\":[]}",
	  "\"chat_id\":-100", REPLY },
};

static void assert_goes(const struct host_world *world, size_t call, size_t place, bool replies)
{
	const char *body = world_body(world, call);
	const char *reply = strstr(body, "\"reply_parameters\"");

	if (!strstr(body, places[place].where))
		fail_msg("place %zu: %s", place, body);
	if (!replies || places[place].reply[0] == '\0')
		assert_null(reply);
	else if (!reply || strncmp(reply, places[place].reply, strlen(places[place].reply)) != 0)
		fail_msg("place %zu: %s", place, body);
}

/* Telegram takes each of the parameters. */
static void assert_is_taken(const struct host_world *world, size_t index)
{
	const struct call *call = &world->outcome.calls[index];
	const struct botapi_method *method = botapi_find_method(call->method.data,
								call->method.length);
	json_t *body = json_loads(world_body(world, index), 0, NULL);
	struct why why = { "" };

	assert_non_null(method);
	if (!botapi_check_call(method, body, &why))
		fail_msg("%s", why.text);
	json_decref(body);
}

static void every_answer_goes_where_the_update_happened(void **state)
{
	char json[1000];

	(void)state;
	for (size_t place = 0; place < COUNT_OF(places); place++)
		for (size_t way = 0; way < COUNT_OF(ways); way++) {
			struct host_world *world = world_open(modules); /* tells each failure */

			act = ways[way];
			if (act == fail_it &&
			    places[place].kind == KIND_DELETED_BUSINESS_MESSAGES) {
				world_close(world);
				continue;
			}
			snprintf(json, sizeof(json), "{\"update_id\":1,%s}", places[place].update);
			world_handle(world, places[place].kind, json);
			assert_in_range(world->outcome.calls_count, 1, 3);
			assert_goes(world, 0, place, true);
			for (size_t i = 0; i < world->outcome.calls_count; i++)
				assert_is_taken(world, i);
			if (act == reply_in_two_parts)
				assert_goes(world, 1, place, false);
			world_close(world);
		}
}

/* Bot API "ReplyParameters": for 15 s. */
static void a_fresh_ephemeral_message_is_replied_to(void **state)
{
	char json[400];

	act = reply;
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":0,\"date\":%lld," ANNA "," GROUP
		 ",\"ephemeral_message_id\":4}}",
		 (long long)time(NULL));
	world_handle(*state, KIND_MESSAGE, json);
	assert_non_null(
		strstr(world_body(*state, 0), "\"reply_parameters\":{\"ephemeral_message_id\":4}"));
}

static enum verdict send_here(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_to(draft, -100, 0);
	return draft_reply(draft);
}

static void what_is_sent_to_this_chat_is_no_reply_but_goes_to_its_topic(void **state)
{
	act = send_here;
	world_handle(*state, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5," ANNA "," GROUP "," DIRECT
		     "}}");
	assert_non_null(strstr(world_body(*state, 0), "{\"chat_id\":-100," TO_DIRECT ","));
	assert_null(strstr(world_body(*state, 0), "reply_parameters"));
}

/* There nobody could answer the question. */
static void a_business_account_and_a_channel_force_no_reply(void **state)
{
	act = ask;
	world_handle(*state, KIND_BUSINESS_MESSAGE,
		     "{\"update_id\":1,\"business_message\":{\"message_id\":5," ANNA "," PRIVATE
		     ",\"business_connection_id\":\"bc\"}}");
	assert_null(strstr(world_body(*state, 0), "force_reply"));
	world_handle(*state, KIND_CHANNEL_POST,
		     "{\"update_id\":1,\"channel_post\":{\"message_id\":5,\"chat\":{\"id\":-7,"
		     "\"type\":\"channel\"}}}");
	assert_null(strstr(world_body(*state, 0), "force_reply"));
	world_handle(*state, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5," ANNA "," GROUP "}}");
	assert_non_null(strstr(world_body(*state, 0), "force_reply"));
}

static enum verdict shown(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "x");
	draft_button(draft, "more", "more");
	return draft_reply(draft);
}

/* Presses the button that was shown to Anna in the chat, under a message with these fields. */
static void press(struct host_world *world, const char *chat, const char *fields)
{
	char data[100] = "", json[600];
	const char *at;

	act = shown;
	snprintf(json, sizeof(json), "{\"update_id\":1,\"message\":{\"message_id\":5,%s,%s}}", ANNA,
		 chat);
	world_handle(world, KIND_MESSAGE, json);
	at = strstr(world_body(world, 0), "\"callback_data\":\"");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"callback_data\":\"%99[^\"]", data), 1);
	act = NULL;
	snprintf(
		json, sizeof(json),
		"{\"update_id\":2,\"callback_query\":{\"id\":\"q\",%s,\"data\":\"%s\",\"message\":{"
		"%s,%s}}}",
		ANNA, data, chat, fields);
	world_handle(world, KIND_CALLBACK_QUERY, json);
}

static void an_edit_names_the_message_as_telegram_does(void **state)
{
	const struct host_world *world = *state;

	press(*state, PRIVATE, "\"message_id\":6,\"business_connection_id\":\"bc\"");
	assert_true(text_is(world->outcome.calls[0].method, "editMessageText"));
	assert_non_null(
		strstr(world_body(world, 0),
		       "{\"chat_id\":7,\"message_id\":6,\"business_connection_id\":\"bc\","));
	assert_is_taken(world, 0);
	press(*state, GROUP, "\"message_id\":0,\"ephemeral_message_id\":4");
	assert_true(text_is(world->outcome.calls[0].method, "editEphemeralMessageText"));
	assert_non_null(
		strstr(world_body(world, 0),
		       "{\"chat_id\":-100,\"receiver_user_id\":7,\"ephemeral_message_id\":4,"));
	assert_is_taken(world, 0);
}

static enum verdict put_off(struct ctx *ctx)
{
	return ctx_laterf(ctx, 60, "later");
}

static void work_answers_where_it_was_put_off(void **state)
{
	struct message_item item = { .seq = 2, .flags = ITEM_WORK, .attempt = 1 };
	struct host_world *world = *state;
	struct buffer later = { 0 };

	act = put_off;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5," ANNA "," GROUP "," DIRECT
		     "}}");
	buffer_append(&later, world_put(world).data, world_put(world).length);
	item.body = (struct text) { (char *)buffer_unread(&later), buffer_unread_size(&later) };
	host_handle(world->host, &item, &world->outcome);
	assert_non_null(strstr(world_body(world, 0), "{\"chat_id\":-100," TO_DIRECT ","));
	buffer_finish(&later);
}

/* Refusals, and what a host itself says. */
static void what_the_host_says_goes_there_too(void **state)
{
	world_handle(*state, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5," ANNA "," GROUP "," DIRECT
		     ",\"text\":\"/rights\"}}");
	assert_non_null(strstr(world_body(*state, 0), "{\"chat_id\":-100," TO_DIRECT ","));
}

/* They are not in the group yet. */
static void who_asks_to_join_is_told_of_a_failure_in_private(void **state)
{
	act = fail_it;
	world_handle(*state, KIND_CHAT_JOIN_REQUEST,
		     "{\"update_id\":1,\"chat_join_request\":{" ANNA "," GROUP
		     ",\"user_chat_id\":70,\"date\":1}}");
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(*state, 0), "{\"chat_id\":70,\"text\":"));
}

/* Nobody waits for an answer, and it would be the account's. */
static void of_deleted_messages_nobody_is_told(void **state)
{
	act = fail_it;
	world_handle(*state, KIND_DELETED_BUSINESS_MESSAGES,
		     "{\"update_id\":1,\"deleted_business_messages\":{" PRIVATE
		     ",\"business_connection_id\":\"bc\",\"message_ids\":[1]}}");
	assert_int_equal(((struct host_world *)*state)->outcome.end, HOST_FAILED);
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_answer_goes_where_the_update_happened),
		TEST(a_fresh_ephemeral_message_is_replied_to),
		TEST(what_is_sent_to_this_chat_is_no_reply_but_goes_to_its_topic),
		TEST(a_business_account_and_a_channel_force_no_reply),
		TEST(an_edit_names_the_message_as_telegram_does),
		TEST(work_answers_where_it_was_put_off),
		TEST(what_the_host_says_goes_there_too),
		TEST(who_asks_to_join_is_told_of_a_failure_in_private),
		TEST(of_deleted_messages_nobody_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
