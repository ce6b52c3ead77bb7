/* endpoint.h - the ZeroMQ endpoints that we accept: ipc://PATH, or tcp://HOST:PORT, which must be
 * encrypted beyond this machine. Text only: nothing is resolved. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include <stdbool.h>

#include "common/why.h"

/* `encrypted`: keys are configured for it. */
MUST_CHECK bool endpoint_check(const char *endpoint, bool encrypted, struct why *why);

#endif
