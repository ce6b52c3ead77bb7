/* payments.h - what is asked before somebody pays, and what Telegram tells afterwards. An invoice
 * is a call (sendInvoice, createInvoiceLink); that it was paid is SERVICE("successful_payment"). */
#ifndef WORKERS_API_PAYMENTS_H
#define WORKERS_API_PAYMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "workers/api/people.h"
#include "workers/api/verdict.h"

/* Bot API "ShippingQuery": the person gave an address for an invoice with a flexible price. */
struct shipping_query {
	const struct user *from;
	const char *payload;                /* of the invoice */
	const char *country, *state, *city; /* the country as two letters: "DE" */
	const char *street, *street2, *postcode;
};

/* Bot API "PreCheckoutQuery": the person is about to pay. */
struct payment {
	const struct user *from;
	const char *payload;  /* of the invoice */
	const char *currency; /* three letters, "XTR" for Telegram Stars */
	int64_t amount;       /* in the smallest unit of the currency */
	const char *shipping; /* the id of the chosen option; "" for none */
};

/* Somebody bought paid media of the bot; Bot API "PaidMediaPurchased". */
struct paid_media {
	const struct user *from;
	const char *payload;
};

/* Bot API "BotSubscriptionUpdated". */
struct subscription {
	const struct user *from;
	const char *payload; /* of the invoice */
	const char *state;   /* "active", "canceled", "failed" */
};

struct shipping_option {
	const char *id, *title;
	int64_t amount; /* in the smallest unit of the invoice's currency */
};

/* PAYMENT(): takes the payment. Telegram waits 10 s for an answer. Whoever is asked and does not
 * answer, or fails, has refused: the host says so to the person. */
enum verdict ctx_accept_payment(struct ctx *ctx);
/* PAYMENT(), SHIPPING(): says to the person why not. Plain text: Telegram shows no markup here. */
enum verdict ctx_refuse_payment(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* SHIPPING(): what the person can choose from. */
enum verdict ctx_offer_shipping(struct ctx *ctx, const struct shipping_option *options,
				size_t count);

#endif
