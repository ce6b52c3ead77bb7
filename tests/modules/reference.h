/* reference.h - docs/options.md, which lists the options of the bot's modules from their tables. */
#ifndef TESTS_MODULES_REFERENCE_H
#define TESTS_MODULES_REFERENCE_H

#include <stdbool.h>

#include "common/why.h"

/* Whether the page is what the tables say; with `update` it is made so. */
bool reference_check(bool update, struct why *why);

#endif
