/* kiosk.c - the module of a test build of korone-worker: it is found by inline queries and links,
 * and sells. Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <stdlib.h>
#include <string.h>

static enum verdict sell(struct ctx *ctx, const struct command *cmd)
{
	return ctx_queuef(ctx, "sendInvoice",
			  "{\"title\": %s, \"description\": %s, \"payload\": %s, \"currency\": %s,"
			  "\"prices\": [{\"label\": %s, \"amount\": 5}]}",
			  "Tea", "hot", cmd->args, "XTR", "Tea");
}

/* What burns ends the process each time that it is tried. */
static enum verdict take_payment(struct ctx *ctx, const struct payment *payment)
{
	if (strcmp(payment->payload, "fire") == 0)
		abort();
	return strcmp(payment->payload, "tea") == 0 ? ctx_accept_payment(ctx) : PASS;
}

static enum verdict thank(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return ctx_reply(ctx, "Thank you.");
}

static enum verdict search(struct ctx *ctx, const struct inline_query *query)
{
	struct draft *draft = ctx_inline_result(ctx, "1", "Tea", "");

	draft_add(draft, "<b>%s</b>", query->query);
	draft_button(draft, "More", "more:%d", 2);
	return ctx_inline_answer(ctx);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "page %lld", (long long)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict invite(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "%s", ctx_deep_link(ctx, "rules:%.20s", cmd->args));
}

static enum verdict show_rules(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, "%s: no %s", link->from->first_name, slug_text(ctx, 0));
}

static const struct route routes[] = {
	COMMAND("sell", sell),
	PAYMENT(take_payment),
	SERVICE("successful_payment", thank),
	INLINE(search),
	BUTTON("more:%d", turn),
	COMMAND("invite", invite),
	LINK("rules:%.20s", show_rules),
	END_OF_ROUTES,
};

static const struct module kiosk_module = { .name = "kiosk", .routes = routes };
const struct module *const compiled_modules[] = { &kiosk_module, NULL };
