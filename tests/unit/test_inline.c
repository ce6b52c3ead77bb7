/* test_inline.c - results of inline queries: every kind, checked against the table of the Bot API;
 * buttons under them; guests. */
#include "tests/unit/host_world.h"

#include <jansson.h>

#include "botapi/check.h"

typedef enum verdict act_fn(struct ctx *ctx);

static act_fn *act;
static char pressed[200];

static enum verdict on_inline(struct ctx *ctx, const struct inline_query *query)
{
	(void)query;
	return act(ctx);
}

static enum verdict on_chosen(struct ctx *ctx, const struct chosen_result *result)
{
	(void)result;
	return act(ctx);
}

static enum verdict on_guest(struct ctx *ctx, const struct message *message)
{
	(void)message;
	return act(ctx);
}

static enum verdict on_more(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	snprintf(pressed, sizeof(pressed), "%lld by %s %s", (long long)slug_integer(ctx, 0),
		 button->from->first_name, button->chat ? "in a chat" : "anywhere");
	draft_add(draft, "page %lld", (long long)slug_integer(ctx, 0));
	draft_button(draft, "More", "more:%d", 3);
	return draft_edit(draft, button);
}

static enum verdict on_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return ctx_reply(ctx, "link");
}

static const struct route routes[] = {
	INLINE(on_inline),
	CHOSEN(on_chosen),
	GUEST(on_guest),
	BUTTON("more:%d", on_more),
	BUTTON("group:%d", on_more, .group = true),
	LINK("set:%d", on_link),
	END_OF_ROUTES,
};
static const struct module module = { .name = "finder", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	pressed[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

#define ANNA "{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"

static void check(const struct host_world *world)
{
	for (size_t i = 0; i < world->outcome.calls_count; i++) {
		const struct text name = world->outcome.calls[i].method;
		const struct botapi_method *method = botapi_find_method(name.data, name.length);
		json_t *body = json_loads(world_body(world, i), 0, NULL);
		struct why why;

		assert_non_null(method);
		if (!botapi_check_call(method, body, &why))
			fail_msg("%s in %s", why.text, world_body(world, i));
		json_decref(body);
	}
}

static const char *asks(struct host_world *world, act_fn *does)
{
	act = does;
	world_handle(world, KIND_INLINE_QUERY,
		     "{\"update_id\":1,\"inline_query\":{\"id\":\"q\",\"from\":" ANNA
		     ",\"query\":\"cats\",\"offset\":\"\"}}");
	check(world);
	assert_int_equal(world->outcome.calls_count, 1);
	return world_body(world, 0);
}

static enum verdict offer_texts(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "a", "First <one>", "with words");

	draft_add(draft, "<b>%s</b>", "a<b");
	draft_button(draft, "More", "more:%d", 2);
	ctx_inline_picture(ctx, "https://example.org/a.jpg");
	draft = ctx_inline_result(ctx, "b", "Second", "");
	draft_add(draft, "b");
	draft_preview(draft, "https://example.org");
	ctx_inline_keep(ctx, 60, true);
	ctx_inline_next(ctx, "2");
	ctx_inline_button(ctx, "Settings", "set:%d", 5);
	return ctx_inline_answer(ctx);
}

static void texts_are_articles(void **state)
{
	const char *body = asks(*state, offer_texts);

	assert_non_null(strstr(
		body, "{\"inline_query_id\":\"q\",\"results\":[{\"type\":\"article\",\"id\":\"a\","
		      "\"title\":\"First <one>\",\"description\":\"with words\",\"thumbnail_url\":"
		      "\"https://example.org/a.jpg\",\"input_message_content\":{\"message_text\":"
		      "\"a<b\",\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":3}],"));
	assert_non_null(strstr(body, "\"callback_data\":\"more:2"));
	assert_non_null(strstr(body,
			       "],\"cache_time\":60,\"is_personal\":false,\"next_offset\":"
			       "\"2\",\"button\":{\"text\":\"Settings\",\"start_parameter\":"));
}

static const char *kind, *source, *picture, *title;

static enum verdict offer_media(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "1", title, "described");

	if (picture)
		ctx_inline_picture(ctx, picture);
	draft_media(draft, kind, source, NULL);
	if (strcmp(kind, "sticker") != 0)
		draft_add(draft, "<i>caption</i>");
	return ctx_inline_answer(ctx);
}

static void media_of_every_kind(void **state)
{
	static const struct {
		const char *kind, *source, *picture, *expected;
	} rows[] = {
		{ "photo", "FILE", NULL, "\"photo_file_id\":\"FILE\"" },
		{ "photo", "https://e.org/p.jpg", NULL,
		  "\"photo_url\":\"https://e.org/p.jpg\",\"title\":\"T\",\"description\":"
		  "\"described\",\"thumbnail_url\":\"https://e.org/p.jpg\"" },
		{ "video", "FILE", NULL, "\"video_file_id\":\"FILE\"" },
		{ "video", "https://e.org/v", "https://e.org/v.jpg",
		  "\"video_url\":\"https://e.org/v\",\"mime_type\":\"video/mp4\"" },
		{ "animation", "FILE", NULL, "\"mpeg4_file_id\":\"FILE\",\"title\":\"T\"," },
		{ "animation", "https://e.org/a", NULL, "\"thumbnail_url\":\"https://e.org/a\"" },
		{ "audio", "FILE", NULL, "\"audio_file_id\":\"FILE\",\"caption\"" },
		{ "audio", "https://e.org/a", NULL, "\"audio_url\":\"https://e.org/a\"" },
		{ "document", "FILE", NULL, "\"document_file_id\":\"FILE\"" },
		{ "document", "https://e.org/d", NULL, "\"mime_type\":\"application/pdf\"" },
		{ "document", "https://e.org/d.ZIP", NULL, "\"mime_type\":\"application/zip\"" },
		{ "voice", "FILE", NULL, "\"voice_file_id\":\"FILE\"" },
		{ "voice", "https://e.org/v", NULL, "\"voice_url\":\"https://e.org/v\"" },
		{ "sticker", "FILE", NULL, "\"sticker_file_id\":\"FILE\"}]" },
	};

	title = "T";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kind = rows[i].kind;
		source = rows[i].source;
		picture = rows[i].picture;
		if (!strstr(asks(*state, offer_media), rows[i].expected))
			fail_msg("%s", world_body(*state, 0));
	}
}

/* --- what Telegram would not take ------------------------------------------------------------- */

static enum verdict offer_two_of_one_id(struct ctx *ctx)
{
	draft_add(ctx_inline_result(ctx, "1", "T", ""), "x");
	draft_add(ctx_inline_result(ctx, "1", "U", ""), "x");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_without_title(struct ctx *ctx)
{
	draft_add(ctx_inline_result(ctx, "1", "", ""), "x");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_without_text(struct ctx *ctx)
{
	ctx_inline_result(ctx, "1", "T", "");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_too_many(struct ctx *ctx)
{
	for (int i = 0; i < 51; i++)
		draft_add(ctx_inline_result(ctx, ctx_printf(ctx, "%d", i), "T", ""), "x");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_too_much(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "1", "T", "");

	for (int i = 0; i < 4097; i++)
		draft_add(draft, "x");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_a_poll(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "1", "T", "");

	draft_poll(draft, "Tea?");
	draft_option(draft, "yes");
	draft_option(draft, "no");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_a_key(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "1", "T", "");

	draft_add(draft, "x");
	draft_key(draft, "key");
	return ctx_inline_answer(ctx);
}

static enum verdict offer_a_link_to_nowhere(struct ctx *ctx)
{
	ctx_inline_button(ctx, "Settings", "nowhere");
	return ctx_inline_answer(ctx);
}

static enum verdict answer_twice(struct ctx *ctx)
{
	ctx_inline_answer(ctx);
	return ctx_inline_answer(ctx);
}

static void what_telegram_would_refuse_fails(void **state)
{
	static const struct {
		act_fn *act;
		const char *reason;
	} rows[] = {
		{ offer_two_of_one_id, "two results \"1\"" },
		{ offer_without_title, "it needs a title" },
		{ offer_without_text, "the text of a message" },
		{ offer_too_many, "51 results, allowed are 50" },
		{ offer_too_much, "an inline result \"T\": its text is too long for one message" },
		{ offer_a_poll, "it is a text, or one photo" },
		{ offer_a_key, "it has inline buttons only" },
		{ offer_a_link_to_nowhere, "no LINK() route has \"nowhere\"" },
		{ answer_twice, "there is no inline query to answer" },
	};
	struct host_world *world = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_non_null(
			strstr(asks(world, rows[i].act), "\"results\":[],\"cache_time\":0"));
		assert_int_equal(world->outcome.end, HOST_FAILED);
		if (!strstr(world->outcome.reason, rows[i].reason))
			fail_msg("%s", world->outcome.reason);
	}
}

static void media_that_cannot_be_results_fail(void **state)
{
	static const char *const rows[][3] = {
		{ "video_note", "FILE", "it is a text, or one photo" },
		{ "sticker", "https://e.org/s", "a sticker is one that Telegram has" },
		{ "video", "https://e.org/v", "needs ctx_inline_picture()" },
		{ "photo", "attach://f", "its media is a file that Telegram has" },
	};
	struct host_world *world = *state;

	title = "T";
	picture = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kind = rows[i][0];
		source = rows[i][1];
		asks(world, offer_media);
		assert_non_null(world->outcome.reason);
		if (!strstr(world->outcome.reason, rows[i][2]))
			fail_msg("%s", world->outcome.reason);
	}
	kind = "document";
	source = "FILE";
	title = "";
	asks(world, offer_media);
	assert_non_null(strstr(world->outcome.reason, "it needs a title"));
}

/* --- afterwards ------------------------------------------------------------------------------- */

static void press(struct host_world *world, const char *label)
{
	char data[100], json[500];
	const char *at = strstr(world_body(world, 0), label);

	assert_non_null(at);
	snprintf(data, sizeof(data), "%.*s", (int)strcspn(at, "\""), at);
	snprintf(json, sizeof(json),
		 "{\"update_id\":2,\"callback_query\":{\"id\":\"p\",\"from\":" ANNA
		 ",\"inline_message_id\":\"im\",\"chat_instance\":\"1\",\"data\":\"%s\"}}",
		 data);
	world_handle(world, KIND_CALLBACK_QUERY, json);
	check(world);
}

static enum verdict offer_for_groups(struct ctx *ctx)
{
	struct draft *draft = ctx_inline_result(ctx, "a", "First", "");

	draft_add(draft, "a");
	draft_button(draft, "Here", "group:%d", 2);
	return ctx_inline_answer(ctx);
}

static void buttons_of_results_work_anywhere(void **state)
{
	struct host_world *world = *state;

	asks(world, offer_texts);
	press(world, "more:2");
	assert_string_equal(pressed, "2 by Anna anywhere");
	assert_true(text_is(world->outcome.calls[0].method, "editMessageText"));
	assert_non_null(strstr(world_body(world, 0), "{\"inline_message_id\":\"im\",\"text\":"
						     "\"page 2\""));
	press(world, "more:3");
	assert_string_equal(pressed, "3 by Anna anywhere");
	asks(world, offer_for_groups);
	pressed[0] = '\0';
	press(world, "group:2");
	assert_string_equal(pressed, "");
}

static enum verdict edit_it(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "seen");
	return draft_edit_chosen(draft);
}

static void a_chosen_result_is_edited(void **state)
{
	struct host_world *world = *state;

	act = edit_it;
	world_handle(world, KIND_CHOSEN_INLINE_RESULT,
		     "{\"update_id\":1,\"chosen_inline_result\":{\"result_id\":\"a\",\"from\":" ANNA
		     ",\"query\":\"\",\"inline_message_id\":\"im\"}}");
	check(world);
	assert_non_null(strstr(world_body(world, 0), "{\"inline_message_id\":\"im\",\"text\":"
						     "\"seen\""));
	world_handle(world, KIND_CHOSEN_INLINE_RESULT,
		     "{\"update_id\":1,\"chosen_inline_result\":{\"result_id\":\"a\",\"from\":" ANNA
		     ",\"query\":\"\"}}");
	assert_non_null(strstr(world->outcome.reason, "no result with buttons"));
}

/* --- guests ----------------------------------------------------------------------------------- */

static enum verdict say_once(struct ctx *ctx)
{
	return ctx_reply(ctx, "hello <b>%s</b>", "guest");
}

static enum verdict say_twice(struct ctx *ctx)
{
	say_once(ctx);
	return say_once(ctx);
}

static void calls_as_guest(struct host_world *world, act_fn *does)
{
	act = does;
	world_handle(world, KIND_GUEST_MESSAGE,
		     "{\"update_id\":1,\"guest_message\":{\"message_id\":5,\"date\":1,\"chat\":{"
		     "\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"},\"from\":" ANNA
		     ",\"guest_query_id\":\"gq\",\"text\":\"@korone_bot hi\"}}");
	check(world);
}

static void a_guest_answers_once(void **state)
{
	struct host_world *world = *state;

	calls_as_guest(world, say_once);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_true(text_is(world->outcome.calls[0].method, "answerGuestQuery"));
	assert_non_null(strstr(world_body(world, 0),
			       "{\"guest_query_id\":\"gq\",\"result\":{\"type\":\"article\",\"id\":"
			       "\"1\",\"title\":\"korone_bot\",\"input_message_content\":{"
			       "\"message_text\":\"hello guest\""));
	calls_as_guest(world, say_twice);
	assert_string_equal(world->outcome.reason, "a guest answers once");
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "Something went wrong"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(texts_are_articles),
		TEST(media_of_every_kind),
		TEST(what_telegram_would_refuse_fails),
		TEST(media_that_cannot_be_results_fail),
		TEST(buttons_of_results_work_anywhere),
		TEST(a_chosen_result_is_edited),
		TEST(a_guest_answers_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
