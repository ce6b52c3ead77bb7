#include "simulator/payments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

void payments_finish(struct payments *payments)
{
	for (size_t i = 0; i < payments->count; i++)
		free(payments->items[i].payload);
	free(payments->items);
	json_decref(payments->links);
	*payments = (struct payments) { 0 };
}

const char *payments_add_link(struct payments *payments, const char *invoice)
{
	char link[48];

	if (!payments->links)
		payments->links = json_object();
	if (json_object_size(payments->links) == INVOICE_LINKS_MAX)
		return NULL;
	snprintf(link, sizeof(link), "https://t.me/$invoice%zu",
		 json_object_size(payments->links) + 1);
	json_object_set_new(payments->links, link, json_string(invoice));
	return json_object_iter_key(json_object_iter_at(payments->links, link));
}

const char *payments_find_link(const struct payments *payments, const char *link)
{
	return json_string_value(json_object_get(payments->links, link));
}

struct payment *payments_add(struct payments *payments, struct person *person, struct chat *chat)
{
	struct payment *payment;

	payments->items = xreallocarray(payments->items, payments->count + 1,
					sizeof(*payments->items));
	payment = &payments->items[payments->count++];
	*payment = (struct payment) { .person = person, .chat = chat };
	snprintf(payment->charge_id, sizeof(payment->charge_id), "stxCharge%zu_%lld",
		 payments->count, (long long)person->id);
	return payment;
}

struct payment *payments_find(const struct payments *payments, const char *charge_id)
{
	for (size_t i = 0; i < payments->count; i++) {
		if (!strcmp(payments->items[i].charge_id, charge_id))
			return &payments->items[i];
	}
	return NULL;
}
