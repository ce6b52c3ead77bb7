/* cas.c - the module of that name with a host of a test in place of its own: TEST_PORT is its port.
 * Linked instead of workers/modules/modules.c. */
#include <stdlib.h>

#define CAS_HOST "any"
#define CAS_URL "http://good.test:%s/list", getenv("TEST_PORT")
#include "workers/modules/moderation/cas.c"
#include "workers/modules/modules.h"

extern const struct module settings_module;

const struct module *const compiled_modules[] = { &cas_module, &settings_module, NULL };
