/* own.h - the host's own routes, which are there whatever modules are. */
#ifndef WORKERS_HOST_OWN_H
#define WORKERS_HOST_OWN_H

#include "workers/module.h"

/* It is in no list of modules. */
extern const struct module own_module;

#endif
