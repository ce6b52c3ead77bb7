/* walls.h - what this process can do while it looks at what others made: read fonts, and write to
 * what it has open. It opens nothing else, starts nothing and knows no network, whoever takes it
 * over. The keeper's walls (workers/child/program_walls.h) are around these. */
#ifndef PICTURE_WALLS_H
#define PICTURE_WALLS_H

#include <stdbool.h>

#include "common/why.h"

/* For this process, from now on; without fonts it opens no file at all. Where the kernel has no
 * Landlock, files are only kept from being opened for writing. */
MUST_CHECK bool picture_walls_enter(bool needs_fonts, struct why *why);

#endif
