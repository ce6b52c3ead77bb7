/* cooldown.c - the list of cooldowns. Few at a time, so a linear search is enough. */
#include "ingress/dispatch/cooldown.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "ingress/update/lane_key.h"

#define REMAINING_MAX_MS (24u * 3600 * 1000) /* Telegram has been seen to ask for hours */

void cooldowns_finish(struct cooldowns *cooldowns)
{
	free(cooldowns->list);
	*cooldowns = (struct cooldowns) { 0 };
}

static void hold(struct dispatch *dispatch, int64_t chat_id, bool held)
{
	if (chat_id == 0)
		dispatch_pause(dispatch, held);
	else
		dispatch_hold(dispatch, lane_of_chat(chat_id), held);
}

void cooldowns_add(struct cooldowns *cooldowns, struct dispatch *dispatch,
		   const struct message_cooldown *cooldown, uint64_t now_ms)
{
	uint64_t remaining_ms = cooldown->remaining_ms < REMAINING_MAX_MS ? cooldown->remaining_ms
									  : REMAINING_MAX_MS;
	uint64_t until_ms = now_ms + remaining_ms;

	for (size_t i = 0; i < cooldowns->count; i++)
		if (cooldowns->list[i].chat_id == cooldown->chat_id) {
			if (cooldowns->list[i].until_ms < until_ms)
				cooldowns->list[i].until_ms = until_ms;
			return;
		}
	if (remaining_ms == 0 || cooldowns->count == COOLDOWNS_MAX)
		return;
	array_reserve(cooldowns->list, &cooldowns->capacity, cooldowns->count + 1);
	cooldowns->list[cooldowns->count++] = (struct cooldown) { cooldown->chat_id, until_ms };
	hold(dispatch, cooldown->chat_id, true);
}

uint64_t cooldowns_token_ms(const struct cooldowns *cooldowns, uint64_t now_ms)
{
	for (size_t i = 0; i < cooldowns->count; i++)
		if (cooldowns->list[i].chat_id == 0 && cooldowns->list[i].until_ms > now_ms)
			return cooldowns->list[i].until_ms - now_ms;
	return 0;
}

size_t cooldowns_chats(const struct cooldowns *cooldowns, uint64_t now_ms, uint64_t *longest_ms)
{
	size_t count = 0;

	*longest_ms = 0;
	for (size_t i = 0; i < cooldowns->count; i++) {
		const struct cooldown *cooldown = &cooldowns->list[i];

		if (cooldown->chat_id == 0 || cooldown->until_ms <= now_ms)
			continue;
		count++;
		if (cooldown->until_ms - now_ms > *longest_ms)
			*longest_ms = cooldown->until_ms - now_ms;
	}
	return count;
}

uint64_t cooldowns_expire(struct cooldowns *cooldowns, struct dispatch *dispatch, uint64_t now_ms)
{
	uint64_t next_ms = 0;
	size_t kept = 0;

	for (size_t i = 0; i < cooldowns->count; i++) {
		struct cooldown cooldown = cooldowns->list[i];

		if (cooldown.until_ms <= now_ms) {
			hold(dispatch, cooldown.chat_id, false);
			continue;
		}
		cooldowns->list[kept++] = cooldown;
		if (next_ms == 0 || cooldown.until_ms < next_ms)
			next_ms = cooldown.until_ms;
	}
	cooldowns->count = kept;
	return next_ms;
}

size_t cooldowns_list(const struct cooldowns *cooldowns, struct message_cooldown *out, size_t max,
		      uint64_t now_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < cooldowns->count && count < max; i++)
		if (cooldowns->list[i].until_ms > now_ms)
			out[count++] = (struct message_cooldown) {
				cooldowns->list[i].chat_id, cooldowns->list[i].until_ms - now_ms
			};
	return count;
}
