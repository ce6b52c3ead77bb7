/* dress.h - what is written for a call: what was asked for, with moments in the place of durations
 * (call_end.h), and of deletions those of the chat together (gather.h). */
#ifndef WORKERS_SENDER_DRESS_H
#define WORKERS_SENDER_DRESS_H

#include "workers/sender/queue.h"

/* Before it is made, each time. */
void send_call_dress(struct send_call *call);
/* Once it was made: the call is again what was asked for. */
void send_call_undress(struct send_call *call);
/* A group that became a supergroup: the call goes to the new id and keeps its place. False when it
 * did before, or cannot. */
bool send_call_move(struct send_call *call, int64_t chat_id);

#endif
