/* language.c - reads .mo files: GNU gettext manual, "The Format of GNU MO Files". */
#include "workers/host/language.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/files.h"
#include "common/xalloc.h"

#define CATALOGUE_SIZE_MAX (4u << 20)
#define MO_MAGIC 0x950412deu

struct language {
	const char *locale, *name;
	bool source; /* the language of the texts in the code: needs no catalogue */
	unsigned (*plural)(uint64_t number); /* which form to use, by the catalogue's header */
	struct buffer mo;
	size_t count, originals, translations; /* of texts; offsets of the two tables */
};

struct languages {
	struct language *all;
	size_t count;
	const struct language *fallback;
};

static unsigned plural_unless_one(uint64_t number)
{
	return number != 1;
}

static unsigned plural_over_one(uint64_t number)
{
	return number > 1;
}

static const struct language known[] = {
	{ .locale = "en_US", .name = "English", .source = true, .plural = plural_unless_one },
	{ .locale = "pt_BR", .name = "Português (Brasil)", .plural = plural_over_one },
};

/* --- catalogues ------------------------------------------------------------------------------- */

static uint32_t number_at(const struct language *language, size_t offset)
{
	uint32_t number;

	memcpy(&number, buffer_unread(&language->mo) + offset, sizeof(number));
	return number;
}

/* Entry `index` of a table: NUL-terminated, as check_table() has verified. */
static const char *text_at(const struct language *language, size_t table, size_t index,
			   size_t *length)
{
	*length = number_at(language, table + 8 * index);
	return (const char *)buffer_unread(&language->mo) +
	       number_at(language, table + 8 * index + 4);
}

static bool check_table(const struct language *language, size_t table)
{
	size_t size = buffer_unread_size(&language->mo);

	if (table > size || (size - table) / 8 < language->count)
		return false;
	for (size_t i = 0; i < language->count; i++) {
		size_t length = number_at(language, table + 8 * i);
		size_t offset = number_at(language, table + 8 * i + 4);

		if (offset >= size || size - offset <= length ||
		    buffer_unread(&language->mo)[offset + length] != '\0')
			return false;
	}
	return true;
}

static bool read_catalogue(struct language *language, const char *path, struct why *why)
{
	if (!file_read(path, CATALOGUE_SIZE_MAX, &language->mo, why))
		return false;
	if (buffer_unread_size(&language->mo) < 20 || number_at(language, 0) != MO_MAGIC)
		return why_set(why, "%s is not a catalogue in this machine's byte order", path);
	language->count = number_at(language, 8);
	language->originals = number_at(language, 12);
	language->translations = number_at(language, 16);
	if (check_table(language, language->originals) &&
	    check_table(language, language->translations))
		return true;
	language->count = 0;
	return why_set(why, "%s is damaged", path);
}

/* The tables are sorted by the original; one with a plural has its singular before the NUL. */
static const char *find_translation(const struct language *language, const char *text,
				    size_t *length)
{
	size_t low = 0, high = language->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		size_t ignored;
		int order = strcmp(text, text_at(language, language->originals, middle, &ignored));

		if (order == 0)
			return text_at(language, language->translations, middle, length);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *language_translate(const struct language *language, const char *text)
{
	size_t length;
	const char *found = text[0] ? find_translation(language, text, &length) : NULL;

	return found && found[0] ? found : text;
}

const char *language_plural(const struct language *language, const char *one, const char *many,
			    uint64_t number)
{
	size_t length = 0;
	const char *found = find_translation(language, one, &length);
	const char *end = found ? found + length : NULL;

	if (!found || !found[0])
		return plural_unless_one(number) ? many : one;
	for (unsigned form = language->plural(number); form > 0; form--) {
		const char *next = found + strlen(found) + 1;

		if (next > end)
			return many;
		found = next;
	}
	return found;
}

/* --- languages -------------------------------------------------------------------------------- */

static const struct language *find_locale(const struct languages *languages, const char *locale)
{
	for (size_t i = 0; i < languages->count; i++)
		if (strcmp(languages->all[i].locale, locale) == 0)
			return &languages->all[i];
	return NULL;
}

static void load_all(struct languages *languages, const char *directory, struct why *missing)
{
	missing->text[0] = '\0';
	for (size_t i = 0; i < languages->count; i++) {
		struct language *language = &languages->all[i];
		char path[PATH_MAX];

		if (language->source)
			continue;
		snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES/korone.mo", directory,
			 language->locale);
		if (!read_catalogue(language, path, missing))
			why_prefix(missing, "language %s", language->locale);
	}
}

struct languages *languages_load(const char *directory, const char *default_locale,
				 struct why *missing, struct why *why)
{
	struct languages *languages = xcalloc(1, sizeof(*languages));

	languages->count = COUNT_OF(known);
	languages->all = xmemdup(known, sizeof(known));
	languages->fallback = find_locale(languages, default_locale);
	if (!languages->fallback) {
		why_set(why, "KORONE_DEFAULT_LOCALE: \"%s\" is not one of en_US, pt_BR",
			default_locale);
		languages_destroy(languages);
		return NULL;
	}
	load_all(languages, directory, missing);
	return languages;
}

void languages_destroy(struct languages *languages)
{
	if (!languages)
		return;
	for (size_t i = 0; i < languages->count; i++)
		buffer_finish(&languages->all[i].mo);
	free(languages->all);
	free(languages);
}

void language_directory(char *out, size_t size)
{
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	program[length > 0 ? length : 0] = '\0';
	slash = strrchr(program, '/');
	if (slash)
		*slash = '\0';
	snprintf(out, size, "%s/../share/locale", slash ? program : ".");
}

/* Compares the first `length` characters without case, "-" like "_". */
static bool same_tag(const char *locale, const char *tag, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = tag[i] == '-' ? '_' : tag[i];

		if (strncasecmp(&locale[i], &c, 1) != 0)
			return false;
	}
	return locale[length] == '\0' || locale[length] == '_';
}

const struct language *language_pick(const struct languages *languages, const char *tag)
{
	size_t primary = strcspn(tag, "-_");

	for (size_t i = 0; i < languages->count && tag[0]; i++)
		if (strlen(tag) <= strlen(languages->all[i].locale) &&
		    same_tag(languages->all[i].locale, tag, strlen(tag)))
			return &languages->all[i];
	for (size_t i = 0; i < languages->count && primary >= 2 && primary <= 3; i++)
		if (same_tag(languages->all[i].locale, tag, primary))
			return &languages->all[i];
	return languages->fallback;
}

const char *language_locale(const struct language *language)
{
	return language->locale;
}

const char *language_name(const struct language *language)
{
	return language->name;
}

const struct language *language_at(const struct languages *languages, size_t index)
{
	return index < languages->count ? &languages->all[index] : NULL;
}
