/* memory_directory.h - a new directory in memory, for tests of files that are synced thousands of
 * times: what a crash leaves is made by hand there, so durability does not matter and a shared disk
 * would only make it slow. Without such a file system it is in /tmp. */
#ifndef TESTS_UNIT_MEMORY_DIRECTORY_H
#define TESTS_UNIT_MEMORY_DIRECTORY_H

#include <stdlib.h>
#include <unistd.h>

#include "common/xalloc.h"

/* The caller frees it; NULL on failure. */
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
