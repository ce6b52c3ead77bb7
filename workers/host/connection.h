/* connection.h - what a person who is connected to a group (workers/api/enter.h) does in the
 * private chat: which of it is about the group. */
#ifndef WORKERS_HOST_CONNECTION_H
#define WORKERS_HOST_CONNECTION_H

#include "workers/host/ctx.h"

/* Before a row is checked: enters the group to which the person is connected, if the row is for
 * that; else returns. */
void connection_enter(struct ctx *ctx, const struct row *row);
/* The chat of which a question may be besides the one where it was answered; 0: none. */
int64_t connection_question_chat(struct ctx *ctx);
/* For which chat buttons and questions are sealed that go to this one. */
int64_t connection_seals(struct ctx *ctx, int64_t chat_id);

#endif
