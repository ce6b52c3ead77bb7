/* page_plain.h - the state as a page without scripts: the chats and the last messages of one. */
#ifndef SIMULATOR_PAGE_PLAIN_H
#define SIMULATOR_PAGE_PLAIN_H

#include "simulator/parameters.h"
#include "common/web/server.h"

struct sim;

/* "chat": the one that is shown; none: the list. */
void page_answer_plain(struct sim *sim, struct exchange *exchange, const struct parameters *query);

#endif
