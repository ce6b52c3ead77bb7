/* control_business.h - people who connect the bot to their account, and those who write to them. */
#ifndef SIMULATOR_CONTROL_BUSINESS_H
#define SIMULATOR_CONTROL_BUSINESS_H

#include "simulator/control_request.h"

control_fn control_business;
control_fn control_business_say;
control_fn control_business_delete;

#endif
