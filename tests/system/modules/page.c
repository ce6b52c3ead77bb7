/* page.c - a test build of korone-worker with the example module that is something of each kind
 * (tests/modules/examples_page.c). Linked instead of workers/modules/modules.c. */
#include <stddef.h>

#include "workers/module.h"
#include "workers/modules/modules.h"

extern const struct module page_example;

const struct module *const compiled_modules[] = { &page_example, NULL };
