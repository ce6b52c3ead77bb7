/* payments.h - invoices by link, and what was paid. */
#ifndef SIMULATOR_PAYMENTS_H
#define SIMULATOR_PAYMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulator/world.h"

#define INVOICE_LINKS_MAX 4096

struct payment {
	char charge_id[40];
	struct person *person;
	struct chat *chat;
	int64_t amount;
	bool in_stars, is_refunded;
	char *payload;
};

struct payments {
	json_t *links; /* link → invoice, as JSON text; NULL: none */
	struct payment *items;
	size_t count;
};

void payments_finish(struct payments *payments);
/* The link of an invoice; NULL when there are too many. Valid as long as `payments`. */
const char *payments_add_link(struct payments *payments, const char *invoice);
/* NULL when there is none. */
const char *payments_find_link(const struct payments *payments, const char *link);
/* Valid until the next one. */
struct payment *payments_add(struct payments *payments, struct person *person, struct chat *chat);
struct payment *payments_find(const struct payments *payments, const char *charge_id);

#endif
