/* test_keep_out.c - lists of bans cost no trip to a store for who is on none, however many a group
 * follows: who is on one is in tests/modules/moderation. */
#include "tests/unit/host_world.h"

#define FED 77
#define OTHER_FED 78

extern const struct module cas_module, feds_module, gbans_module;
static const struct module *const modules[] = { &cas_module, &feds_module, &gbans_module, NULL };

static void save(struct host_world *world, struct holder holder, const char *module,
		 const char *key, const char *value)
{
	static uint32_t nth;
	const struct stored_write write = { .mark = { .update_id = 1000, .nth = ++nth },
					    .holder = holder,
					    .module = module,
					    .key = key,
					    .value = value };
	struct why why;

	assert_true(world->storage.save(world->memory, &write, 1, &why));
}

static struct holder list_of(int64_t id)
{
	return (struct holder) { .scope = OF_LIST, .id = id };
}

static void follow_all(struct host_world *world)
{
	const struct holder group = { .scope = OF_CHAT, .id = -100 };

	save(world, group, "feds", "fed", "77");
	save(world, list_of(FED), "feds", "name", "One");
	save(world, list_of(FED), "feds", "sub/78", "yes");
	save(world, list_of(OTHER_FED), "feds", "name", "Other");
	save(world, group, "gbans", "on", "on");
	save(world, group, "cas", "on", "on");
	save(world, list_of(1 + 5), "cas", "part", "AQ"); /* 128 + 5 */
	save(world, list_of(129), "cas", "fetched", "1767225000 1");
}

static void says(struct host_world *world, int person)
{
	char json[400];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"chat\":{\"id\":-100,"
		 "\"type\":\"supergroup\",\"title\":\"G\"},\"from\":{\"id\":%d,\"is_bot\":false,"
		 "\"first_name\":\"O\"},\"text\":\"x\"}}",
		 person);
	world_handle(world, KIND_MESSAGE, json);
}

static void who_is_on_no_list_costs_no_trip(void **state)
{
	struct host_world *world = world_open(modules);
	unsigned trips;

	(void)state;
	follow_all(world);
	/* What the pool learns once: settings, to which federations it subscribes, the shard. */
	says(world, 1024 + 5);
	says(world, 1024 + 5);
	trips = fake_storage_trips(world->memory);
	for (int i = 0; i < 20; i++) {
		says(world, 1024 + 5 + 1024 * i);
		assert_int_equal(world->outcome.calls_count, 0);
	}
	assert_int_equal(fake_storage_trips(world->memory), trips);
	/* Somebody of another shard is looked up there. */
	says(world, 6);
	assert_int_equal(fake_storage_trips(world->memory), trips + 1);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_on_no_list_costs_no_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
