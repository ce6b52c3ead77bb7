/* endpoint.h - what a ZeroMQ endpoint of ours may be: ipc://PATH, or tcp://HOST:PORT, which beyond
 * this machine must be encrypted. Text only: nothing is resolved. */
#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

#include <stdbool.h>

#include "common/why.h"

/* `encrypted`: there are keys for it. */
MUST_CHECK bool endpoint_check(const char *endpoint, bool encrypted, struct why *why);

#endif
