/* waiting.h - stands in for ingress: work that waits until the conversation's clock shows its time,
 * and what handlers order about it (common/orders.h). */
#ifndef TESTS_MODULES_WAITING_H
#define TESTS_MODULES_WAITING_H

#include "tests/modules/conversation.h"

/* What the handler of this item ordered. */
void waiting_order(struct conversation *conversation, const struct line_action *action,
		   const struct message_item *item, struct text orders);
/* Takes what is due first, by this time; NULL: nothing is. */
const struct waiting *waiting_take(struct conversation *conversation, uint64_t until_ms);

#endif
