/* admin_only.c - a command for administrators who may pin, where the bot may, too. */
#include "workers/module.h"

static enum verdict pin(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;

	if (!reply)
		return ctx_reply(ctx, _("Reply to what I should pin."));
	(void)cmd;
	return ctx_queuef(ctx, "pinChatMessage", "{message_id: %lld, disable_notification: true}",
			  (long long)reply->id);
}

static const struct route routes[] = {
	COMMAND("pin", pin, .group = true, .admin = RIGHT_PIN_MESSAGES, .bot = RIGHT_PIN_MESSAGES),
	END_OF_ROUTES,
};

const struct module admin_only_recipe = { .name = "recipe_admin_only", .routes = routes };
