/* crowd_deed.h - what the people of the crowd do next. */
#ifndef SIMULATOR_CROWD_DEED_H
#define SIMULATOR_CROWD_DEED_H

struct sim;

/* Somebody does something somewhere; most of it becomes one update, some of it none or two. */
void crowd_deed(struct sim *sim);

#endif
