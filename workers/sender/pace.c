/* pace.c - see pace.h. */
#include "workers/sender/pace.h"

#include <string.h>

void pace_init(struct pace *pace, uint32_t rate)
{
	*pace = (struct pace) { .rate = rate ? rate : 1 };
}

static void turn_to(struct pace *pace, uint64_t now_ms)
{
	uint64_t slot = now_ms / PACE_SLOT_MS;

	if (slot - pace->slot >= PACE_SLOTS)
		memset(pace->counts, 0, sizeof(pace->counts));
	for (uint64_t at = pace->slot + 1; slot - pace->slot < PACE_SLOTS && at <= slot; at++)
		pace->counts[at % PACE_SLOTS] = 0;
	pace->slot = slot;
}

void pace_note(struct pace *pace, bool is_job, uint64_t now_ms)
{
	turn_to(pace, now_ms);
	pace->counts[pace->slot % PACE_SLOTS]++;
	if (!is_job)
		return;
	/* Evenly, whatever a millisecond is: of 15 a second one in 67. */
	pace->next_ms = now_ms + (1000 + pace->rate - 1) / pace->rate;
	pace->begun = true;
}

/* When the oldest slot with messages is a second old. */
static uint64_t oldest_ends_ms(const struct pace *pace)
{
	for (uint64_t at = pace->slot + 1 - PACE_SLOTS; at < pace->slot; at++)
		if (pace->counts[at % PACE_SLOTS])
			return (at + PACE_SLOTS) * PACE_SLOT_MS;
	return (pace->slot + PACE_SLOTS) * PACE_SLOT_MS;
}

uint64_t pace_due_ms(struct pace *pace, uint64_t now_ms)
{
	uint32_t all = 0, most = pace->rate > PACE_ALL ? pace->rate : PACE_ALL;
	uint64_t due_ms = pace->begun ? pace->next_ms : 0, always_ms;

	turn_to(pace, now_ms);
	for (unsigned i = 0; i < PACE_SLOTS; i++)
		all += pace->counts[i];
	if (all < most)
		return due_ms;
	if (oldest_ends_ms(pace) > due_ms)
		due_ms = oldest_ends_ms(pace);
	always_ms = pace->begun ? pace->next_ms - (1000 + pace->rate - 1) / pace->rate + 1000 : 0;
	return due_ms < always_ms ? due_ms : always_ms;
}

bool pace_admits(struct pace *pace, const struct flood *flood, struct send_queue *queue,
		 struct send_call *call, uint64_t now_ms)
{
	bool is_job = call->call.class == CALL_BULK && call->call.chat_id;
	bool is_message = call->call.chat_id && !call->hint &&
			  !method_is_harmless(call->method, call->call.method);
	uint64_t room_ms = is_job && is_message ? flood_room_ms(flood, &call->call, now_ms) : 0;

	if (room_ms > now_ms) {
		send_queue_hold(queue, call, room_ms);
		return false;
	}
	if (is_job || is_message)
		pace_note(pace, is_job, now_ms);
	return true;
}
