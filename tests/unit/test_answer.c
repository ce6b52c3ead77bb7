/* test_answer.c - values by path, in the update and in the result of a call. */
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

#define VALUE                                                                           \
	"{\"id\":7,\"ok\":true,\"no\":false,\"text\":\"t\",\"nil\":null,\"half\":-0.5," \
	"\"list\":[{\"n\":1},{\"n\":2}],\"names\":{\"a\":{\"b\":\"deep\"}}}"

/* The same of both. */
static void assert_value(struct ctx *ctx, const struct answer *answer, const char *at)
{
	assert_true(answer_ok(answer));
	assert_string_equal(answer_error(answer), "");
	assert_int_equal(answer_integer(answer, ctx_printf(ctx, "%sid", at)), 7);
	assert_true(answer_boolean(answer, ctx_printf(ctx, "%sok", at)));
	assert_false(answer_boolean(answer, ctx_printf(ctx, "%sno", at)));
	assert_string_equal(answer_text(answer, ctx_printf(ctx, "%stext", at)), "t");
	assert_true(answer_number(answer, ctx_printf(ctx, "%shalf", at)) == -0.5);
	assert_true(answer_number(answer, ctx_printf(ctx, "%sid", at)) == 7);
	assert_int_equal(answer_count(answer, ctx_printf(ctx, "%slist", at)), 2);
	assert_int_equal(answer_integer(answer, ctx_printf(ctx, "%slist.1.n", at)), 2);
	assert_string_equal(answer_text(answer, ctx_printf(ctx, "%snames.a.b", at)), "deep");
	assert_string_equal(answer_json(ctx, answer, ctx_printf(ctx, "%slist.0", at)),
			    "{\n  \"n\": 1\n}");
	assert_true(answer_has(answer, ctx_printf(ctx, "%snames.a", at)));
	assert_true(answer_has(answer, ctx_printf(ctx, "%sno", at)));
	assert_false(answer_has(answer, ctx_printf(ctx, "%snil", at)));
}

static void assert_missing(struct ctx *ctx, const struct answer *answer, const char *at)
{
	static const char *const paths[] = {
		"none",       "list.2.n", "list.x", "list.-1",  "list.n",
		"id.id",      "names.",   "text.0", "names..b", "list.99999999999999999999",
		"names.a.b.c"
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *path = ctx_printf(ctx, "%s%s", at, paths[i]);

		if (strcmp(paths[i], "names.") != 0)
			assert_false(answer_has(answer, path));
		assert_int_equal(answer_integer(answer, path), 0);
		assert_true(answer_number(answer, path) == 0);
		assert_string_equal(answer_text(answer, path), "");
		assert_false(answer_boolean(answer, path));
		assert_int_equal(answer_count(answer, path), 0);
	}
	/* A value of another type. */
	assert_int_equal(answer_integer(answer, ctx_printf(ctx, "%stext", at)), 0);
	assert_true(answer_number(answer, ctx_printf(ctx, "%stext", at)) == 0);
	assert_string_equal(answer_text(answer, ctx_printf(ctx, "%sid", at)), "");
	assert_false(answer_boolean(answer, ctx_printf(ctx, "%sid", at)));
	assert_int_equal(answer_count(answer, ctx_printf(ctx, "%snames", at)), 0);
	assert_string_equal(answer_json(ctx, answer, ctx_printf(ctx, "%snone", at)), "");
}

static void look_at_update(struct ctx *ctx)
{
	const struct answer *update = ctx_update(ctx);

	assert_ptr_equal(update, ctx_update(ctx));
	assert_int_equal(answer_integer(update, "update_id"), 55);
	assert_value(ctx, update, "poll.");
	assert_missing(ctx, update, "poll.");
}

static void look_at_result(struct ctx *ctx)
{
	const struct answer *answer = ctx_callf(ctx, "getMe", "{}");

	assert_value(ctx, answer, "");
	assert_missing(ctx, answer, "");
}

static void look_at_refusal(struct ctx *ctx)
{
	const struct answer *answer = ctx_callf(ctx, "getMe", "{}");

	assert_false(answer_ok(answer));
	assert_true(answer_refused(answer));
	assert_string_equal(answer_error(answer), "no");
	assert_string_equal(answer_outcome(answer), "refused");
	assert_string_equal(answer_text(answer, "id"), "");
	assert_false(answer_has(answer, ""));
}

static void handle(struct host_world *world, void (*fn)(struct ctx *ctx))
{
	look = fn;
	world_handle(world, KIND_POLL, "{\"update_id\":55,\"poll\":" VALUE "}");
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static void the_update_is_read_by_path(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	handle(world, look_at_update);
	world_close(world);
}

static void a_result_is_read_by_the_same_paths(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	world->answer = VALUE;
	handle(world, look_at_result);
	world->refusal = "no";
	handle(world, look_at_refusal);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_update_is_read_by_path),
		cmocka_unit_test(a_result_is_read_by_the_same_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
