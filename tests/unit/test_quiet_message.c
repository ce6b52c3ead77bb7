/* test_quiet_message.c - a message that triggers nothing, in a group with every rule on: it costs
 * no trip to Postgres or Redis, with antiflood one to Redis. */
#include "tests/modules/full_group.h"
#include "tests/unit/host_world.h"
#include "workers/modules/modules.h"

#define SAYS(text)                                                                                 \
	"{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":7,\"is_bot\":false,"      \
	"\"first_name\":\"A\"},\"chat\":{\"id\":-1001234567890,\"type\":\"supergroup\",\"title\":" \
	"\"G\"},\"date\":1767225600,\"text\":\"" text "\"}}"

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

static unsigned trips_of(struct host_world *world, const char *json)
{
	unsigned before;

	world_handle(world, KIND_MESSAGE, json); /* reads what was chosen */
	before = fake_storage_trips(world->memory);
	world_handle(world, KIND_MESSAGE, json);
	return fake_storage_trips(world->memory) - before;
}

static void it_costs_no_trip(void **state)
{
	struct host_world *world = *state;

	assert_true(full_group_choose(world->memory));
	assert_int_equal(trips_of(world, SAYS("good evening")), 0);
	assert_int_equal(world->outcome.calls_count, 0);
	assert_int_equal(world->calls, 0);
	/* One that does trigger something is seen. */
	world_handle(world, KIND_MESSAGE, SAYS("a casino1 bonus"));
	assert_int_not_equal(world->calls, 0);
}

static void with_antiflood_it_costs_one(void **state)
{
	struct host_world *world = *state;

	assert_true(full_group_choose(world->memory));
	assert_true(full_group_choose_flood(world->memory));
	assert_int_equal(trips_of(world, SAYS("good evening")), 1);
	assert_int_equal(world->outcome.calls_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_costs_no_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(with_antiflood_it_costs_one, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
