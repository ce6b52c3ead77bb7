/* check.h - what is wrong with the URLs of the stores, as far as that can be told without
 * connecting. */
#ifndef COMMON_DATABASE_CHECK_H
#define COMMON_DATABASE_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "common/settings.h"

/* DATABASE_URL and REDIS_URL; one that is not set is not looked at. Prints each fault in a line and
 * returns false when there is one. */
bool stores_check(const struct settings *settings, FILE *faults);

#endif
