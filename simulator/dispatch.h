/* dispatch.h - routes an HTTP request to a method of the Bot API or to a control. */
#ifndef SIMULATOR_DISPATCH_H
#define SIMULATOR_DISPATCH_H

#include "common/web/server.h"

/* For server_create(); `owner` is the struct sim. */
server_request_fn dispatch_request;

#endif
