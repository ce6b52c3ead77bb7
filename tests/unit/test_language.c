/* test_language.c - catalogues, and which language a client gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "workers/host/language.h"

/* Two texts, one with a plural, as msgfmt writes them: header, table of originals, table of
 * translations, texts. */
struct small_mo {
	uint32_t magic, revision, count, originals, translations, unused[2];
	uint32_t table[8]; /* length, offset: two originals, two translations */
	char texts[128];
};

static const char one_many[] = "%d day\0%d days", one_many_translated[] = "%d dia\0%d dias";

static void put(struct small_mo *mo, size_t entry, const char *text, size_t length, size_t *at)
{
	memcpy(mo->texts + *at, text, length + 1);
	mo->table[2 * entry] = (uint32_t)length;
	mo->table[2 * entry + 1] = (uint32_t)(offsetof(struct small_mo, texts) + *at);
	*at += length + 1;
}

static struct small_mo make_mo(void)
{
	struct small_mo mo = { .magic = 0x950412de, .count = 2 };
	size_t at = 0;

	mo.originals = offsetof(struct small_mo, table);
	mo.translations = mo.originals + 16;
	put(&mo, 0, one_many, sizeof(one_many) - 1, &at);
	put(&mo, 1, "Hello", 5, &at);
	put(&mo, 2, one_many_translated, sizeof(one_many_translated) - 1, &at);
	put(&mo, 3, "Olá", strlen("Olá"), &at);
	return mo;
}

struct fixture {
	char directory[64];
	struct languages *languages;
	struct why missing, why;
};

static void load(struct fixture *fixture, const void *mo, size_t size)
{
	char path[256];

	languages_destroy(fixture->languages);
	snprintf(path, sizeof(path), "%s/pt_BR/LC_MESSAGES/korone.mo", fixture->directory);
	if (!file_replace(path, mo, size, &fixture->why))
		fail_msg("%s", fixture->why.text);
	strcpy(fixture->missing.text, "of before");
	fixture->languages = languages_load(fixture->directory, "en_US", &fixture->missing,
					    &fixture->why);
	assert_non_null(fixture->languages);
}

static int setup(void **state)
{
	static struct fixture fixture;
	char path[128];
	struct small_mo mo = make_mo();

	fixture = (struct fixture) { .directory = "/tmp/korone-language-XXXXXX" };
	if (!mkdtemp(fixture.directory))
		return -1;
	snprintf(path, sizeof(path), "%s/pt_BR/LC_MESSAGES", fixture.directory);
	if (!directory_make(path, &fixture.why))
		return -1;
	load(&fixture, &mo, sizeof(mo));
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	languages_destroy(fixture->languages);
	snprintf(command, sizeof(command), "rm -rf %s", fixture->directory);
	return system(command);
}

static void texts_are_translated(void **state)
{
	struct fixture *fixture = *state;
	const struct language *portuguese = language_pick(fixture->languages, "pt-br");
	const struct language *english = language_pick(fixture->languages, "en");

	assert_string_equal(fixture->missing.text, "");
	assert_string_equal(language_translate(portuguese, "Hello"), "Olá");
	assert_string_equal(language_translate(portuguese, "Unknown"), "Unknown");
	assert_string_equal(language_translate(portuguese, ""), "");
	assert_string_equal(language_translate(english, "Hello"), "Hello");
}

static void plurals_follow_the_language(void **state)
{
	struct fixture *fixture = *state;
	const struct language *portuguese = language_pick(fixture->languages, "pt");
	const struct language *english = language_pick(fixture->languages, "");

	assert_string_equal(language_plural(portuguese, "%d day", "%d days", 0), "%d dia");
	assert_string_equal(language_plural(portuguese, "%d day", "%d days", 1), "%d dia");
	assert_string_equal(language_plural(portuguese, "%d day", "%d days", 2), "%d dias");
	assert_string_equal(language_plural(portuguese, "%d week", "%d weeks", 2), "%d weeks");
	assert_string_equal(language_plural(english, "%d day", "%d days", 0), "%d days");
	assert_string_equal(language_plural(english, "%d day", "%d days", 1), "%d day");
}

static void clients_get_the_nearest_language(void **state)
{
	static const struct {
		const char *tag, *locale;
	} rows[] = {
		{ "pt-br", "pt_BR" }, { "pt-BR", "pt_BR" },       { "pt_BR", "pt_BR" },
		{ "pt", "pt_BR" },    { "pt-pt", "pt_BR" },       { "PT", "pt_BR" },
		{ "en", "en_US" },    { "en-gb", "en_US" },       { "", "en_US" },
		{ "fr", "en_US" },    { "p", "en_US" },           { "ptx", "en_US" },
		{ "-", "en_US" },     { "pt-br-extra", "pt_BR" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(language_locale(language_pick(fixture->languages, rows[i].tag)),
				    rows[i].locale);
}

static void damaged_catalogues_are_done_without(void **state)
{
	struct fixture *fixture = *state;
	struct small_mo mo = make_mo();

	for (size_t size = 0; size < offsetof(struct small_mo, texts); size += 4) {
		load(fixture, &mo, size);
		assert_true(fixture->missing.text[0] != '\0');
		assert_string_equal(
			language_translate(language_pick(fixture->languages, "pt"), "Hello"),
			"Hello");
	}
	mo.table[1] = UINT32_MAX;
	load(fixture, &mo, sizeof(mo));
	assert_non_null(strstr(fixture->missing.text, "is damaged"));
	mo = make_mo();
	mo.count = UINT32_MAX;
	load(fixture, &mo, sizeof(mo));
	assert_non_null(strstr(fixture->missing.text, "is damaged"));
	mo = make_mo();
	mo.table[0]--; /* no NUL where the text ends */
	load(fixture, &mo, sizeof(mo));
	assert_non_null(strstr(fixture->missing.text, "is damaged"));
}

static void an_unknown_default_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_null(languages_load(fixture->directory, "de_DE", &fixture->missing, &fixture->why));
	assert_string_equal(fixture->why.text,
			    "KORONE_DEFAULT_LOCALE: \"de_DE\" is not one of en_US, pt_BR");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(texts_are_translated),
		TEST(plurals_follow_the_language),
		TEST(clients_get_the_nearest_language),
		TEST(damaged_catalogues_are_done_without),
		TEST(an_unknown_default_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
