/* test_quote.c - quotes with the formatting that they have where they come from. */
#include "tests/unit/draft_world.h"

static const struct route routes[] = { TEXT(on_text), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

static const char *quote;
static int64_t answered; /* -1: the message in hand */

static enum verdict say_quoting(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_add(draft, "x");
	draft_quote(draft, quote);
	if (answered >= 0)
		draft_answers(draft, answered);
	return draft_reply(draft);
}

#define FORMATTED                                                                                \
	ANNA "," GROUP ",\"text\":\"\xf0\x9f\x98\x80 one two\",\"entities\":["                   \
	     "{\"type\":\"bold\",\"offset\":3,\"length\":5},"                                    \
	     "{\"type\":\"code\",\"offset\":7,\"length\":3},"                                    \
	     "{\"type\":\"custom_emoji\",\"offset\":0,\"length\":2,\"custom_emoji_id\":\"9\"}]," \
	     "\"reply_to_message\":{\"message_id\":3," GROUP ",\"text\":\"three four\"}"

static void say_to_it(struct host_world *world, const char *text, int64_t id)
{
	quote = text;
	answered = id;
	say_to(world, FORMATTED, say_quoting);
}

/* "including bold, …, custom_emoji, and date_time entities" (ReplyParameters). */
static void a_quote_takes_its_formatting_along(void **state)
{
	say_to_it(*state, "two", -1);
	assert_has(*state, 0,
		   "\"quote\":\"two\",\"quote_entities\":[{\"type\":\"bold\",\"offset\":0,"
		   "\"length\":1}],\"quote_position\":7}");
	say_to_it(*state, "\xf0\x9f\x98\x80 one", -1);
	assert_has(*state, 0,
		   "\"quote_entities\":[{\"type\":\"bold\",\"offset\":3,\"length\":3},"
		   "{\"type\":\"custom_emoji\",\"offset\":0,\"length\":2,"
		   "\"custom_emoji_id\":\"9\"}],\"quote_position\":0}");
}

/* Telegram would refuse the whole message. */
static void what_is_not_there_is_not_quoted(void **state)
{
	say_to_it(*state, "three", -1);
	assert_null(strstr(world_body(*state, 0), "quote"));
	say_to_it(*state, "three", 3);
	assert_has(*state, 0,
		   "{\"message_id\":3,\"allow_sending_without_reply\":true,\"quote\":\"three\","
		   "\"quote_entities\":[],\"quote_position\":0}");
	say_to_it(*state, "unseen", 77);
	assert_has(*state, 0,
		   "\"message_id\":77,\"allow_sending_without_reply\":true,"
		   "\"quote\":\"unseen\"}");
	say_to_it(*state, "two", 0);
	assert_null(strstr(world_body(*state, 0), "reply_parameters"));
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_quote_takes_its_formatting_along),
		TEST_CASE(what_is_not_there_is_not_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
