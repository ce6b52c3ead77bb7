/* test_run.c - a command is a literal: what its values can be, and what a keeper is asked. */
#include "tests/unit/host_world.h"

#include "workers/host/programs.h"

static const char *value, *expected;
static void (*task)(struct ctx *ctx);
static const struct program usual;

static enum verdict run_task(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	task(ctx);
	return DONE;
}

static const struct route routes[] = {
	COMMAND("task", run_task),
	END_OF_ROUTES,
};

static const struct route no_routes[] = { END_OF_ROUTES };
static const struct module first = { .name = "first", .routes = no_routes };
static const struct module module = { .name = "programs",
				      .routes = routes,
				      .programs = PROGRAMS("cat", "no-such-program", "../bin/ls") };
static const struct module *const modules[] = { &first, &module, NULL };

static void run(struct host_world *world, void (*fn)(struct ctx *ctx))
{
	task = fn;
	world->calls = 0;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":7,\"date\":0,"
		     "\"chat\":{\"id\":5,\"type\":\"private\",\"first_name\":\"A\"},"
		     "\"from\":{\"id\":5,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"text\":\"/task\",\"entities\":[{\"type\":\"bot_command\","
		     "\"offset\":0,\"length\":5}]}}");
}

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

/* --- words ------------------------------------------------------------------------------------ */

static void run_value(struct ctx *ctx)
{
	const struct file *file = ctx_run(ctx, &usual, "cat -n %s --x=%s {input} %d%% {output}",
					  value, value, 7);

	assert_string_equal(file_error(file), expected);
}

static void a_value_is_one_word_whatever_is_in_it(void **state)
{
	static const char *const values[] = { "a b",   "$(id); `id` | id > x",
					      "\"'\\", "{input}",
					      "%s%n",  "--" };
	struct host_world *world = *state;

	world->answer = "{\"name\":\"output.txt\"}";
	expected = "";
	for (size_t i = 0; i < 5; i++) {
		char words[400], *at;

		value = values[i];
		run(world, run_value);
		assert_int_equal(world->calls, 1);
		at = strstr(world->call, "\"words\":");
		assert_non_null(at);
		snprintf(words, sizeof(words), "%s", at);
		if (i == 0)
			assert_string_equal(words, "\"words\":[\"cat\",\"-n\",\"a b\",\"--x=a b\","
						   "\"/proc/self/fd/0\",\"7%\",\"output\"]}");
		if (i == 3)
			assert_non_null(strstr(words, "\"{input}\",\"--x={input}\""));
	}
	assert_non_null(strstr(world->call, CALL_RUN " {\"module\":1,\"seconds\":30,"
						     "\"megabytes\":256,\"output\":true,"));
}

static void a_value_is_no_option_and_has_no_lines(void **state)
{
	static const char *const values[] = { "-rf", "-", "--", "a\nb", "a\037b", "\t", "" };
	struct host_world *world = *state;

	world->answer = "{}";
	expected = "This did not work.";
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		value = values[i];
		run(world, run_value);
		assert_int_equal(world->calls, 0);
		assert_int_equal(world->outcome.end, HOST_DONE);
	}
}

static void run_long(struct ctx *ctx)
{
	char text[20000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(file_error(ctx_run(ctx, &usual, "cat %s", text)), "This did not work.");
}

static void run_named_by_value(struct ctx *ctx)
{
	ctx_run(ctx, &usual, "%s", "cat");
}

static void a_command_begins_with_a_program(void **state)
{
	struct host_world *world = *state;

	run(world, run_long);
	assert_int_equal(world->outcome.end, HOST_DONE);
	run(world, run_named_by_value);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_int_equal(world->calls, 0);
}

/* --- programs --------------------------------------------------------------------------------- */

static void run_missing(struct ctx *ctx)
{
	static const char *const names[] = { "no-such-program", "ls", "/bin/cat", "../bin/ls" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_false(ctx_has_program(ctx, names[i]));
	assert_true(ctx_has_program(ctx, "cat"));
	assert_string_equal(file_error(ctx_run(ctx, &usual, "no-such-program")),
			    "This cannot be done right now.");
	assert_string_equal(file_error(ctx_run(ctx, &usual, "ls")),
			    "This cannot be done right now.");
}

static void only_what_the_module_names_is_run(void **state)
{
	struct host_world *world = *state;

	run(world, run_missing);
	assert_int_equal(world->calls, 0);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static const struct module supplied = {
	.name = "supplied",
	.routes = no_routes,
	.programs = PROGRAMS("yt-dlp=KORONE_YT_DLP", "gallery-dl=KORONE_GALLERY_DL",
			     "other=KORONE_LINKS_SITES", "none=KORONE_POOL_MIN"),
};

/* A value without a slash at its beginning is a name, as those of modules are. */
static void a_setting_names_the_file(void **state)
{
	static const struct module *const all[] = { &supplied, NULL };
	const struct settings settings = { .yt_dlp = "/bin/cat",
					   .gallery_dl = "",
					   .links_sites = "bin/cat" };
	struct programs *programs = programs_create(all, &settings);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_string_equal(programs_find(programs, &supplied, "yt-dlp"), "/bin/cat");
	assert_null(programs_find(programs, &supplied, "cat"));
	assert_null(programs_find(programs, &supplied, "gallery-dl"));
	assert_null(programs_find(programs, &supplied, "other"));
	assert_null(programs_find(programs, &supplied, "none"));
	programs_print(programs, out);
	fclose(out);
	assert_string_equal(text,
			    "# module supplied runs yt-dlp: /bin/cat\n"
			    "# module supplied runs gallery-dl: KORONE_GALLERY_DL is not set\n"
			    "# module supplied runs other: it is not installed\n"
			    "# module supplied runs none: KORONE_POOL_MIN is not set\n");
	free(text);
	programs_destroy(programs);
}

static void read_json(struct ctx *ctx)
{
	struct file *good = file_made(ctx, "a"), *bad = file_made(ctx, "b"),
		    *large = file_made(ctx, "c");

	file_add(good, "[[2, {\"a\": \"b\"}]]");
	assert_string_equal(answer_text(file_json(ctx, good), "0.1.a"), "b");
	assert_true(answer_ok(file_json(ctx, good)));
	file_add(bad, "[[2, ");
	assert_false(answer_ok(file_json(ctx, bad)));
	assert_string_equal(answer_error(file_json(ctx, bad)), "This did not work.");
	file_add(large, "[\"%01048576d\"]", 1);
	assert_false(answer_ok(file_json(ctx, large)));
	assert_string_equal(answer_error(file_json(ctx, ctx_run(ctx, &usual, "ls"))),
			    "This cannot be done right now.");
}

static void what_it_left_is_read_as_json(void **state)
{
	struct host_world *world = *state;

	run(world, read_json);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

/* --- input and output ------------------------------------------------------------------------- */

static void run_input(struct ctx *ctx)
{
	struct file *input = file_made(ctx, "in"), *empty_error = file_made(ctx, "wrong");
	const struct file *output;

	file_add(input, "small");
	output = ctx_run(ctx,
			 &(struct program) { .input = input, .seconds = 9999, .megabytes = 99999 },
			 "cat");
	assert_string_equal(file_error(output), "");
	assert_string_equal(file_name(output), "output");
	/* Where its bytes are does not matter to who reads it. */
	assert_string_equal(file_bytes(input), "small");
	for (unsigned i = 0; i < 800; i++)
		file_add(empty_error, "%0100000d", 1);
	output = ctx_run(ctx, &(struct program) { .input = empty_error }, "cat");
	assert_string_equal(file_error(output), file_error(empty_error));
	assert_string_not_equal(file_error(output), "");
}

static void it_has_an_input_and_limits(void **state)
{
	struct host_world *world = *state;

	world->answer = "{}";
	run(world, run_input);
	assert_int_equal(world->calls, 1);
	assert_non_null(strstr(world->call, "\"seconds\":600,\"megabytes\":4096,\"output\":false"));
	assert_int_equal(world->outcome.end, HOST_DONE);
}

static void what_it_came_to_is_told_to_people(void **state)
{
	static const struct {
		int code;
		const char *error;
	} ends[] = {
		{ 408, "This takes too long, so I stopped it." },
		{ 413, "This uses too much, so I stopped it." },
		{ 422, "This did not work." },
		{ 429, "Too much is going on right now. Please try again later." },
		{ 501, "This cannot be done right now." },
	};
	struct host_world *world = *state;

	value = "x";
	world->refusal = "it ended with 1";
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		world->refusal_code = ends[i].code;
		expected = ends[i].error;
		run(world, run_value);
	}
	world->refusal = NULL;
	expected = "This cannot be done right now.";
	run(world, run_value);
	assert_int_equal(world->outcome.end, HOST_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_value_is_one_word_whatever_is_in_it),
		TEST(a_value_is_no_option_and_has_no_lines),
		TEST(a_command_begins_with_a_program),
		TEST(only_what_the_module_names_is_run),
		TEST(a_setting_names_the_file),
		TEST(what_it_left_is_read_as_json),
		TEST(it_has_an_input_and_limits),
		TEST(what_it_came_to_is_told_to_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
