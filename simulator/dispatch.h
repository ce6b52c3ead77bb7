/* dispatch.h - takes a request of the Bot API from its path to its answer. */
#ifndef SIMULATOR_DISPATCH_H
#define SIMULATOR_DISPATCH_H

#include "simulator/faults.h"
#include "simulator/server.h"

struct sim;

/* For server_create(); `owner` is the struct sim. */
server_request_fn dispatch_request;
/* Gives the answer as the fault wants it; without one, after --delay-ms. */
void dispatch_answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		     const struct answer *right);

#endif
