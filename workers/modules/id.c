/* id.c - /id shows the numbers by which Telegram knows this chat and the people in it. */
#include "workers/module.h"

static void add_id(struct draft *draft, const char *label, int64_t id)
{
	draft_add(draft, "%s: <code>%lld</code>\n", label, (long long)id);
}

static enum verdict show_ids(struct ctx *ctx, const struct command *cmd)
{
	const struct user *replied = ctx_find_replied_user(ctx);
	struct draft *draft = ctx_draft(ctx);

	add_id(draft, _("You"), cmd->from->id);
	if (chat_is_group(cmd->chat))
		add_id(draft, _("This chat"), cmd->chat->id);
	if (ctx_topic(ctx) != 0)
		add_id(draft, _("This topic"), ctx_topic(ctx));
	if (replied)
		add_id(draft, replied->first_name, replied->id);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("id", show_ids,
		.help = N_("show your id, and those of the chat, the topic and who you reply to")),
	END_OF_ROUTES,
};

const struct module id_module = {
	.name = "id",
	.title = N_("Ids"),
	.routes = routes,
};
