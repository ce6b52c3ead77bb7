/* cooled.c - see cooled.h. */
#include "workers/parent/cooled.h"

#include <stdlib.h>

#include "common/xalloc.h"

void cooled_finish(struct cooled *cooled)
{
	free(cooled->scopes);
	*cooled = (struct cooled) { 0 };
}

void cooled_note(struct cooled *cooled, int64_t chat_id, uint64_t now_ms, uint64_t until_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < cooled->count; i++) {
		const struct cooled_scope scope = cooled->scopes[i];

		if (scope.chat_id == chat_id && scope.until_ms > until_ms)
			until_ms = scope.until_ms;
		else if (scope.chat_id != chat_id && scope.until_ms > now_ms)
			cooled->scopes[kept++] = scope;
	}
	array_reserve(cooled->scopes, &cooled->capacity, kept + 1);
	cooled->scopes[kept] = (struct cooled_scope) { chat_id, until_ms };
	cooled->count = kept + 1;
}
