/* written_buttons.h - buttons as people write them into texts that are kept: nobody but a bot can
 * put real ones below a message. The form is that of other bots for groups:
 *
 *     [Site](buttonurl://example.org)          on a row of its own
 *     [Shop](buttonurl://shop.example:same)    beside the one before */
#ifndef WORKERS_HOST_WRITTEN_BUTTONS_H
#define WORKERS_HOST_WRITTEN_BUTTONS_H

#include <stddef.h>

#include "common/arena.h"
#include "workers/api/messages.h"

/* A message whose part of the text from `start` on has them as links and not in the text, with the
 * entities where they are then, and the new *size of that part; the message itself when none is
 * written. What leads nowhere stays as it is written. */
const struct message *written_buttons_take(const struct message *message, size_t start,
					   size_t *size, struct arena *arena);

#endif
