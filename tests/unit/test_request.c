/* test_request.c - calls that a handler puts together itself. */
#include "tests/unit/host_world.h"

static const char *chat;

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	struct request *request = ctx_request(ctx, "sendMessage");

	(void)command;
	request_text(request, "chat_id", chat);
	request_text(request, "text", "5");
	return ctx_queue(ctx, request);
}

static const struct route routes[] = { COMMAND("send", on_command), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int64_t chat_of_call(struct host_world *world, const char *chat_id)
{
	chat = chat_id;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,"
		     "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"chat\":{\"id\":7,\"type\":\"private\"},\"text\":\"/send\"}}");
	assert_int_equal(world->outcome.calls_count, 1);
	return world->outcome.calls[0].chat_id;
}

/* The sender refuses a call whose parameters name another chat. */
static void a_call_belongs_to_the_chat_that_it_names(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	assert_int_equal(chat_of_call(world, "-100123"), -100123);
	assert_int_equal(chat_of_call(world, "42"), 42);
	assert_int_equal(chat_of_call(world, "@news"), 0);
	assert_int_equal(chat_of_call(world, "042"), 0);
	assert_int_equal(chat_of_call(world, ""), 0);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_belongs_to_the_chat_that_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
