/* choose_chat.c - lets a person choose one of their groups, with Telegram's own list. */
#include "workers/module.h"

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, _("Which group is it about?"));
	draft_choose_chat(draft, _("Choose a group"), RIGHT_CHANGE_INFO, "recipegroup");
	draft_flags(draft, DRAFT_KEYS_ONCE);
	return draft_reply(draft);
}

static enum verdict take(struct ctx *ctx, const struct service_message *message)
{
	struct draft *draft = ctx_draft(ctx);

	(void)message;
	draft_add(draft, _("You chose <code>%lld</code>."),
		  (long long)answer_integer(ctx_update(ctx), "message.chat_shared.chat_id"));
	draft_flags(draft, DRAFT_REMOVE_KEYS);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("choose", ask, .private = true),
	SERVICE("chat_shared", take, .step = "recipegroup"),
	END_OF_ROUTES,
};

const struct module choose_chat_recipe = { .name = "recipe_choose_chat", .routes = routes };
