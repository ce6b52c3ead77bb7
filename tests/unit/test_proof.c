/* test_proof.c - a command of an anonymous administrator that runs in the name of who proves to
 * have written it: what its handler sees, and what it puts off. */
#include "tests/unit/host_world.h"
#include "workers/host/proof.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define ADMIN "{\"status\":\"administrator\",\"can_pin_messages\":true}"

static unsigned ran, seen;
static int64_t worked_for;
static bool fails;

static enum verdict watch(struct ctx *ctx, const struct any_update *update)
{
	(void)ctx;
	seen += update->kind == KIND_MESSAGE;
	return PASS;
}

static enum verdict command(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);

	ran++;
	assert_int_equal(cmd->from->id, 7);
	assert_int_equal(ctx_find_user(ctx)->id, 7);
	assert_int_equal(cmd->message_id, 5);
	assert_string_equal(cmd->args, "now");
	assert_int_equal(ctx_now(ctx), 1767000000);
	assert_int_equal(message->id, 5);
	assert_int_equal(message->reply->from->id, 8);
	assert_string_equal(answer_text(ctx_update(ctx), "message.text"), "/pin now");
	if (fails)
		return ctx_fail(ctx, "on purpose");
	ctx_laterf(ctx, 60, "later");
	return ctx_reply(ctx, "pinned");
}

static enum verdict work(struct ctx *ctx, const struct work *work)
{
	worked_for = work->from->id;
	assert_int_equal(work->chat->id, -100);
	assert_string_equal(answer_text(ctx_update(ctx), "message.text"), "");
	return DONE;
}

static const struct route routes[] = {
	ANY(watch, .first = 1),
	COMMAND("pin", command, .admin = RIGHT_PIN_MESSAGES),
	WORK("later", work),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	struct host_world *world = world_open(modules);

	ran = seen = 0;
	fails = false;
	world->answer = ADMIN;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void write_anonymously(struct host_world *world, const char *more)
{
	char *json = xasprintf(
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767000000," GROUP
		",\"from\":{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\"},"
		"\"sender_chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},"
		"\"reply_to_message\":{\"message_id\":4,\"date\":1," GROUP
		",\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"B\"}},%s"
		"\"text\":\"/pin now\"}}",
		more);

	world_handle(world, KIND_MESSAGE, json);
	free(json);
}

/* What the only button of the first call stands for. */
static const char *button_data(struct host_world *world)
{
	static char data[80];
	const char *at = strstr(world_body(world, 0), "\"callback_data\":\"");

	assert_non_null(at);
	snprintf(data, sizeof(data), "%.*s", (int)strcspn(at + 17, "\""), at + 17);
	return data;
}

static void press(struct host_world *world, const char *data)
{
	char json[500];

	snprintf(json, sizeof(json),
		 "{\"update_id\":2,\"callback_query\":{\"id\":\"77\",\"from\":{\"id\":7,"
		 "\"is_bot\":false,\"first_name\":\"A\"},\"chat_instance\":\"1\",\"message\":"
		 "{\"message_id\":6,\"date\":1767000001," GROUP "},\"data\":\"%s\"}}",
		 data);
	world_handle(world, KIND_CALLBACK_QUERY, json);
}

static void expect_method(struct host_world *world, size_t index, const char *method)
{
	assert_true(index < world->outcome.calls_count);
	assert_true(text_is(world->outcome.calls[index].method, method));
}

static void the_command_runs_as_if_written_by_who_pressed(void **state)
{
	struct host_world *world = *state;
	const char *data;

	write_anonymously(world, "");
	assert_int_equal(ran, 0);
	data = button_data(world);
	press(world, data);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(ran, 1);
	assert_int_equal(seen, 1); /* when it came */
	assert_int_equal(world->outcome.calls_count, 3);
	expect_method(world, 0, "answerCallbackQuery");
	expect_method(world, 1, "deleteMessage");
	assert_non_null(strstr(world_body(world, 1), "\"message_id\":6"));
	expect_method(world, 2, "sendMessage");
	assert_non_null(strstr(world_body(world, 2), "\"message_id\":5"));
	world_repeat(world, KIND_CALLBACK_QUERY);
	assert_int_equal(ran, 2);
	press(world, data);
	assert_int_equal(ran, 2);
}

static void what_it_puts_off_is_done_for_them(void **state)
{
	struct host_world *world = *state;
	struct message_item item = { .seq = 2, .attempt = 1, .flags = ITEM_WORK };

	write_anonymously(world, "");
	press(world, button_data(world));
	assert_true(world_put(world).length > 0);
	item.kind = KIND_CALLBACK_QUERY;
	buffer_clear(&world->body);
	buffer_append(&world->body, world_put(world).data, world_put(world).length);
	worked_for = 0;
	world_handle_item(world, &item);
	assert_int_equal(worked_for, 7);
}

static void a_failure_is_the_handlers(void **state)
{
	struct host_world *world = *state;

	write_anonymously(world, "");
	fails = true;
	press(world, button_data(world));
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.module, "test");
	assert_string_equal(world->outcome.reason, "on purpose");
	expect_method(world, world->outcome.calls_count - 1, "answerCallbackQuery");
}

static bool is_away(void *owner, const struct mark *mark, const struct brief_key *key,
		    const char *value, int64_t seconds)
{
	(void)owner;
	(void)mark;
	(void)key;
	(void)value;
	(void)seconds;
	return false;
}

static void what_cannot_be_kept_is_to_be_written_again(void **state)
{
	struct host_world *world = *state;
	char *long_text = xasprintf("\"author_signature\":\"%040000d\",", 0);

	write_anonymously(world, long_text);
	free(long_text);
	assert_non_null(strstr(world_body(world, 0), "Please write as yourself."));
	world->storage.brief_set = is_away;
	write_anonymously(world, "");
	assert_non_null(strstr(world_body(world, 0), "Please write as yourself."));
}

static void without_an_answer_of_telegram_it_can_be_tried_again(void **state)
{
	struct host_world *world = *state;
	const char *data;

	write_anonymously(world, "");
	data = button_data(world);
	world->answer = NULL;
	press(world, data);
	assert_int_equal(ran, 0);
	assert_non_null(strstr(world_body(world, 0), "Please try again."));
	world->answer = ADMIN;
	press(world, data);
	assert_int_equal(ran, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_command_runs_as_if_written_by_who_pressed),
		TEST(what_it_puts_off_is_done_for_them),
		TEST(a_failure_is_the_handlers),
		TEST(what_cannot_be_kept_is_to_be_written_again),
		TEST(without_an_answer_of_telegram_it_can_be_tried_again),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
