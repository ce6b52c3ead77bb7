/* zone.h - time zones as the system's tzdata has them, and when a minute of the day is. */
#ifndef WORKERS_HOST_ZONE_H
#define WORKERS_HOST_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_DEFAULT "UTC"
#define ZONE_NAME_SIZE 64
#define MINUTES_OF_DAY 1440

/* Finds the name of a zone as people write it ("europe/berlin"). False when there is none. */
bool zone_find(const char *text, char out[ZONE_NAME_SIZE]);
/* The first time after `after_s` (UTC seconds) at which it is this minute of a day there. Where the
 * clocks skip it, when they go on; where it comes twice, the first time. A zone that is not known
 * (any more) is UTC. */
int64_t zone_next(const char *zone, int64_t after_s, int64_t minute_of_day);
/* What the clocks show: the minute of the day. */
int64_t zone_minute(const char *zone, int64_t at_s);

#endif
