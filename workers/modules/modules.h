/* modules.h - the modules that are compiled in, in the order in which their routes are tried. */
#ifndef WORKERS_MODULES_MODULES_H
#define WORKERS_MODULES_MODULES_H

struct module;

/* NULL at the end. */
extern const struct module *const compiled_modules[];

#endif
