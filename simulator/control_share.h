/* control_share.h - control requests by which people pass something on: a message, or who a button
 * asked for. */
#ifndef SIMULATOR_CONTROL_SHARE_H
#define SIMULATOR_CONTROL_SHARE_H

#include "simulator/control_request.h"

control_fn control_forward;
control_fn control_share;

#endif
