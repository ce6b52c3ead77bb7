/* action_media.h - messages other than text: media, places, polls. */
#ifndef SIMULATOR_ACTION_MEDIA_H
#define SIMULATOR_ACTION_MEDIA_H

#include "simulator/action.h"

/* "photo", "sticker", "location", "poll", … */
const char *action_media_kind(size_t index); /* from 0 on; NULL at the end */
struct action_result action_send_media(struct sim *sim, const struct action *action,
				       const char *kind);

#endif
