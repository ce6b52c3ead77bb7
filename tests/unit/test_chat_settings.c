/* test_chat_settings.c - what chats and people chose: where it lies, how often it is read, and that
 * a bot without its database answers all the same. */
#include "tests/unit/host_world.h"
#include "workers/host/chat_settings.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define PRIVATE "\"chat\":{\"id\":7,\"type\":\"private\"}"
#define ANNA "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\",\"language_code\":\"%s\"}"

static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return act(ctx);
}

static unsigned commands;

static enum verdict on_command(struct ctx *ctx, const struct command *command)
{
	(void)ctx;
	(void)command;
	commands++;
	return DONE;
}

static enum verdict on_migration(struct ctx *ctx, const struct service_message *message)
{
	(void)ctx;
	(void)message;
	return DONE;
}

static const struct route routes[] = {
	TEXT(on_text),
	COMMAND("plain other", on_command),
	COMMAND("always", on_command, .always = true),
	COMMAND("secret", on_command, .operators = true),
	COMMAND("own", on_command, .private = true),
	SERVICE("migrate_to_chat_id", on_migration),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	commands = 0;
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void say(struct host_world *world, const char *chat, const char *language, const char *text)
{
	char json[500], from[200];

	snprintf(from, sizeof(from), ANNA, language);
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,%s,%s,\"text\":\"%s\"}}", from,
		 chat, text);
	world_handle(world, KIND_MESSAGE, json);
}

static void run(struct host_world *world, const char *chat, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	say(world, chat, "en", "x");
}

static void expect_done(const struct host_world *world)
{
	if (world->outcome.end != HOST_DONE)
		fail_msg("%s", world->outcome.reason);
}

/* --- a setting -------------------------------------------------------------------------------- */

static const struct holder anna = { OF_PERSON, 7, 0 }, group = { OF_CHAT, -100, 0 };
static const char *expected; /* of the setting; NULL: it is not there */

static void expect_setting(struct ctx *ctx, struct holder holder, const char *key,
			   const char *value)
{
	const char *found = "?";
	struct why why;

	assert_true(chat_settings_find(ctx, holder, "test", key, &found, &why));
	if (value)
		assert_string_equal(found, value);
	else
		assert_null(found);
}

static enum verdict set_two(struct ctx *ctx)
{
	struct why why;

	expect_setting(ctx, group, "colour", NULL);
	assert_true(chat_settings_set(ctx, group, "test", "colour", "green", &why));
	expect_setting(ctx, group, "colour", "green"); /* at once */
	assert_true(chat_settings_set(ctx, group, "test", "size", "", &why));
	assert_true(chat_settings_set(ctx, group, "other", "colour", "red", &why));
	return DONE;
}

static enum verdict look(struct ctx *ctx)
{
	expect_setting(ctx, group, "colour", expected);
	return DONE;
}

static enum verdict look_at_all(struct ctx *ctx)
{
	expect_setting(ctx, group, "colour", "green");
	expect_setting(ctx, group, "size", "");
	expect_setting(ctx, group, "colou", NULL);
	expect_setting(ctx, group, "green", NULL);
	expect_setting(ctx, anna, "colour", NULL);
	return DONE;
}

static enum verdict remove_colour(struct ctx *ctx)
{
	struct why why;

	assert_true(chat_settings_set(ctx, group, "test", "colour", NULL, &why));
	expect_setting(ctx, group, "colour", NULL);
	expect_setting(ctx, group, "size", "");
	return DONE;
}

static void a_setting_is_there_until_it_is_removed(void **state)
{
	run(*state, GROUP, set_two);
	run(*state, GROUP, look_at_all);
	run(*state, GROUP, remove_colour);
	expected = NULL;
	run(*state, GROUP, look);
	expect_done(*state);
}

/* A busy chat costs the database nothing. */
static void what_was_read_is_not_read_again(void **state)
{
	struct host_world *world = *state;
	unsigned trips;

	run(world, GROUP, set_two);
	expected = "green";
	run(world, GROUP, look);
	trips = fake_storage_trips(world->memory);
	for (int i = 0; i < 5; i++)
		run(world, GROUP, look);
	assert_int_equal(fake_storage_trips(world->memory), trips);
}

static enum verdict set_too_much(struct ctx *ctx)
{
	static char key[STORE_KEY_MAX + 2], value[STORE_VALUE_MAX + 2];
	struct why why;

	memset(key, 'k', STORE_KEY_MAX);
	memset(value, 'v', STORE_VALUE_MAX);
	assert_true(chat_settings_set(ctx, group, "test", key, value, &why));
	expect_setting(ctx, group, key, value);
	key[STORE_KEY_MAX] = 'k';
	assert_false(chat_settings_set(ctx, group, "test", key, "v", &why));
	assert_string_equal(why.text, "a key of 65 bytes; it has 1 to 64");
	value[STORE_VALUE_MAX] = 'v';
	assert_false(chat_settings_set(ctx, group, "test", "k", value, &why));
	assert_non_null(strstr(why.text, "12289 bytes under \"k\"; at most 12288 are stored"));
	assert_false(chat_settings_set(ctx, group, "test", "", "v", &why));
	assert_non_null(strstr(why.text, "a key of 0 bytes; it has 1 to 64"));
	return DONE;
}

static void names_and_values_have_a_most(void **state)
{
	run(*state, GROUP, set_too_much);
	expect_done(*state);
}

/* --- languages -------------------------------------------------------------------------------- */

static char locale[16];
static const char *chosen;

static enum verdict note_locale(struct ctx *ctx)
{
	snprintf(locale, sizeof(locale), "%s", ctx_locale(ctx));
	return DONE;
}

static enum verdict choose(struct ctx *ctx)
{
	enum verdict verdict = ctx_choose_locale(ctx, chosen);

	return verdict == DONE ? note_locale(ctx) : verdict;
}

/* In which language the person, whose client speaks this one, is answered there. */
static const char *locale_in(struct host_world *world, const char *chat, const char *language)
{
	act = note_locale;
	say(world, chat, language, "x");
	expect_done(world);
	return locale;
}

static void a_chat_is_answered_in_the_language_that_it_chose(void **state)
{
	struct host_world *world = *state;

	assert_string_equal(locale_in(world, GROUP, "en"), "en_US");
	assert_string_equal(locale_in(world, GROUP, "pt-br"), "pt_BR");
	chosen = "pt_BR";
	run(world, GROUP, choose);
	assert_string_equal(locale, "pt_BR"); /* at once */
	assert_string_equal(locale_in(world, GROUP, "en"), "pt_BR");
	/* A private chat's choice is the person's, and no group's. */
	assert_string_equal(locale_in(world, PRIVATE, "en"), "en_US");
	run(world, PRIVATE, choose);
	assert_string_equal(locale_in(world, PRIVATE, "en"), "pt_BR");
	/* And back to that of each client. */
	chosen = "";
	run(world, GROUP, choose);
	assert_string_equal(locale, "en_US");
	assert_string_equal(locale_in(world, GROUP, "en"), "en_US");
	assert_string_equal(locale_in(world, GROUP, "pt-br"), "pt_BR");
	assert_string_equal(locale_in(world, PRIVATE, "en"), "pt_BR");
}

/* --- commands that are switched off ----------------------------------------------------------- */

static const char *switched;
static bool off;

static enum verdict switch_command(struct ctx *ctx)
{
	return ctx_disable(ctx, ctx_find_command(ctx, switched), off);
}

static bool runs(struct host_world *world, const char *chat, const char *text)
{
	unsigned before = commands;

	say(world, chat, "en", text);
	return commands > before;
}

static void a_command_is_off_in_the_group_that_switched_it_off(void **state)
{
	struct host_world *world = *state;

	assert_true(runs(world, GROUP, "/plain"));
	switched = "plain";
	off = true;
	run(world, GROUP, switch_command);
	expect_done(world);
	assert_false(runs(world, GROUP, "/plain"));
	assert_false(runs(world, GROUP, "/other")); /* by any of its names */
	assert_true(runs(world, GROUP, "/always"));
	assert_true(runs(world, PRIVATE, "/plain"));
	off = false;
	run(world, GROUP, switch_command);
	assert_true(runs(world, GROUP, "/plain"));
}

static void some_commands_cannot_be_switched_off(void **state)
{
	static const char *const names[] = { "always", "secret", "own" };
	struct host_world *world = *state;

	off = true;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		switched = names[i];
		run(world, GROUP, switch_command);
		assert_int_equal(world->outcome.end, HOST_FAILED);
		assert_non_null(strstr(world->outcome.reason, "this cannot be switched"));
	}
}

/* --- groups that move ------------------------------------------------------------------------- */

static enum verdict set_for_old(struct ctx *ctx)
{
	struct why why;

	expect_setting(ctx, (struct holder) { OF_CHAT, -200, 0 }, "colour", NULL);
	assert_true(chat_settings_set(ctx, group, "test", "colour", "green", &why));
	return DONE;
}

static enum verdict look_at_new(struct ctx *ctx)
{
	expect_setting(ctx, (struct holder) { OF_CHAT, -200, 0 }, "colour", "green");
	expect_setting(ctx, group, "colour", NULL);
	return DONE;
}

/* Either of the two messages about it may come first. */
static void settings_move_with_their_group(void **state)
{
	static const char *const messages[] = {
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":7,\"first_name\":"
		"\"A\"},"
		"\"chat\":{\"id\":-100,\"type\":\"group\",\"title\":\"G\"},"
		"\"migrate_to_chat_id\":-200}}",
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":7,\"first_name\":"
		"\"A\"},"
		"\"chat\":{\"id\":-200,\"type\":\"supergroup\",\"title\":\"G\"},"
		"\"migrate_from_chat_id\":-100}}",
	};
	struct host_world *world;

	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		world = world_open(modules);
		run(world, PRIVATE, set_for_old);
		world_handle(world, KIND_MESSAGE, messages[i]);
		run(world, PRIVATE, look_at_new);
		expect_done(world);
		world_close(world);
	}
	(void)state;
}

/* --- without the database --------------------------------------------------------------------- */

static unsigned refused_loads;

static bool load_fails(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	(void)owner;
	(void)holder;
	(void)out;
	refused_loads++;
	return why_set(why, "the database is away");
}

static bool save_fails(void *owner, const struct stored_write *writes, size_t count,
		       struct why *why)
{
	(void)owner;
	(void)writes;
	(void)count;
	return why_set(why, "the database is away");
}

static enum verdict fail_to_look(struct ctx *ctx)
{
	const char *value = "?";
	struct why why;

	assert_false(chat_settings_find(ctx, group, "test", "colour", &value, &why));
	assert_null(value);
	assert_string_equal(why.text, "the database is away");
	return DONE;
}

static void without_the_database_it_is_as_if_nobody_had_chosen(void **state)
{
	struct host_world *world = *state;

	world->storage.load = load_fails;
	refused_loads = 0;
	assert_true(runs(world, GROUP, "/plain"));
	assert_int_equal(refused_loads, 1); /* it is not asked for each setting */
	assert_string_equal(locale_in(world, GROUP, "en"), "en_US");
	run(world, GROUP, fail_to_look);
	expect_done(world);
	world->storage.load = fake_storage_table.load;
	expected = NULL;
	run(world, GROUP, look); /* and it is there again */
	expect_done(world);
}

static void what_cannot_be_stored_is_said(void **state)
{
	struct host_world *world = *state;

	world->storage.save = save_fails;
	chosen = "en_US";
	run(world, GROUP, choose);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "the database is away");
	switched = "plain";
	off = true;
	run(world, GROUP, switch_command);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_true(runs(world, GROUP, "/plain"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_setting_is_there_until_it_is_removed),
		TEST(what_was_read_is_not_read_again),
		TEST(names_and_values_have_a_most),
		TEST(a_chat_is_answered_in_the_language_that_it_chose),
		TEST(a_command_is_off_in_the_group_that_switched_it_off),
		TEST(some_commands_cannot_be_switched_off),
		TEST(settings_move_with_their_group),
		TEST(without_the_database_it_is_as_if_nobody_had_chosen),
		TEST(what_cannot_be_stored_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
