/* session_lock.h - proof that an earlier session of this host is dead: a file with its number,
 * under an flock that every process of its pool holds. Who gets the lock knows that all of them are
 * gone, so what they had in hand need not wait for the end of its lease. */
#ifndef WORKERS_PARENT_SESSION_LOCK_H
#define WORKERS_PARENT_SESSION_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"

struct session_lock {
	int fd;               /* inherited by the nursery, and so by all that it forks */
	uint64_t predecessor; /* 0: none */
};

/* Takes the first free lock in the directory; one whose parent is dead is waited for, as its
 * children are on their way out. */
MUST_CHECK bool session_lock_take(struct session_lock *lock, const char *directory,
				  struct why *why);
/* The session that is over when all who hold the lock are gone; 0: none, it said goodbye. */
void session_lock_write(const struct session_lock *lock, uint64_t session);
void session_lock_release(struct session_lock *lock);

#endif
