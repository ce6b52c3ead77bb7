/* topic.c - makes a topic in a forum and says so there. */
#include "workers/module.h"

static enum verdict make(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *topic = ctx_callf(ctx, "createForumTopic", "{name: %s}", cmd->args);

	if (!answer_ok(topic))
		return ctx_reply(ctx, _("That does not work here: %s"), answer_error(topic));
	return ctx_queuef(ctx, "sendMessage", "{chat_id: %lld, message_thread_id: %lld, text: %s}",
			  (long long)cmd->chat->id,
			  (long long)answer_integer(topic, "message_thread_id"),
			  _("Here we talk about it."));
}

static const struct route routes[] = {
	COMMAND("topic", make, .usage = N_("<name>"), .group = true, .admin = RIGHT_ADMIN),
	END_OF_ROUTES,
};

const struct module topic_recipe = { .name = "recipe_topic", .routes = routes };
