/* payment.c - sells something for Telegram's stars. */
#include <string.h>

#include "workers/module.h"

#define PRICE 5
#define PAYLOAD "coffee"

static enum verdict sell(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queuef(ctx, "sendInvoice",
			  "{title: %s, description: %s, payload: %s, currency: 'XTR',"
			  " prices: [{label: %s, amount: %d}]}",
			  _("Coffee"), _("A cup for whoever runs this bot."), PAYLOAD, _("A cup"),
			  PRICE);
}

/* The invoice may be old: is it still as it says? */
static enum verdict check(struct ctx *ctx, const struct payment *payment)
{
	if (strcmp(payment->payload, PAYLOAD) != 0)
		return PASS;
	if (payment->amount != PRICE)
		return ctx_refuse_payment(ctx, "%s", _("The price has changed."));
	return ctx_accept_payment(ctx);
}

static enum verdict thank(struct ctx *ctx, const struct service_message *message)
{
	return ctx_reply(ctx, _("Thank you, <b>%s</b>!"), message->from->first_name);
}

static const struct route routes[] = {
	COMMAND("coffee", sell),
	PAYMENT(check),
	SERVICE("successful_payment", thank),
	END_OF_ROUTES,
};

const struct module payment_recipe = { .name = "recipe_payment", .routes = routes };
