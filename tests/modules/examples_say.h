/* examples_say.h - a module that says everything that can be said. */
#ifndef TESTS_MODULES_EXAMPLES_SAY_H
#define TESTS_MODULES_EXAMPLES_SAY_H

#include "workers/module.h"

extern const struct module say_module;

#endif
