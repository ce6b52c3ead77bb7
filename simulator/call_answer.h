/* call_answer.h - answers a call of the bot: properly, late, or spoilt by a fault. */
#ifndef SIMULATOR_CALL_ANSWER_H
#define SIMULATOR_CALL_ANSWER_H

#include <stdint.h>

#include "simulator/faults.h"
#include "common/web/server.h"

struct sim;

/* As the fault demands; without one, after --delay-ms. */
void call_answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		 const struct answer *right);
/* An error in Telegram's form, regardless of faults. `description` has nothing to escape. */
void call_answer_error(struct sim *sim, struct exchange *exchange, int code,
		       const char *description, uint64_t after_ms);

#endif
