/* dispatch.h - takes a request of the Bot API from its path to its answer. */
#ifndef SIMULATOR_DISPATCH_H
#define SIMULATOR_DISPATCH_H

#include "simulator/server.h"

/* For server_create(); `owner` is the struct sim. */
server_request_fn dispatch_request;

#endif
