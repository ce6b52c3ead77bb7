/* test_literal.c - JSON literals with conversions: what they become, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <jansson.h>

#include "common/xalloc.h"
#include "workers/host/literal.h"

static struct buffer out;
static struct why why;
static struct literal_names names;
static const struct literal_value *values;
static const char *volatile nothing; /* NULL, which the compiler would see */

static int set_up(void **state)
{
	(void)state;
	buffer_clear(&out);
	values = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_finish(&out);
	return 0;
}

/* The parameters of a call; NULL when the literal is refused. */
static const char *parameters(const char *method, const char *literal, ...)
	__attribute__((format(printf, 2, 3)));
static const char *parameters(const char *method, const char *literal, ...)
{
	struct json json;
	va_list arguments;
	bool ok;

	buffer_clear(&out);
	why = (struct why) { "" };
	json = json_start(&out);
	json_object_start(&json);
	va_start(arguments, literal);
	ok = literal_write_members(literal, arguments, values,
				   botapi_find_method(method, strlen(method)), &json, &names, &why);
	va_end(arguments);
	json_object_end(&json);
	return ok ? buffer_text(&out) : NULL;
}

static const char *value(const char *literal, ...) __attribute__((format(printf, 1, 2)));
static const char *value(const char *literal, ...)
{
	struct json json;
	va_list arguments;
	bool ok;

	buffer_clear(&out);
	json = json_start(&out);
	va_start(arguments, literal);
	ok = literal_write(literal, arguments, values, NULL, &json, &why);
	va_end(arguments);
	return ok ? buffer_text(&out) : NULL;
}

static void it_is_json_as_one_types_it_in_c(void **state)
{
	(void)state;
	assert_string_equal(parameters("getMe", "{}"), "{}");
	assert_string_equal(parameters("getMe", " { } "), "{}");
	assert_string_equal(
		parameters("sendMessage", "{chat_id: 5, 'text': \"it's\", \"a\": 'x\"'}"),
		"{\"chat_id\":5,\"text\":\"it's\",\"a\":\"x\\\"\"}");
	assert_string_equal(parameters("x", "{a:[1,-2.50 , true,[ ],{}],b:{c:null,d:false}}"),
			    "{\"a\":[1,-2.50,true,[],{}],\"b\":{\"c\":null,\"d\":false}}");
	assert_string_equal(parameters("x", "{a: '100%% \\'\\n\\\\'}"),
			    "{\"a\":\"100% '\\n\\\\\"}");
	assert_string_equal(value("[]"), "[]");
	assert_string_equal(value(" 'a' "), "\"a\"");
}

static void conversions_are_values(void **state)
{
	(void)state;
	assert_string_equal(parameters("x", "{a:%d,b:%lld,c:%u,d:%zu,e:%s,f:%f}", -1,
				       INT64_MIN + 0LL, 4000000000u, SIZE_MAX, "é", 0.5),
			    "{\"a\":-1,\"b\":-9223372036854775808,\"c\":4000000000,"
			    "\"d\":18446744073709551615,\"e\":\"é\",\"f\":0.5}");
	assert_string_equal(value("[%lld,%s]", 7LL, "x"), "[7,\"x\"]");
	assert_string_equal(value("%ld", -5L), "-5");
}

/* Whatever somebody wrote stays one string. */
static void nothing_is_injected(void **state)
{
	static const char *const hostile[] = {
		"\",\"chat_id\":6,\"x\":\"",
		"'}",
		"{}",
		"%s%n",
		"\\",
		"\\\"",
		"\n\t\x01",
		"\xff\xc0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hostile); i++) {
		const char *json = parameters("sendMessage", "{chat_id: 5, text: %s}", hostile[i]);
		json_t *read = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
		const char *text = json_string_value(json_object_get(read, "text"));

		assert_int_equal(json_object_size(read), 2);
		assert_non_null(text);
		if (hostile[i][0] != '\xff')
			assert_string_equal(text, hostile[i]);
		json_decref(read);
	}
}

static void the_table_says_what_is_a_boolean(void **state)
{
	(void)state;
	assert_string_equal(parameters("sendMessage", "{chat_id:%d,disable_notification:%d}", 1, 1),
			    "{\"chat_id\":1,\"disable_notification\":true}");
	assert_string_equal(parameters("restrictChatMember",
				       "{user_id: %d, permissions: {can_send_messages: %d}}", 1, 0),
			    "{\"user_id\":1,\"permissions\":{\"can_send_messages\":false}}");
	assert_string_equal(
		parameters("sendMessage",
			   "{reply_markup: {inline_keyboard: [[{text: %s, pay: %d}]]}}", "a", 1),
		"{\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"a\",\"pay\":true}]]}}");
	assert_string_equal(parameters("noSuchMethod", "{disable_notification: %d}", 1),
			    "{\"disable_notification\":1}");
}

static void nothing_leaves_its_member_out(void **state)
{
	(void)state;
	assert_string_equal(
		parameters("sendMessage", "{chat_id:1,text:%s,parse_mode:%s}", "a", nothing),
		"{\"chat_id\":1,\"text\":\"a\"}");
	assert_string_equal(parameters("sendMessage", "{text:%s,text:%s}", nothing, "b"),
			    "{\"text\":\"b\"}");
	/* Only true is allowed there. */
	assert_string_equal(parameters("sendMessage",
				       "{reply_markup: {remove_keyboard: %d, selective: %d}}", 0,
				       0),
			    "{\"reply_markup\":{\"selective\":false}}");
	assert_null(value("[%s]", nothing));
}

static void json_of_the_host_is_written_as_it_is(void **state)
{
	static const char list[] = "[1,2]", same[] = "[1,2]";
	struct literal_value made = { .json = list };

	(void)state;
	values = &made;
	assert_string_equal(parameters("deleteMessages", "{message_ids: %s}", list),
			    "{\"message_ids\":[1,2]}");
	/* By its pointer and not by what it says. */
	assert_string_equal(parameters("deleteMessages", "{message_ids: %s}", same),
			    "{\"message_ids\":\"[1,2]\"}");
}

static void it_knows_what_was_named_and_what_ends(void **state)
{
	(void)state;
	parameters("banChatMember", "{user_id: 1, a: {chat_id: 2}}");
	assert_true(literal_has_name(&names, "user_id"));
	assert_false(literal_has_name(&names, "chat_id"));
	assert_false(names.has_end);
	parameters("banChatMember", "{user_id: 1, until_date: 60}");
	assert_true(names.has_end);
	parameters("sendMessage", "{suggested_post_parameters: {send_date: %d}}", 600);
	assert_true(names.has_end);
}

static void what_is_none_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *literal, *why;
	} wrong[] = {
		{ "", "no object at \"\"" },
		{ "[1]", "no object at \"[1]\"" },
		{ "{a:1} x", "more than one value: at \"x\"" },
		{ "{a:1", "no comma and no } at \"\"" },
		{ "{a:1 b:2}", "no comma and no } at \"b:2}\"" },
		{ "{a:1,}", "no name at \"}\"" },
		{ "{a 1}", "no colon at \"1}\"" },
		{ "{a:}", "no value at \"}\"" },
		{ "{a:truth}", "no value at \"truth}\"" },
		{ "{a:01}", "no value at \"01}\"" },
		{ "{a:'x}", "a string without an end at \"\"" },
		{ "{a:'\\x'}", "an escape that is none of \\n, \\t, …, at \"x'}\"" },
		{ "{a:[1}", "no comma and no ] at \"}\"" },
		{ "{a:1,a:2}", "a twice" },
		{ "{\"a':1}", "no end of a name at \"':1}\"" },
		{ "{a:[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
		  "too many brackets at \"[[1]]]]]]]]]]]]]]]]]]}\"" },
	};

	(void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		if (parameters("x", wrong[i].literal))
			fail_msg("%s is taken", wrong[i].literal);
		assert_string_equal(why.text, wrong[i].why);
	}
#pragma GCC diagnostic pop
	assert_null(parameters("x", "{a:'%d'}", 1));
	assert_string_equal(why.text, "a conversion in a string at \"%d'}\"");
	assert_null(parameters("x", "{a:%5d}", 1));
	assert_null(parameters("x", "{a:%c}", 'x'));
	assert_null(parameters("x", "{%s:1}", "a"));
	assert_string_equal(why.text, "no name at \"%s:1}\"");
	assert_null(parameters("x", "{a:1%s}", "a"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_is_json_as_one_types_it_in_c),
		TEST(conversions_are_values),
		TEST(nothing_is_injected),
		TEST(the_table_says_what_is_a_boolean),
		TEST(nothing_leaves_its_member_out),
		TEST(json_of_the_host_is_written_as_it_is),
		TEST(it_knows_what_was_named_and_what_ends),
		TEST(what_is_none_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
