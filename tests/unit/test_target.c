/* test_target.c - whom something is about. */
#include "tests/unit/host_world.h"

static void (*look)(struct ctx *ctx);

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	look(ctx);
	return DONE;
}

static const struct route routes[] = { ANY(on_any), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static void assert_person(struct ctx *ctx, int64_t id, const char *first_name)
{
	struct target target = target_of(ctx, id);

	assert_null(target.channel);
	assert_int_equal(target.user->id, id);
	assert_string_equal(target.user->first_name, first_name);
	assert_string_equal(target.user->last_name, "");
}

static void assert_chat(struct ctx *ctx, int64_t id, const char *title)
{
	struct target target = target_of(ctx, id);

	assert_null(target.user);
	assert_int_equal(target.channel->id, id);
	assert_string_equal(target.channel->title, title);
	assert_string_equal(target.channel->username, "");
}

static void look_at_all(struct ctx *ctx)
{
	const struct message *message = ctx_find_message(ctx);

	assert_person(ctx, 2, "Bob");
	assert_person(ctx, 3, "Anna");
	assert_person(ctx, 136817688, "Channel");
	assert_person(ctx, 99, "");
	assert_chat(ctx, -5, "Friends");
	assert_chat(ctx, -7, "News");
	assert_chat(ctx, -99, "");
	assert_ptr_equal(message_author(message).user, message->from);
	assert_null(message_author(message).channel);
	assert_int_equal(message_author(message->reply).channel->id, -7);
	assert_null(message_author(message->reply).user);
}

static void ids_are_named_as_the_update_names_them(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	look = look_at_all;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"text\":\"Anna\","
		     "\"from\":{\"id\":2,\"first_name\":\"Bob\"},\"entities\":[{\"type\":"
		     "\"text_mention\",\"offset\":0,\"length\":4,\"user\":{\"id\":3,"
		     "\"first_name\":\"Anna\"}}],\"chat\":{\"id\":-5,\"type\":\"supergroup\","
		     "\"title\":\"Friends\"},\"reply_to_message\":{\"message_id\":4,"
		     "\"from\":{\"id\":136817688,\"first_name\":\"Channel\"},\"sender_chat\":{"
		     "\"id\":-7,\"type\":\"channel\",\"title\":\"News\"}}}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
	world_close(world);
}

static void look_without_message(struct ctx *ctx)
{
	assert_null(ctx_find_message(ctx));
	assert_person(ctx, 2, "Bob");
	assert_person(ctx, 3, "");
	assert_chat(ctx, -5, "Friends");
}

static void whoever_did_it_is_named_without_a_message(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	look = look_without_message;
	world_handle(world, KIND_MESSAGE_REACTION,
		     "{\"update_id\":1,\"message_reaction\":{\"message_id\":5,"
		     "\"user\":{\"id\":2,\"first_name\":\"Bob\"},\"chat\":{\"id\":-5,"
		     "\"type\":\"supergroup\",\"title\":\"Friends\"}}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_named_as_the_update_names_them),
		cmocka_unit_test(whoever_did_it_is_named_without_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
