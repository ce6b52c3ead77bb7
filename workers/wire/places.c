/* places.c - paths in the state directory. */
#include "workers/wire/places.h"

#include <stdio.h>

void place_of_files(const struct settings *settings, char *out, size_t size)
{
	snprintf(out, size, "%s/worker/files", settings->state_dir);
}

void place_of_programs(const struct settings *settings, char *out, size_t size)
{
	snprintf(out, size, "%s/worker/programs", settings->state_dir);
}
