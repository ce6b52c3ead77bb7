/* cleanup.c - deletes Telegram's own "… joined the group" where the bot may delete. */
#include "workers/module.h"

static enum verdict clean(struct ctx *ctx, const struct service_message *message)
{
	ctx_delete(ctx, message->message_id);
	return PASS; /* others may want to greet */
}

static const struct route routes[] = {
	SERVICE("new_chat_members", clean, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	SERVICE("left_chat_member", clean, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	END_OF_ROUTES,
};

const struct module cleanup_recipe = { .name = "recipe_cleanup", .routes = routes };
