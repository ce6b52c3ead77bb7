/* test_quote.c - quotes with the formatting that they have where they come from; and polls. */
#include "tests/unit/draft_world.h"

static enum verdict on_text(struct ctx *ctx, const struct text_message *message)
{
	(void)message;
	return say_it(ctx);
}

static const struct route routes[] = { TEXT(on_text), END_OF_ROUTES };
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

/* --- polls ------------------------------------------------------------------------------------ */

#define SAYS(name, ...)                                                \
	static enum verdict name(struct ctx *ctx, struct draft *draft) \
	{                                                              \
		(void)ctx;                                             \
		__VA_ARGS__                                            \
		return draft_reply(draft);                             \
	}

SAYS(poll, draft_poll(draft, "%s?", "<b>Tea"); draft_option(draft, "Yes");
     draft_option(draft, "<tg-emoji emoji-id=\"9\">x</tg-emoji> %d", 2);
     draft_add(draft, "About <i>tea</i>"); draft_link(draft, "a", "https://a/");)
SAYS(no_question, draft_option(draft, "a"); draft_add(draft, "x");)
SAYS(no_option, draft_poll(draft, "a");)
SAYS(thirteen, draft_poll(draft, "a"); for (int i = 0; i < 13; i++) draft_option(draft, "a");)
SAYS(empty_option, draft_poll(draft, "a"); draft_option(draft, " ");)
SAYS(bold_option, draft_poll(draft, "a"); draft_option(draft, "<b>a</b>");)
SAYS(long_question, draft_poll(draft, "%0301d", 1); draft_option(draft, "a");)
SAYS(long_option, draft_poll(draft, "a"); draft_option(draft, "%0101d", 1);)
SAYS(two_polls, draft_poll(draft, "a"); draft_poll(draft, "b"); draft_option(draft, "a");)
SAYS(with_media, draft_poll(draft, "a"); draft_option(draft, "a");
     draft_media(draft, "photo", "id", NULL);)

static void a_poll_has_options_and_a_description(void **state)
{
	say_in_group(*state, poll);
	assert_one_call(
		*state, "sendPoll",
		"{\"chat_id\":-100,\"question\":\"<b>Tea?\",\"options\":["
		"{\"text\":\"Yes\"},{\"text\":\"x 2\",\"text_entities\":["
		"{\"type\":\"custom_emoji\",\"offset\":0,\"length\":1,"
		"\"custom_emoji_id\":\"9\"}]}],\"description\":\"About tea\","
		"\"description_entities\":[{\"type\":\"italic\",\"offset\":6,\"length\":3}]," REPLY
		",\"reply_markup\":{\"inline_keyboard\":"
		"[[{\"text\":\"a\",\"url\":\"https://a/\"}]]}}");
}

static void what_is_no_poll_fails_with_the_reason(void **state)
{
	assert_fails(*state, no_question, "a poll: an option without a question");
	assert_fails(*state, no_option, "a poll: 0 options; Telegram takes 1 to 12");
	assert_fails(*state, thirteen, "a poll: 13 options; Telegram takes 1 to 12");
	assert_fails(*state, empty_option, "a poll: its option: an empty text");
	assert_fails(*state, bold_option, "a poll: its option is bold");
	assert_fails(*state, long_question,
		     "a poll: its question has 301 characters; Telegram takes 300");
	assert_fails(*state, long_option,
		     "a poll: its option has 101 characters; Telegram takes 100");
	assert_fails(*state, two_polls, "a poll: two in one message");
	assert_fails(*state, with_media, "a poll: media in the same message");
}

/* --- previews, and for whom ------------------------------------------------------------------- */

SAYS(first_link, draft_add(draft, "x"); draft_preview(draft, "");)
SAYS(given_link, draft_add(draft, "x"); draft_preview(draft, "https://a/");
     draft_flags(draft, DRAFT_PREVIEW_LARGE | DRAFT_PREVIEW_ABOVE);)
SAYS(hidden, draft_add(draft, "x"); draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(hidden_poll, draft_poll(draft, "a"); draft_option(draft, "a");
     draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(hidden_elsewhere, draft_add(draft, "x"); draft_to(draft, -200, 0);
     draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(to_topic, draft_add(draft, "x"); draft_to(draft, -200, 9); draft_answers(draft, 8);)

static void previews_are_shown_when_wanted(void **state)
{
	say_in_group(*state, first_link);
	assert_has(*state, 0, "\"link_preview_options\":{},");
	say_in_group(*state, given_link);
	assert_has(*state, 0,
		   "\"link_preview_options\":{\"url\":\"https://a/\","
		   "\"prefer_large_media\":true,\"show_above_text\":true}");
}

#define STAND_IN "\"from\":{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\"}"

static void what_is_for_one_person_is_for_no_other(void **state)
{
	const struct host_world *world = *state;

	say_in_group(*state, hidden);
	assert_has(*state, 0, "\"ephemeral_message_parameters\":{\"receiver_user_id\":7}");
	say_in_private(*state, hidden);
	assert_null(strstr(world_body(*state, 0), "ephemeral"));
	say_to(*state, STAND_IN "," GROUP ",\"text\":\"x\"", hidden);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	say_in_group(*state, hidden_elsewhere);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	say_in_group(*state, hidden_poll);
	assert_string_equal(world->outcome.reason,
			    "a poll: only one person would see it, which Telegram does not have");
}

static void a_draft_goes_to_another_topic(void **state)
{
	say_in_group(*state, to_topic);
	assert_one_call(*state, "sendMessage",
			"{\"chat_id\":-200,\"message_thread_id\":9,\"text\":\"x\"," NO_PREVIEW
			",\"reply_parameters\":{\"message_id\":8,"
			"\"allow_sending_without_reply\":true}}");
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_quote_takes_its_formatting_along),
		TEST_CASE(what_is_not_there_is_not_quoted),
		TEST_CASE(a_poll_has_options_and_a_description),
		TEST_CASE(what_is_no_poll_fails_with_the_reason),
		TEST_CASE(previews_are_shown_when_wanted),
		TEST_CASE(what_is_for_one_person_is_for_no_other),
		TEST_CASE(a_draft_goes_to_another_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
