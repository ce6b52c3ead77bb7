/* action_media.h - messages other than text: media, places, polls. */
#ifndef SIMULATOR_ACTION_MEDIA_H
#define SIMULATOR_ACTION_MEDIA_H

#include "simulator/action.h"

/* "photo", "sticker", "location", "poll", … */
struct action_result action_send_media(struct sim *sim, const struct action *action,
				       const char *kind);

#endif
