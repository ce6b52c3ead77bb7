#include "simulator/callbacks.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define FIRST_ID 4382648392023000000 /* the size that Telegram's have */

void callbacks_finish(struct callbacks *callbacks)
{
	free(callbacks->ring);
	*callbacks = (struct callbacks) { 0 };
}

int64_t callbacks_add(struct callbacks *callbacks, int64_t now_s)
{
	int64_t id = FIRST_ID + ++callbacks->made;

	if (!callbacks->ring)
		callbacks->ring = xcalloc(CALLBACKS_MAX, sizeof(*callbacks->ring));
	callbacks->ring[id % CALLBACKS_MAX] = (struct callback) { .id = id, .since_s = now_s };
	return id;
}

bool callbacks_answer(struct callbacks *callbacks, int64_t id, int64_t now_s)
{
	struct callback *callback = callbacks->ring && id > 0 ? &callbacks->ring[id % CALLBACKS_MAX]
							      : NULL;

	if (!callback || callback->id != id || callback->answered ||
	    now_s - callback->since_s > CALLBACK_LIFETIME_S) {
		callbacks->too_old++;
		return false;
	}
	callback->answered = true;
	callbacks->answered++;
	return true;
}
