/* control_bot.h - control requests about what the bot receives, what it called and how it is
 * treated. */
#ifndef SIMULATOR_CONTROL_BOT_H
#define SIMULATOR_CONTROL_BOT_H

#include "simulator/control_request.h"

control_fn control_update;
control_fn control_sent;
control_fn control_statistics;
control_fn control_missing;
control_fn control_message;
control_fn control_faults;
control_fn control_revoke;
control_fn control_limits;
control_fn control_delay;
control_fn control_crowd;
control_fn control_ids;

#endif
