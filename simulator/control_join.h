/* control_join.h - people who join by a link, or ask to. */
#ifndef SIMULATOR_CONTROL_JOIN_H
#define SIMULATOR_CONTROL_JOIN_H

#include "simulator/control_request.h"

control_fn control_join;
control_fn control_requests;

#endif
