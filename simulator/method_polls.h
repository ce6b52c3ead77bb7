/* method_polls.h - sendPoll and stopPoll. */
#ifndef SIMULATOR_METHOD_POLLS_H
#define SIMULATOR_METHOD_POLLS_H

#include "simulator/call.h"

method_fn method_send_poll;
method_fn method_stop_poll;

#endif
