/* nursery.h - the process that forks children and the sender: it has loaded the modules and is
 * connected to nothing except its parent. */
#ifndef WORKERS_CHILD_NURSERY_H
#define WORKERS_CHILD_NURSERY_H

struct module;

/* The whole life of the program when nursery_link.h starts it as a nursery. `modules`, ending with
 * NULL, are those that its children run. Returns the exit code. */
int nursery_main(const struct module *const *modules);

#endif
