/* test_module_store.c - what a module stores: whose it is, for how long, and what a storage that
 * fails does to a handler. */
#include "tests/unit/host_world.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define PRIVATE "\"chat\":{\"id\":8,\"type\":\"private\"}"
#define OWNER "\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"Olga\"}"
#define BROKEN "the database is away"

static enum verdict (*act)(struct ctx *ctx);
static struct holder used;
static bool in_other; /* module */
static int64_t seconds_given;
static struct holder holder_given;

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return in_other ? PASS : act(ctx);
}

static enum verdict on_text_of_other(struct ctx *ctx, const struct text_message *message)
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

static const struct route other_routes[] = {
	TEXT(on_text_of_other),
	END_OF_ROUTES,
};

static const struct module other_module = { .name = "other", .routes = other_routes };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, &other_module, NULL };

static int set_up(void **state)
{
	in_other = false;
	used = THIS_CHAT;
	*state = world_open(modules);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

/* By the operator of the bot, in that chat. */
static void run(struct host_world *world, const char *chat, enum verdict (*fn)(struct ctx *ctx))
{
	char json[400];

	act = fn;
	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,%s,%s,\"text\":\"x\"}}", OWNER,
		 chat);
	world_handle(world, KIND_MESSAGE, json);
}

/* Of nobody, nowhere. */
static void run_poll(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_POLL,
		     "{\"update_id\":1,\"poll\":{\"id\":\"1\",\"question\":\"?\",\"options\":[],"
		     "\"total_voter_count\":0,\"is_closed\":true,\"is_anonymous\":true,"
		     "\"type\":\"regular\",\"allows_multiple_answers\":false}}");
}

static void expect_done(const struct host_world *world)
{
	if (world->outcome.end != HOST_DONE)
		fail_msg("%s", world->outcome.reason ? world->outcome.reason : "not handled");
}

static void expect_failure(const struct host_world *world, const char *reason)
{
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, reason));
}

/* --- settings --------------------------------------------------------------------------------- */

static enum verdict set_one(struct ctx *ctx)
{
	return store_set(ctx, used, "key", "one") ? DONE : FAIL;
}

static enum verdict remove_one(struct ctx *ctx)
{
	return store_set(ctx, used, "key", NULL) ? DONE : FAIL;
}

static enum verdict is_one(struct ctx *ctx)
{
	const char *value = store_find(ctx, used, "key");

	assert_non_null(value);
	assert_string_equal(value, "one");
	return DONE;
}

static enum verdict is_none(struct ctx *ctx)
{
	assert_null(store_find(ctx, used, "key"));
	return DONE;
}

static void a_setting_of_a_person_is_theirs_everywhere(void **state)
{
	struct host_world *world = *state;

	used = THIS_PERSON;
	run(world, GROUP, set_one);
	expect_done(world);
	run(world, PRIVATE, is_one);
	expect_done(world);
	used = THIS_CHAT;
	run(world, GROUP, is_none); /* the chat has none */
	expect_done(world);
	run(world, PRIVATE, is_one); /* a private chat is a person's */
	expect_done(world);
	run(world, PRIVATE, remove_one);
	expect_done(world);
	run(world, PRIVATE, is_none);
	expect_done(world);
}

static void a_setting_of_a_chat_is_everybodys_there(void **state)
{
	struct host_world *world = *state;

	used = THIS_CHAT;
	run(world, GROUP, set_one);
	expect_done(world);
	run(world, GROUP, is_one);
	expect_done(world);
	run(world, PRIVATE, is_none);
	expect_done(world);
	in_other = true;
	run(world, GROUP, is_none); /* another module's */
	expect_done(world);
}

static enum verdict find_or_fail(struct ctx *ctx)
{
	return store_find(ctx, used, "key") ? DONE : PASS;
}

static void where_there_is_nobody_nothing_is_set(void **state)
{
	struct host_world *world = *state;

	used = THIS_PERSON;
	run_poll(world, set_one);
	expect_failure(world, "no person");
	run_poll(world, remove_one);
	expect_failure(world, "no person");
	run_poll(world, find_or_fail);
	expect_failure(world, "no person");
	used = THIS_CHAT;
	run_poll(world, set_one);
	expect_failure(world, "no chat");
}

/* Telegram shows the same account for all anonymous administrators of all groups. */
static void who_writes_in_the_name_of_a_chat_shares_no_setting(void **state)
{
	static const char anonymous[] =
		"{\"update_id\":1,\"message\":{\"message_id\":5,\"from\":{\"id\":1087968824,"
		"\"is_bot\":true,\"first_name\":\"Group\"},\"sender_chat\":{\"id\":-100,\"type\":"
		"\"supergroup\",\"title\":\"G\"}," GROUP ",\"text\":\"x\"}}";
	struct host_world *world = *state;

	used = THIS_PERSON;
	act = set_one;
	world_handle(world, KIND_MESSAGE, anonymous);
	expect_failure(world, "no person");
	act = is_none;
	world_handle(world, KIND_MESSAGE, anonymous);
	expect_done(world);
}

static bool load_fails(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	(void)owner;
	(void)holder;
	(void)out;
	return why_set(why, BROKEN);
}

static bool save_fails(void *owner, const struct stored_write *writes, size_t count,
		       struct why *why)
{
	(void)owner;
	(void)writes;
	(void)count;
	return why_set(why, BROKEN);
}

static void without_the_database_the_handler_fails(void **state)
{
	struct host_world *world = *state;

	used = THIS_CHAT;
	world->storage.save = save_fails;
	run(world, GROUP, set_one);
	expect_failure(world, BROKEN);
	run(world, GROUP, remove_one);
	expect_failure(world, BROKEN);
	world->storage.load = load_fails;
	run(world, "\"chat\":{\"id\":-200,\"type\":\"supergroup\",\"title\":\"H\"}", find_or_fail);
	expect_failure(world, BROKEN);
}

/* --- short-lived values ----------------------------------------------------------------------- */

static bool note_seconds(void *owner, const struct mark *mark, const struct brief_key *key,
			 const char *value, int64_t seconds)
{
	(void)mark;
	(void)owner;
	(void)value;
	assert_string_equal(key->module, "test");
	assert_string_equal(key->name, "name");
	seconds_given = seconds;
	return true;
}

static bool note_claim(void *owner, const struct mark *mark, const struct brief_key *key,
		       int64_t seconds)
{
	return note_seconds(owner, mark, key, NULL, seconds);
}

static int64_t wanted;

static enum verdict set_for_a_while(struct ctx *ctx)
{
	return brief_set(ctx, used, "name", "v", wanted) ? DONE : FAIL;
}

static enum verdict claim_for_a_while(struct ctx *ctx)
{
	return brief_claim(ctx, used, "name", wanted) ? DONE : FAIL;
}

/* PRIVACY.md promises the hour. */
static void nothing_lives_longer_than_an_hour_or_less_than_a_second(void **state)
{
	static const struct {
		int64_t wanted, given;
	} rows[] = {
		{ 1, 1 },       { 2, 2 },       { 3599, 3599 },
		{ 3600, 3600 }, { 3601, 3600 }, { INT64_MAX, 3600 },
		{ 0, 1 },       { -5, 1 },      { INT64_MIN, 1 },
	};
	struct host_world *world = *state;

	world->storage.brief_set = note_seconds;
	world->storage.brief_claim = note_claim;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		wanted = rows[i].wanted;
		run(world, GROUP, set_for_a_while);
		expect_done(world);
		assert_int_equal(seconds_given, rows[i].given);
		seconds_given = 0;
		run(world, GROUP, claim_for_a_while);
		expect_done(world);
		assert_int_equal(seconds_given, rows[i].given);
	}
}

static bool note_cached(void *owner, const struct mark *mark, const struct brief_key *key,
			const char *value, int64_t seconds)
{
	(void)owner;
	(void)mark;
	(void)value;
	assert_string_equal(key->module, "test");
	assert_int_equal(key->holder.scope, OF_BOT);
	assert_int_equal(strlen(key->name), 60);
	assert_int_equal(strspn(key->name, "0123456789abcdef"), 60);
	seconds_given = seconds;
	return true;
}

static enum verdict caches(struct ctx *ctx)
{
	char what[1000];

	memset(what, 'x', sizeof(what));
	what[sizeof(what) - 1] = '\0';
	assert_null(cached_find(ctx, what));
	assert_true(cached_set(ctx, what, "v"));
	return DONE;
}

static enum verdict finds_cached(struct ctx *ctx)
{
	assert_true(cached_set(ctx, "a link", "ids"));
	assert_string_equal(cached_find(ctx, "a link"), "ids");
	assert_null(cached_find(ctx, "a link "));
	assert_true(cached_set(ctx, "a link", NULL));
	assert_null(cached_find(ctx, "a link"));
	return DONE;
}

static void what_is_nobodys_is_kept_for_a_week_under_a_hash(void **state)
{
	struct host_world *world = *state;

	run(world, GROUP, finds_cached);
	expect_done(world);
	world->storage.brief_set = note_cached;
	run(world, GROUP, caches);
	expect_done(world);
	assert_int_equal(seconds_given, 7 * 86400);
}

static enum verdict finds_what_was_set(struct ctx *ctx)
{
	assert_string_equal(brief_find(ctx, used, "name"), "v");
	assert_null(brief_find(ctx, used, "nam"));
	return DONE;
}

static enum verdict finds_nothing(struct ctx *ctx)
{
	assert_null(brief_find(ctx, used, "name"));
	return DONE;
}

static enum verdict takes_away(struct ctx *ctx)
{
	assert_true(brief_set(ctx, used, "name", NULL, 1));
	return finds_nothing(ctx);
}

static enum verdict claims_once(struct ctx *ctx)
{
	assert_true(brief_claim(ctx, used, "turn", 60));
	assert_false(brief_claim(ctx, used, "turn", 60));
	assert_true(brief_claim(ctx, used, "other", 60));
	return DONE;
}

static void a_short_lived_value_is_of_one_chat(void **state)
{
	struct host_world *world = *state;

	wanted = 60;
	run(world, GROUP, set_for_a_while);
	expect_done(world);
	run(world, GROUP, finds_what_was_set);
	expect_done(world);
	run(world, PRIVATE, finds_nothing);
	expect_done(world);
	run_poll(world, finds_nothing);
	expect_failure(world, "no chat");
	run(world, GROUP, takes_away);
	expect_done(world);
	run(world, GROUP, claims_once);
	expect_done(world);
	run(world, PRIVATE, claims_once);
	expect_done(world);
	run_poll(world, set_for_a_while);
	expect_failure(world, "no chat");
	used = THIS_BOT;
	run_poll(world, set_for_a_while);
	expect_done(world);
	run_poll(world, finds_what_was_set);
	expect_done(world);
	run(world, GROUP, finds_what_was_set);
	expect_done(world);
}

/* --- people ----------------------------------------------------------------------------------- */

static enum verdict finds_the_person(struct ctx *ctx)
{
	const struct user *by_id = ctx_find_recorded(ctx, 21);
	const struct user *by_name = ctx_find_username(ctx, "BERTA");

	assert_non_null(by_id);
	assert_int_equal(by_id->id, 21);
	assert_string_equal(by_id->first_name, "Berta");
	assert_string_equal(by_id->last_name, "Beta");
	assert_string_equal(by_id->username, "berta");
	assert_string_equal(by_id->language_code, "");
	assert_non_null(by_name);
	assert_int_equal(by_name->id, 21);
	assert_null(ctx_find_recorded(ctx, 22));
	assert_null(ctx_find_username(ctx, "bert"));
	return DONE;
}

static const char *username_asked;
static int64_t id_asked;

static bool note_question(void *owner, const char *username, int64_t id, struct arena *arena,
			  const struct recorded_person **out, struct why *why)
{
	(void)owner;
	(void)arena;
	(void)why;
	username_asked = username;
	id_asked = id;
	*out = NULL;
	return true;
}

static enum verdict asks_for_each(struct ctx *ctx)
{
	assert_null(ctx_find_recorded(ctx, 21));
	assert_null(username_asked);
	assert_int_equal(id_asked, 21);
	assert_null(ctx_find_username(ctx, "berta"));
	assert_string_equal(username_asked, "berta");
	assert_int_equal(id_asked, 0);
	return DONE;
}

static bool find_fails(void *owner, const char *username, int64_t id, struct arena *arena,
		       const struct recorded_person **out, struct why *why)
{
	(void)owner;
	(void)username;
	(void)id;
	(void)arena;
	*out = NULL;
	return why_set(why, BROKEN);
}

static enum verdict find_by_id(struct ctx *ctx)
{
	return ctx_find_recorded(ctx, 21) ? DONE : PASS;
}

static enum verdict find_by_name(struct ctx *ctx)
{
	return ctx_find_username(ctx, "berta") ? DONE : PASS;
}

static void people_are_found_by_id_and_by_name(void **state)
{
	const struct recorded_person berta = { 21, "Berta", "Beta", "berta" };
	struct host_world *world = *state;

	fake_storage_record(world->memory, &berta);
	run(world, PRIVATE, finds_the_person);
	expect_done(world);
	world->storage.find_person = note_question;
	run(world, PRIVATE, asks_for_each);
	expect_done(world);
	world->storage.find_person = find_fails;
	run(world, PRIVATE, find_by_id);
	expect_failure(world, BROKEN);
	run(world, PRIVATE, find_by_name);
	expect_failure(world, BROKEN);
}

/* --- rights ----------------------------------------------------------------------------------- */

static bool note_holder(void *owner, struct holder holder, struct why *why)
{
	(void)owner;
	(void)why;
	holder_given = holder;
	return true;
}

static bool refuse_holder(void *owner, struct holder holder, struct why *why)
{
	(void)owner;
	(void)holder;
	return why_set(why, BROKEN);
}

static bool export_fails(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	(void)owner;
	(void)holder;
	(void)out;
	return why_set(why, BROKEN);
}

static bool export_holder(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	note_holder(owner, holder, why);
	buffer_append_text(out, "{\"settings\":[]}");
	return true;
}

static bool has_objected(void *owner, struct holder holder, bool *out, struct why *why)
{
	note_holder(owner, holder, why);
	*out = holder.scope == OF_CHAT;
	return true;
}

static bool objection_fails(void *owner, struct holder holder, bool *out, struct why *why)
{
	(void)out;
	return refuse_holder(owner, holder, why);
}

static bool count_fails(void *owner, struct recorded_counts *out, struct why *why)
{
	(void)owner;
	(void)out;
	return why_set(why, BROKEN);
}

static bool remember_holder(void *owner, const struct mark *mark, struct holder holder,
			    struct why *why)
{
	(void)mark;
	return note_holder(owner, holder, why);
}

static bool refuse_to_remember(void *owner, const struct mark *mark, struct holder holder,
			       struct why *why)
{
	(void)mark;
	return refuse_holder(owner, holder, why);
}

static enum subject subject;

static enum verdict forget(struct ctx *ctx)
{
	return ctx_forget(ctx, subject);
}

static enum verdict remember(struct ctx *ctx)
{
	return ctx_remember(ctx, subject);
}

static enum verdict find_data(struct ctx *ctx)
{
	return ctx_find_data(ctx, subject) ? DONE : FAIL;
}

static enum verdict objected(struct ctx *ctx)
{
	return ctx_has_objected(ctx, subject) ? DONE : PASS;
}

static enum verdict count(struct ctx *ctx)
{
	struct recorded_counts counts;

	return ctx_count(ctx, &counts);
}

static void rights_are_those_of_the_person_or_of_the_group(void **state)
{
	static enum verdict (*const acts[])(struct ctx *) = { forget, remember, find_data,
							      objected };
	struct host_world *world = *state;

	world->storage.forget = note_holder;
	world->storage.remember = remember_holder;
	world->storage.export = export_holder;
	world->storage.has_objected = has_objected;
	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		subject = SUBJECT_PERSON;
		run(world, GROUP, acts[i]);
		assert_int_equal(world->outcome.end == HOST_FAILED, false);
		assert_int_equal(holder_given.scope, OF_PERSON);
		assert_int_equal(holder_given.id, 8);
		subject = SUBJECT_GROUP;
		run(world, GROUP, acts[i]);
		expect_done(world);
		assert_int_equal(holder_given.scope, OF_CHAT);
		assert_int_equal(holder_given.id, -100);
		/* A private chat is no group, and a poll is nobody's. */
		run(world, PRIVATE, acts[i]);
		expect_failure(world, "the rights of nobody");
		subject = SUBJECT_PERSON;
		run_poll(world, acts[i]);
		expect_failure(world, "the rights of nobody");
	}
}

static void rights_that_cannot_be_granted_now_fail_the_handler(void **state)
{
	static enum verdict (*const acts[])(struct ctx *) = { forget, remember, find_data, objected,
							      count };
	struct host_world *world = *state;

	world->storage.forget = refuse_holder;
	world->storage.remember = refuse_to_remember;
	world->storage.export = export_fails;
	world->storage.has_objected = objection_fails;
	world->storage.count = count_fails;
	subject = SUBJECT_PERSON;
	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		run(world, GROUP, acts[i]);
		expect_failure(world, BROKEN);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_setting_of_a_person_is_theirs_everywhere),
		TEST(a_setting_of_a_chat_is_everybodys_there),
		TEST(where_there_is_nobody_nothing_is_set),
		TEST(who_writes_in_the_name_of_a_chat_shares_no_setting),
		TEST(without_the_database_the_handler_fails),
		TEST(nothing_lives_longer_than_an_hour_or_less_than_a_second),
		TEST(what_is_nobodys_is_kept_for_a_week_under_a_hash),
		TEST(a_short_lived_value_is_of_one_chat),
		TEST(people_are_found_by_id_and_by_name),
		TEST(rights_are_those_of_the_person_or_of_the_group),
		TEST(rights_that_cannot_be_granted_now_fail_the_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
