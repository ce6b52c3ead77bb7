/* walls.h - what this process can do while it looks at what others made: read and write what it has
 * open. It opens nothing, starts nothing and knows no network, whoever takes it over. The keeper's
 * walls (workers/child/program_walls.h) are around these. */
#ifndef HTML_WALLS_H
#define HTML_WALLS_H

#include <stdbool.h>

#include "common/why.h"

/* For this process, from now on. */
MUST_CHECK bool html_walls_enter(struct why *why);

#endif
