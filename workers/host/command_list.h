/* command_list.h - the commands that Telegram offers while somebody types "/": from the same routes
 * as /help (Bot API setMyCommands), for each scope and language. */
#ifndef WORKERS_HOST_COMMAND_LIST_H
#define WORKERS_HOST_COMMAND_LIST_H

#include "common/arena.h"
#include "workers/host/language.h"
#include "workers/module.h"
#include "workers/wire/call.h"

struct programs;

/* Without what lacks its program. */
size_t command_list_calls(const struct module *const *modules, const struct programs *programs,
			  const struct languages *languages, struct arena *arena,
			  const struct call **calls);

#endif
