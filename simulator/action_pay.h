/* action_pay.h - a person pays an invoice: shipping and pre-checkout queries, then the payment. */
#ifndef SIMULATOR_ACTION_PAY_H
#define SIMULATOR_ACTION_PAY_H

#include "simulator/action.h"

struct query;

/* `invoice` is JSON as method_payments.c makes it. A flexible one asks for shipping first; the
 * query that was made. */
const struct query *action_pay(struct sim *sim, struct person *person, struct chat *chat,
			       const char *invoice);
const struct query *action_check_out(struct sim *sim, struct person *person, struct chat *chat,
				     const char *invoice);
/* The bot has agreed: successful_payment. */
void action_paid(struct sim *sim, struct person *person, struct chat *chat, const char *invoice);

#endif
