/* test_command_list.c - which commands are offered where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "workers/host/command_list.h"

static enum verdict do_nothing(struct ctx *ctx, const struct command *command)
{
	(void)ctx;
	(void)command;
	return DONE;
}

static const struct module module = {
	.name = "sample",
	.routes =
		(const struct route[]) {
			COMMAND("anywhere alias", do_nothing, .help = "help"),
			COMMAND("own", do_nothing, .help = "help", .private = true),
			COMMAND("together", do_nothing, .help = "help", .group = true),
			COMMAND("rule", do_nothing, .help = "help", .group = true,
				.admin = RIGHT_ADMIN),
			/* Twice the same, and one that only /help shows. */
			COMMAND("rule other", do_nothing, .help = "help", .group = true,
				.admin = RIGHT_ADMIN),
			COMMAND("seldom", do_nothing, .help = "help", .rare = true),
			COMMAND("operate", do_nothing, .help = "help", .operators = true),
			COMMAND("hidden", do_nothing),
			COMMAND("lacking", do_nothing, .help = "help", .program = "painter"),
			END_OF_ROUTES },
	.programs = PROGRAMS("painter"),
};

static void assert_offered(const struct call *call, const char *scope, const char *names)
{
	char expected[512] = "{\"commands\":[", copy[64], *at = copy, *name;

	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&at, " ")))
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 "%s{\"command\":\"%s\",\"description\":\"help\"}", name == copy ? "" : ",",
			 name);
	snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
		 "],\"scope\":{\"type\":\"%s\"}}", scope);
	if (!text_is(call->body, expected))
		fail_msg("%.*s", (int)call->body.length, call->body.data);
}

static void each_place_has_its_own_in_each_language(void **state)
{
	static const struct module *const modules[] = { &module, NULL };
	struct arena arena = { 0 };
	const struct call *calls;
	struct why missing, why;
	struct languages *languages = languages_load("/nowhere", "en_US", &missing, &why);
	size_t count = 0;

	(void)state;
	assert_non_null(languages);
	while (language_at(languages, count))
		count++;
	assert_int_equal(command_list_calls(modules, NULL, languages, &arena, &calls),
			 3 * (count + 1));
	assert_offered(&calls[0], "all_private_chats", "anywhere own");
	assert_offered(&calls[count + 1], "all_group_chats", "anywhere together");
	assert_offered(&calls[2 * (count + 1)], "all_chat_administrators",
		       "anywhere together rule");
	for (size_t i = 0; i < count; i++) {
		char code[32];

		snprintf(code, sizeof(code), "\"language_code\":\"%.2s\"}",
			 language_locale(language_at(languages, i)));
		assert_non_null(memmem(calls[i + 1].body.data, calls[i + 1].body.length, code,
				       strlen(code)));
	}
	languages_destroy(languages);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_has_its_own_in_each_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
