/* id.c - /id shows the numbers by which Telegram knows this chat and the people in it. */
#include "workers/module.h"

#include <inttypes.h>

static enum verdict show_ids(struct ctx *ctx, const struct command *cmd)
{
	const struct user *replied = ctx_find_replied_user(ctx);
	struct draft *draft = ctx_draft(ctx);
	int64_t topic = ctx_topic(ctx);

	draft_add(draft, _("Your id: <code>%" PRId64 "</code>"), cmd->from->id);
	if (chat_is_group(cmd->chat))
		draft_add(draft, _("\nThis chat: <code>%" PRId64 "</code>"), cmd->chat->id);
	if (topic)
		draft_add(draft, _("\nThis topic: <code>%" PRId64 "</code>"), topic);
	if (replied)
		draft_add(draft, _("\n%s: <code>%" PRId64 "</code>"), replied->first_name,
			  replied->id);
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
