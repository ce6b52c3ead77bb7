/* folder.h - the folder of a running program: the only place where it writes. */
#ifndef WORKERS_CHILD_FOLDER_H
#define WORKERS_CHILD_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* Makes one with a name of its own in `place`, which is made if it is missing; removes what killed
 * keepers have left there. */
MUST_CHECK bool folder_make(const char *place, char *out, size_t size, struct why *why);
/* With all that is in it. */
void folder_remove(const char *path);
/* Bytes on disk of all that is in it, and how many entries. */
int64_t folder_measure(const char *path, size_t *entries);
/* Opens "output" or "output.EXTENSION" in it, if that is a file and no link; its name goes to
 * `name`. -1: there is none. */
int folder_open_output(const char *path, char *name, size_t size);

#endif
