/* cancel.c - /cancel ends what the bot asked this person in this chat. */
#include "workers/module.h"

static enum verdict cancel(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!ctx_cancel_questions(ctx))
		return ctx_reply(ctx, _("I cannot note that right now. If you do not reply to my "
					"question, it ends by itself within an hour."));
	return ctx_reply(ctx, _("I am no longer waiting for an answer from you."));
}

static const struct route routes[] = {
	COMMAND("cancel", cancel, .always = true, .help = N_("cancel what I asked you")),
	END_OF_ROUTES,
};

const struct module cancel_module = {
	.name = "cancel",
	.title = N_("Questions"),
	.icon = "✋",
	.routes = routes,
};
