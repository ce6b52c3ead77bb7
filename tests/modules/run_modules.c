/* run_modules.c - plays golden conversations to the modules and compares the bot's actions: no
 * network, no database. Prints TAP (https://testanything.org).
 *
 *     run-modules [--update] [FILE…]     all in tests/modules when none is named
 *
 * Each file is read line by line; what the bot does comes after the line that made it do so.
 * --update rewrites the files with what the bot does now: review the diff before committing it. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/files.h"
#include "common/log.h"
#include "tests/modules/play.h"

#define FILE_SIZE_MAX (1u << 20)

/* Shows the first line that differs, as TAP diagnostics. */
static void show_difference(const char *expected, const char *actual)
{
	unsigned number = 1;

	while (*expected) {
		size_t a = strcspn(expected, "\n"), b = strcspn(actual, "\n");

		if (a != b || memcmp(expected, actual, a) != 0)
			break;
		expected += a + (expected[a] == '\n');
		actual += b + (actual[b] == '\n');
		number++;
	}
	printf("# line %u\n# expected: %.*s\n# actual:   %.*s\n", number,
	       (int)strcspn(expected, "\n"), expected, (int)strcspn(actual, "\n"), actual);
}

static bool check_file(const char *path, bool update, struct why *why)
{
	struct conversation conversation = { 0 };
	struct buffer file = { 0 };
	const char *expected, *actual;
	bool same = false;

	if (!file_read(path, FILE_SIZE_MAX, &file, why))
		return false;
	expected = buffer_text(&file);
	if (!play_open(&conversation, expected, why) || !play_file(&conversation, expected, why))
		goto out;
	actual = buffer_text(&conversation.actual);
	same = strcmp(expected, actual) == 0;
	if (!same && update)
		same = file_replace(path, actual, strlen(actual), why);
	else if (!same) {
		show_difference(expected, actual);
		why_set(why, "the bot does something else");
	}
out:
	play_close(&conversation);
	buffer_finish(&file);
	return same;
}

static bool run_file(const char *path, size_t number, bool update)
{
	struct why why = { "" };
	const char *slash = strrchr(path, '/');
	bool ok = check_file(path, update, &why);

	printf("%s %zu - %s\n", ok ? "ok" : "not ok", number, slash ? slash + 1 : path);
	if (!ok)
		printf("# %s\n", why.text);
	return ok;
}

static int run_files(char **paths, size_t count, bool update)
{
	bool ok = count > 0;

	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++)
		ok = run_file(paths[i], i + 1, update) && ok;
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	int first = update ? 2 : 1, status;
	glob_t found;

	log_open("run-modules", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	if (first < argc)
		return run_files(argv + first, (size_t)(argc - first), update);
	glob("tests/modules/*.txt", 0, NULL, &found);
	status = run_files(found.gl_pathv, found.gl_pathc, update);
	globfree(&found);
	return status;
}
