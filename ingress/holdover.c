/* holdover.c - collects in the replay, acts at the start. */
#include "ingress/holdover.h"

#include <stdlib.h>

#include "common/pack.h"
#include "common/xalloc.h"

void holdover_finish(struct holdover *holdover)
{
	free(holdover->held);
	free(holdover->awaited);
	*holdover = (struct holdover) { 0 };
}

void holdover_add(struct holdover *holdover, const struct spool_update *update)
{
	if (holdover->held_count == holdover->held_capacity) {
		holdover->held_capacity = holdover->held_capacity ? 2 * holdover->held_capacity
								  : 64;
		holdover->held = xreallocarray(holdover->held, holdover->held_capacity,
					       sizeof(*holdover->held));
	}
	holdover->held[holdover->held_count++] = *update;
}

void holdover_set_sessions(struct holdover *holdover, const void *value, size_t size)
{
	struct cursor cursor = cursor_make(value, size);
	size_t count = cursor_array(&cursor);

	free(holdover->awaited);
	holdover->awaited = xcalloc(CONSUMERS_MAX, sizeof(*holdover->awaited));
	holdover->awaited_count = 0;
	for (size_t i = 0; i < count && i < CONSUMERS_MAX; i++) {
		uint64_t id = cursor_uint(&cursor);

		if (cursor_ok(&cursor) && id != 0)
			holdover->awaited[holdover->awaited_count++] = id;
	}
}

size_t holdover_apply(struct holdover *holdover, struct sessions *sessions,
		      struct dispatch *dispatch, uint64_t loop_ms, uint64_t utc_ms)
{
	size_t held = 0;

	for (size_t i = 0; i < holdover->awaited_count; i++) {
		struct session *session = sessions_add(sessions, holdover->awaited[i],
						       SESSION_AWAITED, loop_ms);

		if (session)
			dispatch_open(dispatch, session_number(sessions, session));
	}
	for (size_t i = 0; i < holdover->held_count; i++) {
		const struct spool_update *update = &holdover->held[i];
		const struct session *session = sessions_find(sessions, update->session);

		if (session)
			dispatch_add_out(dispatch, update, session_number(sessions, session));
		else
			dispatch_add(dispatch, update, utc_ms);
		held += session != NULL;
	}
	holdover_finish(holdover);
	return held;
}
