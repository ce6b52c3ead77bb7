/* session_lock.h - proof that an earlier session of this host is dead: a file with its number,
 * under an flock that every process of its pool holds. A process that gets the lock knows that all
 * of them are gone, so what they held need not wait for its lease to expire. */
#ifndef WORKERS_PARENT_SESSION_LOCK_H
#define WORKERS_PARENT_SESSION_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"

struct session_lock {
	/* Read-only, as it is inherited by the nursery, and so by everything that it forks: a
	 * handler that was taken over must not write there. */
	int fd;
	int file;             /* the same file, for what is written there */
	uint64_t predecessor; /* 0: none */
};

/* Takes the first free lock in the directory. Waits for a lock whose parent is dead: its children
 * are about to exit. */
MUST_CHECK bool session_lock_take(struct session_lock *lock, const char *directory,
				  struct why *why);
/* Records the session that is over once all holders of the lock are gone; 0: none, it sent BYE. */
void session_lock_write(const struct session_lock *lock, uint64_t session);
void session_lock_release(struct session_lock *lock);

#endif
