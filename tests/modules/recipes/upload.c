/* upload.c - a file that the bot makes, sent with a caption. */
#include "workers/module.h"

static enum verdict send_list(struct ctx *ctx, const struct command *cmd)
{
	struct file *file = file_made(ctx, "squares.csv");
	struct draft *draft = ctx_draft(ctx);

	for (int i = 1; i <= 3; i++)
		file_add(file, "%d,%d\n", i, i * i);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "%s", cmd->args);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("squares", send_list),
	END_OF_ROUTES,
};

const struct module upload_recipe = { .name = "recipe_upload", .routes = routes };
