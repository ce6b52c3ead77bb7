/* method_reactions.h - the bot's reactions, and those of others that it takes away. */
#ifndef SIMULATOR_METHOD_REACTIONS_H
#define SIMULATOR_METHOD_REACTIONS_H

#include "simulator/call.h"

method_fn method_set_message_reaction;
method_fn method_delete_message_reaction;
method_fn method_delete_all_message_reactions;

#endif
