/* fuzz_env.c - a file of settings, read by the program that the first byte selects: it is taken
 * without a word, or each fault is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sanitizer/allocator_interface.h>
#include <sanitizer/lsan_interface.h>

#include "common/files.h"
#include "common/settings.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/memory_directory.h"

static char *directory, *path;

static void remove_directory(void)
{
	unlink(path);
	rmdir(directory);
	free(directory);
	free(path);
}

static const char *path_of_file(void)
{
	if (!path) {
		clearenv();
		setenv("HOME", "/", 1); /* there is one after exec(), too */
		directory = make_memory_directory("korone-fuzz");
		path = xasprintf("%s/env", directory);
		atexit(remove_directory);
	}
	return path;
}

/* They live as long as a program, so the product never does this: the sanitizer tells what is a
 * default and what was copied. */
static void free_texts(const struct settings *settings)
{
	for (size_t i = 0; i < settings_count; i++) {
		void *member;

		memcpy(&member, (const char *)settings + settings_table[i].offset, sizeof(member));
		if (settings_table[i].type == SETTING_IDS)
			member = settings->operators.ids;
		if (__sanitizer_get_ownership(member))
			free(member);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum program_id programs[] = { PROGRAM_INGRESS, PROGRAM_WORKER,
						    PROGRAM_RECORDER, PROGRAM_CRASHD,
						    PROGRAM_KORONECTL };
	enum program_id program;
	struct settings settings;
	char *faults = NULL, *shown = NULL;
	size_t faults_size = 0, shown_size = 0;
	FILE *stream;
	struct why why;
	bool taken;

	if (size == 0)
		return 0;
	PROMISE(file_replace(path_of_file(), data + 1, size - 1, &why));
	stream = open_memstream(&faults, &faults_size);
	program = programs[data[0] % COUNT_OF(programs)];
	__lsan_disable();
	taken = settings_load(&settings, program, path_of_file(), stream);
	__lsan_enable();
	fclose(stream);
	PROMISE(taken == (faults_size == 0));
	stream = open_memstream(&shown, &shown_size);
	settings_print(&settings, program, stream);
	fclose(stream);
	free_texts(&settings);
	free(faults);
	free(shown);
	return 0;
}
