/* crowd_cast.h - the people and chats of the crowd. */
#ifndef SIMULATOR_CROWD_CAST_H
#define SIMULATOR_CROWD_CAST_H

struct sim;

/* The first is Alice, id 1001, of the group Friends. */
void crowd_cast(struct sim *sim);

#endif
