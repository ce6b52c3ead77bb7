/* test_turn.c - a handler that runs again: what it reads, writes and draws is as the first time. */
#include "tests/unit/host_world.h"
#include "workers/host/turn.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define OWNER "\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"Olga\"}"
#define DATE 1767000000

static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return act(ctx);
}

static enum verdict on_work(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return act(ctx);
}

static const struct route routes[] = {
	WORK("again", on_work),
	ANY(on_any),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
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

static void expect_done(const struct host_world *world)
{
	if (world->outcome.end != HOST_DONE)
		fail_msg("%s", world->outcome.reason ? world->outcome.reason : "not handled");
}

static void run(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1767000000," OWNER
		     "," GROUP ",\"text\":\"x\"}}");
	expect_done(world);
}

static void run_again(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_repeat(world, KIND_MESSAGE);
	expect_done(world);
}

static void expect(struct ctx *ctx, struct holder holder, const char *key, const char *value)
{
	const char *found = store_find(ctx, holder, key);

	if (value) {
		assert_non_null(found);
		assert_string_equal(found, value);
	} else {
		assert_null(found);
	}
}

/* --- writes ----------------------------------------------------------------------------------- */

static struct holder used;
static const char *key;

/* nothing, one, two, nothing, three */
static enum verdict write_four_times(struct ctx *ctx)
{
	expect(ctx, used, key, NULL);
	assert_true(store_set(ctx, used, key, "one"));
	expect(ctx, used, key, "one");
	assert_true(store_set(ctx, used, key, "two"));
	expect(ctx, used, key, "two");
	assert_true(store_set(ctx, used, key, NULL));
	expect(ctx, used, key, NULL);
	assert_true(store_set(ctx, used, key, "three"));
	expect(ctx, used, key, "three");
	return DONE;
}

static enum verdict write_twice(struct ctx *ctx)
{
	expect(ctx, used, key, NULL);
	assert_true(store_set(ctx, used, key, "one"));
	assert_true(store_set(ctx, used, key, "two"));
	return DONE;
}

static enum verdict is_three(struct ctx *ctx)
{
	expect(ctx, used, key, "three");
	return DONE;
}

static enum verdict clear(struct ctx *ctx)
{
	return store_set(ctx, used, key, NULL) ? DONE : FAIL;
}

static void a_repeat_sees_what_was_there_before_each_write(void **state)
{
	static const struct holder holders[] = {
		{ .scope = OF_CHAT },          { .scope = OF_PERSON },
		{ .scope = OF_MEMBER },        { .scope = OF_BOT },
		{ .scope = OF_LIST, .id = 7 }, { .scope = OF_CHAT, .id = -555 },
	};
	static const char *const keys[] = { "plain", "an/entry" };

	for (size_t i = 0; i < COUNT_OF(holders) * COUNT_OF(keys); i++) {
		used = holders[i / COUNT_OF(keys)];
		key = keys[i % COUNT_OF(keys)];
		run(*state, write_twice);
		run_again(*state, write_four_times); /* the first child died half-way */
		run_again(*state, write_four_times); /* and the second at its end */
		run(*state, is_three);
		run(*state, clear);
	}
}

static enum verdict set_by_other(struct ctx *ctx)
{
	return store_set(ctx, used, key, "other") ? DONE : FAIL;
}

static enum verdict is_other(struct ctx *ctx)
{
	expect(ctx, used, key, "other");
	return DONE;
}

/* What another update has written since is not undone. */
static void a_repeat_does_not_undo_what_others_wrote(void **state)
{
	struct host_world *world = *state;
	int64_t first;

	used = THIS_CHAT;
	key = "colour";
	run(world, write_twice);
	first = world->updates;
	run(world, set_by_other);
	world->updates = first;
	run_again(world, write_twice);
	world->updates = first + 1;
	run(world, is_other);
}

static enum verdict write_elsewhere(struct ctx *ctx)
{
	assert_true(store_set(ctx, THIS_CHAT, "another", "way"));
	expect(ctx, THIS_CHAT, "another", "way");
	return DONE;
}

static void another_path_in_the_repeat_writes(void **state)
{
	used = THIS_CHAT;
	key = "colour";
	run(*state, write_twice);
	run_again(*state, write_elsewhere);
}

/* --- all of a prefix -------------------------------------------------------------------------- */

static const char *prefix;

static const char *list_all(struct ctx *ctx)
{
	const char *each_key = NULL, *value, *all = "";

	while (store_each(ctx, used, prefix, &each_key, &value))
		all = ctx_printf(ctx, "%s%s=%s ", all, each_key, value);
	return all;
}

static enum verdict change_all(struct ctx *ctx)
{
	assert_string_equal(list_all(ctx), "n/a=1 n/b=2 ");
	assert_true(store_set(ctx, used, "n/a", NULL));
	assert_true(store_set(ctx, used, "n/c", "3"));
	assert_true(store_set(ctx, used, "n/b", "4"));
	assert_true(store_set(ctx, used, "n", "not listed"));
	assert_true(store_set(ctx, used, "o/d", "not listed"));
	assert_string_equal(list_all(ctx), "n/b=4 n/c=3 ");
	return DONE;
}

static enum verdict fill(struct ctx *ctx)
{
	assert_true(store_set(ctx, used, "n/b", "2"));
	assert_true(store_set(ctx, used, "n/a", "1"));
	return DONE;
}

static enum verdict list_settings(struct ctx *ctx)
{
	prefix = "";
	assert_string_equal(list_all(ctx), "n=not listed ");
	prefix = "x/";
	assert_string_equal(list_all(ctx), "");
	return DONE;
}

static void a_repeat_lists_what_was_there(void **state)
{
	used = THIS_CHAT;
	prefix = "n/";
	run(*state, fill);
	run(*state, change_all);
	run_again(*state, change_all);
	run(*state, list_settings);
}

/* --- short-lived values ----------------------------------------------------------------------- */

static enum verdict write_brief(struct ctx *ctx)
{
	assert_null(brief_find(ctx, THIS_CHAT, "b"));
	assert_true(brief_claim(ctx, THIS_CHAT, "c", 60));
	assert_false(brief_claim(ctx, THIS_CHAT, "c", 60)); /* it has it already */
	assert_true(brief_set(ctx, THIS_CHAT, "b", "one", 60));
	assert_string_equal(brief_find(ctx, THIS_CHAT, "b"), "one");
	assert_true(brief_set(ctx, THIS_CHAT, "b", NULL, 60));
	assert_null(brief_find(ctx, THIS_CHAT, "b"));
	assert_true(brief_set(ctx, THIS_CHAT, "b", "two", 60));
	return DONE;
}

static enum verdict claim_and_fail(struct ctx *ctx)
{
	assert_false(brief_claim(ctx, THIS_CHAT, "c", 60));
	assert_string_equal(brief_find(ctx, THIS_CHAT, "b"), "two");
	return DONE;
}

static void short_lived_values_are_written_once_and_a_claim_is_kept(void **state)
{
	run(*state, write_brief);
	run_again(*state, write_brief);
	run(*state, claim_and_fail);
	run_again(*state, claim_and_fail);
}

static int64_t counted;

static enum verdict count_it(struct ctx *ctx)
{
	assert_int_equal(ctx_count_recent(ctx, THIS_CHAT, "n", 60), counted);
	assert_int_equal(ctx_count_recent(ctx, THIS_CHAT, "n", 60), counted + 1);
	assert_int_equal(ctx_count_recent(ctx, THIS_CHAT, "other", 60), (counted + 1) / 2);
	assert_int_equal(ctx_count_recent(ctx, THIS_MEMBER, "n", 60), (counted + 1) / 2);
	return DONE;
}

static void a_repeat_counts_nothing_and_gets_the_same_number(void **state)
{
	counted = 1;
	run(*state, count_it);
	run_again(*state, count_it);
	counted = 3;
	run(*state, count_it);
	run_again(*state, count_it);
}

/* --- objections ------------------------------------------------------------------------------- */

static enum verdict object(struct ctx *ctx)
{
	return ctx_forget(ctx, SUBJECT_PERSON);
}

static enum verdict take_back(struct ctx *ctx)
{
	assert_true(ctx_has_objected(ctx, SUBJECT_PERSON));
	assert_int_equal(ctx_remember(ctx, SUBJECT_PERSON), DONE);
	assert_false(ctx_has_objected(ctx, SUBJECT_PERSON));
	return DONE;
}

static void an_objection_is_taken_back_once(void **state)
{
	run(*state, object);
	run(*state, take_back);
	run_again(*state, take_back);
}

/* --- numbers and times ------------------------------------------------------------------------ */

static int64_t numbers[4];

static enum verdict draw(struct ctx *ctx)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		numbers[i] = ctx_random(ctx, INT64_MAX);
	return DONE;
}

static void numbers_are_the_same_in_a_repeat_and_else_not(void **state)
{
	struct host_world *world = *state;
	int64_t first[COUNT_OF(numbers)];

	run(world, draw);
	memcpy(first, numbers, sizeof(first));
	run_again(world, draw);
	assert_memory_equal(numbers, first, sizeof(first));
	for (size_t i = 1; i < COUNT_OF(numbers); i++)
		assert_true(numbers[i] != numbers[i - 1]);
	run(world, draw);
	assert_memory_not_equal(numbers, first, sizeof(first));
	world->updates--;
	world->settings.privacy_key = "another key";
	run_again(world, draw);
	assert_memory_not_equal(numbers, first, sizeof(first));
}

static uint64_t secrets[3];

static enum verdict tell_secrets(struct ctx *ctx)
{
	secrets[0] = ctx_secret(ctx, 7, 8);
	secrets[1] = ctx_secret(ctx, 8, 7);
	secrets[2] = ctx_secret(ctx, 7, 9);
	return DONE;
}

/* They are of the values and the key, and of nothing else. */
static void secrets_are_the_same_each_time(void **state)
{
	struct host_world *world = *state;
	uint64_t first[COUNT_OF(secrets)];

	run(world, tell_secrets);
	memcpy(first, secrets, sizeof(first));
	run(world, tell_secrets);
	assert_memory_equal(secrets, first, sizeof(first));
	assert_true(first[0] != first[1] && first[0] != first[2]);
	world->settings.privacy_key = "another key";
	run(world, tell_secrets);
	assert_memory_not_equal(secrets, first, sizeof(first));
}

static enum verdict draw_small(struct ctx *ctx)
{
	unsigned seen[6] = { 0 };

	for (int i = 0; i < 6000; i++)
		seen[ctx_random(ctx, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 800, 1200); /* 1000 and 7 deviations: the key is fixed */
	assert_int_equal(ctx_random(ctx, 1), 0);
	assert_int_equal(ctx_random(ctx, 0), 0);
	assert_int_equal(ctx_random(ctx, -4), 0);
	return DONE;
}

static void numbers_are_below_their_limit(void **state)
{
	run(*state, draw_small);
}

static int64_t time_seen;

static enum verdict note_time(struct ctx *ctx)
{
	time_seen = ctx_now(ctx);
	return DONE;
}

static void now_is_when_it_happened(void **state)
{
	static const struct {
		enum update_kind kind;
		const char *json;
		int64_t expected;
	} rows[] = {
		{ KIND_EDITED_MESSAGE,
		  "{\"update_id\":1,\"edited_message\":{\"message_id\":5,\"date\":1767000000,"
		  "\"edit_date\":1767000009," OWNER "," GROUP ",\"text\":\"x\"}}",
		  DATE + 9 },
		{ KIND_CHAT_MEMBER,
		  "{\"update_id\":1,\"chat_member\":{\"date\":1767000003," OWNER "," GROUP "}}",
		  DATE + 3 },
		/* The date of its message is when the bot sent that. */
		{ KIND_CALLBACK_QUERY,
		  "{\"update_id\":1,\"callback_query\":{\"id\":\"1\"," OWNER ",\"message\":{"
		  "\"message_id\":5,\"date\":1767000000," GROUP "},\"data\":\"x\"}}",
		  1767225600 },
	};

	run(*state, note_time);
	assert_int_equal(time_seen, DATE);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		world_handle(*state, rows[i].kind, rows[i].json);
		assert_int_equal(time_seen, rows[i].expected);
	}
}

/* --- work ------------------------------------------------------------------------------------- */

static enum verdict write_and_put_off(struct ctx *ctx)
{
	const char *count = store_find(ctx, THIS_CHAT, "count");
	const char *more = ctx_printf(ctx, "%d", count ? atoi(count) + 1 : 1);

	note_time(ctx);
	assert_true(store_set(ctx, THIS_CHAT, "count", more));
	return ctx_laterf(ctx, 60, "again");
}

static enum verdict count_is_three(struct ctx *ctx)
{
	expect(ctx, THIS_CHAT, "count", "3");
	return DONE;
}

/* Each piece of work of an update has its own writes. */
static void work_is_another_turn(void **state)
{
	struct host_world *world = *state;
	char body[4096];

	run(world, write_and_put_off);
	run_again(world, write_and_put_off);
	for (int i = 1; i <= 2; i++) {
		struct message_item item = { .seq = 1, .kind = KIND_MESSAGE, .attempt = 1 };
		struct text later = world_put(world);

		for (int try = 0; try < 2; try++) {
			assert_in_range(later.length, 1, sizeof(body));
			memcpy(body, later.data, later.length);
			item.flags = (uint8_t)(ITEM_WORK | (try ? ITEM_REPEAT : 0));
			item.update_id = world->updates;
			item.body = (struct text) { body, later.length };
			host_handle(world->host, &item, &world->outcome);
			expect_done(world);
			assert_int_equal(time_seen, DATE + 60 * i);
			later = (struct text) { body, later.length };
		}
	}
	run(world, count_is_three);
}

/* --- calls ------------------------------------------------------------------------------------ */

static enum verdict make_links(struct ctx *ctx)
{
	for (int i = 0; i < 2; i++) {
		const struct answer *answer = ctx_callf(ctx, "createChatInviteLink",
							"{\"chat_id\":-100}");

		assert_true(answer_ok(answer));
		assert_string_equal(answer_text(answer, "invite_link"), "x");
		assert_true(answer_ok(ctx_callf(ctx, "getChat", "{\"chat_id\":-100}")));
	}
	return DONE;
}

/* What makes something is made once for each time that a handler asks; questions are asked again.
 */
static void a_call_that_makes_something_is_not_made_again(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"invite_link\":\"x\"}";
	run(world, make_links);
	assert_int_equal(world->calls, 4);
	run_again(world, make_links);
	assert_int_equal(world->calls, 4 + 2);
	assert_non_null(strstr(world->call, "getChat"));
	run(world, make_links); /* of another update */
	assert_int_equal(world->calls, 6 + 4);
}

static char refusal_seen[64];
static bool refused_seen;

/* "Add; if refused, create": what was made in between would take the addition in the second try. */
static enum verdict add_or_create(struct ctx *ctx)
{
	const struct answer *added = ctx_callf(
		ctx, "addStickerToSet",
		"{user_id: 5, name: 'n', sticker: {sticker: 's', format: 'static', "
		"emoji_list: ['x']}}");

	assert_false(answer_ok(added));
	refused_seen = answer_refused(added);
	snprintf(refusal_seen, sizeof(refusal_seen), "%s", answer_error(added));
	return DONE;
}

static void expect_refusal_kept(struct host_world *world, bool refused, const char *error)
{
	unsigned calls = world->calls;

	run(world, add_or_create);
	assert_int_equal(world->calls, calls + 1);
	world->refusal = NULL;
	world->answer = "true";
	for (int i = 0; i < 2; i++) {
		run_again(world, add_or_create);
		assert_int_equal(world->calls, calls + 1);
		assert_int_equal(refused_seen, refused);
		assert_string_equal(refusal_seen, error);
	}
}

static void a_refusal_is_not_asked_for_again(void **state)
{
	struct host_world *world = *state;

	world->refusal = "Bad Request: STICKERSET_INVALID";
	expect_refusal_kept(world, true, "Bad Request: STICKERSET_INVALID");
	world->refusal = "!12 as it is: 5";
	world->refusal_code = 403;
	expect_refusal_kept(world, true, "!12 as it is: 5");
	world->refusal = "Too Many Requests";
	world->refusal_code = 429;
	expect_refusal_kept(world, false, "Too Many Requests");
	world->refusal = "";
	world->refusal_code = 400;
	expect_refusal_kept(world, true, "no answer from Telegram");
}

/* It may have been made. */
static void a_call_without_an_answer_is_not_made_again(void **state)
{
	struct host_world *world = *state;

	world->answer = NULL;
	expect_refusal_kept(world, false, "no answer from Telegram");
}

/* --- no marks without need -------------------------------------------------------------------- */

static unsigned marks_read;

static bool count_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why)
{
	marks_read++;
	return fake_storage_table.marks(owner, turn, out, why);
}

static enum verdict read_much(struct ctx *ctx)
{
	for (int i = 0; i < 10; i++)
		expect(ctx, THIS_CHAT, "nothing", NULL);
	return DONE;
}

static void only_a_repeat_reads_marks_and_once(void **state)
{
	struct host_world *world = *state;

	marks_read = 0;
	world->storage.marks = count_marks;
	run(world, read_much);
	assert_int_equal(marks_read, 0);
	run_again(world, read_much);
	assert_int_equal(marks_read, 1);
}

static bool marks_fail(void *owner, const struct mark *turn, struct buffer *out, struct why *why)
{
	(void)owner;
	(void)turn;
	(void)out;
	return why_set(why, "the database is away");
}

static enum verdict find_and_trust(struct ctx *ctx)
{
	return store_find(ctx, THIS_CHAT, "x") ? DONE : PASS;
}

static void a_repeat_that_cannot_read_its_marks_fails(void **state)
{
	struct host_world *world = *state;

	run(world, read_much);
	world->storage.marks = marks_fail;
	act = find_and_trust;
	world_repeat(world, KIND_MESSAGE);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "the database is away");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_repeat_sees_what_was_there_before_each_write),
		TEST(a_repeat_does_not_undo_what_others_wrote),
		TEST(another_path_in_the_repeat_writes),
		TEST(a_repeat_lists_what_was_there),
		TEST(short_lived_values_are_written_once_and_a_claim_is_kept),
		TEST(a_repeat_counts_nothing_and_gets_the_same_number),
		TEST(an_objection_is_taken_back_once),
		TEST(numbers_are_the_same_in_a_repeat_and_else_not),
		TEST(secrets_are_the_same_each_time),
		TEST(numbers_are_below_their_limit),
		TEST(now_is_when_it_happened),
		TEST(work_is_another_turn),
		TEST(a_call_that_makes_something_is_not_made_again),
		TEST(a_refusal_is_not_asked_for_again),
		TEST(a_call_without_an_answer_is_not_made_again),
		TEST(only_a_repeat_reads_marks_and_once),
		TEST(a_repeat_that_cannot_read_its_marks_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
