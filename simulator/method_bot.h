/* method_bot.h - the methods about the bot itself, with its commands by scope and language, and
 * those that answer queries. */
#ifndef SIMULATOR_METHOD_BOT_H
#define SIMULATOR_METHOD_BOT_H

#include <jansson.h>

#include "simulator/call.h"

struct commands;

struct commands *commands_create(void);
void commands_destroy(struct commands *commands);

/* All lists, by "scope/language"; borrowed. */
const json_t *commands_all(const struct commands *commands);

method_fn method_get_me;
method_fn method_set_my_commands;
method_fn method_get_my_commands;
method_fn method_delete_my_commands;

#endif
