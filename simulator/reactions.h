/* reactions.h - who reacted to a message with what. */
#ifndef SIMULATOR_REACTIONS_H
#define SIMULATOR_REACTIONS_H

#include <stddef.h>
#include <stdint.h>

struct reaction {
	int64_t actor; /* a person or a chat */
	char *list;    /* JSON array of ReactionType objects, not empty */
};

struct reactions {
	struct reaction *items;
	size_t count;
};

void reactions_finish(struct reactions *reactions);
/* The actor's list, "[]" when there is none. */
const char *reactions_of(const struct reactions *reactions, int64_t actor);
/* "[]" takes them back. */
void reactions_set(struct reactions *reactions, int64_t actor, const char *list);

#endif
