/* form.c - several questions in turn, each checked, with a way back, and one handler for all
 * answers: an event that is announced in the group. */
#include "workers/module.h"

struct event_values {
	const char *name;
	int64_t begins, guests;
};

static const struct field event_fields[] = {
	TEXT_FIELD(struct event_values, name, N_("event"), .question = N_("What is it?")),
	TIME_FIELD(struct event_values, begins, N_("begin"), .question = N_("When does it begin?")),
	INTEGER_FIELD(struct event_values, guests, N_("guests"), .minimum = 1, .maximum = 500,
		      .optional = true, .question = N_("How many may come?")),
	END_OF_FIELDS(struct event_values),
};

static enum verdict announce(struct ctx *ctx, const void *given)
{
	const struct event_values *event = given;
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "🗓 <b>%s</b>, %02d:%02d", event->name, (int)(event->begins / 60),
		  (int)(event->begins % 60));
	if (event->guests)
		draft_add(draft, ", 1–%lld", (long long)event->guests);
	return draft_reply(draft);
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask_form(ctx, "event");
}

static const struct route routes[] = {
	COMMAND("event", ask, .group = true),
	END_OF_ROUTES,
};

const struct module form_recipe = {
	.name = "recipe_form",
	.routes = routes,
	.forms = FORMS(FORM("event", event_fields, announce, N_("Announce this?"))),
};
