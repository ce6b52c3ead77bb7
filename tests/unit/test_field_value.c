/* test_field_value.c - what people write as values, in every language, and that each value is read
 * back from its spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "workers/host/field_value.h"

static const char *const colours[] = { "red", "green", NULL };

/* The member of any type. */
union member {
	bool boolean;
	int64_t number;
	const char *text;
	const char *const *words;
	struct action action;
};

static struct arena arena;
static struct languages *languages;
static union member member;

static int set_up(void **state)
{
	char directory[4096];
	struct why missing, why;

	(void)state;
	language_directory(directory, sizeof(directory));
	languages = languages_load(directory, "en_US", &missing, &why);
	return languages ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	languages_destroy(languages);
	arena_finish(&arena);
	return 0;
}

static bool reads(const struct field *field, const char *text)
{
	const struct field_reader reader = { languages, &arena };

	memset(&member, 0, sizeof(member));
	return field_read(field, text_of(text), &reader, &member);
}

/* Read, it is spelled so, and what is spelled so is read as the same without any language. */
static void expect(const struct field *field, const char *text, const char *spelled)
{
	const struct field_reader reader = { .arena = &arena };

	if (!reads(field, text))
		fail_msg("\"%s\" does not fit", text);
	assert_string_equal(field_spell(field, &member, &arena), spelled);
	assert_true(field_read(field, text_of(spelled), &reader, &member));
	assert_string_equal(field_spell(field, &member, &arena), spelled);
}

static void refuse(const struct field *field, const char *text)
{
	if (reads(field, text))
		fail_msg("\"%s\" fits, as %s", text, field_spell(field, &member, &arena));
}

static void expect_all(const struct field *field, const char *const *texts, const char *spelled)
{
	for (; *texts; texts++)
		expect(field, *texts, spelled);
}

static void refuse_all(const struct field *field, const char *const *texts)
{
	for (; *texts; texts++)
		refuse(field, *texts);
}

#define TEXTS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static void booleans_in_every_language(void **state)
{
	const struct field field = { .type = FIELD_BOOLEAN };

	(void)state;
	expect_all(&field, TEXTS("on", "YES", "true", "1", " on ", "enable", "sim", "ligado"),
		   "on");
	expect_all(&field, TEXTS("off", "No", "false", "0", "não", "desligado", "falso"), "off");
	refuse_all(&field, TEXTS("", " ", "maybe", "onn", "on off", "o", "2", "on\x01"));
}

/* A word that is on in one language and off in another would switch the wrong way. */
static void no_word_means_both(void **state)
{
	static const char *const lists[] = { "on yes true enable enabled",
					     "off no false disable disabled none" };
	const struct field field = { .type = FIELD_BOOLEAN };
	const struct language *language;

	(void)state;
	for (size_t i = 0; (language = language_at(languages, i)); i++)
		for (size_t list = 0; list < COUNT_OF(lists); list++) {
			char *words = xstrdup(language_translate(language, lists[list])),
			     *rest = words;

			for (char *word; (word = strsep(&rest, " "));) {
				assert_true(word[0] && reads(&field, word));
				assert_int_equal(member.boolean, list == 0);
			}
			free(words);
		}
}

static void integers(void **state)
{
	const struct field field = {
		.type = FIELD_INTEGER, .minimum = -5, .maximum = 10, .may_be_off = true
	};
	const struct field any = { .type = FIELD_INTEGER };

	(void)state;
	expect(&field, "7", "7");
	expect(&field, "-5", "-5");
	expect(&field, "+10", "10");
	expect_all(&field, TEXTS("off", "não", "none"), "off");
	refuse_all(&field, TEXTS("11", "-6", "1.5", "0x5", "five", "1 2", "--1", "1,0", "+"));
	expect(&any, "999999999999999999", "999999999999999999");
	refuse_all(&any, TEXTS("off", "9999999999999999999", "1234567890123456789"));
}

static void durations(void **state)
{
	const struct field field = { .type = FIELD_DURATION, .minimum = 60, .maximum = 86400 };
	const struct field any = { .type = FIELD_DURATION, .may_be_off = true };

	(void)state;
	expect(&field, "90s", "90s");
	expect(&field, "60M", "1h");
	expect(&field, "1d", "1d");
	expect(&any, "10080m", "1w");
	expect(&any, "off", "off");
	refuse_all(&field, TEXTS("59s", "2d", "0m", "-5m", "off", "10", "10 m", "m", "5mm"));
	refuse_all(&any, TEXTS("99999999999w"));
}

static void choices(void **state)
{
	const struct field field = { .type = FIELD_CHOICE, .choices = colours };

	(void)state;
	expect(&field, "red", "red");
	expect(&field, "GREEN", "green");
	refuse_all(&field, TEXTS("blue", "re", "redd", "red green", ""));
}

static void actions(void **state)
{
	const struct field any = { .type = FIELD_ACTION };
	const struct field few = { .type = FIELD_ACTION,
				   .actions = 1u << ACTION_MUTE | 1u << ACTION_BAN,
				   .minimum = 60,
				   .maximum = 3600 };

	(void)state;
	expect_all(&any, TEXTS("mute 2h", "2h mute", "MUTE 120m", "mute,2h", "silenciar 2h"),
		   "mute 2h");
	expect_all(&any, TEXTS("ban delete", "delete ban", "delete+ban", "apagar, banir"),
		   "ban delete");
	expect(&any, "delete", "delete");
	expect_all(&any, TEXTS("none", "off", "0", "nada"), "none");
	expect(&any, "kick", "kick");
	expect(&any, "mute 1d delete", "mute 1d delete");
	expect(&few, "ban 1h", "ban 1h");
	expect(&few, "ban", "ban");
	refuse_all(&any, TEXTS("", "2h", "kick 2h", "delete 2h", "mute ban", "mute 2h 3h",
			       "delete delete", "none delete", "mute 400d", "mute forever",
			       "off ban", "mute 2h please"));
	refuse_all(&few, TEXTS("kick", "none", "mute 2h", "mute 1s"));
}

static void words(void **state)
{
	const struct field field = { .type = FIELD_WORDS };
	const struct field three = { .type = FIELD_WORDS, .maximum = 3, .may_be_off = true };
	char long_word[FIELD_WORD_MAX + 2], many[FIELD_WORDS_MAX * 5 + 10], *end = many;

	(void)state;
	expect(&field, " one  two\tthree\ntwo ONE", "one two three");
	expect(&three, "off", "off");
	expect(&three, "off on", "off on");
	expect(&three, "0 0", "off");
	refuse(&three, "a b c d");
	refuse(&field, " ");
	memset(long_word, 'a', sizeof(long_word));
	long_word[FIELD_WORD_MAX + 1] = '\0';
	refuse(&field, long_word);
	expect(&field, long_word + 1, long_word + 1);
	for (int i = 0; i <= FIELD_WORDS_MAX; i++)
		end += sprintf(end, "%d ", i + 1000);
	refuse(&field, many);
	end[-5] = '\0';
	assert_true(reads(&field, many));
	assert_int_equal(field_read(&field, (struct text) { "", 0 },
				    &(struct field_reader) { .arena = &arena }, &member),
			 true);
	assert_null(member.words[0]);
}

static void chats(void **state)
{
	const struct field field = { .type = FIELD_CHAT, .may_be_off = true };

	(void)state;
	expect(&field, "-1001234567890", "-1001234567890");
	expect(&field, "off", "off");
	refuse_all(&field, TEXTS("1234567", "-99999999999999999", "@news", "-", "-12x"));
}

static void times_of_day(void **state)
{
	const struct field field = { .type = FIELD_TIME, .may_be_off = true };
	const struct field always = { .type = FIELD_TIME };

	(void)state;
	expect_all(&field, TEXTS("22:30", "22.30", "22h30", "10:30pm", "10.30PM"), "22:30");
	expect_all(&field, TEXTS("7:05", "07:05", "7h05", "7:05am"), "07:05");
	expect_all(&field, TEXTS("0:00", "12am", "0h", "12:00am"), "00:00");
	expect_all(&field, TEXTS("12:00", "12pm", "12h"), "12:00");
	expect(&field, "off", "off");
	refuse_all(&field, TEXTS("24:00", "7:60", "7", "7:5", "7:5x", "-7:05", "13pm", "0pm",
				 "7:005", "007:05", "7:-5", "noon", ":30", "7:+5", "22:30h"));
	refuse(&always, "off");
}

static void texts_have_limits(void **state)
{
	const struct field text = { .type = FIELD_TEXT }, word = { .type = FIELD_WORD };
	const struct field maybe = { .type = FIELD_TEXT, .may_be_off = true };
	char longest[FIELD_TEXT_MAX + 2];

	(void)state;
	expect(&text, "all for <one>\nand more", "all for <one>\nand more");
	expect(&word, "$", "$");
	expect(&maybe, "não", "off");
	memset(longest, 'a', sizeof(longest));
	longest[FIELD_TEXT_MAX + 1] = '\0';
	refuse(&text, longest);
	assert_true(reads(&text, longest + 1));
	refuse(&word, longest + FIELD_TEXT_MAX - FIELD_WORD_MAX);
	refuse_all(&text, TEXTS("a\x01", "\xff", "\xc3", "\x1b[0m"));
	refuse(&word, "two words");
}

/* As the arguments of a command: what is not theirs is left for the next. */
static void takes_only_its_own(void **state)
{
	const struct field action = { .type = FIELD_ACTION };
	const struct field_reader reader = { languages, &arena };
	struct text rest = text_of("mute 2h for spam");

	(void)state;
	assert_int_equal(field_take(&action, &rest, &reader, &member.action), FIELD_FITS);
	assert_int_equal(member.action.kind, ACTION_MUTE);
	assert_string_equal(rest.data, "for spam");
	rest = text_of("kick 2h");
	assert_int_equal(field_take(&action, &rest, &reader, &member.action), FIELD_OUT_OF_RANGE);
	assert_string_equal(rest.data, "kick 2h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans_in_every_language),
		cmocka_unit_test(no_word_means_both),
		cmocka_unit_test(integers),
		cmocka_unit_test(durations),
		cmocka_unit_test(choices),
		cmocka_unit_test(actions),
		cmocka_unit_test(words),
		cmocka_unit_test(chats),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(texts_have_limits),
		cmocka_unit_test(takes_only_its_own),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
