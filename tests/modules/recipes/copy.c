/* copy.c - sends what is replied to on to another chat: as a copy, or forwarded. */
#include "workers/module.h"

#define ARCHIVE -1001234567890

static enum verdict send_on(struct ctx *ctx, const char *method)
{
	const struct message *message = ctx_find_message(ctx);

	if (!message->reply)
		return ctx_reply(ctx, _("Reply to what I should send on."));
	return ctx_queuef(ctx, method, "{chat_id: %lld, from_chat_id: %lld, message_id: %lld}",
			  (long long)ARCHIVE, (long long)message->chat->id,
			  (long long)message->reply->id);
}

static enum verdict copy(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return send_on(ctx, "copyMessage");
}

static enum verdict forward(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return send_on(ctx, "forwardMessage");
}

static const struct route routes[] = {
	COMMAND("copy", copy),
	COMMAND("forward", forward),
	END_OF_ROUTES,
};

const struct module copy_recipe = { .name = "recipe_copy", .routes = routes };
