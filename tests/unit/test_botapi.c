/* test_botapi.c - the table of the Bot API and what is checked against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <strings.h>

#include "botapi/botapi.h"
#include "botapi/check.h"

static const struct botapi_type *type_of(const struct botapi_field *field)
{
	return &botapi_types[field->type];
}

static const struct botapi_method *method(const char *name)
{
	const struct botapi_method *found = botapi_find_method(name, strlen(name));

	assert_non_null(found);
	return found;
}

static const struct botapi_field *parameter(const char *of, const char *name)
{
	return botapi_find_parameter(method(of), name, strlen(name));
}

/* --- the table -------------------------------------------------------------------------------- */

static void each_method_is_found_in_any_case(void **state)
{
	char shouted[64];

	(void)state;
	assert_true(botapi_methods_count > 180);
	for (size_t i = 0; i < botapi_methods_count; i++) {
		const char *name = botapi_methods[i].name;
		size_t length = strlen(name);

		assert_true(length < sizeof(shouted));
		for (size_t j = 0; j <= length; j++)
			shouted[j] = (char)(name[j] >= 'a' && name[j] <= 'z' ? name[j] - 32
									     : name[j]);
		assert_ptr_equal(botapi_find_method(name, length), &botapi_methods[i]);
		assert_ptr_equal(botapi_find_method(shouted, length), &botapi_methods[i]);
		assert_ptr_not_equal(botapi_find_method(name, length - 1), &botapi_methods[i]);
	}
}

static void each_object_and_each_of_its_fields_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < botapi_objects_count; i++) {
		const struct botapi_object *object = &botapi_objects[i];

		assert_ptr_equal(botapi_find_object(object->name), object);
		for (size_t j = 0; j < object->count; j++) {
			const struct botapi_field *field = &botapi_fields[object->first + j];

			assert_ptr_equal(
				botapi_find_field(object, field->name, strlen(field->name)), field);
		}
	}
}

static void what_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_null(botapi_find_method("sendMessages", 12));
	assert_null(botapi_find_method("", 0));
	assert_null(botapi_find_method("zzz", 3));
	/* What a name from outside contains is not ours to choose. */
	assert_null(botapi_find_method("getMe\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 19));
	assert_null(botapi_find_field(botapi_find_object("Update"),
				      "message\0\0\0\0\0\0\0\0\0\0\0\0\0", 20));
	assert_null(botapi_find_object("Telegram"));
	assert_null(parameter("sendMessage", "txt"));
	assert_null(parameter("sendMessage", ""));
	assert_null(parameter("getMe", "chat_id"));
	assert_null(botapi_find_parameter(method("sendMessage"), "text_", 5));
	assert_non_null(botapi_find_parameter(method("sendMessage"), "text_", 4));
}

static void parameters_have_their_types(void **state)
{
	(void)state;
	assert_true(parameter("sendMessage", "text")->required);
	assert_int_equal(type_of(parameter("sendMessage", "text"))->kind, BOTAPI_STRING);
	assert_false(parameter("sendMessage", "parse_mode")->required);
	assert_true(botapi_has_word(type_of(parameter("sendMessage", "parse_mode")), "HTML"));
	assert_false(botapi_has_word(type_of(parameter("sendMessage", "parse_mode")), "BBCode"));
	assert_true(botapi_may_be(type_of(parameter("sendMessage", "chat_id")), BOTAPI_INTEGER));
	assert_true(botapi_may_be(type_of(parameter("sendMessage", "chat_id")), BOTAPI_STRING));
	assert_false(botapi_may_be(type_of(parameter("sendMessage", "chat_id")), BOTAPI_FILE));
	assert_true(botapi_may_be(type_of(parameter("sendPhoto", "photo")), BOTAPI_FILE));
	assert_int_equal(type_of(parameter("sendLocation", "latitude"))->kind, BOTAPI_FLOAT);
	assert_int_equal(type_of(parameter("sendPoll", "country_codes"))->kind, BOTAPI_ARRAY);
	assert_int_equal(botapi_types[method("deleteMessage")->result].kind, BOTAPI_TRUE);
	assert_true(botapi_may_be(&botapi_types[method("editMessageText")->result], BOTAPI_OBJECT));
}

/* Objects that the package has in several parts are one. */
static void a_message_has_all_its_fields(void **state)
{
	const struct botapi_object *message = botapi_find_object("Message");
	static const char *const names[] = {
		"text", "chat", "photo", "new_chat_members", "successful_payment", "sender_tag"
	};

	(void)state;
	assert_non_null(message);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(botapi_find_field(message, names[i], strlen(names[i])));
	assert_true(botapi_find_field(message, "chat", 4)->required);
	assert_false(botapi_find_field(message, "text", 4)->required);
	assert_non_null(botapi_find_object("Update"));
	assert_true(botapi_has_word(
		type_of(botapi_find_field(botapi_find_object("Chat"), "type", 4)), "supergroup"));
}

/* --- checks ----------------------------------------------------------------------------------- */

static const char *fault(const char *name, const char *json)
{
	static struct why why;
	json_t *parameters = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(parameters);
	if (botapi_check_call(method(name), parameters, &why))
		why.text[0] = '\0';
	json_decref(parameters);
	return why.text;
}

static void right_calls_pass(void **state)
{
	(void)state;
	assert_string_equal(fault("getMe", "{}"), "");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1,\"text\":\"a\"}"), "");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":\"@a\",\"text\":\"a\","
						 "\"entities\":[{\"type\":\"bold\",\"offset\":0,"
						 "\"length\":1}],\"reply_markup\":{"
						 "\"inline_keyboard\":[[{\"text\":\"a\","
						 "\"callback_data\":\"b\"}]]}}"),
			    "");
	assert_string_equal(fault("sendMediaGroup", "{\"chat_id\":1,\"media\":[{\"type\":\"photo\","
						    "\"media\":\"attach://a\"},{\"type\":\"video\","
						    "\"media\":\"id\",\"duration\":3}]}"),
			    "");
	assert_string_equal(fault("sendLocation", "{\"chat_id\":1,\"latitude\":1,"
						  "\"longitude\":-1.5}"),
			    "");
	assert_string_equal(fault("setMessageReaction", "{\"chat_id\":1,\"message_id\":1,"
							"\"reaction\":[{\"type\":\"emoji\","
							"\"emoji\":\"👍\"}]}"),
			    "");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1,\"text\":\"a\",\"reply_markup\":{"
						 "\"keyboard\":[[\"a\",{\"text\":\"b\"}]]}}"),
			    "");
}

static void wrong_calls_name_the_place_and_what_is_allowed(void **state)
{
	(void)state;
	assert_string_equal(fault("sendMessage", "[]"),
			    "sendMessage: the parameters must be an object");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1}"),
			    "sendMessage: text is missing");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1,\"text\":\"a\",\"colour\":1}"),
			    "sendMessage: colour is unknown");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1,\"text\":3}"),
			    "sendMessage: text: must be a string");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":true,\"text\":\"a\"}"),
			    "sendMessage: chat_id: must be an integer, or a string");
	assert_string_equal(
		fault("sendMessage", "{\"chat_id\":1,\"text\":\"a\",\"parse_mode\":\"html\"}"),
		"sendMessage: parse_mode: must be HTML, or Markdown, or MarkdownV2");
	assert_string_equal(fault("sendMessage", "{\"chat_id\":1,\"text\":\"a\",\"reply_markup\":{"
						 "\"inline_keyboard\":[[{\"url\":\"b\"}]]}}"),
			    "sendMessage: reply_markup: inline_keyboard: [0]: [0]: text is "
			    "missing");
	assert_string_equal(fault("sendMediaGroup", "{\"chat_id\":1,\"media\":[{\"type\":\"photo\","
						    "\"media\":\"a\",\"duration\":3}]}"),
			    "sendMediaGroup: media: [0]: duration is unknown");
	assert_string_equal(fault("restrictChatMember", "{\"chat_id\":1,\"user_id\":2,"
							"\"permissions\":{\"can_fly\":true}}"),
			    "restrictChatMember: permissions: can_fly is unknown");
	assert_string_equal(fault("setMessageReaction", "{\"chat_id\":1,\"message_id\":1,"
							"\"reaction\":[{\"type\":\"smell\"}]}"),
			    "setMessageReaction: reaction: [0]: must be ReactionTypeCustomEmoji, "
			    "or ReactionTypeEmoji, or ReactionTypePaid");
}

/* What a newer Bot API may have is told apart from what is wrong in any. */
static void what_may_be_newer_is_noted(void **state)
{
	static const struct {
		const char *method, *json, *unknown, *why;
	} rows[] = {
		{ "getMe", "{}", "", "" },
		{ "sendMessage", "{\"chat_id\":1,\"text\":\"a\",\"x\":1,\"y\":1}",
		  "sendMessage: x is unknown", "" },
		{ "sendTelepathy", "{\"x\":1}", "there is no method sendTelepathy", "" },
		{ "restrictChatMember",
		  "{\"chat_id\":1,\"user_id\":2,\"permissions\":{\"can_fly\":true}}",
		  "restrictChatMember: can_fly is unknown", "" },
		{ "setMessageReaction",
		  "{\"chat_id\":1,\"message_id\":1,\"reaction\":[{\"type\":\"smell\"}]}",
		  "setMessageReaction: an object of this kind is unknown", "" },
		{ "sendChatAction", "{\"chat_id\":1,\"action\":\"dance\"}",
		  "sendChatAction: dance is unknown", "" },
		{ "sendMessage", "{\"chat_id\":1,\"x\":1}", NULL, "sendMessage: text is missing" },
		{ "sendMessage", "{\"chat_id\":1,\"text\":5}", NULL,
		  "sendMessage: text: must be a string" },
	};
	struct why unknown, why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *parameters = json_loads(rows[i].json, 0, NULL);

		why = (struct why) { "" };
		assert_int_equal(botapi_check_newer(rows[i].method, parameters, &unknown, &why),
				 rows[i].unknown != NULL);
		assert_string_equal(why.text, rows[i].why);
		if (rows[i].unknown)
			assert_string_equal(unknown.text, rows[i].unknown);
		json_decref(parameters);
	}
}

/* A rich text in itself 70 times. */
static void depth_is_limited(void **state)
{
	char json[1024] = "{\"chat_id\":1,\"rich_message\":{\"blocks\":[{\"type\":\"paragraph\","
			  "\"text\":";

	(void)state;
	for (int i = 0; i < 70; i++)
		strcat(json, "[");
	for (int i = 0; i < 70; i++)
		strcat(json, "]");
	strcat(json, "}]}}");
	assert_non_null(strstr(fault("sendRichMessage", json), "is nested deeper than 64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_is_found_in_any_case),
		cmocka_unit_test(each_object_and_each_of_its_fields_is_found),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(parameters_have_their_types),
		cmocka_unit_test(a_message_has_all_its_fields),
		cmocka_unit_test(right_calls_pass),
		cmocka_unit_test(wrong_calls_name_the_place_and_what_is_allowed),
		cmocka_unit_test(what_may_be_newer_is_noted),
		cmocka_unit_test(depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
