/* test_slug.c - literals with values: what comes back, what is refused, what a handler sees. */
#include "tests/unit/host_world.h"

#include <limits.h>
#include <stdarg.h>

#include "workers/host/slug.h"

struct fixture {
	struct arena arena;
	struct slug slug;
	struct slug_values read;
	struct text written;
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

static bool goes(struct fixture *fixture, const char *literal, ...)
{
	va_list arguments;
	bool ok;

	if (!slug_parse(literal, &fixture->slug, &fixture->why))
		fail_msg("%s", fixture->why.text);
	va_start(arguments, literal);
	ok = slug_write(&fixture->slug, arguments, &fixture->arena, &fixture->written,
			&fixture->why);
	va_end(arguments);
	return ok;
}

static bool comes(struct fixture *fixture)
{
	assert_true(fixture->written.length <= fixture->slug.longest);
	return slug_read(&fixture->slug, fixture->written, &fixture->arena, &fixture->read);
}

static void values_come_back(void **state)
{
	struct fixture *fixture = *state;

	assert_true(goes(fixture, "go:%d:%.16s/%lld", INT_MIN, "caf\xc3\xa9", LLONG_MIN));
	assert_true(text_is(fixture->written, "go:-2147483648:caf\xc3\xa9/-9223372036854775808"));
	assert_true(comes(fixture));
	assert_int_equal(fixture->read.values[0].integer, INT_MIN);
	assert_string_equal(fixture->read.values[1].text, "caf\xc3\xa9");
	assert_true(fixture->read.values[2].integer == LLONG_MIN);
	assert_ptr_equal(fixture->read.slug, &fixture->slug);
}

static void a_last_text_may_hold_anything_and_a_name_may_be_all(void **state)
{
	struct fixture *fixture = *state;

	assert_true(goes(fixture, "x:%.20s", "a:b:c%d"));
	assert_true(comes(fixture));
	assert_string_equal(fixture->read.values[0].text, "a:b:c%d");
	assert_true(goes(fixture, "x:%.20s", NULL));
	assert_true(comes(fixture));
	assert_string_equal(fixture->read.values[0].text, "");
	assert_true(goes(fixture, "close"));
	assert_true(comes(fixture));
	assert_true(goes(fixture, "a:b"));
	assert_true(comes(fixture));
}

static void what_would_not_come_back_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_false(goes(fixture, "x:%.4s", "five5"));
	assert_string_equal(fixture->why.text, "a text in \"x:%.4s\" is too long or holds its end");
	assert_false(goes(fixture, "x:%.5s", "caf\xc3\xa9s"));
	assert_false(goes(fixture, "x:%.8s:%d", "a:b", 1));
	assert_true(goes(fixture, "x:%.8s:%d", "", 1));
}

static void literals_are_checked(void **state)
{
	static const struct {
		const char *literal, *why;
	} wrong[] = {
		{ "", "begins with a name" },
		{ ":x", "begins with a name" },
		{ "%d", "begins with a name" },
		{ "x%d:%d", "begins with a name" },
		{ "x:%5d", "no flags and no width" },
		{ "x:%-d", "no flags and no width" },
		{ "x:%*d", "no flags and no width" },
		{ "x:%.*s", "no *" },
		{ "x:%.*d", "no *" },
		{ "x:%.3d", "no precision" },
		{ "x:%u", "%d, %lld or %.Ns" },
		{ "x:%%", "%d, %lld or %.Ns" },
		{ "x:%f", "%d, %lld or %.Ns" },
		{ "x:%s", "a text needs its limit" },
		{ "x:%.0s", "a text needs its limit" },
		{ "x:%.*s", "" },
		{ "x:%d%d", "a character is needed" },
		{ "x:%2$d:%1$d", "in order" },
		{ "x:%", "" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(slug_parse(wrong[i].literal, &fixture->slug, &fixture->why));
		assert_non_null(strstr(fixture->why.text, wrong[i].literal));
		assert_non_null(strstr(fixture->why.text, wrong[i].why));
	}
	assert_true(slug_parse("captcha:%lld:%.16s", &fixture->slug, &fixture->why));
	assert_int_equal(fixture->slug.longest, strlen("captcha:-9223372036854775808:") + 16);
}

static void numbers_are_read_strictly(void **state)
{
	static const char *const wrong[] = { "x:",    "x: 1",  "x:\t1",
					     "x:+1",  "x:1x",  "x:2147483648",
					     "x:--1", "x:0x1", "x:99999999999999999999999999",
					     "y:1",   "x:1:",  "x",
					     "" };
	struct fixture *fixture = *state;

	assert_true(goes(fixture, "x:%d", 1));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		fixture->written = text_of(wrong[i]);
		assert_false(slug_read(&fixture->slug, fixture->written, &fixture->arena,
				       &fixture->read));
	}
	fixture->written = (struct text) { "x:1\0002", 5 };
	assert_false(comes(fixture));
}

static void the_name_is_before_the_colon(void **state)
{
	(void)state;
	assert_true(text_is(slug_name(text_of("page:1:2")), "page"));
	assert_true(text_is(slug_name(text_of("close")), "close"));
	assert_int_equal(slug_name((struct text) { NULL, 0 }).length, 0);
}

/* --- in a handler ----------------------------------------------------------------------------- */

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Who is <b>%s</b>?", cmd->args);
	draft_question(draft, "who:%lld:%.30s", -77LL, cmd->args);
	return draft_reply(draft);
}

static enum verdict ask_without_values(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask(ctx, "who:%lld:%.30s", "Who?");
}

static enum verdict answer(struct ctx *ctx, const struct text_message *message)
{
	return ctx_reply(ctx, "%s: %lld %s", message->text, (long long)slug_integer(ctx, 0),
			 slug_text(ctx, 1));
}

static enum verdict take_photo(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "photo %lld for %lld", (long long)message->id,
			 (long long)slug_integer(ctx, 0));
}

static enum verdict ask_for_photo(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "A photo?");
	draft_question(draft, "photo:%d", 4);
	return draft_reply(draft);
}

static enum verdict ask_for_voice(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask(ctx, "voice", "A song?");
}

static enum verdict look_wrongly(struct ctx *ctx, const struct command *cmd)
{
	ctx_reply(ctx, "half way");
	slug_integer(ctx, 0);
	(void)cmd;
	return DONE;
}

static enum verdict put_off(struct ctx *ctx, const struct command *cmd)
{
	return ctx_laterf(ctx, 1, "job:%.20s", cmd->args);
}

static size_t wanted;

static enum verdict work(struct ctx *ctx, const struct work *work)
{
	ctx_reply(ctx, "%s", slug_text(ctx, wanted));
	(void)work;
	return DONE;
}

static const struct route routes[] = {
	COMMAND("ask", ask),
	COMMAND("bare", ask_without_values),
	COMMAND("look", look_wrongly),
	COMMAND("later", put_off),
	COMMAND("photo", ask_for_photo),
	COMMAND("voice", ask_for_voice),
	MESSAGE(take_photo, .step = "voice", .contents = CONTENT_VOICE),
	TEXT(answer, .step = "who:%lld:%.30s"),
	MESSAGE(take_photo, .step = "photo:%d", .contents = CONTENT_PHOTO),
	MESSAGE(take_photo, .step = "photo:%d", .contents = CONTENT_VOICE),
	WORK("job:%.20s", work),
	END_OF_ROUTES,
};

static const struct module module = { .name = "slugs", .routes = routes };
static const struct module *const modules[] = { &module, NULL };

static int open_world(void **state)
{
	*state = world_open(modules);
	wanted = 0;
	return 0;
}

static int close_world(void **state)
{
	world_close(*state);
	return 0;
}

#define FROM                                                                              \
	"\"date\":1000,\"chat\":{\"id\":7,\"type\":\"private\",\"first_name\":\"Anna\"}," \
	"\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Anna\"}"

static void say(struct host_world *world, const char *text)
{
	char json[1000];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5," FROM ",\"text\":\"%s\"}}", text);
	world_handle(world, KIND_MESSAGE, json);
}

static void reply_with(struct host_world *world, const char *url, const char *what)
{
	char json[1000];

	snprintf(json, sizeof(json),
		 "{\"update_id\":2,\"message\":{\"message_id\":6," FROM ",%s,"
		 "\"reply_to_message\":{\"message_id\":4,\"from\":{\"id\":%lld,\"is_bot\":true,"
		 "\"first_name\":\"B\"},\"entities\":[{\"type\":\"text_link\",\"offset\":0,"
		 "\"length\":1,\"url\":\"%s\"}]}}}",
		 what, 1LL, url);
	world_handle(world, KIND_MESSAGE, json);
}

static void reply_to(struct host_world *world, const char *url)
{
	reply_with(world, url, "\"text\":\"me\"");
}

static void find_link(const struct host_world *world, char *out, size_t size)
{
	const char *body = world_body(world, 0), *url = strstr(body, "http://t.me/#ask-");

	assert_non_null(url);
	snprintf(out, size, "%.*s", (int)strcspn(url, "\""), url);
}

static void an_answer_brings_the_values_of_its_question(void **state)
{
	struct host_world *world = *state;
	char url[200];

	say(world, "/ask a:b -\xe2\x82\xac <i>");
	find_link(world, url, sizeof(url));
	assert_non_null(strstr(url, "#ask-who:"));
	assert_int_equal(strspn(url + strlen("http://t.me/#ask-who:"),
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
			 strlen(url) - strlen("http://t.me/#ask-who:"));
	reply_to(world, url);
	assert_non_null(strstr(world_body(world, 0), "\"me: -77 a:b -\xe2\x82\xac <i>\""));
}

static void a_photo_may_be_the_answer(void **state)
{
	struct host_world *world = *state;
	char url[200];

	say(world, "/photo");
	find_link(world, url, sizeof(url));
	reply_with(world, url, "\"photo\":[]");
	assert_non_null(strstr(world_body(world, 0), "\"photo 6 for 4\""));
	reply_with(world, url, "\"photo\":[],\"caption\":\"look\"");
	assert_non_null(strstr(world_body(world, 0), "\"photo 6 for 4\""));
	reply_with(world, url, "\"voice\":{}");
	assert_non_null(strstr(world_body(world, 0), "\"photo 6 for 4\""));
	reply_to(world, url);
	assert_non_null(strstr(world_body(world, 0), "That is no answer to my question."));
	say(world, "/voice");
	find_link(world, url, sizeof(url));
	reply_with(world, url, "\"video\":{}");
	assert_non_null(strstr(world_body(world, 0), "\"Please answer with a voice message.\""));
}

static void a_caption_may_be_the_answer(void **state)
{
	struct host_world *world = *state;
	char url[200];

	say(world, "/ask Ann");
	find_link(world, url, sizeof(url));
	reply_with(world, url, "\"photo\":[],\"caption\":\"me\"");
	assert_non_null(strstr(world_body(world, 0), "\"me: -77 Ann\""));
	reply_with(world, url, "\"photo\":[]");
	assert_non_null(strstr(world_body(world, 0), "\"Please answer with a text.\""));
}

static void another_answer_does_not(void **state)
{
	struct host_world *world = *state;
	char url[200];

	say(world, "/ask Ann");
	find_link(world, url, sizeof(url));
	url[strlen("http://t.me/#ask-who:")]++;
	reply_to(world, url);
	assert_int_equal(world->outcome.calls_count, 0);
	reply_to(world, "http://t.me/#ask-who:LTc3OkFubg-99999999999-AAAAAAAA");
	assert_int_equal(world->outcome.calls_count, 0);
}

static void a_question_is_asked_with_its_values(void **state)
{
	struct host_world *world = *state;

	say(world, "/ask 1234567890123456789012345678901");
	assert_non_null(strstr(world->outcome.reason, "a question: a text in \"who:%lld:%.30s\""));
	say(world, "/bare");
	assert_non_null(strstr(world->outcome.reason, "draft_question()"));
}

static void do_work(struct host_world *world, const void *bytes, size_t size)
{
	struct message_item item = { .seq = 2, .flags = ITEM_WORK, .attempt = 1 };

	item.body = (struct text) { bytes, size };
	host_handle(world->host, &item, &world->outcome);
}

static void do_later(struct host_world *world)
{
	struct buffer later = { 0 };

	buffer_append(&later, world_put(world).data, world_put(world).length);
	do_work(world, buffer_unread(&later), buffer_unread_size(&later));
	buffer_finish(&later);
}

static void work_has_its_values(void **state)
{
	say(*state, "/later x:y");
	do_later(*state);
	assert_non_null(strstr(world_body(*state, 0), "\"x:y\""));
}

/* A wrong index is a fault of the module, found when it runs. */
static void a_wrong_index_fails_the_handler(void **state)
{
	struct host_world *world = *state;

	wanted = 1;
	say(world, "/later x");
	do_later(world);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "job:%.20s has no text with the index 1");
	say(world, "/look");
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_string_equal(world->outcome.reason, "this route has no number with the index 0");
	assert_int_equal(world->outcome.calls_count, 1);
}

/* As a former version put it off: under a name, with any text. */
static void pack_former(struct buffer *out, const char *name, const char *payload)
{
	struct buffer update = { 0 };
	struct why why;
	static const char json[] = "{\"update_id\":1,\"message\":{\"message_id\":5," FROM "}}";

	assert_true(transcode(json, strlen(json), &update, &why));
	pack_array(out, 5);
	pack_uint(out, 1);
	pack_text(out, name);
	pack_text(out, payload);
	pack_uint(out, KIND_MESSAGE);
	pack_bytes(out, buffer_unread(&update), buffer_unread_size(&update));
	buffer_finish(&update);
}

static void work_of_the_former_version_is_done(void **state)
{
	struct host_world *world = *state;
	struct buffer out = { 0 };

	pack_former(&out, "job", "tea: 3%");
	do_work(world, buffer_unread(&out), buffer_unread_size(&out));
	assert_non_null(strstr(world_body(world, 0), "\"tea: 3%\""));
	buffer_clear(&out);
	pack_former(&out, "job", "");
	do_work(world, buffer_unread(&out), buffer_unread_size(&out));
	assert_string_equal(world->outcome.reason,
			    "work was put off with other values than those of \"job:%.20s\"");
	buffer_finish(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
	const struct CMUnitTest tests[] = {
		TEST(values_come_back),
		TEST(a_last_text_may_hold_anything_and_a_name_may_be_all),
		TEST(what_would_not_come_back_is_refused),
		TEST(literals_are_checked),
		TEST(numbers_are_read_strictly),
		TEST(the_name_is_before_the_colon),
		WORLD_TEST(an_answer_brings_the_values_of_its_question),
		WORLD_TEST(a_photo_may_be_the_answer),
		WORLD_TEST(a_caption_may_be_the_answer),
		WORLD_TEST(another_answer_does_not),
		WORLD_TEST(a_question_is_asked_with_its_values),
		WORLD_TEST(work_has_its_values),
		WORLD_TEST(a_wrong_index_fails_the_handler),
		WORLD_TEST(work_of_the_former_version_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
