/* pace.h - how many calls of jobs a second are made (workers/api/jobs.h), so that all others keep
 * their share of what Telegram lets a bot say: "avoid sending more than 30 messages per second",
 * "one message per second" in a chat, "20 messages per minute" in a group (Bots FAQ, "My bot is
 * hitting limits").
 *
 * KORONE_JOB_RATE of them at most, spread evenly; fewer while PACE_ALL messages a second are said
 * in all, or that rate if it is higher, but one a second always. Into a chat: flood_room_ms(). No
 * clock: times are passed in. */
#ifndef WORKERS_SENDER_PACE_H
#define WORKERS_SENDER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/sender/flood.h"
#include "workers/sender/queue.h"

#define PACE_ALL 25u /* 30, less what an answer that cannot wait needs */
#define PACE_SLOTS 10u
#define PACE_SLOT_MS 100u

struct pace {
	uint32_t rate;               /* of jobs, a second */
	uint32_t counts[PACE_SLOTS]; /* messages, in a ring of slots */
	uint64_t slot;               /* the latest: its time in PACE_SLOT_MS */
	uint64_t next_ms;            /* no call of a job before, by the rate */
	bool begun;
};

void pace_init(struct pace *pace, uint32_t rate);
/* A message is said now, or a call of a job is made. */
void pace_note(struct pace *pace, bool is_job, uint64_t now_ms);
/* When the next call of a job may be made; now_ms or less: now. */
uint64_t pace_due_ms(struct pace *pace, uint64_t now_ms);
/* A call that is about to be made: counts it, if it is a message or a job's. False: it is a job's,
 * and held for a while since its chat has no room now. */
bool pace_admits(struct pace *pace, const struct flood *flood, struct send_queue *queue,
		 struct send_call *call, uint64_t now_ms);

#endif
