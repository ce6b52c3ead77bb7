/* control_group.h - many deeds at once, and what is left of a large group: for tests with tens of
 * thousands of people. */
#ifndef SIMULATOR_CONTROL_GROUP_H
#define SIMULATOR_CONTROL_GROUP_H

#include "simulator/control_request.h"

/* Who is no plain member. */
control_fn control_members;
/* What people wrote there and nobody took away. */
control_fn control_messages;

#endif
