/* test_options.c - options of chats: no trip where nothing was chosen and none again where it was,
 * nothing twice, room, and tables that no program starts with. */
#include "common/log.h"
#include "tests/unit/host_world.h"
#include "workers/host/option_table.h"
#include "workers/host/options.h"

#define CROWD 40
#define GROUP -1001000000001

struct values {
	bool on;
	int64_t number;
	const char *const *words;
	const char *text, *welcome;
};

static unsigned changes;
static enum verdict (*act)(struct ctx *ctx);

static enum verdict note_change(struct ctx *ctx)
{
	const struct values *values = ctx_options(ctx);

	assert_non_null(values);
	changes++;
	return DONE;
}

static const struct field fields[] = {
	BOOLEAN_FIELD(struct values, on, "on", .preset = "off", .changed = note_change),
	INTEGER_FIELD(struct values, number, "number", .preset = "7", .changed = note_change),
	WORDS_FIELD(struct values, words, "words", .may_be_off = true),
	TEXT_FIELD(struct values, text, "text", .may_be_off = true),
	KEPT_FIELD(struct values, welcome, "welcome", .may_be_off = true),
	END_OF_FIELDS(struct values),
};

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return act(ctx);
}

/* Looks at its options and wants nothing, as a guard does. */
static enum verdict look(struct ctx *ctx, const struct message *message)
{
	const struct values *values = ctx_options(ctx);

	(void)message;
	assert_in_range(values->number, 7, 8);
	return PASS;
}

static const struct route acting_routes[] = { TEXT(on_text), END_OF_ROUTES };
static const struct route looking_routes[] = { MESSAGE(look), END_OF_ROUTES };

static struct module crowd[CROWD];
static char names[CROWD][16];
static const struct module acting = { .name = "acting",
				      .routes = acting_routes,
				      .options = fields };
static const struct module *modules[CROWD + 2];

static int set_up(void **state)
{
	for (int i = 0; i < CROWD; i++) {
		snprintf(names[i], sizeof(names[i]), "crowd%d", i);
		crowd[i] = (struct module) { .name = names[i],
					     .routes = looking_routes,
					     .options = fields };
		modules[i] = &crowd[i];
	}
	modules[CROWD] = &acting;
	changes = 0;
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

static void run(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(
		world, KIND_MESSAGE,
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":7,\"is_bot\":"
		"false,"
		"\"first_name\":\"Anna\"},\"chat\":{\"id\":-1001000000001,\"type\":\"supergroup\","
		"\"title\":\"G\"},\"text\":\"x\"}}");
}

static void run_well(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	run(world, fn);
	if (world->outcome.end != HOST_DONE)
		fail_msg("%s", world->outcome.reason);
}

static enum verdict do_nothing(struct ctx *ctx)
{
	(void)ctx;
	return DONE;
}

/* --- trips ------------------------------------------------------------------------------------ */

static void forty_modules_make_no_trip(void **state)
{
	struct host_world *world = *state;
	unsigned before;

	run_well(world, do_nothing); /* learns that nobody has any settings */
	before = fake_storage_trips(world->memory);
	for (int i = 0; i < 100; i++)
		run_well(world, do_nothing);
	assert_int_equal(fake_storage_trips(world->memory), before);
}

static void choose_in_all(struct host_world *world)
{
	const struct holder holder = { .scope = OF_CHAT, .id = GROUP };
	struct stored_write writes[CROWD];
	struct why why;

	for (int i = 0; i < CROWD; i++)
		writes[i] = (struct stored_write) { .mark = { .update_id = 99, .nth = 1 },
						    .holder = holder,
						    .module = names[i],
						    .key = "number",
						    .value = "8" };
	assert_true(world->storage.save(world->memory, writes, CROWD, &why));
}

static void what_was_chosen_is_read_once(void **state)
{
	struct host_world *world = *state;
	unsigned before;

	choose_in_all(world);
	run_well(world, do_nothing);
	before = fake_storage_trips(world->memory);
	for (int i = 0; i < 100; i++)
		run_well(world, do_nothing);
	assert_int_equal(fake_storage_trips(world->memory), before);
}

/* --- writing ---------------------------------------------------------------------------------- */

static enum verdict set_and_see(struct ctx *ctx)
{
	const struct values *values = ctx_options(ctx);

	assert_int_equal(values->number, 7);
	assert_false(values->on);
	assert_null(ctx_set_option(ctx, "number", "8"));
	values = ctx_options(ctx);
	assert_int_equal(values->number, 8);
	assert_null(ctx_set_option(ctx, "on", "yes"));
	assert_true(((const struct values *)ctx_options(ctx))->on);
	return DONE;
}

/* The handler reads what was there before each of its writes, and `.changed` runs again. */
static void a_repeat_decides_the_same(void **state)
{
	struct host_world *world = *state;

	run_well(world, set_and_see);
	assert_int_equal(changes, 2);
	world_repeat(world, KIND_MESSAGE);
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(changes, 4);
}

static enum verdict set_the_same(struct ctx *ctx)
{
	assert_null(ctx_set_option(ctx, "number", "8"));
	assert_null(ctx_set_option(ctx, "number", "8"));
	return DONE;
}

static void what_stays_has_not_changed(void **state)
{
	struct host_world *world = *state;

	run_well(world, set_the_same);
	assert_int_equal(changes, 1);
	run_well(world, set_the_same);
	assert_int_equal(changes, 1);
}

static const char *word;

static enum verdict set_word(struct ctx *ctx)
{
	return ctx_set_option(ctx, "words", word) ? ctx_reply(ctx, "no") : DONE;
}

/* Forty lists of two KiB would be read from the database at every update. */
static enum verdict set_for_crowd(struct ctx *ctx)
{
	static char list[FIELD_WORDS_BYTES_MAX];
	struct option_write write = { .field = &fields[2], .value = list };
	unsigned fitted = 0;

	memset(list, 'a', sizeof(list) - 1);
	for (size_t at = 60; at < sizeof(list) - 1; at += 61)
		list[at] = ' ';
	assert_true(options_holder(ctx, &write.holder));
	for (size_t i = 0; i < CROWD; i++) {
		write.table = ctx->host->modules[i].options;
		fitted += options_write(ctx, &write, 1) == NULL;
	}
	assert_in_range(fitted, 5, 7);
	write.table = ctx->host->modules[0].options;
	write.value = "short";
	assert_null(options_write(ctx, &write, 1));
	return DONE;
}

static void a_chat_has_room_for_so_much(void **state)
{
	struct host_world *world = *state;
	unsigned before;

	run_well(world, set_for_crowd);
	run_well(world, do_nothing);
	before = fake_storage_trips(world->memory);
	run_well(world, do_nothing);
	assert_int_equal(fake_storage_trips(world->memory), before);
}

static void what_does_not_fit_changes_nothing(void **state)
{
	struct host_world *world = *state;

	word = "off";
	run_well(world, set_word);
	word = " ";
	run_well(world, set_word);
	assert_int_equal(world->outcome.calls_count, 1);
}

static enum verdict set_unknown(struct ctx *ctx)
{
	assert_non_null(ctx_set_option(ctx, "nothing", "1"));
	return DONE;
}

static void an_unknown_option_fails_the_handler(void **state)
{
	struct host_world *world = *state;

	run(world, set_unknown);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "the module has no option \"nothing\" here");
}

static enum verdict choose_number(struct ctx *ctx)
{
	assert_null(ctx_set_option(ctx, "number", "8"));
	return DONE;
}

/* Schedules that follow options are made for the new group. */
static void a_group_that_becomes_a_supergroup(void **state)
{
	struct host_world *world = *state;

	run_well(world, choose_number);
	assert_int_equal(changes, 1);
	world_handle(
		world, KIND_MESSAGE,
		"{\"update_id\":1,\"message\":{\"message_id\":1,\"from\":{\"id\":7,\"is_bot\":"
		"false,"
		"\"first_name\":\"Anna\"},\"chat\":{\"id\":-1001000000002,\"type\":\"supergroup\","
		"\"title\":\"G\"},\"migrate_from_chat_id\":-1001000000001}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_int_equal(changes, 2);
}

/* --- trouble ---------------------------------------------------------------------------------- */

static bool load_fails(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	(void)owner;
	(void)holder;
	(void)out;
	return why_set(why, "the database is away");
}

static enum verdict see_presets(struct ctx *ctx)
{
	const struct values *values = ctx_options(ctx);

	assert_int_equal(values->number, 7);
	return DONE;
}

/* Nothing is decided by presets that somebody may have changed. */
static void without_the_database_the_handler_fails(void **state)
{
	struct host_world *world = *state;

	choose_in_all(world);
	world->storage.load = load_fails;
	act = see_presets;
	run(world, see_presets);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "the database is away");
}

static void what_a_later_version_no_longer_takes(void **state)
{
	struct host_world *world = *state;
	const struct stored_write write = { .mark = { .update_id = 98, .nth = 1 },
					    .holder = { .scope = OF_CHAT, .id = GROUP },
					    .module = "acting",
					    .key = "number",
					    .value = "many" };
	struct why why;

	assert_true(world->storage.save(world->memory, &write, 1, &why));
	run_well(world, see_presets);
}

/* --- tables ----------------------------------------------------------------------------------- */

struct odd {
	bool on;
	int64_t number;
	const char *choice;
	const struct user *user;
};

static const char *compile(const struct field *table)
{
	static struct why why;
	struct arena arena = { 0 };
	const struct module module = { .name = "odd", .options = table };
	const struct loaded_module loaded = { .module = &module };
	const struct option_table *out;
	bool good = option_table_compile(&loaded, &arena, &out, &why);

	arena_finish(&arena);
	return good ? NULL : why.text;
}

#define ODD(...) compile((const struct field[]) { __VA_ARGS__, END_OF_FIELDS(struct odd) })

static void tables_that_are_wrong(void **state)
{
	static const char *const none[] = { NULL }, *const two[] = { "a", "b", NULL };

	(void)state;
	assert_null(ODD(BOOLEAN_FIELD(struct odd, on, "x")));
	assert_string_equal(ODD(USER_FIELD(struct odd, user, "x")),
			    "module \"odd\": option \"user\": an option holds no person");
	assert_string_equal(ODD(INTEGER_FIELD(struct odd, number, "x")),
			    "module \"odd\": option \"number\": it needs a preset");
	assert_string_equal(ODD(INTEGER_FIELD(struct odd, number, "x", .preset = "x")),
			    "module \"odd\": option \"number\": its preset \"x\" does not fit");
	assert_string_equal(ODD(INTEGER_FIELD(struct odd, number, "x", .preset = "9", .minimum = 1,
					      .maximum = 8)),
			    "module \"odd\": option \"number\": its preset \"9\" does not fit");
	assert_string_equal(ODD(CHOICE_FIELD(struct odd, choice, "x", .choices = none)),
			    "module \"odd\": option \"choice\": it has no choices");
	assert_string_equal(ODD(CHOICE_FIELD(struct odd, choice, "x", .choices = two)),
			    "module \"odd\": option \"choice\": it needs a preset");
	assert_string_equal(
		ODD(BOOLEAN_FIELD(struct odd, on, "x", .may_be_off = true)),
		"module \"odd\": option \"on\": may_be_off is not for fields of this type");
	assert_string_equal(
		ODD(BOOLEAN_FIELD(struct odd, on, "x", .optional = true)),
		"module \"odd\": option \"on\": optional and question are no columns of "
		"options");
	assert_string_equal(
		ODD(BOOLEAN_FIELD(struct odd, on, "x"), BOOLEAN_FIELD(struct odd, on, "y")),
		"module \"odd\": option \"on\": it is there twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(forty_modules_make_no_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_chosen_is_read_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_repeat_decides_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_stays_has_not_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_chat_has_room_for_so_much, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_group_that_becomes_a_supergroup, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_does_not_fit_changes_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_option_fails_the_handler, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(without_the_database_the_handler_fails, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_a_later_version_no_longer_takes, set_up,
						tear_down),
		cmocka_unit_test(tables_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
