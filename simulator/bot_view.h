/* bot_view.h - which messages of a group a bot is shown:
 * core.telegram.org/bots/features#privacy-mode and
 * core.telegram.org/bots/faq#what-messages-will-my-bot-get. */
#ifndef SIMULATOR_BOT_VIEW_H
#define SIMULATOR_BOT_VIEW_H

#include <stdbool.h>

#include "simulator/compose.h"

/* `text` NULL: it is no text message. */
bool bot_sees_message(const struct world *world, const struct draft *draft, const char *text);

#endif
