/* test_fact.c - facts about people: kinds, holders, ends, lists, what a repeated handler is shown,
 * and what is known without a query. */
#include "tests/unit/host_world.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define OTHER_GROUP "\"chat\":{\"id\":-200,\"type\":\"supergroup\",\"title\":\"H\"}"
#define PRIVATE "\"chat\":{\"id\":8,\"type\":\"private\"}"
#define OWNER "\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"Olga\"}"
#define NOW 1767225600 /* of host_world.h */

static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return act(ctx);
}

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	return update->kind == KIND_MESSAGE ? PASS : act(ctx);
}

static const struct route routes[] = {
	TEXT(on_text),
	ANY(on_any),
	END_OF_ROUTES,
};

static const struct module test_module = {
	.name = "test",
	.routes = routes,
	.facts = FACTS(FACT("warning", "warnings", .keep_s = 100, .listed = true),
		       FACT("ban", "bans", .outlives_erasure = true),
		       FACT("visit", "visits", .keep_s = 100)),
};
static const struct module *const modules[] = { &test_module, NULL };

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

static void run(struct host_world *world, const char *chat, enum verdict (*fn)(struct ctx *ctx))
{
	char json[400];

	act = fn;
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,%s,%s,\"text\":\"x\"}}", OWNER,
		 chat);
	world_handle(world, KIND_MESSAGE, json);
}

static void expect_done(const struct host_world *world)
{
	if (world->outcome.end != HOST_DONE)
		fail_msg("%s", world->outcome.reason ? world->outcome.reason : "not handled");
}

static void expect_failure(const struct host_world *world, const char *reason)
{
	assert_int_equal(world->outcome.end, HOST_FAILED);
	if (!strstr(world->outcome.reason, reason))
		fail_msg("%s", world->outcome.reason);
}

static void expect(const struct fact *fact, int64_t number, int64_t until_s, int64_t message_id)
{
	assert_int_equal(fact->person, 12);
	assert_int_equal(fact->number, number);
	assert_int_equal(fact->until_s, until_s);
	assert_int_equal(fact->message_id, message_id);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static void kinds_are_checked_at_the_start(void **state)
{
	static struct fact_kind many[34];
	static const struct {
		const char *reason;
		struct fact_kind kinds[4];
		const struct fact_kind *list;
	} wrong[] = {
		{ "the name \"Warning\"", { FACT("Warning", "x") }, NULL },
		{ "the name \"\"", { FACT("", "x") }, NULL },
		{ "1 to 31", { FACT("a234567890123456789012345678901x", "x") }, NULL },
		{ "\"a\" has no label", { FACT("a", "") }, NULL },
		{ "\"a\" has no label", { FACT("a", NULL) }, NULL },
		{ "is kept for -1 s; 0 to", { FACT("a", "x", .keep_s = -1) }, NULL },
		{ "is kept for 315360001 s",
		  { FACT("a", "x", .keep_s = FACT_KEEP_MAX_S + 1) },
		  NULL },
		{ "\"a\" is there twice",
		  { FACT("a", "x"), FACT("b", "x"), FACT("a", "x") },
		  NULL },
		{ "more than 32", { { .name = NULL } }, many },
	};
	static char names[33][8];
	struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(names[i], sizeof(names[i]), "k%zu", i);
		many[i] = (struct fact_kind) { .name = names[i], .label = "x" };
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct module module = { .name = "wrong",
					       .routes = routes,
					       .facts = wrong[i].list ? wrong[i].list
								      : wrong[i].kinds };
		struct why why = { "" };

		assert_null(host_create((const struct module *const[]) { &module, NULL },
					&world->settings, &why));
		if (!strstr(why.text, wrong[i].reason) || !strstr(why.text, "\"wrong\""))
			fail_msg("%s", why.text);
	}
}

static enum verdict unknown_kind(struct ctx *ctx)
{
	assert_false(fact_find(ctx, THIS_CHAT, "no_such", 12, NULL));
	return DONE;
}

static void a_kind_that_was_not_declared_fails_the_handler(void **state)
{
	run(*state, GROUP, unknown_kind);
	expect_failure(*state, "\"no_such\" is no row of .facts");
}

/* --- one fact --------------------------------------------------------------------------------- */

static enum verdict nothing_then_two(struct ctx *ctx)
{
	struct fact fact;

	assert_false(fact_find(ctx, THIS_CHAT, "warning", 12, &fact));
	assert_true(fact_add(ctx, THIS_CHAT, "warning", 12, 2, &fact));
	expect(&fact, 2, NOW + 100, 5);
	memset(&fact, 0, sizeof(fact));
	assert_true(fact_find(ctx, THIS_CHAT, "warning", 12, &fact));
	expect(&fact, 2, NOW + 100, 5);
	assert_true(fact_add(ctx, THIS_CHAT, "warning", 12, 1, NULL));
	return DONE;
}

static enum verdict is_three(struct ctx *ctx)
{
	struct fact fact;

	assert_true(fact_find(ctx, THIS_CHAT, "warning", 12, &fact));
	expect(&fact, 3, NOW + 100, 5);
	return DONE;
}

static enum verdict is_none(struct ctx *ctx)
{
	assert_false(fact_find(ctx, THIS_CHAT, "warning", 12, NULL));
	assert_false(fact_remove(ctx, THIS_CHAT, "warning", 12));
	return DONE;
}

static enum verdict take(struct ctx *ctx)
{
	assert_true(fact_remove(ctx, THIS_CHAT, "warning", 12));
	assert_false(fact_remove(ctx, THIS_CHAT, "warning", 12));
	return DONE;
}

static void a_fact_is_of_a_group_a_kind_and_a_person(void **state)
{
	run(*state, GROUP, nothing_then_two);
	expect_done(*state);
	run(*state, GROUP, is_three);
	expect_done(*state);
	run(*state, OTHER_GROUP, is_none);
	expect_done(*state);
	run(*state, GROUP, take);
	expect_done(*state);
	run(*state, GROUP, is_none);
	expect_done(*state);
}

static enum verdict extremes(struct ctx *ctx)
{
	struct fact fact = { .person = 12, .number = INT64_MAX, .message_id = 3 };

	assert_true(fact_set(ctx, THIS_BOT, "ban", &fact));
	assert_true(fact_add(ctx, THIS_BOT, "ban", 12, 1, &fact));
	expect(&fact, INT64_MAX, 0, 3);
	assert_true(fact_add(ctx, THIS_BOT, "ban", 12, -INT64_MAX, &fact));
	expect(&fact, 0, 0, 0);
	assert_false(fact_find(ctx, THIS_BOT, "ban", 12, NULL));
	assert_true(fact_add(ctx, THIS_BOT, "ban", 12, INT64_MIN, &fact));
	assert_true(fact_add(ctx, THIS_BOT, "ban", 12, -1, &fact));
	expect(&fact, INT64_MIN, 0, 0);
	return DONE;
}

static void numbers_stay_within_their_range(void **state)
{
	run(*state, GROUP, extremes);
	expect_done(*state);
}

static enum verdict ends(struct ctx *ctx)
{
	struct fact fact = { .person = 12, .until_s = NOW + 50 };

	/* As it is, no later than the kind says, and with no end where the kind has none. */
	assert_true(fact_set(ctx, THIS_CHAT, "warning", &fact));
	assert_true(fact_find(ctx, THIS_CHAT, "warning", 12, &fact));
	expect(&fact, 0, NOW + 50, 0);
	fact.until_s = NOW + 500;
	assert_true(fact_set(ctx, THIS_CHAT, "warning", &fact));
	assert_true(fact_find(ctx, THIS_CHAT, "warning", 12, &fact));
	expect(&fact, 0, NOW + 100, 0);
	assert_true(fact_set(ctx, THIS_CHAT, "ban", &fact));
	assert_true(fact_find(ctx, THIS_CHAT, "ban", 12, &fact));
	expect(&fact, 0, NOW + 100, 0);
	fact.until_s = INT64_MAX;
	assert_true(fact_set(ctx, THIS_CHAT, "ban", &fact));
	assert_true(fact_find(ctx, THIS_CHAT, "ban", 12, &fact));
	expect(&fact, 0, 0, 0);
	/* What has ended is not there, and begins anew. */
	fact.until_s = NOW;
	fact.number = 9;
	assert_true(fact_set(ctx, THIS_CHAT, "warning", &fact));
	assert_false(fact_find(ctx, THIS_CHAT, "warning", 12, NULL));
	assert_true(fact_add(ctx, THIS_CHAT, "warning", 12, 1, &fact));
	expect(&fact, 1, NOW + 100, 5);
	return DONE;
}

static void facts_end(void **state)
{
	run(*state, GROUP, ends);
	expect_done(*state);
}

/* --- holders ---------------------------------------------------------------------------------- */

static struct holder used;
static int64_t about;

static enum verdict write_it(struct ctx *ctx)
{
	return fact_add(ctx, used, "warning", about, 1, NULL) ? DONE : FAIL;
}

static enum verdict read_nothing(struct ctx *ctx)
{
	struct fact next = { 0 };

	assert_false(fact_find(ctx, used, "warning", about, NULL));
	if (about == 12)
		assert_false(fact_each(ctx, used, "warning", &next));
	return DONE;
}

static void who_holds_none(void **state)
{
	static const struct {
		struct holder holder;
		const char *chat;
		int64_t about;
		bool is_read;
		const char *reason;
	} rows[] = {
		{ { .scope = OF_CHAT }, PRIVATE, 12, true, "held by a group" },
		{ { .scope = OF_CHAT, .id = 8 }, GROUP, 12, true, "held by a group" },
		{ { .scope = OF_PERSON }, GROUP, 12, false, "held by a group" },
		{ { .scope = OF_MEMBER }, GROUP, 12, false, "held by a group" },
		{ { .scope = OF_LIST }, GROUP, 12, false, "no list" },
		{ { .scope = OF_CHAT }, GROUP, 0, true, "about nobody" },
		{ { .scope = OF_CHAT }, GROUP, 777000, true, "about nobody" },
		{ { .scope = OF_CHAT }, GROUP, 1087968824, true, "about nobody" },
		{ { .scope = OF_CHAT }, GROUP, 136817688, true, "about nobody" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		used = rows[i].holder;
		about = rows[i].about;
		run(*state, rows[i].chat, write_it);
		expect_failure(*state, rows[i].reason);
		if (!rows[i].is_read)
			continue;
		run(*state, rows[i].chat, read_nothing);
		expect_done(*state);
	}
}

static enum verdict is_moved(struct ctx *ctx)
{
	used = (struct holder) { .scope = OF_CHAT, .id = -200 };
	return fact_find(ctx, used, "warning", 12, NULL) ? DONE : FAIL;
}

static void facts_of_a_group_move_with_it(void **state)
{
	struct host_world *world = *state;
	struct why why;

	run(world, GROUP, nothing_then_two);
	expect_done(world);
	assert_true(world->storage.migrate(world->memory, -100, -200, &why));
	run(world, GROUP, is_none);
	expect_done(world);
	run(world, OTHER_GROUP, is_moved);
	expect_done(world);
}

/* --- lists ------------------------------------------------------------------------------------ */

static const int64_t people[] = { 40, -7, 12, 3 };

static enum verdict fill(struct ctx *ctx)
{
	for (size_t i = 0; i < COUNT_OF(people); i++)
		assert_true(fact_add(ctx, THIS_CHAT, "warning", people[i], people[i], NULL));
	return DONE;
}

static enum verdict list_all(struct ctx *ctx)
{
	static const int64_t sorted[] = { -7, 3, 12, 40 };
	struct fact next = { 0 }, inner = { 0 };

	for (size_t i = 0; i < COUNT_OF(sorted); i++) {
		assert_true(fact_each(ctx, THIS_CHAT, "warning", &next));
		assert_int_equal(next.person, sorted[i]);
		assert_int_equal(next.number, sorted[i]);
		assert_true(fact_remove(ctx, THIS_CHAT, "warning", next.person));
	}
	assert_false(fact_each(ctx, THIS_CHAT, "warning", &next));
	assert_false(fact_each(ctx, THIS_CHAT, "warning", &inner));
	return DONE;
}

static enum verdict list_unlisted(struct ctx *ctx)
{
	struct fact next = { 0 };

	assert_false(fact_each(ctx, THIS_CHAT, "visit", &next));
	return DONE;
}

static void a_listed_kind_is_gone_over_by_person(void **state)
{
	run(*state, GROUP, fill);
	expect_done(*state);
	run(*state, GROUP, list_all);
	expect_done(*state);
	/* Again, as after the end of the child: each is shown until it is removed a second time. */
	world_repeat(*state, KIND_MESSAGE);
	expect_done(*state);
	run(*state, GROUP, list_unlisted);
	expect_failure(*state, "\"visit\" is not .listed");
}

/* --- many ------------------------------------------------------------------------------------- */

#define MANY 1203 /* more than go at once */

static struct fact *make_many(struct ctx *ctx)
{
	struct fact *facts = ctx_alloc(ctx, MANY * sizeof(*facts));

	for (int i = 0; i < MANY; i++)
		facts[i] = (struct fact) { .person = 1000 + i, .number = 9 };
	facts[1].person = 0; /* nobody, and a stand-in */
	facts[2].person = 777000;
	return facts;
}

static enum verdict set_many(struct ctx *ctx)
{
	const struct fact there = { .person = 1000, .number = 3, .until_s = NOW + 50 };
	size_t changed;

	assert_true(fact_set(ctx, THIS_CHAT, "warning", &there));
	assert_true(fact_set_missing(ctx, THIS_CHAT, "warning", make_many(ctx), MANY, &changed));
	assert_int_equal(changed, MANY - 3);
	return DONE;
}

static enum verdict are_many(struct ctx *ctx)
{
	struct fact fact = { 0 };

	assert_int_equal(fact_count(ctx, THIS_CHAT, "warning"), MANY - 2);
	assert_true(fact_find(ctx, THIS_CHAT, "warning", 1000, &fact));
	assert_int_equal(fact.number, 3); /* as it was */
	assert_int_equal(fact.until_s, NOW + 50);
	assert_true(fact_find(ctx, THIS_CHAT, "warning", 1000 + MANY - 1, &fact));
	assert_int_equal(fact.number, 9);
	assert_int_equal(fact.until_s, NOW + 100);
	return DONE;
}

static enum verdict remove_many(struct ctx *ctx)
{
	size_t changed;

	assert_true(fact_remove_many(ctx, THIS_CHAT, "warning", make_many(ctx), MANY, &changed));
	assert_int_equal(changed, MANY - 2);
	return DONE;
}

static enum verdict are_none(struct ctx *ctx)
{
	struct fact fact = { .person = 1005, .number = 1 };
	size_t changed;

	assert_int_equal(fact_count(ctx, THIS_CHAT, "warning"), 0);
	assert_int_equal(fact_count(ctx, THIS_CHAT, "visit"), 0);
	assert_true(fact_remove_many(ctx, THIS_CHAT, "warning", &fact, 1, &changed));
	assert_int_equal(changed, 0);
	assert_true(fact_remove_many(ctx, THIS_CHAT, "warning", NULL, 0, &changed));
	assert_int_equal(changed, 0);
	return DONE;
}

static enum verdict set_unknown(struct ctx *ctx)
{
	const struct fact fact = { .person = 12 };
	size_t changed;

	assert_false(fact_set_missing(ctx, THIS_CHAT, "no_such", &fact, 1, &changed));
	return DONE;
}

static void many_are_written_at_once(void **state)
{
	struct host_world *world = *state;
	unsigned trips;

	run(world, GROUP, set_many);
	expect_done(world);
	/* What was written counts as written, and what was there before as there. */
	world_repeat(world, KIND_MESSAGE);
	expect_done(world);
	run(world, GROUP, are_many);
	expect_done(world);
	trips = fake_storage_trips(world->memory);
	run(world, GROUP, remove_many);
	expect_done(world);
	assert_true(fake_storage_trips(world->memory) - trips < 10);
	world_repeat(world, KIND_MESSAGE);
	expect_done(world);
	run(world, GROUP, are_none);
	expect_done(world);
	run(world, GROUP, set_unknown);
	expect_failure(world, "\"no_such\" is no row of .facts");
}

/* --- again ------------------------------------------------------------------------------------ */

static void a_repeated_handler_is_told_the_same(void **state)
{
	struct host_world *world = *state;

	run(world, GROUP, nothing_then_two);
	expect_done(world);
	world_repeat(world, KIND_MESSAGE);
	expect_done(world);
	run(world, GROUP, is_three);
	expect_done(world);
	run(world, GROUP, take);
	expect_done(world);
	world_repeat(world, KIND_MESSAGE);
	expect_done(world);
	run(world, GROUP, is_none);
	expect_done(world);
}

/* --- what is known without a query ------------------------------------------------------------ */

static enum verdict find_many(struct ctx *ctx)
{
	for (int64_t person = 1000; person < 1100; person++)
		(void)fact_find(ctx, THIS_CHAT, "warning", person, NULL);
	return DONE;
}

static enum verdict find_one(struct ctx *ctx)
{
	return fact_find(ctx, THIS_CHAT, "warning", 1050, NULL) ? DONE : FAIL;
}

static enum verdict add_one(struct ctx *ctx)
{
	return fact_add(ctx, THIS_CHAT, "warning", 1050, 1, NULL) ? DONE : FAIL;
}

static void an_absent_fact_costs_no_trip(void **state)
{
	struct host_world *world = *state;
	unsigned trips;

	run(world, GROUP, find_many); /* the filter is read */
	trips = fake_storage_trips(world->memory);
	run(world, GROUP, find_many);
	assert_int_equal(fake_storage_trips(world->memory), trips);
	/* A new one is found at once. */
	run(world, GROUP, add_one);
	run(world, GROUP, find_one);
	expect_done(world);
	trips = fake_storage_trips(world->memory);
	run(world, GROUP, find_many);
	assert_in_range(fake_storage_trips(world->memory), trips + 1, trips + 5);
}

static bool fail_to_write(void *owner, const struct mark *mark, const struct fact_key *key,
			  const struct fact_write *write, struct fact_state *before,
			  struct why *why)
{
	/* It is there, and nobody could say so. */
	assert_true(fake_storage_table.fact_write(owner, mark, key, write, before, why));
	return why_set(why, "the database is away");
}

static void a_failure_fails_the_handler(void **state)
{
	struct host_world *world = *state;

	run(world, GROUP, find_many);
	world->storage.fact_write = fail_to_write;
	run(world, GROUP, add_one);
	expect_failure(world, "the database is away");
	world->storage.fact_write = fake_storage_table.fact_write;
	run(world, GROUP, find_one);
	expect_done(world);
}

/* --- a lost key ------------------------------------------------------------------------------- */

static void a_group_is_told_once_that_its_facts_are_void(void **state)
{
	struct host_world *world = *state;
	const struct stored_write note = { .mark = { .nth = 1 },
					   .holder = { .scope = OF_CHAT, .id = -100 },
					   .module = "korone",
					   .key = "facts_void",
					   .value = "yes" };
	struct why why;

	assert_true(world->storage.save(world->memory, &note, 1, &why));
	run(world, GROUP, find_many);
	assert_int_equal(world->outcome.calls_count, 0);
	run(world, OTHER_GROUP, add_one);
	assert_int_equal(world->outcome.calls_count, 0);
	run(world, GROUP, add_one);
	expect_done(world);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "was lost"));
	world_repeat(world, KIND_MESSAGE);
	assert_int_equal(world->outcome.calls_count, 1);
	run(world, GROUP, add_one);
	assert_int_equal(world->outcome.calls_count, 0);
}

static unsigned followed;

static void note_following(void *owner, struct settings_cache *settings_cache)
{
	(void)owner;
	followed++;
	settings_cache_note_followed(settings_cache);
}

static enum verdict find_two(struct ctx *ctx)
{
	assert_false(fact_find(ctx, THIS_CHAT, "warning", 5, NULL));
	assert_false(fact_find(ctx, THIS_CHAT, "warning", 6, NULL));
	return DONE;
}

/* Another pool has stored something a moment ago: it is looked for once, where facts matter. */
static void a_chat_from_another_pool_is_caught_up_with(void **state)
{
	struct host_world *world = *state;
	struct message_item item = { .seq = 1, .kind = KIND_MESSAGE, .attempt = 1 };

	run(world, GROUP, find_two);
	world->storage.follow = note_following;
	followed = 0;
	world_handle_item(world, &item);
	assert_int_equal(followed, 0);
	item.flags = ITEM_MOVED;
	world_handle_item(world, &item);
	expect_done(world);
	assert_int_equal(followed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_chat_from_another_pool_is_caught_up_with, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(kinds_are_checked_at_the_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_kind_that_was_not_declared_fails_the_handler,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fact_is_of_a_group_a_kind_and_a_person, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(numbers_stay_within_their_range, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_holds_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_of_a_group_move_with_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_listed_kind_is_gone_over_by_person, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(many_are_written_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_repeated_handler_is_told_the_same, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_absent_fact_costs_no_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failure_fails_the_handler, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_group_is_told_once_that_its_facts_are_void,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
