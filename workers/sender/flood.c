/* flood.c - a table of recent messages by chat, and a short list of chats that were refused. */
#include "workers/sender/flood.h"

/* Known limits of a chat: one message a second, bursts allowed, and 20 a minute in groups. */
#define FEW_MESSAGES 3u
#define MINUTE_MS 60000u
#define CHAT_MS 1000u

/* --- chats with recent messages --- */

static size_t slot_of(int64_t id)
{
	return ((uint64_t)id * 0x9e3779b97f4a7c15u >> 32) % FLOOD_RECENT;
}

static struct flood_recent *recent_of(struct flood *flood, int64_t id)
{
	return &flood->recent[slot_of(id)];
}

static uint32_t messages_lately(const struct flood_recent *recent, int64_t id, uint64_t now_ms)
{
	uint64_t minutes = now_ms / MINUTE_MS - recent->minute;

	return recent->id != id || minutes > 31 ? 0 : recent->messages >> minutes;
}

static void note_message(struct flood *flood, int64_t id, uint64_t now_ms)
{
	struct flood_recent *recent = recent_of(flood, id);
	uint32_t before = messages_lately(recent, id, now_ms);

	*recent = (struct flood_recent) { id, (uint32_t)(now_ms / MINUTE_MS), before + 1, now_ms };
}

uint64_t flood_room_ms(const struct flood *flood, const struct call *call, uint64_t now_ms)
{
	const struct flood_recent *recent = &flood->recent[slot_of(call->chat_id)];

	if (recent->id != call->chat_id)
		return 0;
	if (messages_lately(recent, recent->id, now_ms) >= FLOOD_ROOM)
		return (now_ms / MINUTE_MS + 1) * MINUTE_MS;
	return recent->last_ms + CHAT_MS;
}

/* --- chats in a cooldown --- */

static void remove_at(struct flood *flood, size_t index)
{
	for (flood->count--; index < flood->count; index++)
		flood->silent[index] = flood->silent[index + 1];
}

void flood_note(struct flood *flood, int64_t chat_id, uint64_t now_ms, uint64_t until_ms)
{
	for (size_t i = flood->count; i-- > 0;)
		if (flood->silent[i].id == chat_id || flood->silent[i].until_ms <= now_ms)
			remove_at(flood, i);
	if (!flood->count)
		flood->since_ms = now_ms;
	if (flood->count == FLOOD_CHATS)
		remove_at(flood, 0);
	flood->silent[flood->count++] = (struct flood_chat) { chat_id, until_ms };
}

static uint64_t earliest_end(const struct flood *flood)
{
	uint64_t until_ms = UINT64_MAX;

	for (size_t i = 0; i < flood->count; i++)
		if (flood->silent[i].until_ms < until_ms)
			until_ms = flood->silent[i].until_ms;
	return until_ms;
}

enum flood_scope flood_refused(struct flood *flood, const struct call *call, uint64_t now_ms,
			       uint64_t *until_ms)
{
	int64_t id = call->chat_id;

	if (!id)
		return FLOOD_CALL;
	if (messages_lately(recent_of(flood, id), id, now_ms) >= FEW_MESSAGES)
		return FLOOD_CHAT;
	flood_note(flood, id, now_ms, *until_ms);
	if (flood->count < FLOOD_CHATS)
		return FLOOD_CHAT;
	*until_ms = earliest_end(flood);
	/* The next cooldown of the token needs its own evidence. */
	flood->count = 0;
	return FLOOD_TOKEN;
}

void flood_passed(struct flood *flood, const struct call *call, uint64_t now_ms, uint64_t began_ms)
{
	if (!call->chat_id)
		return;
	note_message(flood, call->chat_id, now_ms);
	if (began_ms >= flood->since_ms)
		flood->count = 0;
}
