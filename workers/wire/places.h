/* places.h - where the processes of a pool keep files. */
#ifndef WORKERS_WIRE_PLACES_H
#define WORKERS_WIRE_PLACES_H

#include <stddef.h>

#include "common/settings.h"

/* Files of handlers, of all pools with this state directory: made by a parent, written by children.
 * They have no names, so that none is left by whatever ends. */
void place_of_files(const struct settings *settings, char *out, size_t size);
/* Where each program has its folder, which its keeper makes and removes. */
void place_of_programs(const struct settings *settings, char *out, size_t size);

#endif
