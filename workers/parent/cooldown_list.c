/* cooldown_list.c - an unsorted array; expired entries are dropped with each new one. */
#include "workers/parent/cooldown_list.h"

#include <stdlib.h>

#include "common/xalloc.h"

void cooldown_list_finish(struct cooldown_list *cooldowns)
{
	free(cooldowns->scopes);
	*cooldowns = (struct cooldown_list) { 0 };
}

void cooldown_list_note(struct cooldown_list *cooldowns, int64_t chat_id, uint64_t now_ms,
			uint64_t until_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < cooldowns->count; i++) {
		const struct cooldown_scope scope = cooldowns->scopes[i];

		if (scope.chat_id == chat_id && scope.until_ms > until_ms)
			until_ms = scope.until_ms;
		else if (scope.chat_id != chat_id && scope.until_ms > now_ms)
			cooldowns->scopes[kept++] = scope;
	}
	array_reserve(cooldowns->scopes, &cooldowns->capacity, kept + 1);
	cooldowns->scopes[kept] = (struct cooldown_scope) { chat_id, until_ms };
	cooldowns->count = kept + 1;
}

uint64_t cooldown_list_token_ms(const struct cooldown_list *cooldowns, uint64_t now_ms)
{
	for (size_t i = 0; i < cooldowns->count; i++)
		if (cooldowns->scopes[i].chat_id == 0 && cooldowns->scopes[i].until_ms > now_ms)
			return cooldowns->scopes[i].until_ms - now_ms;
	return 0;
}
