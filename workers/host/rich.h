/* rich.h - a rich message (Bot API "RichMessage") as lines of text with entities. */
#ifndef WORKERS_HOST_RICH_H
#define WORKERS_HOST_RICH_H

#include "common/arena.h"
#include "common/pack.h"
#include "workers/module.h"

/* Telegram's limit is 32768 characters. */
#define RICH_TEXT_MAX (128u << 10)

struct rich {
	struct text text;
	const struct message_entity *entities;
	size_t entities_count;
	const struct media *media; /* the first; NULL: none */
};

/* Pictures, formulas and the like leave their captions and sources. */
struct rich rich_read(struct cursor map, struct arena *arena);

#endif
