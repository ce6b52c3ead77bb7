/* nursery.h - the process that forks children and the sender: it has the modules loaded and no
 * connection to anything but its parent. */
#ifndef WORKERS_CHILD_NURSERY_H
#define WORKERS_CHILD_NURSERY_H

struct module;

/* The whole life of the program when it is started as a nursery: see nursery_link.h, which starts
 * it. `modules`, NULL at the end, are those that its children run. Returns the exit code. */
int nursery_main(const struct module *const *modules);

#endif
