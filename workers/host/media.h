/* media.h - the file of a message. */
#ifndef WORKERS_HOST_MEDIA_H
#define WORKERS_HOST_MEDIA_H

#include "common/arena.h"
#include "common/pack.h"
#include "workers/module.h"

/* Of a Bot API "Message", "ExternalReplyInfo" or "RichBlock"; NULL: it has none. */
const struct media *media_read(struct cursor map, struct arena *arena);

#endif
