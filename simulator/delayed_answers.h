/* delayed_answers.h - answers that wait: for --delay-ms, for a slow fault, for a conflict's pause.
 */
#ifndef SIMULATOR_DELAYED_ANSWERS_H
#define SIMULATOR_DELAYED_ANSWERS_H

#include <sys/queue.h>

#include "common/web/server.h"

struct delayed_answer;

struct delayed_answers {
	struct loop *loop;
	LIST_HEAD(delayed_answer_list, delayed_answer) list;
};

void delayed_answers_finish(struct delayed_answers *answers);
/* Copies the body. Forgotten if the client goes away meanwhile. */
void delayed_answers_add(struct delayed_answers *answers, struct exchange *exchange,
			 const struct answer *answer, uint64_t after_ms);

#endif
