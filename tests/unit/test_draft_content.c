/* test_draft_content.c - what other methods send, and further parameters, as literals. */
#include "tests/unit/draft_world.h"

static enum verdict on_go(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return say_it(ctx);
}

static const struct route routes[] = {
	TEXT(on_text),
	BUTTON("go", on_go),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

SAYS(venue,
     draft_content(draft, "sendVenue", "{latitude: %f, longitude: %f, title: %s, address: %s}",
		   48.5, 16.25, "Caf\"e", "Street 1");
     draft_add(draft, "Come <b>here</b>"); draft_button(draft, "Go", "go");
     draft_flags(draft, DRAFT_SILENT);)

/* The text follows, with the buttons; flags are of both. */
static void other_methods_have_the_place_and_the_flags_of_the_draft(void **state)
{
	say_in_group(*state, venue);
	assert_call(*state, 0, "sendVenue",
		    "{\"chat_id\":-100,\"disable_notification\":true,\"latitude\":48.5,"
		    "\"longitude\":16.25,\"title\":\"Caf\\\"e\",\"address\":\"Street 1\"," REPLY
		    "}");
	assert_has(*state, 1, "\"text\":\"Come here\"");
	assert_has(*state, 1, "\"inline_keyboard\"");
}

SAYS(copy, draft_content(draft, "copyMessage", "{from_chat_id: %lld, message_id: %d}", -5LL, 6);
     draft_add(draft, "<i>new</i>"); draft_button(draft, "Go", "go");)

static void a_method_with_a_caption_takes_the_text(void **state)
{
	say_in_group(*state, copy);
	assert_has(
		*state, 0,
		"{\"chat_id\":-100,\"caption\":\"new\",\"caption_entities\":[{\"type\":\"italic\","
		"\"offset\":0,\"length\":3}],\"from_chat_id\":-5,\"message_id\":6,");
	assert_has(*state, 0, "\"inline_keyboard\"");
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 1);
}

SAYS(dice, draft_content(draft, "sendDice", "{emoji: '🎯'}");)
SAYS(game, draft_content(draft, "sendGame", "{game_short_name: %s}", "chess");)

static void what_a_method_does_not_take_is_left_out(void **state)
{
	const struct host_world *world = *state;

	say_to(*state, ANNA "," GROUP ",\"text\":\"x\",\"direct_messages_topic\":{\"topic_id\":9}",
	       game);
	assert_one_call(*state, "sendGame",
			"{\"chat_id\":-100,\"game_short_name\":\"chess\"," REPLY "}");
	say_to(*state, ANNA "," GROUP ",\"text\":\"x\",\"ephemeral_message_id\":4", dice);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason,
			    "sendDice: only one person would see it, which Telegram does not have");
}

SAYS(audio, draft_media(draft, "audio", "id", NULL);
     draft_with(draft, "{title: %s, performer: %s}", "Song", "Band");
     draft_with(draft, "{duration: %d}", 12);)
SAYS(tracks, draft_media(draft, "audio", "one", NULL); draft_media(draft, "audio", "two", NULL);
     draft_with(draft, "{duration: %d}", 12);)
SAYS(quiz, draft_poll(draft, "2+2?"); draft_option(draft, "3"); draft_option(draft, "4");
     draft_with(draft, "{type: 'quiz', correct_option_ids: [%d], is_anonymous: %d}", 1, 0);)
SAYS(closing, draft_poll(draft, "a"); draft_option(draft, "b");
     draft_with(draft, "{close_date: %d}", 600); draft_add(draft, "%01025d", 1);)

/* The sender makes a moment of it. */
static void an_end_is_a_duration(void **state)
{
	const struct host_world *world = *state;

	say_in_group(*state, closing);
	assert_has(*state, 0, "\"close_date\":600");
	assert_true(world->outcome.calls[0].said_s > 0);
	assert_int_equal(world->outcome.calls[1].said_s, 0);
}

SAYS(text, draft_add(draft, "x"); draft_with(draft, "{allow_paid_broadcast: true}");)

static void further_parameters_are_of_what_is_before_them(void **state)
{
	say_in_group(*state, audio);
	assert_has(*state, 0,
		   "{\"chat_id\":-100,\"audio\":\"id\",\"title\":\"Song\",\"performer\":\"Band\","
		   "\"duration\":12");
	say_in_group(*state, tracks);
	assert_has(*state, 0,
		   "[{\"type\":\"audio\",\"media\":\"one\"},"
		   "{\"type\":\"audio\",\"media\":\"two\",\"duration\":12}]");
	say_in_group(*state, quiz);
	assert_has(*state, 0,
		   "\"type\":\"quiz\",\"correct_option_ids\":[1],\"is_anonymous\":false");
	say_in_group(*state, text);
	assert_has(*state, 0, "\"allow_paid_broadcast\":true");
}

SAYS(unknown, draft_content(draft, "sendLove", "{}");)
SAYS(syntax, draft_media(draft, "audio", "id", NULL); draft_with(draft, "{title: }");)
SAYS(two, draft_content(draft, "sendDice", "{}"); draft_media(draft, "photo", "id", NULL);)

static void what_is_wrong_fails_with_the_reason(void **state)
{
	assert_fails(*state, unknown, "no method \"sendLove\"");
	say_in_group(*state, syntax);
	assert_non_null(strstr(((struct host_world *)*state)->outcome.reason, "sendAudio: "));
	assert_fails(*state, two, "sendDice: media or a poll in the same message");
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(other_methods_have_the_place_and_the_flags_of_the_draft),
		TEST_CASE(a_method_with_a_caption_takes_the_text),
		TEST_CASE(what_a_method_does_not_take_is_left_out),
		TEST_CASE(further_parameters_are_of_what_is_before_them),
		TEST_CASE(an_end_is_a_duration),
		TEST_CASE(what_is_wrong_fails_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
