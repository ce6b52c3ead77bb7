/* test_call_check.c - what a sender refuses to do for a child that was taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/sender/call_check.h"

static const char *refusal(const struct call *call)
{
	static struct why why;

	why = (struct why) { "" };
	return call_check(call, &why) ? NULL : why.text;
}

static const char *refusal_of(const char *method, int64_t chat_id, const char *body)
{
	const struct call call = { .chat_id = chat_id,
				   .method = text_of(method),
				   .body = text_of(body) };

	return refusal(&call);
}

static void what_handlers_call_is_made(void **state)
{
	(void)state;
	assert_null(refusal_of("sendMessage", 5, "{\"chat_id\":5,\"text\":\"a\"}"));
	assert_null(refusal_of("sendMessage", -100, "{\"chat_id\":\"-100\",\"text\":\"a\"}"));
	assert_null(refusal_of("sendMessage", 0, "{\"chat_id\":\"@news\",\"text\":\"a\"}"));
	assert_null(refusal_of("answerCallbackQuery", 0, "{\"callback_query_id\":\"1\"}"));
	assert_null(refusal_of("setMyCommands", 0,
			       "{\"scope\":{\"type\":\"chat\",\"chat_id\":5},\"commands\":[]}"));
	assert_null(refusal_of("closeForumTopic", 5, "{\"chat_id\":5}"));
	assert_null(refusal_of("getUpdate", 0, NULL));
	assert_null(refusal_of("getMe", 0, "{}"));
}

static void the_systems_own_methods_are_refused(void **state)
{
	static const char *const methods[] = {
		"getUpdates",
		"setWebhook",
		"deleteWebhook",
		"getWebhookInfo",
		"logOut",
		"close",
		"SETWEBHOOK",
		"setwebhook",
		"GetUpdates",
		"LOGOUT",
		"Close",
		"getManagedBotToken",
		"replaceManagedBotToken",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		assert_non_null(refusal_of(methods[i], 0, "{}"));
	assert_string_equal(refusal_of("setwebhook", 0, NULL), "setWebhook is not for handlers");
}

static void a_method_is_letters(void **state)
{
	static const char *const methods[] = { "",
					       "send/../setWebhook",
					       "setWebhook?",
					       "sendMessage#",
					       "set%57ebhook",
					       "send Message",
					       "send2" };
	static const char nul[] = "setWebhook\0x";
	char longest[65];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		assert_string_equal(refusal_of(methods[i], 0, "{}"), "malformed method");
	assert_non_null(refusal(&(struct call) { .method = { nul, sizeof(nul) - 1 } }));
	memset(longest, 'a', 64);
	longest[64] = '\0';
	assert_non_null(refusal_of(longest, 0, "{}"));
	assert_null(refusal_of(longest + 1, 0, "{}"));
}

static void a_call_goes_to_its_own_chat(void **state)
{
	static const struct {
		int64_t chat_id;
		const char *body;
	} cases[] = {
		{ 5, "{\"chat_id\":6}" },
		{ 5, "{\"chat_id\":\"6\"}" },
		{ 5, "{\"chat_id\":\"@news\"}" },
		{ 5, "{\"chat_id\":5.5}" },
		{ 5, "{\"chat_id\":\"05\"}" },
		{ 5, "{\"chat_id\":\" 5\"}" },
		{ 5, "{\"chat_id\":null}" },
		{ 5, "{\"chat_id\":[5]}" },
		{ 0, "{\"chat_id\":5}" },
		{ 0, "{\"chat_id\":\"5\"}" },
		{ 5, "{\"chat\\u005fid\":6}" },
		{ -100, "{\"chat_id\":100}" },
		{ INT64_MAX, "{\"chat_id\":\"99999999999999999999\"}" },
		/* Spellings that a quick reader could pass over. */
		{ 5, " \t\r\n{ \"a\" : 1 , \"chat_id\" \n:\t6 } " },
		{ 5, "{\"text\":\"\\\",\\\"chat_id\\\":5,\\\"\",\"chat_id\":6}" },
		{ 5, "{\"text\":\"\\\\\",\"chat_id\":6}" },
		{ 5, "{\"text\":\"}\",\"chat_id\":6}" },
		{ 5, "{\"text\":{\"chat_id\":5},\"chat_id\":6}" },
		{ 5, "{\"a\":[{\"chat_id\":5},\"]\"],\"chat_id\":6}" },
		{ 5, "{\"chat_id\":50}" },
		{ 5, "{\"chat_id\":-5}" },
		{ 5, "{\"chat_id\":5e0}" },
		{ 5, "{\"chat_id\":\"5 \"}" },
		{ 5, "{\"chat_id\":\"\\/5\"}" },
		{ 5, "{\"chat_id\":{\"chat_id\":5}}" },
		{ 5, "{\"chat_id\":true}" },
		{ 5, "{\"chat_id\":\"\"}" },
		{ 5, "{\"\\u0063hat_id\":6,\"text\":\"\xc3\xa9\"}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *why = refusal_of("sendMessage", cases[i].chat_id, cases[i].body);

		if (!why)
			fail_msg("%s is made", cases[i].body);
		assert_string_equal(why, "chat_id is not the chat of the call");
	}
}

/* What Telegram could read in another way. */
static void parameters_are_one_object_without_repetitions(void **state)
{
	static const char *const bodies[] = {
		"{\"chat_id\":6,\"chat_id\":5}",
		"{\"chat_id\":5,\"chat\\u005fid\":6}",
		"{\"chat_id\":5}{\"chat_id\":6}",
		"[5]",
		"chat_id=6",
		"",
		"{\"text\":\"\xff\"}",
		"{\"chat_id\":99999999999999999999}",
		"{\"chat_id\":5} {}",
		"{\"chat_id\":5}]",
		"{\"chat_id\":5,}",
		"{\"chat_id\":5,\"chat_id\":5}",
		"{\"a\":{\"chat_id\":1,\"chat_id\":2},\"chat_id\":5}",
		"{\"a\":1 \"chat_id\":6,\"chat_id\":5}",
		"{\"a\":[1},\"b\":{2],\"chat_id\":5}",
		"{\"a\":[1,\"chat_id\":6],\"chat_id\":5}",
		"{\"chat_id\":5,\"a\":}",
		"{\"chat_id\":5,\"a\"}",
		"{\"chat_id\":05}",
		"{\"chat_id\":+5}",
		"{\"chat_id\":5.}",
		"{\"chat_id\":-}",
		"{\"chat_id\":5,\"a\":truely}",
		"{\"chat_id\":5,\"a\":nul}",
		"{'chat_id':6,\"chat_id\":5}",
		"{chat_id:6,\"chat_id\":5}",
		"{\"chat_id\":5}//",
		"{/**/\"chat_id\":5}",
		"\xef\xbb\xbf{\"chat_id\":5}",
		"{\"chat_id\":5,\"text\":\"a\nb\"}",
		"{\"chat_id\":5,\"text\":\"a\\xb\"}",
		"{\"chat_id\":5,\"text\":\"\\ud800\"}",
		"{\"chat_id\":5,\"text\":\"\\",
		"{\"chat_id\":5,\"text\":\"\xc0\xaf\"}",
		"{\"chat_id\":5,\"text\":\"\xed\xa0\x80\"}",
		"{\"chat_id\":5,\"text\":\"\xf0\x9f\x98\"}",
		"{\"chat_id\":5",
		"{\"chat_id",
		"{",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		const char *why = refusal_of("sendMessage", 5, bodies[i]);

		if (!why)
			fail_msg("%s is made", bodies[i]);
		assert_string_equal(why, "malformed parameters");
	}
}

/* A NUL ends no text here. */
static void a_nul_hides_nothing(void **state)
{
	static const char nul[] = "{\"chat_id\":5}\0{\"chat_id\":6}";
	static const char in_name[] = "{\"chat_id\0\":6,\"chat_id\":5}";

	(void)state;
	assert_string_equal(refusal(&(struct call) { .chat_id = 5,
						     .method = text_of("sendMessage"),
						     .body = { nul, sizeof(nul) - 1 } }),
			    "malformed parameters");
	assert_string_equal(refusal(&(struct call) { .chat_id = 5,
						     .method = text_of("sendMessage"),
						     .body = { in_name, sizeof(in_name) - 1 } }),
			    "malformed parameters");
}

/* What only the slower reader takes is taken as ever. */
static void unusual_spellings_are_made(void **state)
{
	char many[2000] = "{\"chat_id\":5", deep[300] = "{\"chat_id\":5,\"a\":";
	size_t size = strlen(many);

	(void)state;
	assert_null(refusal_of("sendMessage", 5, "{\"chat\\u005fid\":5,\"text\":\"a\"}"));
	assert_null(refusal_of("sendMessage", 5, "{\"chat_id\":5,\"text\":\"\\ud83d\\ude00\"}"));
	assert_null(refusal_of("sendMessage", 5, "{\"chat_id\":5,\"a\":1e3}"));
	assert_null(refusal_of("sendMessage", 5, "{\"a\":[],\"b\":{},\"chat_id\":\"5\"}"));
	for (unsigned i = 0; i < 100; i++)
		size += (size_t)snprintf(many + size, sizeof(many) - size, ",\"p%u\":0", i);
	assert_null(refusal_of("sendMessage", 5, strcat(many, "}")));
	memset(deep + strlen(deep), '[', 100);
	memset(deep + strlen(deep), ']', 100);
	assert_null(refusal_of("sendMessage", 5, strcat(deep, "}")));
}

static void parameters_have_a_megabyte(void **state)
{
	size_t size = 1u << 20;
	char *body = xmalloc(size + 2);

	(void)state;
	memset(body, ' ', size + 1);
	memcpy(body, "{\"chat_id\":5", 12);
	body[size - 1] = '}';
	body[size] = '\0';
	assert_null(refusal_of("sendMessage", 5, body));
	memcpy(body + size - 1, " }", 3);
	assert_string_equal(refusal_of("sendMessage", 5, body), "over 1 MiB of parameters");
	free(body);
}

static const char *refusal_of_upload(const char *part, const char *name)
{
	const struct call_file files[] = {
		{ .part = text_of("file0"), .bytes = text_of("5") },
		{ .part = text_of(part), .name = text_of(name), .bytes = text_of("6") },
	};
	const struct call call = { .chat_id = 5,
				   .method = text_of("sendMediaGroup"),
				   .body = text_of("{\"chat_id\":5,\"caption\":\"a\"}"),
				   .files = files,
				   .files_count = COUNT_OF(files) };

	return refusal(&call);
}

static void an_upload_is_a_file_and_nothing_else(void **state)
{
	const struct call_file file = { .part = { "document\0x", 10 }, .bytes = text_of("6") };
	const struct call nul = { .method = text_of("sendDocument"),
				  .files = &file,
				  .files_count = 1 };
	char longest[65];

	(void)state;
	assert_null(refusal_of_upload("document", "a list.txt"));
	assert_null(refusal_of_upload("video_note", NULL));
	assert_null(refusal_of_upload("file1", "\xc3\xa4.txt"));
	assert_non_null(refusal(&nul));
	assert_non_null(refusal_of_upload("chat_id", NULL));
	assert_non_null(refusal_of_upload("caption", NULL));
	assert_non_null(refusal_of_upload("a\"; name=\"chat_id", NULL));
	assert_non_null(refusal_of_upload("a\r\nb", NULL));
	assert_non_null(refusal_of_upload("document",
					  "a\"\r\nContent-Disposition: form-data; name=\"chat_id"));
	assert_non_null(refusal_of_upload("document", "a\n"));
	memset(longest, 'a', 64);
	longest[64] = '\0';
	assert_non_null(refusal_of_upload(longest, NULL));
	assert_null(refusal_of_upload(longest + 1, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_handlers_call_is_made),
		cmocka_unit_test(the_systems_own_methods_are_refused),
		cmocka_unit_test(a_method_is_letters),
		cmocka_unit_test(a_call_goes_to_its_own_chat),
		cmocka_unit_test(parameters_are_one_object_without_repetitions),
		cmocka_unit_test(a_nul_hides_nothing),
		cmocka_unit_test(unusual_spellings_are_made),
		cmocka_unit_test(parameters_have_a_megabyte),
		cmocka_unit_test(an_upload_is_a_file_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
