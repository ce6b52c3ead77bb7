#include "simulator/action_kinds.h"

#include "simulator/action_media.h"
#include "simulator/action_service.h"
#include "simulator/action_update.h"

struct action_result action_perform(struct sim *sim, const struct action *action, const char *kind)
{
	struct action_result result = action_send_media(sim, action, kind);

	if (result.update_id < 0)
		result = action_send_service(sim, action, kind);
	return result.update_id < 0 ? action_send_update(sim, action, kind) : result;
}
