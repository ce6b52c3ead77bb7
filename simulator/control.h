/* control.h - the endpoints by which tests steer the simulator: /control/NAME, JSON in and out. */
#ifndef SIMULATOR_CONTROL_H
#define SIMULATOR_CONTROL_H

#include "common/web/server.h"

struct sim;

/* `name` is the path behind "/control/". */
void control_handle(struct sim *sim, struct exchange *exchange, const struct http_request *http,
		    const char *name);

#endif
