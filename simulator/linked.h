/* linked.h - automatic forwards: what is posted in a channel appears in its discussion group. */
#ifndef SIMULATOR_LINKED_H
#define SIMULATOR_LINKED_H

#include <stdint.h>

struct chat;
struct sim;

/* Forwards the post, if the channel has a group; the bot learns of it there. sim.scratch is written
 * over. */
void linked_forward(struct sim *sim, struct chat *channel, int64_t message_id);

#endif
