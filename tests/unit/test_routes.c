/* test_routes.c - which rows an update fits, and which tables are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include <string.h>

#include "botapi/botapi.h"
#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "workers/host/routes.h"
#include "workers/host/routes_table.h"

#define HANDLER(event, fn)                                                \
	static enum verdict fn(struct ctx *ctx, const struct event *what) \
	{                                                                 \
		(void)ctx;                                                \
		(void)what;                                               \
		return DONE;                                              \
	}

HANDLER(command, on_note)
HANDLER(command, on_start_private)
HANDLER(command, on_start_group)
HANDLER(text_message, on_text)
HANDLER(message, on_edit)
HANDLER(button, on_page)
HANDLER(member_change, on_member)
HANDLER(member_change, on_own_member)
HANDLER(join_request, on_join)
HANDLER(reaction, on_reaction)
HANDLER(service_message, on_title)
HANDLER(work, on_work)
HANDLER(message, on_message)
HANDLER(message, on_photo)
HANDLER(message, on_guard)
HANDLER(any_update, on_every)
HANDLER(inline_query, on_inline)
HANDLER(poll, on_poll)
HANDLER(link, on_link)
HANDLER(any_update, on_any)

static const struct route first_routes[] = {
	COMMAND("note n", on_note),
	COMMAND("start", on_start_private, .private = true),
	COMMAND("start", on_start_group, .group = true),
	BUTTON("page:%d", on_page),
	TEXT(on_text),
	END_OF_ROUTES,
};

static const struct route second_routes[] = {
	ANY(on_any),
	EDITED(on_edit),
	MEMBER(on_member),
	OWN_MEMBER(on_own_member),
	JOIN_REQUEST(on_join),
	REACTION(on_reaction),
	SERVICE("new_chat_title", on_title),
	END_OF_ROUTES,
};

static const struct module first_module = { .name = "first", .routes = first_routes };
static const struct module second_module = { .name = "second", .routes = second_routes };

struct fixture {
	struct routes *routes;
	struct buffer body;
	struct match match;
	struct update update;
};

static int setup(void **state)
{
	static struct fixture fixture;
	const struct loaded_module modules[] = {
		{ .module = &first_module },
		{ .module = &second_module },
	};
	struct why why;

	fixture = (struct fixture) { .routes = routes_compile(modules, 2, &why) };
	*state = &fixture;
	return fixture.routes ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	routes_destroy(fixture->routes);
	buffer_finish(&fixture->body);
	return 0;
}

static void match(struct fixture *fixture, enum update_kind kind, const char *json)
{
	struct why why;

	buffer_clear(&fixture->body);
	if (!transcode(json, strlen(json), &fixture->body, &why))
		fail_msg("%s", why.text);
	update_read(buffer_unread(&fixture->body), buffer_unread_size(&fixture->body), kind,
		    &fixture->update);
	routes_match(fixture->routes, &fixture->update, "Korone_Bot", &fixture->match);
}

static void match_text(struct fixture *fixture, const char *text)
{
	char json[512];

	snprintf(json, sizeof(json), "{\"update_id\":1,\"message\":{\"text\":\"%s\"}}", text);
	match(fixture, KIND_MESSAGE, json);
}

/* The handlers, in the order in which they would be tried. */
static void assert_rows(const struct fixture *fixture, const char *expected)
{
	char found[256] = "";

	for (const struct row *const *row = fixture->match.rows; *row;
	     row = match_fit(&fixture->match, row + 1)) {
		strcat(found, found[0] ? " " : "");
		strcat(found, (*row)->route->handler);
	}
	assert_string_equal(found, expected);
}

static void assert_args(const struct fixture *fixture, const char *expected)
{
	assert_int_equal(fixture->match.args.length, strlen(expected));
	assert_memory_equal(fixture->match.args.data, expected, strlen(expected));
}

static void a_command_may_name_another_bot(void **state)
{
	struct fixture *fixture = *state;

	match_text(fixture, "/note@another_bot x");
	assert_true(fixture->match.names_another);
	match_text(fixture, "/note@KORONE_BOT x");
	assert_false(fixture->match.names_another);
	match_text(fixture, "/note x");
	assert_false(fixture->match.names_another);
	match_text(fixture, "note@another_bot");
	assert_false(fixture->match.names_another);
}

static void commands_fit_by_any_of_their_names(void **state)
{
	static const char *const texts[] = { "/note",         "/n",     "/NOTE", "/note@korone_bot",
					     "/n@KORONE_BOT", "/note x" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		match_text(*state, texts[i]);
		assert_rows(*state, "on_note on_any");
		assert_int_equal(((struct fixture *)*state)->match.kind, ROUTE_COMMAND);
		assert_string_equal(((struct fixture *)*state)->match.rows[0]->name, "note");
	}
}

static void arguments_come_without_white_space_around(void **state)
{
	static const struct {
		const char *text, *args;
	} rows[] = {
		{ "/note", "" },
		{ "/note   ", "" },
		{ "/note a  b ", "a  b" },
		{ "/note@korone_bot\\n line\\n two \\t\\n", "line\n two" },
		{ "/note \xc2\xa0x", "x" },
		{ "/note\xc2\xa0", "" },
		{ "/note\xe3\x80\x80x\xe2\x80\x83y\xe2\x80\xa8", "x\xe2\x80\x83y" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		match_text(*state, rows[i].text);
		assert_rows(*state, "on_note on_any");
		assert_args(*state, rows[i].args);
	}
}

static void what_is_no_command_of_ours_is_left_to_any(void **state)
{
	static const char *const texts[] = { "/note@other_bot", "/notes", "/unknown",
					     "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		match_text(*state, texts[i]);
		assert_rows(*state, "on_any");
	}
}

static void text_is_what_is_no_command(void **state)
{
	static const char *const texts[] = { "hello",  "/",      "/ note",
					     "/note,", "/note@", "/n\xc3\xb6te",
					     "//note", " /note", "/note@korone_bot!" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		match_text(*state, texts[i]);
		assert_rows(*state, "on_text on_any");
	}
}

static void captions_are_texts_and_hold_commands(void **state)
{
	match(*state, KIND_MESSAGE, "{\"update_id\":1,\"message\":{\"caption\":\"/note x\"}}");
	assert_rows(*state, "on_note on_any");
	assert_args(*state, "x");
	match(*state, KIND_MESSAGE, "{\"update_id\":1,\"message\":{\"caption\":\"hello\"}}");
	assert_rows(*state, "on_text on_any");
}

static void rows_of_both_places_are_tried(void **state)
{
	match_text(*state, "/start payload");
	assert_rows(*state, "on_start_private on_start_group on_any");
}

static void every_kind_goes_to_its_own(void **state)
{
	static const struct {
		enum update_kind kind;
		const char *json, *rows;
	} rows[] = {
		{ KIND_EDITED_MESSAGE, "{\"edited_message\":{\"text\":\"/note\"}}",
		  "on_any on_edit" },
		{ KIND_CHAT_MEMBER, "{\"chat_member\":{}}", "on_any on_member" },
		{ KIND_MY_CHAT_MEMBER, "{\"my_chat_member\":{}}", "on_any on_own_member" },
		{ KIND_CHAT_JOIN_REQUEST, "{\"chat_join_request\":{}}", "on_any on_join" },
		{ KIND_MESSAGE_REACTION, "{\"message_reaction\":{}}", "on_any on_reaction" },
		{ KIND_CALLBACK_QUERY, "{\"callback_query\":{\"data\":\"page:1AAAAAAAA\"}}",
		  "on_page on_any" },
		{ KIND_CALLBACK_QUERY, "{\"callback_query\":{\"data\":\"pages:1AAAAAAAA\"}}",
		  "on_any" },
		{ KIND_CALLBACK_QUERY, "{\"callback_query\":{\"data\":\"x\"}}", "on_any" },
		{ KIND_CALLBACK_QUERY, "{\"callback_query\":{\"game_short_name\":\"x\"}}",
		  "on_any" },
		{ KIND_MESSAGE, "{\"message\":{\"date\":1,\"new_chat_title\":\"x\"}}",
		  "on_any on_title" },
		{ KIND_MESSAGE, "{\"message\":{\"photo\":[]}}", "on_any" },
		{ KIND_CHANNEL_POST, "{\"channel_post\":{\"text\":\"/note\"}}", "on_any" },
		{ KIND_POLL, "{\"poll\":{}}", "on_any" },
		{ KIND_UNKNOWN, "{\"something_new\":{\"text\":\"/note\"}}", "on_any" },
		/* not what Telegram promises */
		{ KIND_MESSAGE, "{}", "on_any" },
		{ KIND_MESSAGE, "{\"message\":7}", "on_any" },
		{ KIND_MESSAGE, "{\"message\":{\"text\":7}}", "on_any" },
		{ KIND_MESSAGE, "[]", "on_any" },
		{ KIND_CALLBACK_QUERY, "{\"callback_query\":null}", "on_any" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		match(*state, rows[i].kind, rows[i].json);
		assert_rows(*state, rows[i].rows);
	}
}

static void the_event_of_a_service_message_is_told(void **state)
{
	match(*state, KIND_MESSAGE, "{\"message\":{\"new_chat_title\":\"x\"}}");
	assert_string_equal(((struct fixture *)*state)->match.event, "new_chat_title");
}

static void kinds_are_those_with_routes(void **state)
{
	const struct loaded_module modules[] = { { .module = &first_module } };
	struct why why;
	struct routes *routes = routes_compile(modules, 1, &why);

	assert_int_equal(routes_kinds(routes), 1u << KIND_MESSAGE | 1u << KIND_CALLBACK_QUERY);
	assert_int_equal(routes_kinds(((struct fixture *)*state)->routes),
			 (1u << KIND_UNKNOWN) - 1);
	routes_destroy(routes);
}

static void assert_refused(const struct route *rows, const char *reason)
{
	const struct module module = { .name = "wrong", .routes = rows };
	const struct loaded_module modules[] = { { .module = &first_module },
						 { .module = &module } };
	struct why why = { "" };

	assert_null(routes_compile(modules, 2, &why));
	assert_string_equal(why.text, reason);
}

static void wrong_tables_are_refused(void **state)
{
	(void)state;
#define REFUSED(reason, ...)                                                  \
	assert_refused((const struct route[]) { __VA_ARGS__, END_OF_ROUTES }, \
		       "module \"wrong\": route to " reason)
	REFUSED("on_note(): \"n\" is taken by module \"first\" already", COMMAND("m n", on_note));
	REFUSED("on_note(): \"start\" is taken by module \"first\" already",
		COMMAND("start", on_note, .group = true));
	REFUSED("on_note(): \"n\" is taken by module \"first\" already",
		COMMAND("n", on_note, .admin = RIGHT_ADMIN));
	REFUSED("on_note(): \"own\" is taken by module \"wrong\" already",
		COMMAND("own", on_note, .admin = RIGHT_ADMIN), COMMAND("own", on_note),
		COMMAND("own", on_note));
	REFUSED("on_note(): command \"Note\" is not 1 to 32 of a-z 0-9 _",
		COMMAND("Note", on_note));
	REFUSED("on_note(): command \"a-b\" is not 1 to 32 of a-z 0-9 _", COMMAND("a-b", on_note));
	REFUSED("on_note(): a command needs a name", COMMAND(" ", on_note));
	REFUSED("on_note(): private and group exclude each other",
		COMMAND("x", on_note, .private = true, .group = true));
	REFUSED("on_page(): \"page\" is taken by module \"first\" already",
		BUTTON("page:%d:%d", on_page));
	REFUSED("on_page(): \"x:%s\": a text needs its limit: %.16s", BUTTON("x:%s", on_page));
	REFUSED("on_page(): a button with \"x:%.55s\" may need 65 bytes; Telegram allows 64",
		BUTTON("x:%.55s", on_page));
	REFUSED("on_title(): it needs a name", SERVICE("", on_title));
	REFUSED("on_text(): \"note:%.60s\" may need 65 bytes; allowed are 64",
		TEXT(on_text, .step = "note:%.60s"));
	REFUSED("on_edit(): a step is for TEXT(), MESSAGE(), SERVICE(\"users_shared\") and "
		"SERVICE(\"chat_shared\")",
		EDITED(on_edit, .step = "note"));
	REFUSED("on_title(): a step is for TEXT(), MESSAGE(), SERVICE(\"users_shared\") and "
		"SERVICE(\"chat_shared\")",
		SERVICE("new_chat_title", on_title, .step = "note"));
	REFUSED("on_edit(): program is for COMMAND()", EDITED(on_edit, .program = "painter"));
	REFUSED("on_note(): the module has no program \"painter\"",
		COMMAND("a", on_note, .program = "painter"));
	REFUSED("on_edit(): typing is for COMMAND()", EDITED(on_edit, .typing = "typing"));
	REFUSED("on_note(): there is no chat action \"upload\"",
		COMMAND("upload", on_note, .typing = "upload"));
	REFUSED("on_work(): \"work:%.1020s\" may need 1025 bytes; allowed are 1024",
		WORK("work:%.1020s", on_work));
	REFUSED("on_work(): \"\": it begins with a name; values come after its colon",
		WORK("", on_work));
	REFUSED("on_inline(): private, group, admin and bot are for what happens in a chat",
		INLINE(on_inline, .group = true));
	REFUSED("on_inline(): private, group, admin and bot are for what happens in a chat",
		INLINE(on_inline, .bot = RIGHT_ADMIN));
	REFUSED("on_text(): a bot owns no group", TEXT(on_text, .bot = RIGHT_OWNER));
	REFUSED("on_poll(): operators and admin are for what somebody does",
		POLL(on_poll, .operators = true));
	REFUSED("on_message(): operators and admin are for what somebody does",
		POST(on_message, .admin = RIGHT_ADMIN));
	REFUSED("on_text(): contents are for MESSAGE() and the like",
		TEXT(on_text, .contents = CONTENT_PHOTO));
	REFUSED("on_text(): first is from 1 to 99, and not for answers and work",
		TEXT(on_text, .first = 100));
	REFUSED("on_text(): first is from 1 to 99, and not for answers and work",
		TEXT(on_text, .step = "x", .first = 1));
	REFUSED("on_link(): \"a\" is taken by module \"wrong\" already", LINK("a:%d", on_link),
		LINK("a", on_link));
	REFUSED("on_link(): the values of a link \"a:%.39s\" may need 41 bytes; allowed are 40",
		LINK("a:%.39s", on_link));
#undef REFUSED
}

/* Whoever's rights are asked for, changes of them are wanted too. */
static void rights_need_changes_of_membership(void **state)
{
	static const struct route by_admin[] = {
		COMMAND("a", on_note, .admin = RIGHT_ADMIN),
		END_OF_ROUTES,
	};
	static const struct route by_bot[] = {
		COMMAND("b", on_note, .bot = RIGHT_PIN_MESSAGES),
		END_OF_ROUTES,
	};
	static const struct route *const tables[] = { by_admin, by_bot };

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct module module = { .name = "test", .routes = tables[i] };
		const struct loaded_module modules[] = { { .module = &module } };
		struct why why;
		struct routes *routes = routes_compile(modules, 1, &why);

		assert_non_null(routes);
		assert_int_equal(routes_kinds(routes), 1u << KIND_MESSAGE | 1u << KIND_CHAT_MEMBER |
							       1u << KIND_MY_CHAT_MEMBER);
		routes_destroy(routes);
	}
}

/* Each field of Bot API "Update" is a kind of update, for which there is a kind of route. */
static void no_kind_of_update_is_missing(void **state)
{
	const struct botapi_object *update = botapi_find_object("Update");

	(void)state;
	assert_non_null(update);
	assert_int_equal(update->count, KIND_UNKNOWN + 1); /* and update_id */
	for (size_t i = 0; i < update->count; i++) {
		const char *name = botapi_fields[update->first + i].name;
		enum update_kind kind = kind_find(name, strlen(name));
		size_t routes = 0;

		if (strcmp(name, "update_id") == 0)
			continue;
		if (kind == KIND_UNKNOWN)
			fail_msg("kind.h has no \"%s\"", name);
		for (size_t j = 0; j < ROUTE_KIND_COUNT; j++)
			routes += routes_update_kinds[j] == kind;
		if (routes == 0)
			fail_msg("there is no route for \"%s\"", name);
	}
}

/* --- guards and contents ---------------------------------------------------------------------- */

static void compile_both(struct fixture *fixture, const struct route *first,
			 const struct route *second)
{
	static struct module a, b;
	const struct loaded_module modules[] = { { .module = &a }, { .module = &b } };
	struct why why;

	a = (struct module) { .name = "a", .routes = first };
	b = (struct module) { .name = "b", .routes = second };
	routes_destroy(fixture->routes);
	fixture->routes = routes_compile(modules, 2, &why);
	if (!fixture->routes)
		fail_msg("%s", why.text);
}

/* The modules' names say otherwise. */
static void guards_look_first_by_their_number(void **state)
{
	static const struct route first[] = {
		COMMAND("note", on_note),
		TEXT(on_text),
		ANY(on_any),
		MESSAGE(on_guard, .first = 20),
		TEXT(on_text, .step = "name"),
		BUTTON("page:%d", on_page),
		END_OF_ROUTES,
	};
	static const struct route second[] = {
		MESSAGE(on_message, .first = 3),
		ANY(on_every, .first = 10),
		EDITED(on_edit, .first = 10),
		END_OF_ROUTES,
	};
	struct fixture *fixture = *state;

	compile_both(fixture, first, second);
	match_text(fixture, "/note");
	assert_rows(fixture, "on_message on_every on_guard on_note on_any");
	match_text(fixture, "/elsewhere");
	assert_rows(fixture, "on_message on_every on_guard on_any");
	match_text(fixture, "hi");
	assert_rows(fixture, "on_message on_every on_guard on_text on_any");
	routes_match_step(fixture->routes, text_of("name"), &fixture->match);
	assert_rows(fixture, "on_message on_every on_guard on_text");
	match(fixture, KIND_CALLBACK_QUERY, "{\"callback_query\":{\"data\":\"page:1AAAAAAAA\"}}");
	assert_rows(fixture, "on_every on_any on_page");
	match(fixture, KIND_EDITED_MESSAGE, "{\"edited_message\":{\"text\":\"x\"}}");
	assert_rows(fixture, "on_every on_edit on_any");
	match(fixture, KIND_POLL, "{\"poll\":{}}");
	assert_rows(fixture, "on_every on_any");
}

static void two_modules_have_no_number_in_common(void **state)
{
	static const struct route rows[] = { TEXT(on_text, .first = 7), END_OF_ROUTES };
	const struct module one = { .name = "one", .routes = rows };
	const struct module two = { .name = "two", .routes = rows };
	const struct loaded_module modules[] = { { .module = &one }, { .module = &two } };
	struct why why;

	(void)state;
	assert_null(routes_compile(modules, 2, &why));
	assert_string_equal(why.text, "module \"two\": route to on_text(): first = 7 is taken by "
				      "module \"one\" already");
}

static void messages_go_by_their_content(void **state)
{
	static const struct route first[] = {
		MESSAGE(on_photo, .contents = CONTENT_PHOTO | CONTENT_STICKER),
		TEXT(on_text),
		COMMAND("note", on_note),
		END_OF_ROUTES,
	};
	static const struct route second[] = {
		MESSAGE(on_message),
		MESSAGE(on_guard, .contents = CONTENT_SERVICE),
		SERVICE("new_chat_title", on_title),
		END_OF_ROUTES,
	};
	static const struct {
		const char *message, *rows;
	} rows[] = {
		{ "\"text\":\"hi\"", "on_text on_message" },
		{ "\"text\":\"/note\"", "on_note on_message" },
		{ "\"photo\":[]", "on_photo on_message" },
		{ "\"photo\":[],\"caption\":\"hi\"", "on_photo on_text on_message" },
		{ "\"photo\":[],\"caption\":\"/note\"", "on_photo on_note on_message" },
		{ "\"sticker\":{}", "on_photo on_message" },
		{ "\"video\":{}", "on_message" },
		{ "\"new_chat_title\":\"x\"", "on_guard on_title" },
		{ "\"left_chat_member\":{}", "on_guard" },
		{ "\"hologram\":{}", "on_message" },
	};
	struct fixture *fixture = *state;

	compile_both(fixture, first, second);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[200];

		snprintf(json, sizeof(json), "{\"message\":{\"date\":1,%s}}", rows[i].message);
		match(fixture, KIND_MESSAGE, json);
		assert_rows(fixture, rows[i].rows);
	}
}

/* Telegram says where a command ends, for example before a comma. */
static void a_command_ends_where_telegram_says(void **state)
{
	match(*state, KIND_MESSAGE,
	      "{\"update_id\":1,\"message\":{\"text\":\"/note, x\",\"entities\":[{\"type\":"
	      "\"bold\",\"offset\":0,\"length\":2},{\"type\":\"bot_command\",\"offset\":0,"
	      "\"length\":5}]}}");
	assert_rows(*state, "on_note on_any");
	assert_args(*state, ", x");
	match(*state, KIND_MESSAGE,
	      "{\"update_id\":1,\"message\":{\"caption\":\"/n@korone_bot!\",\"caption_entities\":"
	      "[{\"type\":\"bot_command\",\"offset\":0,\"length\":13}]}}");
	assert_rows(*state, "on_note on_any");
	assert_args(*state, "!");
	/* Elsewhere in the text, or of another length than a command's. */
	match(*state, KIND_MESSAGE,
	      "{\"update_id\":1,\"message\":{\"text\":\"see /note\",\"entities\":[{\"type\":"
	      "\"bot_command\",\"offset\":4,\"length\":5}]}}");
	assert_rows(*state, "on_text on_any");
	match(*state, KIND_MESSAGE,
	      "{\"update_id\":1,\"message\":{\"text\":\"/note, x\",\"entities\":[{\"type\":"
	      "\"bot_command\",\"offset\":0,\"length\":500}]}}");
	assert_rows(*state, "on_text on_any");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(rights_need_changes_of_membership),
		TEST(no_kind_of_update_is_missing),
		TEST(guards_look_first_by_their_number),
		TEST(two_modules_have_no_number_in_common),
		TEST(messages_go_by_their_content),
		TEST(a_command_may_name_another_bot),
		TEST(commands_fit_by_any_of_their_names),
		TEST(arguments_come_without_white_space_around),
		TEST(what_is_no_command_of_ours_is_left_to_any),
		TEST(text_is_what_is_no_command),
		TEST(captions_are_texts_and_hold_commands),
		TEST(rows_of_both_places_are_tried),
		TEST(every_kind_goes_to_its_own),
		TEST(the_event_of_a_service_message_is_told),
		TEST(kinds_are_those_with_routes),
		TEST(wrong_tables_are_refused),
		TEST(a_command_ends_where_telegram_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
