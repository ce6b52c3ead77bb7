/* control_time.h - the clock, and a new beginning. */
#ifndef SIMULATOR_CONTROL_TIME_H
#define SIMULATOR_CONTROL_TIME_H

#include "simulator/control_request.h"

control_fn control_clock, control_reset;

#endif
