/* scratch.h - a state directory for the conversations of this run: where files of handlers go that
 * are too large for memory. */
#ifndef TESTS_MODULES_SCRATCH_H
#define TESTS_MODULES_SCRATCH_H

/* Made at the first call, removed when the program ends. */
const char *scratch_directory(void);

#endif
