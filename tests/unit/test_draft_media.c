/* test_draft_media.c - media, albums and captions, as the calls that come of them. */
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

/* --- one -------------------------------------------------------------------------------------- */

static const char *kind;

static enum verdict one(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, kind, "id", NULL);
	if (strcmp(kind, "live_photo") == 0)
		draft_cover(draft, "still", NULL);
	draft_add(draft, "<b>hi</b>");
	draft_button(draft, "Go", "go");
	return draft_reply(draft);
}

/* The caption with its markup and the buttons are those of the media; stickers and video notes have
 * none, so that the text follows. */
static void each_kind_has_a_method_and_a_caption(void **state)
{
	static const struct {
		const char *kind, *method, *body;
		bool captioned;
	} rows[] = {
		{ "photo", "sendPhoto", "{\"chat_id\":-100,\"photo\":\"id\"", true },
		{ "video", "sendVideo", "{\"chat_id\":-100,\"video\":\"id\"", true },
		{ "live_photo", "sendLivePhoto",
		  "{\"chat_id\":-100,\"live_photo\":\"id\",\"photo\":\"still\"", true },
		{ "animation", "sendAnimation", "{\"chat_id\":-100,\"animation\":\"id\"", true },
		{ "audio", "sendAudio", "{\"chat_id\":-100,\"audio\":\"id\"", true },
		{ "document", "sendDocument", "{\"chat_id\":-100,\"document\":\"id\"", true },
		{ "voice", "sendVoice", "{\"chat_id\":-100,\"voice\":\"id\"", true },
		{ "video_note", "sendVideoNote", "{\"chat_id\":-100,\"video_note\":\"id\"", false },
		{ "sticker", "sendSticker", "{\"chat_id\":-100,\"sticker\":\"id\"", false },
	};
	const struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		kind = rows[i].kind;
		say_in_group(*state, one);
		assert_has(world, 0, rows[i].body);
		assert_true(text_is(world->outcome.calls[0].method, rows[i].method));
		assert_has(world, 0, REPLY);
		assert_int_equal(world->outcome.calls_count, rows[i].captioned ? 1 : 2);
		if (rows[i].captioned)
			assert_has(world, 0,
				   "\"caption\":\"hi\",\"caption_entities\":[{\"type\":\"bold\","
				   "\"offset\":0,\"length\":2}]");
		else
			assert_has(world, 1, "\"text\":\"hi\"");
		assert_has(world, rows[i].captioned ? 0 : 1, "\"inline_keyboard\"");
	}
}

static enum verdict without_text(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, "photo", "https://example.org/a.jpg", NULL);
	return draft_reply(draft);
}

static void media_needs_no_text(void **state)
{
	say_in_group(*state, without_text);
	assert_one_call(*state, "sendPhoto",
			"{\"chat_id\":-100,\"photo\":\"https://example.org/a.jpg\"," REPLY "}");
}

static enum verdict long_caption(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, "photo", "id", NULL);
	draft_add(draft, "<i>%01000d\n%04000d %0500d</i>", 1, 2, 3);
	draft_button(draft, "Go", "go");
	return draft_reply(draft);
}

/* 1000 of the caption's 1024 units, up to the line; then messages as usual. */
static void what_is_too_long_for_a_caption_goes_on_after_it(void **state)
{
	const struct host_world *world = *state;

	say_in_group(*state, long_caption);
	assert_int_equal(world->outcome.calls_count, 3);
	assert_has(world, 0,
		   "\"caption_entities\":[{\"type\":\"italic\",\"offset\":0,\"length\":1000}]");
	assert_has(world, 0, REPLY);
	assert_null(strstr(world_body(world, 0), "inline_keyboard"));
	assert_has(world, 1, "\"length\":4000}]," NO_PREVIEW "}");
	assert_has(world, 2,
		   "\"length\":500}]," NO_PREVIEW ",\"reply_markup\":{\"inline_keyboard\"");
}

static enum verdict with_flags(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, "photo", "id", NULL);
	draft_add(draft, "x");
	draft_flags(draft, DRAFT_SILENT | DRAFT_PROTECTED | DRAFT_SPOILER | DRAFT_TEXT_ABOVE);
	draft_effect(draft, "5104841245755180586");
	return draft_reply(draft);
}

/* Effects are for private chats. */
static void flags_are_parameters(void **state)
{
	say_in_private(*state, with_flags);
	assert_one_call(*state, "sendPhoto",
			"{\"chat_id\":7,\"photo\":\"id\",\"caption\":\"x\","
			"\"show_caption_above_media\":true,\"has_spoiler\":true,"
			"\"disable_notification\":true,\"protect_content\":true,"
			"\"message_effect_id\":\"5104841245755180586\"," REPLY "}");
	say_in_group(*state, with_flags);
	assert_null(strstr(world_body(*state, 0), "effect"));
}

static enum verdict with_cover(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, "video", "id", NULL);
	draft_cover(draft, "still", NULL);
	return draft_reply(draft);
}

static void a_video_has_a_cover(void **state)
{
	say_in_private(*state, with_cover);
	assert_has(*state, 0, "{\"chat_id\":7,\"video\":\"id\",\"cover\":\"still\"");
}

/* --- albums ----------------------------------------------------------------------------------- */

static const char *second;
static bool with_button;

static enum verdict album(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, kind, "one", NULL);
	draft_media(draft, second, "two", NULL);
	draft_add(draft, "<b>hi</b>");
	draft_flags(draft, DRAFT_SPOILER | DRAFT_SILENT);
	if (with_button)
		draft_button(draft, "Go", "go");
	return draft_reply(draft);
}

static void several_are_an_album_with_one_caption(void **state)
{
	kind = "photo";
	second = "video";
	with_button = false;
	say_in_group(*state, album);
	assert_one_call(*state, "sendMediaGroup",
			"{\"chat_id\":-100,\"media\":["
			"{\"type\":\"photo\",\"media\":\"one\",\"caption\":\"hi\","
			"\"caption_entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":2}],"
			"\"has_spoiler\":true},"
			"{\"type\":\"video\",\"media\":\"two\",\"has_spoiler\":true}],"
			"\"disable_notification\":true," REPLY "}");
	kind = second = "document";
	say_in_group(*state, album);
	assert_has(*state, 0,
		   "[{\"type\":\"document\",\"media\":\"one\"},"
		   "{\"type\":\"document\",\"media\":\"two\",\"caption\":\"hi\"");
}

/* sendMediaGroup takes none. */
static void buttons_of_an_album_are_below_its_text(void **state)
{
	kind = second = "photo";
	with_button = true;
	say_in_group(*state, album);
	assert_null(strstr(world_body(*state, 0), "caption"));
	assert_has(*state, 1, "{\"chat_id\":-100,\"text\":\"hi\"");
	assert_has(*state, 1, "\"inline_keyboard\"");
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 2);
	with_button = false;
}

/* There are no albums for one person: sendMediaGroup has no ephemeral_message_parameters. */
static void an_album_for_one_person_is_sent_piece_by_piece(void **state)
{
	kind = second = "photo";
	say_to(*state, ANNA "," GROUP ",\"text\":\"x\",\"ephemeral_message_id\":4", album);
	assert_call(*state, 0, "sendPhoto",
		    "{\"chat_id\":-100,\"ephemeral_message_parameters\":{\"receiver_user_id\":7},"
		    "\"photo\":\"one\",\"has_spoiler\":true,\"disable_notification\":true}");
	assert_call(*state, 1, "sendPhoto",
		    "{\"chat_id\":-100,\"ephemeral_message_parameters\":{\"receiver_user_id\":7},"
		    "\"photo\":\"two\",\"caption\":\"hi\",\"caption_entities\":[{\"type\":\"bold\","
		    "\"offset\":0,\"length\":2}],\"has_spoiler\":true,"
		    "\"disable_notification\":true}");
}

static enum verdict paid(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	draft_media(draft, "photo", "one", NULL);
	draft_media(draft, "live_photo", "two", NULL);
	draft_cover(draft, "still", NULL);
	draft_price(draft, 50);
	draft_add(draft, "x");
	draft_button(draft, "Go", "go");
	return draft_reply(draft);
}

static void media_may_have_a_price(void **state)
{
	say_in_group(*state, paid);
	assert_has(*state, 0,
		   "{\"chat_id\":-100,\"star_count\":50,\"media\":["
		   "{\"type\":\"photo\",\"media\":\"one\"},"
		   "{\"type\":\"live_photo\",\"media\":\"two\",\"photo\":\"still\"}],"
		   "\"caption\":\"x\"");
	assert_has(*state, 0, "\"inline_keyboard\"");
}

/* --- what fails ------------------------------------------------------------------------------- */

SAYS(unknown, draft_media(draft, "picture", "id", NULL);)
SAYS(nothing, draft_media(draft, "photo", "", NULL);)
SAYS(local, draft_media(draft, "document", "file:///etc/passwd", NULL);)
SAYS(local_cover, draft_media(draft, "video", "x", NULL); draft_cover(draft, "file:///x", NULL);)
SAYS(note_by_url, draft_media(draft, "video_note", "https://a/b", NULL);)
SAYS(still_missing, draft_media(draft, "live_photo", "id", NULL);)
SAYS(mixed, draft_media(draft, "photo", "a", NULL); draft_media(draft, "audio", "b", NULL);)
SAYS(voices, draft_media(draft, "voice", "a", NULL); draft_media(draft, "voice", "b", NULL);)
SAYS(eleven, for (int i = 0; i < 11; i++) draft_media(draft, "photo", "a", NULL);)
SAYS(bare_buttons, draft_media(draft, "photo", "a", NULL); draft_media(draft, "photo", "b", NULL);
     draft_button(draft, "Go", "go");)
SAYS(cover_first, draft_cover(draft, "a", NULL);)
SAYS(cover_of_voice, draft_media(draft, "voice", "a", NULL); draft_cover(draft, "a", NULL);)
SAYS(free_media, draft_media(draft, "photo", "a", NULL); draft_price(draft, 0);)
SAYS(dear_media, draft_media(draft, "photo", "a", NULL); draft_price(draft, 25001);)
SAYS(paid_voice, draft_media(draft, "voice", "a", NULL); draft_price(draft, 1);)
SAYS(paid_text, draft_add(draft, "x"); draft_price(draft, 1);)

static void what_telegram_does_not_take_fails_with_the_reason(void **state)
{
	static const struct {
		say_fn *fn;
		const char *reason;
	} rows[] = {
		{ unknown, "media: no \"picture\"; there are photo, video, live_photo, animation, "
			   "audio, document, voice, video_note, sticker" },
		{ nothing, "media: a photo that is no file_id, URL or file" },
		{ local, "media: a document by a URL that is not http or https" },
		{ local_cover, "media: a video by a URL that is not http or https" },
		{ note_by_url, "media: a video_note by a URL, which Telegram does not take" },
		{ still_missing, "media: a live_photo without draft_cover()" },
		{ mixed, "media: photo and audio in one album" },
		{ voices, "media: voice in an album" },
		{ eleven, "media: over 10 in one album" },
		{ bare_buttons,
		  "media: the buttons of an album, which has none, without a text for them" },
		{ cover_first, "media: a cover before the media that it is for" },
		{ cover_of_voice, "media: a cover of a voice" },
		{ free_media, "media: a price of 0 stars; Telegram takes 1 to 25000" },
		{ dear_media, "media: a price of 25001 stars; Telegram takes 1 to 25000" },
		{ paid_voice, "media: a voice that is paid for" },
		{ paid_text, "media: a price without any" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_fails(*state, rows[i].fn, rows[i].reason);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_kind_has_a_method_and_a_caption),
		TEST(media_needs_no_text),
		TEST(what_is_too_long_for_a_caption_goes_on_after_it),
		TEST(flags_are_parameters),
		TEST(a_video_has_a_cover),
		TEST(several_are_an_album_with_one_caption),
		TEST(buttons_of_an_album_are_below_its_text),
		TEST(an_album_for_one_person_is_sent_piece_by_piece),
		TEST(media_may_have_a_price),
		TEST(what_telegram_does_not_take_fails_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
