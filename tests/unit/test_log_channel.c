/* test_log_channel.c - addresses of messages, and how long something takes in words. */
#include "tests/unit/host_world.h"
#include "workers/host/duration.h"
#include "workers/host/log_channel.h"

static void (*check)(struct ctx *ctx);

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	check(ctx);
	return DONE;
}

static const struct route routes[] = { ANY(on_any), END_OF_ROUTES };
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

static void run(struct host_world *world, const char *chat, void (*fn)(struct ctx *ctx))
{
	char json[400];

	check = fn;
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,%s,\"text\":\"x\","
		 "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"}}}",
		 chat);
	world_handle(world, KIND_MESSAGE, json);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

#define GROUP "\"chat\":{\"id\":-1001234,\"type\":\"supergroup\",\"title\":\"G\"}"
#define PRIVATE "\"chat\":{\"id\":7,\"type\":\"private\",\"first_name\":\"A\"}"

static void check_addresses(struct ctx *ctx)
{
	const struct chat supergroup = {
		.id = -1001234567890, .type = CHAT_SUPERGROUP, .title = "", .username = ""
	};
	const struct chat channel = {
		.id = -1000000000001, .type = CHAT_CHANNEL, .title = "", .username = ""
	};
	const struct chat public = {
		.id = -1001234567890, .type = CHAT_SUPERGROUP, .title = "", .username = "wonder"
	};
	const struct chat basic = { .id = -77, .type = CHAT_GROUP, .title = "", .username = "" };

	assert_string_equal(message_url(ctx, &supergroup, 5), "https://t.me/c/1234567890/5");
	assert_string_equal(message_url(ctx, &channel, 5), "https://t.me/c/1/5");
	assert_string_equal(message_url(ctx, &public, 5), "https://t.me/wonder/5");
	assert_string_equal(message_url(ctx, &basic, 5), "");
}

static void messages_have_the_addresses_that_telegram_gives_them(void **state)
{
	run(*state, GROUP, check_addresses);
}

static void check_durations(struct ctx *ctx)
{
	assert_string_equal(duration_words(ctx, 1), "1 second");
	assert_string_equal(duration_words(ctx, 59), "59 seconds");
	assert_string_equal(duration_words(ctx, 60), "1 minute");
	assert_string_equal(duration_words(ctx, 5400), "90 minutes");
	assert_string_equal(duration_words(ctx, 3600), "1 hour");
	assert_string_equal(duration_words(ctx, 2 * 86400), "2 days");
	assert_string_equal(duration_words(ctx, 86401), "86401 seconds");
}

static void a_duration_is_said_in_its_longest_whole_unit(void **state)
{
	run(*state, GROUP, check_durations);
}

static void set_it(struct ctx *ctx)
{
	assert_true(ctx_set_log_channel(ctx, -1005));
	assert_true(ctx_set_logged(ctx, LOG_REPORTS, false));
	assert_int_equal(ctx_log_channel(ctx), -1005);
	assert_null(ctx_find_log(ctx, LOG_REPORTS));
	assert_non_null(ctx_find_log(ctx, LOG_MEMBERS));
}

static void find_none(struct ctx *ctx)
{
	assert_int_equal(ctx_log_channel(ctx), 0);
	assert_null(ctx_find_log(ctx, LOG_MEMBERS));
}

static void end_it(struct ctx *ctx)
{
	assert_true(ctx_set_log_channel(ctx, 0));
	find_none(ctx);
}

static void a_log_is_of_one_group(void **state)
{
	run(*state, GROUP, set_it);
	run(*state, "\"chat\":{\"id\":-1009,\"type\":\"supergroup\",\"title\":\"H\"}", find_none);
	run(*state, PRIVATE, find_none);
	run(*state, GROUP, end_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(messages_have_the_addresses_that_telegram_gives_them),
		TEST(a_duration_is_said_in_its_longest_whole_unit),
		TEST(a_log_is_of_one_group),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
