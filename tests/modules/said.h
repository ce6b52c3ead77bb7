/* said.h - the names of messages in a conversation: what the sender would find in Redis. */
#ifndef TESTS_MODULES_SAID_H
#define TESTS_MODULES_SAID_H

#include <stdbool.h>

#include "workers/wire/call.h"

struct conversation;

/* Whether the call would be made; then with its ids in the body. */
bool said_prepare(struct conversation *conversation, struct call *call);
/* It was made; `before` is the id of the last message before it. */
void said_learn(struct conversation *conversation, const struct call *call, int64_t before);

#endif
