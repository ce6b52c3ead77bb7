/* test_draft_kept.c - kept texts in drafts. */
#include "tests/unit/host_world.h"

static const char *kept;
static const struct user anna = { .id = 42, .first_name = "Anna", .last_name = "", .username = "" };

static enum verdict on_say(struct ctx *ctx, const struct command *command)
{
	struct draft *draft = ctx_draft(ctx);

	(void)command;
	draft_add(draft, "<b>%s</b>: ", "\xf0\x9f\x98\x80");
	draft_fill(draft, "rules", "our rules", "https://t.me/x?start=r");
	draft_link(draft, "First", "https://e.org/1");
	draft_kept(draft, kept, &anna);
	draft_add(draft, " <i>end</i>");
	return draft_reply(draft);
}

static enum verdict on_bare(struct ctx *ctx, const struct command *command)
{
	struct draft *draft = ctx_draft(ctx);

	(void)command;
	draft_kept(draft, kept, NULL);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("say", on_say),
	COMMAND("bare", on_bare),
	END_OF_ROUTES,
};
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static const char *say(struct host_world *world, const char *command, const char *value)
{
	char *json = xasprintf("{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1,"
			       "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"A\"},"
			       "\"chat\":{\"id\":7,\"type\":\"private\"},\"text\":\"/%s\"}}",
			       command);

	kept = value;
	world_handle(world, KIND_MESSAGE, json);
	free(json);
	return world_body(world, 0);
}

static void assert_says(const char *body, const char *part)
{
	if (!strstr(body, part))
		fail_msg("%s\nlacks %s", body, part);
}

static void it_is_part_of_what_is_said(void **state)
{
	struct host_world *world = world_open(modules);
	const char *body = say(
		world, "say",
		"{\"kept\":1,\"text\":\"Hi {mention}, read {rules}\",\"entities\":["
		"[\"underline\",0,2]],\"buttons\":[[\"A\",\"https://e.org/a\",0],"
		"[\"{first}\",\"https://e.org/b\",0],[\"C\",\"https://e.org/c\",1]]}");

	(void)state;
	assert_int_equal(world->outcome.end, HOST_DONE);
	assert_says(body, "\"text\":\"\xf0\x9f\x98\x80: Hi Anna, read our rules end\"");
	assert_says(body, "{\"type\":\"bold\",\"offset\":0,\"length\":2},"
			  "{\"type\":\"underline\",\"offset\":4,\"length\":2},"
			  "{\"type\":\"text_link\",\"offset\":7,\"length\":4,"
			  "\"url\":\"tg://user?id=42\"},"
			  "{\"type\":\"text_link\",\"offset\":18,\"length\":9,"
			  "\"url\":\"https://t.me/x?start=r\"},"
			  "{\"type\":\"italic\",\"offset\":28,\"length\":3}");
	assert_says(body, "[[{\"text\":\"First\",\"url\":\"https://e.org/1\"}],"
			  "[{\"text\":\"A\",\"url\":\"https://e.org/a\"},"
			  "{\"text\":\"Anna\",\"url\":\"https://e.org/b\"}],"
			  "[{\"text\":\"C\",\"url\":\"https://e.org/c\"}]]");
	world_close(world);
}

static void its_file_is_sent_with_it(void **state)
{
	struct host_world *world = world_open(modules);
	const char *body = say(world, "bare",
			       "{\"kept\":1,\"text\":\"see\",\"media\":[\"live_photo\",\"l\",true,"
			       "\"p\"],\"look\":[\"text_above\"]}");

	(void)state;
	assert_true(text_is(world->outcome.calls[0].method, "sendLivePhoto"));
	assert_says(body, "\"live_photo\":\"l\"");
	assert_says(body, "\"photo\":\"p\"");
	assert_says(body, "\"caption\":\"see\"");
	assert_says(body, "\"has_spoiler\":true");
	assert_says(body, "\"show_caption_above_media\":true");
	world_close(world);
}

static void what_is_damaged_is_not_said(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"kept\":2,\"text\":\"a\"}", "a kept text of version 2, known is 1" },
		{ "Be nice", "this is not a kept text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host_world *world = world_open(modules);

		say(world, "bare", rows[i][0]);
		assert_int_equal(world->outcome.end, HOST_FAILED);
		assert_string_equal(world->outcome.reason, rows[i][1]);
		world_close(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_part_of_what_is_said),
		cmocka_unit_test(its_file_is_sent_with_it),
		cmocka_unit_test(what_is_damaged_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
