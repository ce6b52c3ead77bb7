/* language.h - the languages that the bot speaks, and the gettext catalogues that translate into
 * them. Our own code reads the catalogues: libc's gettext() only translates into locales installed
 * on the machine, and for the whole process at once. */
#ifndef WORKERS_HOST_LANGUAGE_H
#define WORKERS_HOST_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

struct language;
struct languages;

/* Reads DIRECTORY/LOCALE/LC_MESSAGES/korone.mo of each language; one that cannot be read is shown
 * in English, and `missing` says why ("" when all are there). NULL and a reason when the default is
 * not a language of the bot. */
struct languages *languages_load(const char *directory, const char *default_locale,
				 struct why *missing, struct why *why);
void languages_destroy(struct languages *languages);
/* Where `make` and `make install` put the catalogues: ../share/locale from the running program. */
void language_directory(char *out, size_t size);

/* The language for an IETF tag of a client ("pt-br"); else the default. */
const struct language *language_pick(const struct languages *languages, const char *tag);
const char *language_locale(const struct language *language); /* "pt_BR" */
const char *language_name(const struct language *language);   /* in the language itself */
/* NULL past the end. */
const struct language *language_at(const struct languages *languages, size_t index);

/* The text itself when it is not translated. Lives as long as the languages. */
const char *language_translate(const struct language *language, const char *text);
const char *language_plural(const struct language *language, const char *one, const char *many,
			    uint64_t number);

#endif
