/* test_matcher.c - which words, phrases and patterns a text has, as the eye reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/modules/moderation/matcher.h"

static struct folding *folding;

static int open_folding(void **state)
{
	(void)state;
	folding = folding_create();
	return 0;
}

static int close_folding(void **state)
{
	(void)state;
	folding_destroy(folding);
	return 0;
}

/* A matcher of words with a semicolon between them. */
static struct buffer made_of(const char *entries)
{
	struct matcher_build build = { .folding = folding };
	struct buffer out = { 0 };
	char *copy = xstrdup(entries), *rest = copy, *entry;

	while ((entry = strsep(&rest, ";")))
		matcher_add(&build, entry);
	matcher_finish(&build, &out);
	free(copy);
	return out;
}

static bool search(const struct buffer *matcher, const char *text, struct match *out)
{
	size_t size = strlen(text);
	struct folded folded = { .characters = xcalloc(size + 1, sizeof(uint16_t)),
				 .words = xcalloc(size + 1, sizeof(struct folded_word)) };
	bool found;

	fold_text(folding, text, size, &folded);
	found = matcher_find(folding, buffer_unread(matcher), buffer_unread_size(matcher), &folded,
			     out);
	free(folded.characters);
	free(folded.words);
	return found;
}

/* The entry that is found, "" none. */
static const char *find(const char *entries, const char *text)
{
	static char name[128];
	struct buffer matcher = made_of(entries);
	struct match match;

	name[0] = '\0';
	if (search(&matcher, text, &match))
		snprintf(name, sizeof(name), "%s", match.name);
	buffer_finish(&matcher);
	return name;
}

static void words_are_found_whole(void **state)
{
	(void)state;
	assert_string_equal(find("spam;coin", "no spam, please"), "spam");
	assert_string_equal(find("spam;coin", "spam"), "spam");
	assert_string_equal(find("spam;coin", "Bitcoin"), "");
	assert_string_equal(find("spam;coin", "a coin. spam"), "coin");
	assert_string_equal(find("spam", ""), "");
	assert_string_equal(find("", "spam"), "");
}

static void phrases_are_words_that_follow_each_other(void **state)
{
	(void)state;
	assert_string_equal(find("free money;money", "get FREE -- money now"), "free money");
	assert_string_equal(find("free money", "free, or money"), "");
	assert_string_equal(find("a b c d e f g h", "x a b c d e f g h"), "a b c d e f g h");
	assert_string_equal(find("free-money", "free money"), "free-money");
}

static void letters_are_as_they_look(void **state)
{
	(void)state;
	assert_string_equal(find("casino", "СASINО"), "casino"); /* Cyrillic */
	assert_string_equal(find("casino", "cаsіnо"), "casino");
	assert_string_equal(find("casino", "CÁSÏÑÕ"), "casino");
	assert_string_equal(find("casino", "ca\u0301sino"), "casino");
	assert_string_equal(find("casino", "ca\u200bsi\u00adno"), "casino");
	assert_string_equal(find("casino", "𝐂𝓪𝖘𝕚𝚗𝒐"), "casino");
	assert_string_equal(find("casino", "ⓒⓐⓢⓘⓝⓞ"), "casino");
	assert_string_equal(find("casino", "🅒🅐🅢🅘🅝🅞"), "casino");
	assert_string_equal(find("casino", "ᴄᴀꜱɪɴᴏ"), "casino");
	assert_string_equal(find("casino", "ｃａｓｉｎｏ"), "casino");
	assert_string_equal(find("free", "fr33"), "free");
	assert_string_equal(find("1000", "1000 euros"), "1000");
	assert_string_equal(find("СПАМ", "спам"), "СПАМ");
}

static void scripts_without_spaces_and_pictures(void **state)
{
	(void)state;
	assert_string_equal(find("赌场", "最好的赌场在这里"), "赌场");
	assert_string_equal(find("赌场", "赌 场"), "赌场");
	assert_string_equal(find("💰", "get rich💰💰now"), "💰");
	assert_string_equal(find("rich💰", "rich 💰"), "rich💰");
}

static void wildcards(void **state)
{
	(void)state;
	assert_string_equal(find("*coin", "buy Bitcoin"), "*coin");
	assert_string_equal(find("*coin", "coin"), "*coin");
	assert_string_equal(find("*coin", "coins"), "");
	assert_string_equal(find("crypt*", "CRYPTOGRAPHY"), "crypt*");
	assert_string_equal(find("*crypt*", "decrypted"), "*crypt*");
	assert_string_equal(find("c?sino", "cosino"), "c?sino");
	assert_string_equal(find("c?sino", "csino"), "");
	assert_string_equal(find("a*bcd*e*f", "axxbcdbcdyyezf"), "a*bcd*e*f");
	assert_string_equal(find("free * money*", "free your moneys"), "free * money*");
	assert_string_equal(find("free * money*", "free moneys"), "");
	assert_string_equal(find("* earn*", "you earned"), "* earn*");
	assert_string_equal(find("* earn*", "earned"), "");
	assert_string_equal(find("*aab", "aaaaaab"), "*aab");
}

static void what_cannot_be_an_entry(void **state)
{
	(void)state;
	assert_true(matcher_takes(folding, "spam"));
	assert_true(matcher_takes(folding, "a"));
	assert_true(matcher_takes(folding, "*coin*"));
	assert_false(matcher_takes(folding, ""));
	assert_false(matcher_takes(folding, " ... "));
	assert_false(matcher_takes(folding, "*"));
	assert_false(matcher_takes(folding, "a*b"));
	assert_false(matcher_takes(folding, "ab*cd"));
	assert_false(matcher_takes(folding, "1 2 3 4 5 6 7 8 9"));
	/* It matches nothing, and the others all the same. */
	assert_string_equal(find("...;a*b;spam", "spam ab"), "spam");
}

static void many_entries(void **state)
{
	struct matcher_build build = { .folding = folding };
	struct buffer matcher = { 0 };
	struct match match;
	char text[64];

	(void)state;
	for (int i = 0; i < MATCHER_ENTRIES_MAX; i++) {
		snprintf(text, sizeof(text), i % 4 ? "word%d of%d" : "*word%dx*", i, i % 7);
		matcher_add(&build, text);
	}
	matcher_add(&build, "one too many");
	matcher_finish(&build, &matcher);
	for (int i = 0; i < MATCHER_ENTRIES_MAX; i += 37) {
		snprintf(text, sizeof(text), i % 4 ? "a word%d of%d!" : "a zword%dxy", i, i % 7);
		assert_true(search(&matcher, text, &match));
		assert_int_equal(match.entry, i);
	}
	assert_false(search(&matcher, "word1 of2, one too many", &match));
	buffer_finish(&matcher);
}

/* Of what is made to be slow no more is tried than is allowed; words are found all the same. */
static void the_worst_case_ends(void **state)
{
	struct matcher_build build = { .folding = folding };
	struct buffer matcher = { 0 };
	struct match match;
	char entry[32], text[4097];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(entry, sizeof(entry), "*aaa*%d*aaa*b", i);
		matcher_add(&build, entry);
	}
	matcher_add(&build, "spam");
	matcher_finish(&build, &matcher);
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text + sizeof(text) - 6, " spam", 6);
	assert_true(search(&matcher, text, &match));
	assert_string_equal(match.name, "spam");
	buffer_finish(&matcher);
}

static void damaged_texts(void **state)
{
	(void)state;
	assert_string_equal(find("spam", "\xff\xc3(spam\xe2\x82"), "spam");
	assert_string_equal(find("\xff\xc3(", "spam"), "");
}

/* Several modules search texts, and each has it from here. */
static void all_share_one_table(void **state)
{
	struct folding *other = folding_create();

	(void)state;
	assert_ptr_equal(other, folding);
	folding_destroy(other);
	assert_int_equal(fold_character(folding, 'A'), 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(phrases_are_words_that_follow_each_other),
		cmocka_unit_test(letters_are_as_they_look),
		cmocka_unit_test(scripts_without_spaces_and_pictures),
		cmocka_unit_test(wildcards),
		cmocka_unit_test(what_cannot_be_an_entry),
		cmocka_unit_test(many_entries),
		cmocka_unit_test(the_worst_case_ends),
		cmocka_unit_test(damaged_texts),
		cmocka_unit_test(all_share_one_table),
	};

	return cmocka_run_group_tests(tests, open_folding, close_folding);
}
