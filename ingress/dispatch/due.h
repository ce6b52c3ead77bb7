/* due.h - waiting work ordered by due time: a binary heap that knows where in it each work is. */
#ifndef INGRESS_DISPATCH_DUE_H
#define INGRESS_DISPATCH_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due_entry {
	uint64_t due_ms; /* UTC: survives restarts */
	uint64_t seq;    /* breaks ties: older first */
	uint64_t lane;   /* the lane's key */
	uint32_t work;   /* there is one entry of it */
};

/* A zeroed struct is empty and ready. */
struct due {
	struct due_entry *heap;
	size_t count;
	size_t capacity;
	uint32_t *places; /* by work: where in the heap its entry is, if it has one */
	size_t places_capacity;
};

void due_finish(struct due *due);
void due_add(struct due *due, struct due_entry entry);
/* Takes the first entry that is due at `now_ms`. */
bool due_take(struct due *due, uint64_t now_ms, struct due_entry *out);
/* Removes the entry of a work before it is due; it must be there. */
struct due_entry due_remove(struct due *due, uint32_t work);
/* The entry of a work; it must be there, too. Borrowed until the next change. */
const struct due_entry *due_find(const struct due *due, uint32_t work);

#endif
