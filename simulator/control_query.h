/* control_query.h - people who use the bot inline, by a deep link, or pay. */
#ifndef SIMULATOR_CONTROL_QUERY_H
#define SIMULATOR_CONTROL_QUERY_H

#include "simulator/control_request.h"

control_fn control_inline;
control_fn control_choose;
control_fn control_start;
control_fn control_pay;

#endif
