/* test_draft_poll.c - polls, as the calls that come of them. */
#include "tests/unit/draft_world.h"

static const struct route routes[] = { TEXT(on_text), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
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

/* "Polls can't be sent to channel direct messages chats" (sendPoll). */
static void direct_messages_of_a_channel_have_no_polls(void **state)
{
	say_to(*state, ANNA "," GROUP ",\"text\":\"x\",\"direct_messages_topic\":{\"topic_id\":9}",
	       poll);
	assert_string_equal(((struct host_world *)*state)->outcome.reason,
			    "a poll: in the direct messages of a channel, which have none");
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

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_poll_has_options_and_a_description),
		TEST_CASE(direct_messages_of_a_channel_have_no_polls),
		TEST_CASE(what_is_no_poll_fails_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
