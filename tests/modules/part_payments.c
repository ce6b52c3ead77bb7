/* part_payments.c - invoices and payments; the text is the payload of the invoice:
 *
 *     alice is about to pay 5 XTR: coffee
 *     alice wants it shipped: coffee
 *     alice pays 5 XTR: coffee */
#include <stdlib.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"

/* "5 XTR", in the smallest unit of the currency. */
static bool take_price(struct conversation *conversation, const char **at,
		       struct line_action *action, struct why *why)
{
	struct world *world = &conversation->world;
	const char *amount = take_word(world, at, " :");
	const char *currency = take_word(world, at, " :");

	action->object = arena_printf(&world->arena, "%s %s", amount, currency);
	return currency[0] || why_set(why, "a price is 5 XTR, not \"%s\"", amount);
}

static json_t *payment(const struct line_action *action)
{
	char *currency;
	long long amount = strtoll(action->object, &currency, 10);

	return json_pack("{s:s,s:I,s:s}", "currency", currency + 1, "total_amount",
			 (json_int_t)amount, "invoice_payload", action->text);
}

/* Bot API "PreCheckoutQuery". */
static json_t *about_to_pay(struct conversation *conversation, const struct line_action *action,
			    struct why *why)
{
	json_t *query = payment(action);

	(void)conversation;
	(void)why;
	json_object_update_new(query, json_pack("{s:s,s:o}", "id", "checkout", "from",
						update_person(action->person)));
	return query;
}

/* Bot API "ShippingQuery". */
static json_t *wants_shipped(struct conversation *conversation, const struct line_action *action,
			     struct why *why)
{
	(void)conversation;
	(void)why;
	return json_pack("{s:s,s:o,s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s}}", "id", "shipping", "from",
			 update_person(action->person), "invoice_payload", action->text,
			 "shipping_address", "country_code", "BR", "state", "SP", "city",
			 "Campinas", "street_line1", "Rua 1", "street_line2", "", "post_code",
			 "13000");
}

/* Bot API "SuccessfulPayment". */
static json_t *pays(struct conversation *conversation, const struct line_action *action,
		    struct why *why)
{
	json_t *message = update_message(&conversation->world, action), *paid = payment(action);

	(void)why;
	json_object_update_new(paid, json_pack("{s:s,s:s}", "telegram_payment_charge_id", "charge",
					       "provider_payment_charge_id", ""));
	json_object_set_new(message, "successful_payment", paid);
	return message;
}

static void print_invoice(struct print *print)
{
	const json_t *prices = json_object_get(print->body, "prices"), *price;
	struct buffer text = { 0 };
	size_t i;

	buffer_printf(&text, "%s: %s", print_string(print->body, "title"),
		      print_string(print->body, "description"));
	json_array_foreach(prices, i, price)
	{
		buffer_printf(&text, "\n%s: %lld %s", print_string(price, "label"),
			      (long long)print_number(price, "amount"),
			      print_string(print->body, "currency"));
	}
	print_keyboard(print, &text);
	transcript_text(print_who(print, "invoices"), buffer_text(&text), print->out);
	buffer_finish(&text);
}

static void print_checkout(struct print *print)
{
	if (json_is_true(json_object_get(print->body, "ok")))
		buffer_append_text(print->out, "bot takes the payment\n");
	else
		transcript_text("bot refuses the payment",
				print_string(print->body, "error_message"), print->out);
}

static const struct word words[] = {
	{ "is about to pay", take_price, KIND_PRE_CHECKOUT_QUERY, about_to_pay },
	{ "wants it shipped", NULL, KIND_SHIPPING_QUERY, wants_shipped },
	{ "pays", take_price, KIND_MESSAGE, pays },
	{ 0 },
};

static const struct printed printed[] = {
	{ "sendInvoice", print_invoice },
	{ "answerPreCheckoutQuery", print_checkout },
	{ 0 },
};

const struct part payments_part = { .words = words, .printed = printed };
