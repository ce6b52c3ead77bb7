/* test_webhook_url.c - which URLs Telegram can call, what it puts into its requests, and how a
 * proxy's requests differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/webhook_url.h"
#include "common/xalloc.h"

static void the_target_is_what_follows_the_host(void **state)
{
	static const char *const cases[][2] = {
		{ "https://bot.example/hook", "/hook" },
		{ "https://bot.example", "/" },
		{ "https://bot.example/", "/" },
		{ "https://bot.example/hook/", "/hook/" },
		{ "https://bot.example?a=1", "/?a=1" },
		{ "https://bot.example:8443/a%20b/%2F?c=%64&e=/f?", "/a%20b/%2F?c=%64&e=/f?" },
		{ "https://u:p%40@[2001:db8::1]:443/x", "/x" },
		{ "http://127.0.0.1:80/", "/" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *target = webhook_url_target(cases[i][0]);

		assert_string_equal(target, cases[i][1]);
		free(target);
	}
}

static void urls_that_work_pass(void **state)
{
	static const char *const good[] = {
		"https://bot.example/hook",
		"https://bot.example",
		"https://bot.example:8443/a%20b?c=%64;d=[x]|{y}",
		"https://user:pass@bot.example:88/",
		"https://b\xc3\xbc"
		"cher.example/",
		"https://[2001:db8::1]/",
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(webhook_url_check(good[i], true, &why));
	/* A local Bot API server, or the simulator. */
	assert_true(webhook_url_check("http://127.0.0.1:12345/hook", false, &why));
	assert_true(webhook_url_check("http://127.0.0.1:65535/hook", false, &why));
	assert_true(webhook_url_check("http://~bot:1/hook", false, &why));
}

static void others_are_refused_with_what_is_allowed(void **state)
{
	static const struct {
		const char *url, *reason;
		bool is_public;
	} cases[] = {
		{ "http://bot.example/hook", "https only", true },
		{ "https://bot.example:9443/hook", "does not call port 9443", true },
		{ "https://bot.example:9443/ho ok", "does not call port 9443", true },
		{ "https://bot.example/ho ok", "blank", false },
		{ "https://bot.example/\thook", "control", false },
		{ "https://bot.example/h\xc3\xb6k", "beyond ASCII", false },
		{ "https://bot.example/hook?a=\x7f", "control", false },
		{ "https://bot.example/hook#top", "fragment", false },
		{ "https://bot.example/50%", "two hexadecimal digits", false },
		{ "https://bot.example/%4", "two hexadecimal digits", false },
		{ "https://bot.example/%zz", "two hexadecimal digits", false },
		{ "https:///hook", "no host", false },
		{ "https://:443/hook", "no host", false },
		{ "https://user@/hook", "no host", false },
		{ "https://bot .example/hook", "blank", false },
		{ "https://[2001:db8::1/hook", "no ]", false },
		{ "https://bot.example:/hook", "out of range", false },
		{ "https://bot.example:0/hook", "out of range", false },
		{ "https://bot.example:65536/hook", "out of range", false },
		{ "https://bot.example:99999999999999999999/hook", "out of range", false },
		{ "https://bot.example:655350/hook", "out of range", false },
		{ "https://bot.example:44a/hook", "not a number", false },
		{ "https://bot\x7f.example/hook", "control", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct why why = { "" };

		assert_false(webhook_url_check(cases[i].url, cases[i].is_public, &why));
		assert_non_null(strstr(why.text, cases[i].reason));
		/* The path may be meant as a secret. */
		assert_null(strstr(why.text, "hook"));
	}
}

static void differences_are_named(void **state)
{
	static const char *const cases[][3] = {
		{ "/hook?a=1", "/hook", "the query is missing" },
		{ "/hook", "/hook?a=1", "a query was added" },
		{ "/hook?a=1", "/hook?a=2", "the query differs" },
		{ "/ho%6Fk", "/hook", "the percent-encoding differs" },
		{ "/a%2fb?c=%41", "/a%2Fb?c=A", "the percent-encoding differs" },
		{ "/hook", "/hook/", "the slash at the end of the path" },
		{ "/hook/?a=1", "/hook", "the slash at the end of the path" },
		{ "/bots/hook", "/hook", "the prefix of the path is missing" },
		{ "/hook", "/bots/hook", "a prefix was added to the path" },
		{ "/hook", "/", "the path differs" },
		{ "/", "/hook", "the path differs" },
		{ "/hook", "/hokk", "the path differs" },
		{ "/hook", "", "the path differs" },
		{ "/hook", "/h%", "the path differs" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(webhook_target_difference(cases[i][0], cases[i][1]),
				    cases[i][2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_target_is_what_follows_the_host),
		cmocka_unit_test(urls_that_work_pass),
		cmocka_unit_test(others_are_refused_with_what_is_allowed),
		cmocka_unit_test(differences_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
