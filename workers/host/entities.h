/* entities.h - Bot API "MessageEntity" with places in bytes instead of UTF-16 units. */
#ifndef WORKERS_HOST_ENTITIES_H
#define WORKERS_HOST_ENTITIES_H

#include "common/arena.h"
#include "common/pack.h"
#include "workers/module.h"

/* More are not read. Clients send at most 100; the server adds the links and names that it finds.
 */
#define ENTITIES_READ_MAX 1000

/* The type, value, time and person of an entity (or of a part of a rich message), without its
 * place. */
struct message_entity entity_read(struct cursor map, struct arena *arena);
/* The entities of a text that lie in it; returns how many. */
size_t entities_read(struct cursor list, struct text text, struct arena *arena,
		     const struct message_entity **out);

#endif
