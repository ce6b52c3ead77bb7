#include "simulator/action_kinds.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_media.h"
#include "simulator/action_service.h"
#include "simulator/action_update.h"

const char *action_kind(size_t index)
{
	static const char *(*const lists[])(
		size_t index) = { action_media_kind, action_service_kind, action_update_kind };

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		size_t count = 0;

		while (lists[i](count))
			count++;
		if (index < count)
			return lists[i](index);
		index -= count;
	}
	return NULL;
}

bool action_is_kind(const char *name)
{
	const char *kind;

	for (size_t i = 0; (kind = action_kind(i)); i++) {
		if (!strcmp(kind, name))
			return true;
	}
	return false;
}

struct action_result action_perform(struct sim *sim, const struct action *action, const char *kind)
{
	struct action_result result = action_send_media(sim, action, kind);

	if (result.update_id < 0)
		result = action_send_service(sim, action, kind);
	return result.update_id < 0 ? action_send_update(sim, action, kind) : result;
}
