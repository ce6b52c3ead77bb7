/* test_afk.c - what watching for people who are away costs: no trip to the storage while nobody
 * is, nor for messages that are about nobody who is. */
#include "tests/unit/host_world.h"
#include "workers/modules/modules.h"

#define SENDER(id, name) "\"from\":{\"id\":" #id ",\"is_bot\":false,\"first_name\":\"" name "\"}"
#define MESSAGE_OF(sender, rest)                                            \
	"{\"update_id\":1,\"message\":{\"message_id\":5," sender            \
	",\"chat\":{\"id\":-1001,\"type\":\"supergroup\",\"title\":\"G\"}," \
	"\"date\":1767225600," rest "}}"

#define BOB SENDER(8, "Bob")
#define ALICE SENDER(7, "Alice")
#define BACK MESSAGE_OF(ALICE, "\"text\":\"hello\"")
#define PLAIN MESSAGE_OF(BOB, "\"text\":\"hello\"")
#define REPLY                                                                        \
	MESSAGE_OF(BOB, "\"text\":\"hello\",\"reply_to_message\":{\"message_id\":4," \
			"\"date\":1767225600," ALICE                                 \
			",\"text\":\"x\",\"chat\":{\"id\":-1001,\"type\":\"supergroup\"}}")
#define NAMED                                                          \
	MESSAGE_OF(BOB, "\"text\":\"where is @alice\",\"entities\":[{" \
			"\"type\":\"mention\",\"offset\":9,\"length\":6}]")
#define GOES                                                                           \
	MESSAGE_OF(ALICE, "\"text\":\"/afk\",\"entities\":[{\"type\":\"bot_command\"," \
			  "\"offset\":0,\"length\":4}]")

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

/* The trips for a hundred such messages, after some that learn what there is. */
static unsigned trips_of(struct host_world *world, const char *json)
{
	unsigned before;

	for (int i = 0; i < 5; i++)
		world_handle(world, KIND_MESSAGE, json);
	before = fake_storage_trips(world->memory);
	for (int i = 0; i < 100; i++)
		world_handle(world, KIND_MESSAGE, json);
	return fake_storage_trips(world->memory) - before;
}

static void nobody_is_away(void **state)
{
	assert_int_equal(trips_of(*state, PLAIN), 0);
	assert_int_equal(trips_of(*state, REPLY), 0);
	assert_int_equal(trips_of(*state, NAMED), 0);
}

static void somebody_is_away(void **state)
{
	struct host_world *world = *state;

	world_handle(world, KIND_MESSAGE, GOES);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(trips_of(world, PLAIN), 0);
	/* Such a name has to be looked up. */
	assert_in_range(trips_of(world, NAMED), 1, 100);
	assert_in_range(trips_of(world, REPLY), 1, 400);
}

static bool away(void *owner, const struct fact_key *key, int64_t now_s, struct fact_state *out,
		 struct why *why)
{
	(void)owner;
	(void)key;
	(void)now_s;
	(void)out;
	return why_set(why, "the database is away");
}

static bool nobody_is_found(void *owner, const char *username, int64_t id, struct arena *arena,
			    const struct recorded_person **out, struct why *why)
{
	(void)owner;
	(void)username;
	(void)id;
	(void)arena;
	(void)out;
	return why_set(why, "the database is away");
}

/* Whoever writes, whatever they write: no message fails because of it. */
static void without_the_database_nobody_is_away(void **state)
{
	static const char *const all[] = { PLAIN, REPLY, NAMED, BACK };
	struct host_world *world = *state;

	world_handle(world, KIND_MESSAGE, GOES);
	world->storage.fact_find = away;
	world->storage.find_person = nobody_is_found;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		world_handle(world, KIND_MESSAGE, all[i]);
		if (world->outcome.end == HOST_FAILED)
			fail_msg("%s: %s", all[i], world->outcome.reason);
		assert_int_equal(world->outcome.calls_count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_is_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(somebody_is_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_the_database_nobody_is_away, set_up,
						tear_down),
	};

	return cmocka_run_group_tests_name("afk", tests, NULL, NULL);
}
