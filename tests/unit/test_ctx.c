/* test_ctx.c - what a handler may leave behind is limited: a parent keeps it; and its texts. */
#include "tests/unit/host_world.h"

#include "workers/wire/wire.h"

static char bytes[1u << 20];
static unsigned replies;
static char filler[5u << 19];

static enum verdict reply_often(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	for (unsigned i = 0; i < replies; i++)
		ctx_reply(ctx, "x");
	return DONE;
}

static enum verdict send_much(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	memset(bytes, 'x', sizeof(bytes) - 1);
	for (unsigned i = 0; i < replies; i++)
		ctx_queuef(ctx, "sendMessage", "{text: %s}", bytes);
	return DONE;
}

static enum verdict put_off(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_laterf(ctx, 1, "again:%.8s", "x");
}

static enum verdict again(struct ctx *ctx, const struct work *work)
{
	(void)ctx;
	(void)work;
	return DONE;
}

/* Every format of module.h takes what C's printf takes, and cuts no character in two. */
static enum verdict print(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	ctx_reply(ctx, "%.*s %.1s %*d", 2, "aé", "é", 3, 7);
	return ctx_reply(ctx, "%s", ctx_printf(ctx, "%.*s %.1s %*d", 2, "aé", "é", 3, 7));
}

static enum verdict fail_with(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_fail(ctx, "%.*s %.1s %*d", 2, "aé", "é", 3, 7);
}

static const struct route routes[] = {
	COMMAND("often", reply_often),
	COMMAND("print", print),
	COMMAND("fail", fail_with),
	COMMAND("much", send_much),
	COMMAND("later", put_off),
	WORK("again:%.8s", again),
	END_OF_ROUTES,
};

static const struct module module = { .name = "limits", .title = "Limits", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

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

static void say(struct host_world *world, const char *command)
{
	char json[400];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,\"text\":\"/%s\","
		 "\"entities\":[{\"type\":\"bot_command\",\"offset\":0,\"length\":%zu}],"
		 "\"chat\":{\"id\":7,\"type\":\"private\",\"first_name\":\"Anna\"},"
		 "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}}}",
		 command, strlen(command) + 1);
	world_handle(world, KIND_MESSAGE, json);
}

/* Says it in an update with so many bytes more. */
static void say_much(struct host_world *world, const char *command, size_t more)
{
	struct message_item item = { .seq = 1, .kind = KIND_MESSAGE, .attempt = 1 };
	struct buffer update = { 0 };
	struct cursor sent;
	struct text message;

	say(world, command);
	sent = cursor_make(buffer_unread(&world->body), buffer_unread_size(&world->body));
	message = cursor_skip(&sent);
	pack_map(&update, 3);
	/* What follows the head of the first map, which has two pairs. */
	pack_raw(&update, message.data + 1, message.length - 1);
	pack_text(&update, "filler");
	pack_bytes(&update, filler, more);
	item.body = (struct text) { (char *)buffer_unread(&update), buffer_unread_size(&update) };
	host_handle(world->host, &item, &world->outcome);
	buffer_finish(&update);
}

/* It fails like a handler that has found a fault: what it said is dropped, the person is told. */
static void assert_failed(const struct host_world *world, const char *reason)
{
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, reason));
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "Something went wrong"));
	assert_null(world->outcome.orders.data);
}

static void replies_are_counted(void **state)
{
	struct host_world *world = *state;

	replies = WIRE_CALLS_MAX;
	say(world, "often");
	assert_int_equal(world->outcome.calls_count, WIRE_CALLS_MAX);
	assert_int_not_equal(world->outcome.end, HOST_FAILED);
	replies = WIRE_CALLS_MAX + 1;
	say(world, "often");
	assert_failed(world, "more than 4096 replies");
}

static void and_weighed(void **state)
{
	struct host_world *world = *state;

	replies = WIRE_REPLIES_MAX / sizeof(bytes) - 1;
	say(world, "much");
	assert_int_equal(world->outcome.calls_count, replies);
	replies = WIRE_REPLIES_MAX / sizeof(bytes) + 1;
	say(world, "much");
	assert_failed(world, "16 MiB");
}

/* However large the update is: test_later.c has what waits of it. */
static void what_is_put_off_is_small(void **state)
{
	struct host_world *world = *state;

	say_much(world, "later", sizeof(filler));
	assert_int_not_equal(world->outcome.end, HOST_FAILED);
	assert_in_range(world->outcome.orders.length, 1, 300);
}

static void widths_and_cuts_work_in_every_format(void **state)
{
	struct host_world *world = *state;

	say(world, "print");
	assert_int_equal(world->outcome.calls_count, 2);
	assert_non_null(strstr(world_body(world, 0), "\"a    7\""));
	assert_non_null(strstr(world_body(world, 1), "\"a    7\""));
	say(world, "fail");
	assert_failed(world, "a    7");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(replies_are_counted),
		TEST(and_weighed),
		TEST(what_is_put_off_is_small),
		TEST(widths_and_cuts_work_in_every_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
