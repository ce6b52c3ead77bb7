/* test_form.c - forms: what no program starts with, and what is said when nothing can be noted. */
#include "tests/unit/host_world.h"
#include "workers/host/form.h"
#include "workers/modules/modules.h"

struct values {
	const char *text;
};

static const struct field fields[] = {
	TEXT_FIELD(struct values, text, "text"),
	END_OF_FIELDS(struct values),
};
static const struct field none[] = { END_OF_FIELDS(struct values) };

static enum verdict done(struct ctx *ctx, const void *values)
{
	(void)ctx;
	(void)values;
	return DONE;
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask_form(ctx, "form");
}

static const struct route routes[] = { COMMAND("ask", ask), END_OF_ROUTES };
static const struct module asking = { .name = "asking",
				      .routes = routes,
				      .forms = FORMS(FORM("form", fields, done, "A form")) };
extern const struct module forms_module;

static const struct module *const with_forms[] = { &asking, &forms_module, NULL };
static const struct module *const without[] = { &asking, NULL };

static void say_ask(struct host_world *world)
{
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":7,\"is_bot\":"
		     "false,"
		     "\"first_name\":\"Anna\"},\"chat\":{\"id\":7,\"type\":\"private\"},"
		     "\"text\":\"/ask\"}}");
}

static bool set_nothing(void *owner, const struct mark *mark, const struct brief_key *key,
			const char *value, int64_t seconds)
{
	(void)owner;
	(void)mark;
	(void)key;
	(void)value;
	(void)seconds;
	return false;
}

static void without_redis_there_are_no_forms(void **state)
{
	struct host_world *world = world_open(with_forms);

	(void)state;
	world->storage.brief_set = set_nothing;
	say_ask(world);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "I cannot note that right now"));
	assert_null(strstr(world_body(world, 0), "#ask-"));
	world_close(world);
}

static void its_steps_are_a_module(void **state)
{
	struct host_world *world = world_open(without);

	(void)state;
	say_ask(world);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "the module \"forms\" is not loaded");
	world_close(world);
}

static const char *check(const struct form *forms)
{
	static struct why why;
	const struct module module = { .name = "odd", .forms = forms };

	return form_check_all(&module, &why) ? NULL : why.text;
}

static void forms_that_are_wrong(void **state)
{
	(void)state;
	assert_null(check(NULL));
	assert_null(check(FORMS(FORM("a", fields, done, "A"), FORM("b", fields, done, "B"))));
	assert_string_equal(
		check(FORMS(FORM("a", fields, done, "A"), FORM("a", fields, done, "B"))),
		"module \"odd\": form \"a\": it is there twice");
	assert_string_equal(check(FORMS(FORM("a", none, done, "A"))),
			    "module \"odd\": form \"a\": a form has 1 to 32 fields");
	assert_string_equal(check(FORMS(FORM("a", fields, NULL, "A"))),
			    "module \"odd\": form \"a\": nothing is done with it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_redis_there_are_no_forms),
		cmocka_unit_test(its_steps_are_a_module),
		cmocka_unit_test(forms_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
