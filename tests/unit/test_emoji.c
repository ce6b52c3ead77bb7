/* test_emoji.c - which part of a text is an emoji for a sticker, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/modules/stickers/emoji.h"

static void an_emoji_has_what_belongs_to_it(void **state)
{
	static const char *const emoji[] = {
		"😀",
		"❤️",
		"❤",
		"👍🏽",
		"👨‍👩‍👧‍👦",
		"🇧🇷",
		"1️⃣",
		"#⃣",
		"🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"☎",
		"ℹ️",
		"©",
		"🫠",
		"⭐",
		"🏳️‍🌈",
		"🧑🏿‍🚀",
	};
	char more[64];

	(void)state;
	for (size_t i = 0; i < sizeof(emoji) / sizeof(emoji[0]); i++) {
		size_t length = strlen(emoji[i]);

		assert_int_equal(emoji_length(emoji[i]), length);
		assert_true(emoji_only(emoji[i], length));
		/* The next one is another. */
		strcpy(more, emoji[i]);
		strcat(more, "🐈x");
		assert_int_equal(emoji_length(more), length);
		assert_false(emoji_only(more, strlen(more)));
		assert_true(emoji_only(more, strlen(more) - 1));
	}
}

static void letters_and_numbers_are_none(void **state)
{
	static const char *const others[] = { "",  "a", "é",  "bebê", "1", "12", "#",
					      "*", "я", "مر", "久",   "’", "—",  "\xe2\x80\x8d" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(emoji_length(others[i]), 0);
		assert_false(emoji_only(others[i], strlen(others[i])));
	}
}

static void a_joiner_that_joins_nothing_belongs_to_none(void **state)
{
	(void)state;
	assert_int_equal(emoji_length("👨\xe2\x80\x8dx"), strlen("👨"));
	assert_false(emoji_only("👨\xe2\x80\x8d", strlen("👨") + 3));
	assert_int_equal(emoji_length("🇧x"), strlen("🇧"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_emoji_has_what_belongs_to_it),
		cmocka_unit_test(letters_and_numbers_are_none),
		cmocka_unit_test(a_joiner_that_joins_nothing_belongs_to_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
