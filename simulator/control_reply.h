/* control_reply.h - what people do with a message that is there: vote, react, delete. */
#ifndef SIMULATOR_CONTROL_REPLY_H
#define SIMULATOR_CONTROL_REPLY_H

#include "simulator/control_request.h"

control_fn control_vote;
control_fn control_react;
control_fn control_delete;

#endif
