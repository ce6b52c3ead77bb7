/* messages.h - the pools' messages, from HELLO to BYE. */
#ifndef INGRESS_POOLS_MESSAGES_H
#define INGRESS_POOLS_MESSAGES_H

#include "ingress/pools/state.h"

/* What the link received; `owner` is a struct pools. */
void pools_on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size);
/* Ends the cooldowns whose time has passed, and sets the timer for the next. */
void pools_on_cooldown_over(void *owner);

#endif
