/* scratch.c - DIRECTORY/worker/files in the temporary directory. */
#include "tests/modules/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/log.h"
#include "workers/wire/places.h"

static char directory[] = "/tmp/run-modules.XXXXXX";
static bool made; /* its name may end with an X */

static void place(char *out, size_t size)
{
	place_of_files(&(struct settings) { .state_dir = directory }, out, size);
}

static void remove_all(void)
{
	char path[64];

	place(path, sizeof(path));
	(void)rmdir(path);
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
	(void)rmdir(directory);
}

const char *scratch_directory(void)
{
	char path[64];
	struct why why;

	if (made)
		return directory;
	if (!mkdtemp(directory))
		panic("no directory for files");
	place(path, sizeof(path));
	if (!directory_make(path, &why))
		panic("%s", why.text);
	made = true;
	atexit(remove_all);
	return directory;
}
