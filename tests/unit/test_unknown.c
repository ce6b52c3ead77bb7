/* test_unknown.c - what the host says where there is nothing to run: no such command, or no Redis
 * to note what is cancelled in. */
#include "tests/unit/host_world.h"

#include "workers/modules/modules.h"

static int set_up(void **state)
{
	*state = world_open(compiled_modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void say(struct host_world *world, const char *text)
{
	char json[300];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,"
		 "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
		 "\"chat\":{\"id\":7,\"type\":\"private\"},\"text\":\"%s\"}}",
		 text);
	world_handle(world, KIND_MESSAGE, json);
}

static bool is_away(void *owner, const struct mark *mark, const struct brief_key *key,
		    const char *value, int64_t seconds)
{
	(void)mark;
	(void)owner;
	(void)key;
	(void)value;
	(void)seconds;
	return false;
}

static void cancel_without_redis_is_no_failure(void **state)
{
	struct host_world *world = *state;

	world->storage.brief_set = is_away;
	say(world, "/cancel");
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "ends by itself within an hour"));
}

static void an_unknown_command_is_answered_once(void **state)
{
	struct host_world *world = *state;

	say(world, "/nosuch x");
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "I have no command /nosuch. /help"));
	say(world, "/nosuch");
	assert_int_equal(world->outcome.calls_count, 0);
	say(world, "/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"); /* longer than any command */
	assert_non_null(strstr(world_body(world, 0), "/aaaaaaaaaabbbbbbbbbbccccccccccdd…."));
}

/* Only loaded commands are pointed to. */
static void without_help_nothing_is_said(void **state)
{
	static const struct module *const nothing[] = { NULL };
	struct host_world *world = world_open(nothing);

	(void)state;
	say(world, "/nosuch");
	assert_int_equal(world->outcome.calls_count, 0);
	world_close(world);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(cancel_without_redis_is_no_failure),
		TEST(an_unknown_command_is_answered_once),
		TEST(without_help_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
