/* nursery.h - the process that forks children and the sender: it has loaded the modules and is
 * connected to nothing except its parent. */
#ifndef WORKERS_CHILD_NURSERY_H
#define WORKERS_CHILD_NURSERY_H

#include <stdio.h>

#include "common/settings.h"
#include "common/why.h"

struct module;

/* The whole life of the program when nursery_link.h starts it as a nursery. `modules`, ending with
 * NULL, are those that its children run. Returns the exit code. */
int nursery_main(const struct module *const *modules);
/* Whether that life could begin with these settings: loads the modules, and closes them again. For
 * --check-config, in a process that has nothing else to do. `out` gets the hosts that they reach.
 */
MUST_CHECK bool nursery_check(const struct module *const *modules, const struct settings *settings,
			      FILE *out, struct why *why);

#endif
