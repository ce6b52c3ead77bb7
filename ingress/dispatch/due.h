/* due.h - waiting work by the time it is due: a binary heap. */
#ifndef INGRESS_DISPATCH_DUE_H
#define INGRESS_DISPATCH_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due_entry {
	uint64_t due_ms; /* UTC: kept over restarts */
	uint64_t seq;    /* equal times: the older first */
	uint64_t lane;   /* the key of its lane */
	uint32_t work;
};

/* Zeroed is empty and ready. */
struct due {
	struct due_entry *heap;
	size_t count;
	size_t capacity;
};

void due_finish(struct due *due);
void due_add(struct due *due, struct due_entry entry);
/* Takes the first one that is due at `now_ms`. */
bool due_take(struct due *due, uint64_t now_ms, struct due_entry *out);
/* Takes that of an update before it is due; it is there. Walks over all: for what is rare. */
struct due_entry due_remove(struct due *due, uint64_t seq);

#endif
