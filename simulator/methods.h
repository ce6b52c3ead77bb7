/* methods.h - the table of the Bot API's methods. */
#ifndef SIMULATOR_METHODS_H
#define SIMULATOR_METHODS_H

#include "simulator/call.h"

/* In alphabetical order. */
extern const struct method methods[];
extern const size_t methods_count;
/* Case does not matter; NULL when there is none. */
const struct method *methods_find(const char *name, size_t length);

#endif
