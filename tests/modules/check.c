/* check.c - see check.h. */
#include "tests/modules/check.h"

#include <stdio.h>
#include <string.h>

#include "common/files.h"
#include "tests/modules/difference.h"
#include "tests/modules/examples.h"
#include "tests/modules/hostile.h"
#include "tests/modules/play.h"
#include "tests/modules/reached.h"
#include "tests/modules/transcript.h"
#include "tests/modules/same.h"
#include "workers/host/language.h"
#include "workers/module.h"

#define FILE_SIZE_MAX (1u << 20)
#define SOURCE_LOCALE "en_US"

/* --- other languages -------------------------------------------------------------------------- */

static bool play_in(const char *locale, const char *file, const struct conversation *original,
		    struct why *why)
{
	struct conversation conversation = { .original = original };
	bool ok = play_open(&conversation, file, locale, why) &&
		  play_file(&conversation, file, why);

	play_close(&conversation);
	return ok || why_prefix(why, "in %s", locale);
}

static bool play_in_others(const char *file, const struct conversation *original, struct why *why)
{
	struct why missing;
	struct languages *languages;
	const struct language *language;
	char directory[4096];
	bool ok = true;

	language_directory(directory, sizeof(directory));
	languages = languages_load(directory, SOURCE_LOCALE, &missing, why);
	if (!languages)
		return false;
	for (size_t i = 0; ok && (language = language_at(languages, i)); i++)
		if (strcmp(language_locale(language), SOURCE_LOCALE) != 0)
			ok = play_in(language_locale(language), file, original, why);
	languages_destroy(languages);
	return ok;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool play_original(struct conversation *conversation, const char *file, struct why *why)
{
	if (!play_open(conversation, file, SOURCE_LOCALE, why))
		return false;
	if (play_file(conversation, file, why))
		return true;
	difference_show_end(buffer_text(&conversation->actual));
	return false;
}

static bool compare(struct conversation *conversation, const char *path, const char *file,
		    bool update, struct why *why)
{
	const char *actual = buffer_text(&conversation->actual);

	if (same_until(file, actual, '\0'))
		return true;
	if (update)
		return file_replace(path, actual, strlen(actual), why);
	difference_show(path, file, actual);
	if (conversation->failed_at.text[0])
		printf("# the last failure: %s\n", conversation->failed_at.text);
	return why_set(why, "the bot does something else (run-modules --update takes it over)");
}

bool check_conversation(const char *path, bool update, struct reached *reached, struct why *why)
{
	struct conversation conversation = { .reached = reached };
	struct buffer file = { 0 };
	bool ok = file_read(path, FILE_SIZE_MAX, &file, why) &&
		  play_original(&conversation, buffer_text(&file), why) &&
		  compare(&conversation, path, buffer_text(&file), update, why) &&
		  play_in_others(buffer_text(&file), &conversation, why);

	play_close(&conversation);
	buffer_finish(&file);
	return ok || why_prefix(why, "%s", path);
}

/* --- hostile answers ---------------------------------------------------------------------------
 */

static bool play_hostile(size_t kind, const char *file, bool may_fail, struct why *why)
{
	struct conversation conversation = { .hostile = kind, .may_fail = may_fail };
	bool ok = play_open(&conversation, file, SOURCE_LOCALE, why) &&
		  play_file(&conversation, file, why);

	play_close(&conversation);
	return ok || why_prefix(why, "when hosts answer \"%s\"", hostile_name(kind));
}

bool check_hostile(const char *path, bool *fetches, struct why *why)
{
	struct conversation original = { 0 };
	struct buffer file = { 0 };
	bool ok = file_read(path, FILE_SIZE_MAX, &file, why);

	*fetches = ok && strstr(buffer_text(&file), "\nfetch http");
	ok = ok && (!*fetches || play_original(&original, buffer_text(&file), why));
	for (size_t kind = 1; ok && *fetches && kind <= hostile_count(); kind++)
		ok = play_hostile(kind, buffer_text(&file), original.failed_at.text[0], why);
	if (*fetches)
		play_close(&original);
	buffer_finish(&file);
	return ok || why_prefix(why, "%s", path);
}

/* --- all modules ------------------------------------------------------------------------------ */

bool check_start_calls(struct why *why)
{
	struct conversation conversation = { 0 };
	const struct call *calls;
	size_t count;
	bool ok = play_open(&conversation, "", SOURCE_LOCALE, why);

	count = ok ? host_start_calls(conversation.host, &calls) : 0;
	for (size_t i = 0; i < count; i++)
		transcript_check(&conversation, &calls[i]);
	if (ok && conversation.fault.text[0])
		ok = why_set(why, "%s", conversation.fault.text);
	play_close(&conversation);
	return ok;
}

bool check_examples(struct why *why)
{
	struct conversation conversation = { 0 };
	struct buffer names = { 0 };
	bool ok;

	buffer_append_text(&names, "modules:");
	for (const struct module *const *module = example_modules; *module; module++)
		buffer_printf(&names, " %s", (*module)->name);
	ok = play_open(&conversation, buffer_text(&names), SOURCE_LOCALE, why);
	play_close(&conversation);
	buffer_finish(&names);
	return ok;
}
