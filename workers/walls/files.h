/* files.h - what the system's libraries open: the C library, that of names, and TLS. */
#ifndef WORKERS_WALLS_FILES_H
#define WORKERS_WALLS_FILES_H

#include "common/landlock.h"

/* Libraries that are loaded late, the resolver, certificates, random numbers; and the process's own
 * memory map, for the capture of a crash. */
void walls_add_system_files(struct landlock_paths *paths);

#endif
