/* memory_directory.h - a new directory in memory, for tests of files that are synced thousands of
 * times: what a crash leaves is made by hand there, and no disk, which others use too, has a say in
 * how long that takes. Where there is no such file system it is in /tmp. */
#ifndef TESTS_UNIT_MEMORY_DIRECTORY_H
#define TESTS_UNIT_MEMORY_DIRECTORY_H

#include <stdlib.h>
#include <unistd.h>

#include "common/xalloc.h"

/* To be freed; NULL on failure. */
static inline char *make_memory_directory(const char *name)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char *path = xasprintf("%s/%s-XXXXXX", parent, name);

	if (mkdtemp(path))
		return path;
	free(path);
	return NULL;
}

#endif
