/* later.h - answers that are given later: the delay of --delay-ms, slow faults, conflicts. */
#ifndef SIMULATOR_LATER_H
#define SIMULATOR_LATER_H

#include <sys/queue.h>

#include "simulator/server.h"

struct later;

struct laters {
	struct loop *loop;
	LIST_HEAD(later_list, later) list;
};

void laters_finish(struct laters *laters);
/* Copies the body. A client that goes away meanwhile gets nothing. */
void later_answer(struct laters *laters, struct exchange *exchange, const struct answer *answer,
		  uint64_t after_ms);

#endif
