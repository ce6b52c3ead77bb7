#include "simulator/reactions.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

void reactions_finish(struct reactions *reactions)
{
	for (size_t i = 0; i < reactions->count; i++)
		free(reactions->items[i].list);
	free(reactions->items);
	*reactions = (struct reactions) { 0 };
}

static struct reaction *find(const struct reactions *reactions, int64_t actor)
{
	for (size_t i = 0; i < reactions->count; i++) {
		if (reactions->items[i].actor == actor)
			return &reactions->items[i];
	}
	return NULL;
}

const char *reactions_of(const struct reactions *reactions, int64_t actor)
{
	const struct reaction *reaction = find(reactions, actor);

	return reaction ? reaction->list : "[]";
}

void reactions_set(struct reactions *reactions, int64_t actor, const char *list)
{
	struct reaction *reaction = find(reactions, actor);

	if (reaction) {
		free(reaction->list);
		*reaction = reactions->items[--reactions->count];
	}
	if (!strcmp(list, "[]"))
		return;
	reactions->items = xreallocarray(reactions->items, reactions->count + 1,
					 sizeof(*reactions->items));
	reactions->items[reactions->count++] = (struct reaction) { .actor = actor,
								   .list = xstrdup(list) };
}
