/* cancel.c - /cancel ends what the bot asked this person in this chat. */
#include "workers/module.h"

static enum verdict cancel(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (ctx_cancel_questions(ctx) != DONE)
		return FAIL;
	return ctx_reply(ctx, _("Nothing waits for an answer of yours any more."));
}

static const struct route routes[] = {
	COMMAND("cancel", cancel, .always = true, .help = N_("end what I asked you")),
	END_OF_ROUTES,
};

const struct module cancel_module = {
	.name = "cancel",
	.title = N_("Questions"),
	.routes = routes,
};
