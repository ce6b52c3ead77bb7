/* test_link.c - what /start hands on: there and back, only our own, within 64 characters. */
#include "tests/unit/host_world.h"

#include <limits.h>

#include "workers/host/link.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

struct fixture {
	struct arena arena;
	struct slug slug;
	struct slug_values read;
	struct why why;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture) { 0 };
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	arena_finish(&((struct fixture *)*state)->arena);
	return 0;
}

static const char *pack(struct fixture *fixture, int64_t user_id, const char *literal, ...)
{
	va_list arguments;
	const char *payload;

	if (!slug_parse(literal, &fixture->slug, &fixture->why))
		fail_msg("%s", fixture->why.text);
	va_start(arguments, literal);
	payload = link_pack(&fixture->slug, "key", user_id, arguments, &fixture->arena,
			    &fixture->why);
	va_end(arguments);
	if (payload) {
		assert_in_range(strlen(payload), 1, LINK_MAX);
		assert_int_equal(strspn(payload, ALPHABET), strlen(payload));
	}
	return payload;
}

static bool unpack(struct fixture *fixture, const char *literal, const char *payload,
		   int64_t user_id)
{
	if (!slug_parse(literal, &fixture->slug, &fixture->why))
		fail_msg("%s", fixture->why.text);
	return link_unpack(text_of(payload), &fixture->slug, "key", user_id, &fixture->arena,
			   &fixture->read);
}

static void values_come_back(void **state)
{
	struct fixture *fixture = *state;
	const char *payload = pack(fixture, 0, "go:%d:%.16s/%lld", INT_MIN, "a:/ \xe2\x82\xac",
				   LLONG_MIN);

	assert_true(unpack(fixture, "go:%d:%.16s/%lld", payload, 0));
	assert_int_equal(fixture->read.values[0].integer, INT_MIN);
	assert_string_equal(fixture->read.values[1].text, "a:/ \xe2\x82\xac");
	assert_true(fixture->read.values[2].integer == LLONG_MIN);
	payload = pack(fixture, 0, "go:%.16s", "");
	assert_true(unpack(fixture, "go:%.16s", payload, 0));
	assert_string_equal(fixture->read.values[0].text, "");
}

/* As long as the start of the program allows. */
static void the_longest_fits(void **state)
{
	struct fixture *fixture = *state;
	const char *name = "a_name_that_is_sixty_characters_long_is_no_matter:%lld";

	assert_non_null(pack(fixture, 0, name, LLONG_MIN));
	assert_true(link_check(&fixture->slug, false, &fixture->why));
	assert_non_null(pack(fixture, 0, "x:%lld:%lld:%lld:%lld:%.3s", LLONG_MIN, LLONG_MAX,
			     LLONG_MIN, LLONG_MAX, "abc"));
	assert_int_equal(slug_packed_size(&fixture->slug), LINK_VALUES_MAX);
	assert_true(link_check(&fixture->slug, false, &fixture->why));
	assert_int_equal(
		strlen(pack(fixture, 7, "x:%.38s", "12345678901234567890123456789012345678")),
		LINK_MAX);
}

static void more_is_refused(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *literal, *why;
	} rows[] = {
		{ "x:%.39s", "the values of a link \"x:%.39s\" may need 41 bytes; allowed are 40" },
		{ "x:%lld:%lld:%lld:%lld:%d", "may need 41 bytes" },
		{ "caf\xc3\xa9", "is not all of A-Z a-z 0-9 _ -" },
		{ "a:b", "is not all of A-Z a-z 0-9 _ -" },
		{ "x234567890123456789012345678901234567890123456789012345678901234x",
		  "more than 64 characters" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(slug_parse(rows[i].literal, &fixture->slug, &fixture->why));
		assert_false(link_check(&fixture->slug, false, &fixture->why));
		assert_non_null(strstr(fixture->why.text, rows[i].why));
	}
	assert_null(pack(fixture, 0, "x:%.3s", "four"));
}

static void a_link_without_values_is_its_name(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(pack(fixture, 0, "help"), "help");
	assert_true(unpack(fixture, "help", "help", 0));
	assert_false(unpack(fixture, "help", "helps", 0));
	assert_string_not_equal(pack(fixture, 7, "help"), "help");
	assert_false(unpack(fixture, "help", "help", 7));
	assert_true(unpack(fixture, "help", pack(fixture, 7, "help"), 7));
}

static void forged_and_borrowed_links_are_refused(void **state)
{
	struct fixture *fixture = *state;
	const char *payload = pack(fixture, 0, "rules:%lld", -1001234567890LL);
	char forged[LINK_MAX + 8];

	assert_true(unpack(fixture, "rules:%lld", payload, 0));
	assert_false(unpack(fixture, "rule:%lld", payload, 0));
	assert_false(unpack(fixture, "rules:%lld", payload, 7));
	assert_false(unpack(fixture, "rules:%lld", pack(fixture, 7, "rules:%lld", 1LL), 8));
	assert_false(link_unpack(text_of(payload), &fixture->slug, "another", 0, &fixture->arena,
				 &fixture->read));
	for (size_t i = LINK_HINT_SIZE; i < strlen(payload); i++) {
		strcpy(forged, payload);
		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		assert_false(unpack(fixture, "rules:%lld", forged, 0));
	}
	assert_false(unpack(fixture, "rules:%lld", "", 0));
	assert_false(unpack(fixture, "rules:%lld", "AAAAAAAAA", 0));
	memset(forged, 'A', LINK_MAX + 1);
	forged[LINK_MAX + 1] = '\0';
	assert_false(unpack(fixture, "rules:%lld", forged, 0));
}

/* Links stand in messages for years. */
static void a_link_does_not_change(void **state)
{
	assert_string_equal(pack(*state, 0, "rules:%lld:%.8s", -1001234567890LL, "en"),
			    "nM0____xbhxO0uomVuwHKDb8bt");
}

/* --- through the host ------------------------------------------------------------------------- */

static enum verdict show_rules(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, "rules of %lld for %s", (long long)slug_integer(ctx, 0),
			 link->from->first_name);
}

static enum verdict donate(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return ctx_reply(ctx, "donate");
}

static enum verdict start(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "start “%s”", cmd->args);
}

static enum verdict share(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", ctx_deep_link(ctx, "rules:%lld", -77LL));
	draft_deep_link(draft, "mine", "mine");
	draft_deep_link(draft, "donate", "donate");
	draft_deep_link(draft, "group", "setup");
	(void)cmd;
	return draft_reply(draft);
}

static enum verdict share_nothing(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, "%s", ctx_deep_link(ctx, "nowhere"));
}

static const struct route routes[] = {
	COMMAND("start", start),
	COMMAND("share", share),
	COMMAND("nothing", share_nothing),
	LINK("rules:%lld", show_rules, .private = true),
	LINK("donate", donate),
	LINK("mine", donate, .asker = true),
	LINK("setup", donate, .group = true),
	END_OF_ROUTES,
};

static const struct module module = { .name = "links", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static int open_world(void **state)
{
	*state = world_open(modules);
	return 0;
}

static int close_world(void **state)
{
	world_close(*state);
	return 0;
}

#define PRIVATE "{\"id\":7,\"type\":\"private\",\"first_name\":\"Anna\"}"
#define GROUP "{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"

static const char *say_in(struct host_world *world, const char *chat, int user, const char *text)
{
	char json[1000];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,\"chat\":%s,\"from\":{"
		 "\"id\":%d,\"is_bot\":false,\"first_name\":\"Anna\"},\"text\":\"%s\"}}",
		 chat, user, text);
	world_handle(world, KIND_MESSAGE, json);
	return world->outcome.calls_count ? world_body(world, 0) : "";
}

static const char *say(struct host_world *world, const char *text)
{
	return say_in(world, PRIVATE, 7, text);
}

/* What follows `key` in the last answer, up to the end of the text. */
static void find(const struct host_world *world, const char *key, const char *more, char *out,
		 size_t size)
{
	const char *at = strstr(world_body(world, 0), key);

	assert_non_null(at);
	at += strlen(key);
	snprintf(out, size, "%s%.*s", more, (int)strspn(at, ALPHABET), at);
}

static void a_link_leads_to_its_module(void **state)
{
	struct host_world *world = *state;
	char text[200];

	say(world, "/share");
	find(world, "https://t.me/korone_bot?start=", "/start ", text, sizeof(text));
	assert_non_null(strstr(say(world, text), "\"rules of -77 for Anna\""));
	assert_non_null(strstr(say_in(world, PRIVATE, 8, text), "\"rules of -77 for Anna\""));
	assert_non_null(strstr(say_in(world, GROUP, 8, text), "private chat with me only"));
	assert_non_null(strstr(say(world, "/start donate"), "\"donate\""));
	assert_non_null(strstr(say(world, "/START@korone_bot donate"), "\"donate\""));
	assert_int_equal(say(world, "/start@other_bot donate")[0], '\0');
}

static void what_no_module_takes_goes_to_start(void **state)
{
	assert_non_null(strstr(say(*state, "/start"), "start “”"));
	assert_non_null(strstr(say(*state, "/start elsewhere"), "start “elsewhere”"));
	assert_non_null(strstr(say(*state, "/start donate now"), "start “donate now”"));
	/* The hint of "rules", and too short for a seal. */
	assert_non_null(strstr(say(*state, "/start nMAAAAAAA"), "start “nMAAAAAAA”"));
}

static void a_link_for_another_or_forged_is_told(void **state)
{
	struct host_world *world = *state;
	char text[200];

	say(world, "/share");
	find(world, "\"mine\",\"url\":\"https://t.me/korone_bot?start=", "/start ", text,
	     sizeof(text));
	assert_non_null(strstr(say(world, text), "\"donate\""));
	assert_non_null(strstr(say_in(world, PRIVATE, 8, text),
			       "\"This link is not for you, or does not work any more.\""));
	text[strlen(text) - 1]++;
	assert_non_null(strstr(say(world, text), "does not work any more"));
	assert_non_null(strstr(say(world, "/start mine"), "start “mine”"));
}

static void a_link_for_groups_lets_people_choose_one(void **state)
{
	struct host_world *world = *state;

	say(world, "/share");
	assert_non_null(strstr(world_body(world, 0), "https://t.me/korone_bot?startgroup=setup"));
	assert_non_null(strstr(say_in(world, GROUP, 7, "/start@korone_bot setup"), "\"donate\""));
}

static void a_link_to_nowhere_fails(void **state)
{
	struct host_world *world = *state;

	say(world, "/nothing");
	assert_string_equal(world->outcome.reason, "no LINK() route has \"nowhere\"");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(values_come_back),
		TEST(the_longest_fits),
		TEST(more_is_refused),
		TEST(a_link_without_values_is_its_name),
		TEST(forged_and_borrowed_links_are_refused),
		TEST(a_link_does_not_change),
		WORLD_TEST(a_link_leads_to_its_module),
		WORLD_TEST(what_no_module_takes_goes_to_start),
		WORLD_TEST(a_link_for_another_or_forged_is_told),
		WORLD_TEST(a_link_for_groups_lets_people_choose_one),
		WORLD_TEST(a_link_to_nowhere_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
