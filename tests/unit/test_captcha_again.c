/* test_captcha_again.c - a pool is killed after somebody who joined was muted, and has passed the
 * captcha before their joining is handled again: they are not muted once more. */
#include "tests/unit/host_world.h"
#include "workers/modules/modules.h"

#define GROUP_ID (-100)
#define JOINS                                                                                   \
	"{\"update_id\":1,\"chat_member\":{\"chat\":{\"id\":-100,\"type\":\"supergroup\","      \
	"\"title\":"                                                                            \
	"\"G\"},\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},\"date\":1767225600," \
	"\"old_chat_member\":{\"status\":\"left\",\"user\":{\"id\":7,\"is_bot\":false,"         \
	"\"first_name\":\"A\"}},\"new_chat_member\":{\"status\":\"member\",\"user\":{\"id\":7," \
	"\"is_bot\":false,\"first_name\":\"A\"}}}}"

static int set_up(void **state)
{
	struct host_world *world = world_open(compiled_modules);
	const struct stored_write write = {
		.mark = { .nth = 1 },
		.holder = { .scope = OF_CHAT, .id = GROUP_ID },
		.module = "captcha",
		.key = "on",
		.value = "on",
	};
	struct why why;

	/* Of the bot; of whoever joins the update tells. */
	world->answer = "{\"status\":\"administrator\",\"can_restrict_members\":true,"
			"\"can_delete_messages\":true}";
	*state = world;
	return fake_storage_table.save(world->memory, &write, 1, &why) ? 0 : -1;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static bool mutes(const struct host_world *world)
{
	for (size_t i = 0; i < world->outcome.calls_count; i++)
		if (text_is(world->outcome.calls[i].method, "restrictChatMember"))
			return true;
	return false;
}

static void wait_no_more(struct host_world *world)
{
	const struct mark mark = { .update_id = 99, .nth = 1 };
	const struct fact_key key = { .holder = { .scope = OF_CHAT, .id = GROUP_ID },
				      .module = "captcha",
				      .kind = "waiting",
				      .person = 7 };
	const struct fact_write write = { .change = FACT_REMOVE, .now_s = 1767225600 };
	struct fact_state before;
	struct why why;

	assert_true(
		fake_storage_table.fact_write(world->memory, &mark, &key, &write, &before, &why));
	assert_true(before.is_there);
}

static void who_still_waits_is_muted_again(void **state)
{
	struct host_world *world = *state;

	world_handle(world, KIND_CHAT_MEMBER, JOINS);
	assert_true(mutes(world));
	world_repeat(world, KIND_CHAT_MEMBER);
	assert_true(mutes(world));
}

static void who_has_passed_is_not(void **state)
{
	struct host_world *world = *state;

	world_handle(world, KIND_CHAT_MEMBER, JOINS);
	assert_true(mutes(world));
	wait_no_more(world);
	world_repeat(world, KIND_CHAT_MEMBER);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_false(mutes(world));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_still_waits_is_muted_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_has_passed_is_not, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
