/* methods.h - all methods of the Bot API, with those that the simulator acts out. */
#ifndef SIMULATOR_METHODS_H
#define SIMULATOR_METHODS_H

#include "simulator/call.h"

struct methods {
	struct method *items; /* as botapi_methods */
};

struct methods *methods_create(void);
void methods_destroy(struct methods *methods);
/* Case does not matter; NULL when there is none. */
const struct method *methods_find(const struct methods *methods, const char *name, size_t length);
/* --methods */
void methods_print(const struct methods *methods);

#endif
